"""Greedy suppression in torchvision. Arguments: threads, folder with boxes.bin and scores.bin, threshold.

Prints its seconds, how many boxes stay, and a sum that tells which.
"""
import sys
from array import array
import torch
import torchvision
from timing import seconds

torch.set_num_threads(int(sys.argv[1]))
folder, threshold = sys.argv[2], float(sys.argv[3])


def numbers(name):
    values = array("f")
    with open(f"{folder}/{name}", "rb") as file:
        values.frombytes(file.read())
    return torch.tensor(values.tolist())


boxes, scores = numbers("boxes.bin").view(-1, 4), numbers("scores.bin")
print("seconds", seconds(lambda: torchvision.ops.nms(boxes, scores, threshold)))
kept = torchvision.ops.nms(boxes, scores, threshold)
print("kept", len(kept))
# A number that tells lists of boxes apart, small enough for a double.
print("sum", sum((place + 1) * (box + 1) % 1000003 for place, box in enumerate(kept.tolist())))
