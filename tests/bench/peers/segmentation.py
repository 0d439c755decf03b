"""Mask R-CNN and its sampling operators in torchvision. Arguments: threads, the folder of inputs."""
import pathlib
import sys

import torch
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.resnet import resnet50
from torchvision.ops import deform_conv2d, roi_align
from torchvision.ops.misc import FrozenBatchNorm2d

from timing import seconds

torch.set_num_threads(int(sys.argv[1]))
folder = pathlib.Path(sys.argv[2])
inputs = torch.load(folder / "inputs.pth")


def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(name))


def measured(work, action, budget=0.1):
    """Seconds, and by how many megabytes the resident set rises."""
    action()
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    before = status("VmRSS")
    action()
    print(f"{work}, MB", status("VmHWM") - before)
    print(work, seconds(action, budget))


network = MaskRCNN(_resnet_fpn_extractor(resnet50(norm_layer=FrozenBatchNorm2d), 5), 91, min_size=128)
network.load_state_dict(torch.load(folder / "weights.pth"))
pictures = list(inputs["pictures"])
target = {name: inputs[name] for name in ("boxes", "labels", "masks")}

network.eval()
with torch.no_grad():
    measured("inference, 4 pictures", lambda: network(pictures))
    found = {}
    for i, one in enumerate(network(pictures)):
        one["masks"] = one["masks"][:, 0]
        found.update({f"{name} {i}": value for name, value in one.items()})
    torch.save(found, folder / "found.pth")

network.train()
optimizer = torch.optim.SGD(network.parameters(), 1e-5, 0.9)


def step():
    optimizer.zero_grad()
    sum(network(pictures, [dict(target) for _ in pictures]).values()).backward()
    optimizer.step()


measured("training step, 4 pictures", step)


def both(work, function, *tensors):
    leaves = [x.clone().requires_grad_() for x in tensors]

    def forward():
        with torch.no_grad():
            function(*leaves)

    def gradients():
        for leaf in leaves:
            leaf.grad = None
        function(*leaves).sum().backward()

    print(work, seconds(forward))
    print(f"{work}, with gradients", seconds(gradients))


def deform(x, offset, mask, weight):
    return deform_conv2d(x, offset, weight, None, (1, 1), (1, 1), (1, 1), mask)


both("RoIAlign, 512 regions", lambda maps: roi_align(maps, inputs["regions"], (7, 7), 0.25, 2), inputs["maps"])
both("deformable convolution", deform, *[inputs[name] for name in ("x", "offset", "mask", "weight")])
