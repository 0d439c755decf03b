"""Writes the .pth files beside it, as Python's PyTorch saves them. Run again: python3 make_checkpoints.py"""
import collections
import os
import pathlib

import torch

here = pathlib.Path(__file__).parent
kinds = ["float32", "float64", "float16", "bfloat16", "uint8", "int8", "int16", "int32", "int64", "bool", "complex64",
         "complex128"]
base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
state = collections.OrderedDict((kind, torch.arange(6).reshape(2, 3).to(getattr(torch, kind))) for kind in kinds)
state.update(
    base=base, column=base[:, 1], transposed=base.t(), tail=base.flatten()[5:], scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3), parameter=torch.nn.Parameter(torch.tensor([1.5, -2.5])),
    expanded=torch.tensor([[7.0]]).expand(2, 3))
torch.save({
    "state_dict": state, "epoch": 3, "best": 0.5, "name": "tiny", "history": [1.0, (2, "two")], "size": torch.Size([2, 3]),
    "done": True, "nothing": None, "big": 2 ** 40, "nested": {1: {"lr": 1e-3}}}, here / "everything.pth")

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
with torch.no_grad():
    for i, tensor in enumerate(model.state_dict().values()):
        tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape) + i + 1)
torch.save(model.state_dict(), here / "module.pth")
torch.save({"w": torch.tensor([1.0, 2.0])}, here / "legacy.pth", _use_new_zipfile_serialization=False)


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


torch.save({"w": torch.tensor([1.0]), "extra": Evil()}, here / "forbidden.pth")
