"""A large graph in Python's PyTorch and numpy. Arguments: threads, what, folder, nodes.

What: "build" makes compressed rows from pairs; "csr" and "gather" time an epoch of a two-layer GCN, by
torch.sparse's product or by a row an edge and index_add; "sample" draws neighbourhoods without replacement by
whole-array numpy (Floyd's method, all nodes at once) and takes GraphSAGE steps on them.
"""
import resource
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F

threads, (what, folder), nodes = int(sys.argv[1]), sys.argv[2:4], int(sys.argv[4])
torch.set_num_threads(threads)
FEATURES, HIDDEN, CLASSES, SEEDS, FAN_OUTS = 32, 16, 8, 512, (25, 10)
pairs = np.fromfile(f"{folder}/pairs.bin", dtype=np.int32).reshape(2, -1)


def best(work, repetitions=3):
    work()
    times = []
    for _ in range(repetitions):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def build(loops=False):
    """The graph as torch.sparse's compressed rows, target by source."""
    ends = torch.from_numpy(pairs).long()
    parts = [ends, ends.flip(0)] + ([torch.arange(nodes).expand(2, nodes)] if loops else [])
    edges = torch.cat(parts, 1)
    return torch.sparse_coo_tensor(edges, torch.ones(edges.shape[1]), (nodes, nodes)).coalesce()


def normalised():
    a = build(loops=True)
    target, source = a.indices()
    degree = torch.zeros(nodes).index_add_(0, target, torch.ones(len(target)))
    return target, source, (degree[source] * degree[target]).rsqrt()


def glorot(*shape):
    return torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(*shape)))


def gcn_epoch(propagate):
    x, y = torch.randn(nodes, FEATURES), torch.randint(CLASSES, (nodes,))
    w0, w1 = glorot(FEATURES, HIDDEN), glorot(HIDDEN, CLASSES)
    optimizer = torch.optim.Adam([w0, w1])

    def step():
        optimizer.zero_grad()
        F.cross_entropy(propagate(propagate(x @ w0).relu() @ w1), y).backward()
        optimizer.step()
    return best(step)


def rows_of(target, source, weight):
    pointers = torch.zeros(nodes + 1, dtype=torch.long)
    pointers[1:] = torch.bincount(target, minlength=nodes).cumsum(0)
    return torch.sparse_csr_tensor(pointers, source, weight, (nodes, nodes))


class Product(torch.autograd.Function):
    """A X for a symmetric A, whose gradient is A dY: spares torch.sparse the transposition."""
    @staticmethod
    def forward(ctx, h, a):
        ctx.a = a
        return a @ h

    @staticmethod
    def backward(ctx, dy):
        return ctx.a @ dy, None


def draw(pointers, rows, fan_out, random):
    """At most fan_out entries of each row, without replacement: their count, and their numbers row by row."""
    begin, degree = pointers[rows], pointers[rows + 1] - pointers[rows]
    count = np.minimum(degree, fan_out)
    chosen = np.empty((len(rows), fan_out), dtype=np.int64)
    for i in range(fan_out):
        last = degree - count + i                                       # beyond a row's count: cut off below
        number = (random.random(len(rows)) * (last + 1)).astype(np.int64)
        taken = (chosen[:, :i] == number[:, None]).any(1)
        chosen[:, i] = np.where(taken, last, number)
    kept = np.arange(fan_out) < count[:, None]
    return count, (begin[:, None] + chosen)[kept]


def sample(pointers, sources, place, random):
    """The nodes of a batch, seeds first, and for each layer who hears whom, the first layer first."""
    known = random.choice(nodes, SEEDS, replace=False, shuffle=False)
    place[known] = np.arange(SEEDS)
    layers = []
    for fan_out in reversed(FAN_OUTS):
        count, entries = draw(pointers, known, fan_out, random)
        heard = sources[entries]
        fresh = np.unique(heard[place[heard] < 0])
        place[fresh] = len(known) + np.arange(len(fresh))
        layers.insert(0, (np.repeat(np.arange(len(known)), count), place[heard], count))
        known = np.concatenate([known, fresh])
    place[known] = -1
    return known, layers


if what == "build":
    begun = time.perf_counter()
    a = build().to_sparse_csr()
    print("seconds", time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    begun = time.perf_counter()
    build_t = a.to_sparse_coo().t().coalesce().to_sparse_csr()
    print("transposed", time.perf_counter() - begun)
    print("peak", peak)
    sys.exit()
if what == "csr":
    a_hat = rows_of(*normalised())
    print("seconds", gcn_epoch(lambda h: Product.apply(h, a_hat)))
elif what == "gather":
    target, source, weight = normalised()
    weight = weight[:, None]
    add = lambda h: torch.zeros(nodes, h.shape[1]).index_add(0, target, h[source] * weight)
    print("seconds", gcn_epoch(add))
else:
    a, random = rows_of(*build().indices(), torch.ones(2 * pairs.shape[1])), np.random.default_rng(3)
    pointers, sources, place = a.crow_indices().numpy(), a.col_indices().numpy(), np.full(nodes, -1)
    print("seconds", best(lambda: sample(pointers, sources, place, random), 20))
    x, y = torch.randn(nodes, FEATURES), torch.randint(CLASSES, (nodes,))
    widths = [(FEATURES, HIDDEN), (HIDDEN, CLASSES)]
    neighbours = [torch.nn.Linear(*width, bias=False) for width in widths]
    selves = [torch.nn.Linear(*width) for width in widths]
    optimizer = torch.optim.Adam([p for module in neighbours + selves for p in module.parameters()])

    def sage_step():
        known, layers = sample(pointers, sources, place, random)
        known = torch.from_numpy(known)
        h = x[known]
        optimizer.zero_grad()
        for layer, (rows, columns, count) in enumerate(layers):
            rows, columns, count = map(torch.from_numpy, (rows, columns, count))
            total = torch.zeros(len(count), h.shape[1]).index_add(0, rows, h[columns])
            mean = total / count.clamp(min=1)[:, None]
            h = neighbours[layer](mean) + selves[layer](h[:len(count)])
            h = h.relu() if layer == 0 else h
        F.cross_entropy(h, y[known[:SEEDS]]).backward()
        optimizer.step()
    print("step", best(sage_step, 20))
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
