"""ComplEx on triples in Python's PyTorch. Arguments: threads, folder, entities, relations, steps.

Each part as one writes it with PyTorch's own operators: a table of labels for KvsAll, log_softmax, Adagrad; known answers are
set to minus infinity before ranks are counted.
"""
import resource
import sys
from array import array
from collections import defaultdict
import torch
from timing import seconds

torch.set_num_threads(int(sys.argv[1]))
folder, entities, relations, steps = sys.argv[2], *map(int, sys.argv[3:6])
WIDTH, BATCH = 128, 512


def triples(name):
    values = array("i")
    with open(f"{folder}/{name}", "rb") as file:
        values.frombytes(file.read())
    return torch.tensor(values.tolist()).view(-1, 3)


train, valid, test = triples("train.bin"), triples("valid.bin"), triples("test.bin")


def answers(*parts):
    """(side, entity, relation) -> list of answers."""
    found = defaultdict(set)
    for part in parts:
        for h, r, t in part.tolist():
            found[0, h, r].add(t)
            found[1, t, r].add(h)
    return {key: list(value) for key, value in found.items()}


def tables():
    torch.manual_seed(0)
    return [torch.nn.Parameter(torch.randn(n, WIDTH) * 0.1) for n in (entities, relations)]


def query(e, r, side):
    a, b = e.chunk(2, -1)
    c, d = r.chunk(2, -1)
    if side == 0:
        return torch.cat([a * c - b * d, a * d + b * c], -1)
    return torch.cat([c * a + d * b, c * b - d * a], -1)


def learn(parameters, optimizer, loss):
    optimizer.zero_grad()
    loss(*parameters).backward()
    optimizer.step()


def k_vs_all():
    known = answers(train)
    questions = list(known)
    parameters = tables()
    optimizer = torch.optim.Adagrad(parameters, 0.1)

    def epoch():
        order = torch.randperm(len(questions)).tolist()
        for at in range(0, steps * BATCH, BATCH):
            chosen = [questions[i] for i in order[at:at + BATCH]]

            def loss(e, r):
                total = 0
                for side in (0, 1):
                    rows = [q for q in chosen if q[0] == side]
                    scores = query(e[torch.tensor([q[1] for q in rows])], r[torch.tensor([q[2] for q in rows])], side) @ e.t()
                    labels = torch.zeros_like(scores)
                    places = [(i, a) for i, q in enumerate(rows) for a in known[q]]
                    labels[tuple(torch.tensor(places).t())] = 1
                    labels /= labels.sum(1, keepdim=True)
                    total = total - (labels * scores.log_softmax(1)).sum()
                return total / len(chosen)
            learn(parameters, optimizer, loss)
    return epoch


def one_vs_all():
    parameters = tables()
    optimizer = torch.optim.Adagrad(parameters, 0.1)

    def epoch():
        order = torch.randperm(len(train))
        for at in range(0, steps * BATCH, BATCH):
            h, r, t = train[order[at:at + BATCH]].t()

            def loss(e, w):
                tails = torch.nn.functional.cross_entropy(query(e[h], w[r], 0) @ e.t(), t, reduction="sum")
                heads = torch.nn.functional.cross_entropy(query(e[t], w[r], 1) @ e.t(), h, reduction="sum")
                return (tails + heads) / len(h)
            learn(parameters, optimizer, loss)
    return epoch


def rank():
    known = answers(train, valid, test)
    e, w = (table.detach() for table in tables())

    def ranks():
        for at in range(0, len(test), 1024):
            h, r, t = test[at:at + 1024].t()
            for side, given, right in ((0, h, t), (1, t, h)):
                scores = query(e[given], w[r], side) @ e.t()
                own = scores.gather(1, right.unsqueeze(1))
                keys = zip(given.tolist(), r.tolist())
                places = [(i, a) for i, (g, s) in enumerate(keys) for a in known[side, g, s]]
                scores[tuple(torch.tensor(places).t())] = float("-inf")
                ties = torch.isclose(scores, own, rtol=1e-4, atol=1e-5)
                1 + ((scores > own) & ~ties).sum(1) + (ties.sum(1) + 1) // 2
    return ranks


for name, work in (("KvsAll", k_vs_all()), ("OneVsAll", one_vs_all()), ("rank", rank())):
    print(name, seconds(work, 3))
print("megabytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
