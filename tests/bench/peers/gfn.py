"""A training epoch of GFN in Python's PyTorch. Arguments: threads, folder, columns, middle layers.

Each batch is put together from its graphs' rows with cat, and graphs are summed with index_add, as graph libraries do.
"""
import random
import sys
from array import array
import torch
from torch.nn import BatchNorm1d, Linear, ReLU, Sequential
from timing import seconds

torch.set_num_threads(int(sys.argv[1]))
folder, columns, layers = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
HIDDEN, BATCH = 128, 128


def numbers(name, code):
    values = array(code)
    with open(f"{folder}/{name}", "rb") as file:
        values.frombytes(file.read())
    return values


offsets = numbers("offsets.bin", "i").tolist()
labels = torch.tensor(numbers("labels.bin", "i").tolist())
x = torch.frombuffer(numbers("features.bin", "f"), dtype=torch.float32).view(-1, columns)
rows = [x[a:b] for a, b in zip(offsets, offsets[1:])]
blocks = [BatchNorm1d(columns), Linear(columns, HIDDEN), ReLU()]
for _ in range(layers):
    blocks += [BatchNorm1d(HIDDEN), Linear(HIDDEN, HIDDEN), ReLU()]
each = Sequential(*blocks)
whole = Sequential(BatchNorm1d(HIDDEN), Linear(HIDDEN, HIDDEN), ReLU(), BatchNorm1d(HIDDEN), Linear(HIDDEN, int(labels.max()) + 1))
optimizer = torch.optim.Adam([*each.parameters(), *whole.parameters()], lr=1e-3)
order = list(range(len(rows)))


def epoch():
    random.shuffle(order)
    for begin in range(0, len(order), BATCH):
        graphs = order[begin:begin + BATCH]
        batch = torch.cat([rows[g] for g in graphs])
        sizes = torch.tensor([len(rows[g]) for g in graphs])
        graph = torch.repeat_interleave(torch.arange(len(graphs)), sizes)
        optimizer.zero_grad()
        h = torch.zeros(len(graphs), HIDDEN).index_add(0, graph, each(batch))
        torch.nn.functional.cross_entropy(whole(h), labels[graphs]).backward()
        optimizer.step()


print("epoch", seconds(epoch, 3))
