"""A training epoch of GCN, GAT and GraphSAGE in Python's PyTorch. Arguments: threads, folder, nodes, features, classes.

"sparse" multiplies by a torch.sparse matrix and keeps the features dense; "gather" gathers a row an edge and adds the rows up
with index_add, as message-passing libraries do.
"""
import sys
from array import array
import torch
import torch.nn.functional as F
from timing import seconds

torch.set_num_threads(int(sys.argv[1]))
folder, nodes, features, classes = sys.argv[2], *map(int, sys.argv[3:6])


def numbers(name, code, count=-1):
    values = array(code)
    with open(f"{folder}/{name}", "rb") as file:
        values.frombytes(file.read())
    return torch.tensor(values.tolist(), dtype=torch.float32 if code == "f" else torch.int64)


edges = numbers("edges.bin", "i").view(2, -1)
places = numbers("features.bin", "i").view(2, -1)
x = torch.zeros(nodes, features).index_put_((places[0], places[1]), numbers("values.bin", "f"), accumulate=True)
y = torch.arange(140) % classes
loops = torch.arange(nodes)
source, target = torch.cat([edges[0], loops]), torch.cat([edges[1], loops])
degree = torch.zeros(nodes).index_add_(0, target, torch.ones(len(target)))
weight = (degree[source] * degree[target]).rsqrt()
a_hat = torch.sparse_coo_tensor(torch.stack([target, source]), weight, (nodes, nodes)).coalesce()
counts = torch.zeros(nodes).index_add_(0, edges[1], torch.ones(edges.shape[1])).clamp(min=1)
mean = torch.sparse_coo_tensor(torch.stack([edges[1], edges[0]]), 1 / counts[edges[1]], (nodes, nodes)).coalesce()


def glorot(*shape):
    return torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(*shape)))


def gcn(propagate):
    w0, w1 = glorot(features, 16), glorot(16, classes)

    def forward():
        h = propagate(F.dropout(x, 0.5) @ w0).relu()
        return propagate(F.dropout(h, 0.5) @ w1)
    return forward, [w0, w1]


def gcn_gather(h):
    return torch.zeros(nodes, h.shape[1]).index_add(0, target, h[source] * weight[:, None])


def sage(propagate):
    first, self1 = torch.nn.Linear(features, 16, bias=False), torch.nn.Linear(features, 16)
    second, self2 = torch.nn.Linear(16, classes, bias=False), torch.nn.Linear(16, classes)

    def forward():
        h = F.dropout(x, 0.5)
        h = F.dropout(F.normalize((first(propagate(h)) + self1(h)).relu()), 0.5)
        return second(propagate(h)) + self2(h)
    return forward, [p for m in (first, self1, second, self2) for p in m.parameters()]


def sage_gather(h):
    return torch.zeros(nodes, h.shape[1]).index_add(0, edges[1], h[edges[0]]) / counts[:, None]


def attend(h, left, right, heads, width):
    h = h.view(nodes, heads, width)
    e = F.leaky_relu((h * left).sum(-1)[target] + (h * right).sum(-1)[source], 0.2)
    e = (e - e.max()).exp()
    alpha = e / torch.zeros(nodes, heads).index_add(0, target, e)[target]
    messages = h[source] * F.dropout(alpha, 0.6)[:, :, None]
    return torch.zeros(nodes, heads, width).index_add(0, target, messages)


def gat():
    w0, l0, r0, w1, l1, r1 = glorot(features, 64), glorot(8, 8), glorot(8, 8), glorot(64, classes), glorot(1, classes), glorot(1, classes)
    b0, b1 = torch.nn.Parameter(torch.zeros(64)), torch.nn.Parameter(torch.zeros(classes))

    def forward():
        h = attend(F.dropout(x, 0.6) @ w0, l0, r0, 8, 8).view(nodes, -1) + b0
        return attend(F.dropout(F.elu(h), 0.6) @ w1, l1, r1, 1, classes).mean(1) + b1
    return forward, [w0, l0, r0, w1, l1, r1, b0, b1]


def epoch(model):
    forward, parameters = model
    optimizer = torch.optim.Adam(parameters, lr=0.01, weight_decay=5e-4)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(forward()[:140], y).backward()
        optimizer.step()
    return seconds(step, 3)


print("gcn sparse", epoch(gcn(lambda h: torch.sparse.mm(a_hat, h))))
print("gcn gather", epoch(gcn(gcn_gather)))
print("gat gather", epoch(gat()))
print("graphsage sparse", epoch(sage(lambda h: torch.sparse.mm(mean, h))))
print("graphsage gather", epoch(sage(sage_gather)))
