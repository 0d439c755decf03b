"""Per-call cost of tiny operations. Arguments: threads."""
import sys
import torch
from timing import seconds

torch.set_num_threads(int(sys.argv[1]))
a, b = torch.rand(2, 2), torch.rand(2, 2)
CALLS = 100


def add():
    for _ in range(CALLS):
        c = a + b


def relu():
    for _ in range(CALLS):
        c = a.relu()


def matmul():
    for _ in range(CALLS):
        c = a.matmul(b)


for work in (add, relu, matmul):
    print(work.__name__, seconds(work) / CALLS)
