"""Writes caffenet.pth: a small network of CaffeNet's parts in torch, its output and gradient.

Run in this folder with torch 1.13: python3 make_caffenet.py
"""
import torch
from torch import nn

import formula

network = nn.Sequential()
for name, part in [
        ("conv1", nn.Conv2d(3, 8, 5, 2)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(3, 2, ceil_mode=True)),
        ("norm1", nn.LocalResponseNorm(5)), ("conv2", nn.Conv2d(8, 12, 3, 1, 1, groups=2)), ("relu2", nn.ReLU()),
        ("pool2", nn.MaxPool2d(3, 2, ceil_mode=True)), ("norm2", nn.LocalResponseNorm(5)),
        ("conv3", nn.Conv2d(12, 8, 3, 1, 1, groups=2)), ("relu3", nn.ReLU()), ("flat", nn.Flatten()),
        ("fc4", nn.Linear(200, 16)), ("relu4", nn.ReLU()), ("fc5", nn.Linear(16, 10)), ("relu5", nn.ReLU())]:
    network.add_module(name, part)
with torch.no_grad():
    for name, parameter in network.named_parameters():
        parameter.copy_(formula.weight(name, tuple(parameter.shape)))
crop = (400 * formula.picture("crop", 43, 43) - 200)[None].requires_grad_()
output = network(crop)
output.sum().backward()
x = (60 * formula.picture("normalised", 21, 12) - 30).reshape(2, 9, 6, 7).requires_grad_()
normalised = nn.functional.local_response_norm(x, 5, alpha=1e-2)
(normalised * formula.picture("weights", 21, 12).reshape(2, 9, 6, 7)).sum().backward()
torch.save({"output": output.detach(), "gradient": crop.grad[:, :, ::3, ::3].clone(),
            "normalised": normalised.detach(), "normalised gradient": x.grad}, "caffenet.pth")
print(output, crop.grad.abs().max())
