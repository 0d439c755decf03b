"""Writes sampling.pth: inputs of torchvision's sampling operators, their outputs and gradients.

Run in this folder with torchvision 0.14: python3 make_sampling.py
"""
import torch
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.ops import deform_conv2d, roi_align, roi_pool

generator = torch.Generator().manual_seed(6)


def normal(*shape):
    return torch.randn(*shape, generator=generator)


def with_gradients(function, inputs, names):
    """The output of a function, and the gradients of its inner product with random numbers."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    output = function(*leaves)
    weights = normal(*output.shape)
    (output * weights).sum().backward()
    result = {"output": output.detach(), "weights": weights}
    result.update({name: leaf.grad for name, leaf in zip(names, leaves)})
    return result


maps = normal(2, 5, 9, 11)
regions = torch.tensor([
    [0, 4.3, 2.2, 30.1, 21.7], [1, -6.0, -3.0, 12.5, 40.0], [1, 10.0, 10.0, 10.4, 10.3],
    [0, 0.0, 0.0, 44.0, 36.0], [0, 38.0, 30.0, 60.0, 50.0], [1, 17.9, 5.5, 26.3, 33.2]])
data = {"maps": maps, "regions": regions}
for name, ratio, aligned in [("align2", 2, False), ("align2_aligned", 2, True), ("align", -1, False),
                             ("align_aligned", -1, True)]:
    data[name] = with_gradients(
        lambda x: roi_align(x, regions, (3, 4), 0.25, ratio, aligned), [maps], ["maps"])
data["pool"] = with_gradients(lambda x: roi_pool(x, regions, (3, 4), 0.25), [maps], ["maps"])

for name, stride, padding, dilation, modulated in [("deform", (1, 1), (1, 1), (1, 1), True),
                                                   ("deform_strided", (2, 1), (2, 0), (2, 1), True),
                                                   ("deform_plain", (1, 2), (0, 1), (1, 1), False)]:
    height = (9 + 2 * padding[0] - dilation[0] * 2 - 1) // stride[0] + 1
    width = (11 + 2 * padding[1] - dilation[1] * 2 - 1) // stride[1] + 1
    inputs = [maps, 2 * normal(2, 18, height, width), normal(4, 5, 3, 3), normal(4)]
    names = ["input", "offset", "weight", "bias"]
    if modulated:
        inputs.append(torch.sigmoid(normal(2, 9, height, width)))
        names.append("mask")
    part = with_gradients(
        lambda x, offset, weight, bias, mask=None: deform_conv2d(
            x, offset, weight, bias, stride, padding, dilation, mask), inputs, names)
    part.update({"of_" + name: value for name, value in zip(names[1:], inputs[1:])})
    part["geometry"] = torch.tensor([*stride, *padding, *dilation])
    data[name] = part

masks = torch.rand(5, 1, 7, 7, generator=generator)
boxes = torch.tensor([[3.2, 4.9, 20.7, 15.1], [-8.0, -5.5, 9.3, 6.2], [25.0, 12.0, 48.0, 31.0],
                      [10.2, 10.2, 10.9, 10.6], [0.0, 0.0, 33.0, 21.0]])
pasted = paste_masks_in_image(masks, boxes, (21, 33))
data["paste"] = {"masks": masks[:, 0], "boxes": boxes, "output": pasted[:, 0]}
torch.save(data, "sampling.pth")
