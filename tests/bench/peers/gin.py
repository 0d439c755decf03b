"""A training epoch of GIN on a set of graphs in Python's PyTorch. Arguments: threads, folder, features, classes.

Batches of 32 graphs are put together each epoch, as data loaders do. "sparse" multiplies by a torch.sparse matrix; "gather"
gathers a row an edge and adds the rows up with index_add, as message-passing libraries do.
"""
import sys
from array import array
import torch
import torch.nn.functional as F
from timing import seconds

torch.set_num_threads(int(sys.argv[1]))
folder, features, classes = sys.argv[2], *map(int, sys.argv[3:5])


def numbers(name):
    values = array("i")
    with open(f"{folder}/{name}", "rb") as file:
        values.frombytes(file.read())
    return torch.tensor(values.tolist())


offsets, counts = numbers("offsets.bin").tolist(), numbers("counts.bin").tolist()
edges = torch.stack([numbers("sources.bin"), numbers("targets.bin")]).split(counts, dim=1)
x = F.one_hot(numbers("nodes.bin"), features).float()
y = numbers("labels.bin")
graphs = len(counts)
batches = [range(i, min(i + 32, graphs)) for i in range(0, graphs, 32) if min(i + 32, graphs) - i > 1]


def collate(batch):
    rows, joined, owner, at = [], [], [], 0
    for place, g in enumerate(batch):
        n = offsets[g + 1] - offsets[g]
        rows.append(x[offsets[g]:offsets[g + 1]])
        joined.append(edges[g] + at)
        owner.append(torch.full((n,), place))
        at += n
    return torch.cat(rows), torch.cat(joined, dim=1), torch.cat(owner), y[batch.start:batch.stop]


def mlp(i, o):
    return torch.nn.Sequential(torch.nn.Linear(i, o), torch.nn.BatchNorm1d(o), torch.nn.ReLU(),
                               torch.nn.Linear(o, o), torch.nn.BatchNorm1d(o), torch.nn.ReLU())


def run(sparse):
    torch.manual_seed(0)
    layers = torch.nn.ModuleList([mlp(features if i == 0 else 32, 32) for i in range(4)])
    scores = torch.nn.ModuleList([torch.nn.Linear(features if i == 0 else 32, classes) for i in range(5)])
    optimizer = torch.optim.Adam([*layers.parameters(), *scores.parameters()], 0.01)

    def epoch():
        for batch in batches:
            h, edge, owner, label = collate(batch)
            optimizer.zero_grad()
            if sparse:
                a = torch.sparse_coo_tensor(edge.flip(0), torch.ones(edge.shape[1]), (len(h), len(h)))
            total = 0
            for i in range(5):
                if i > 0:
                    near = a @ h if sparse else torch.zeros_like(h).index_add(0, edge[1], h[edge[0]])
                    h = layers[i - 1](h + near)
                pooled = torch.zeros(len(batch), h.shape[1]).index_add(0, owner, h)
                total = total + F.dropout(scores[i](pooled), 0.5)
            F.cross_entropy(total, label).backward()
            optimizer.step()
    return seconds(epoch, 3)


print("gin sparse", run(True))
print("gin gather", run(False))
