"""Numbers that Python and C# (Formula.cs) compute alike: a weight file of 170 MB need not be in the repository.

Number i of a tensor called by a name is made of the name's FNV-1a hash and i by a mixing function of 32 bits.
"""
import numpy
import torch


def uniform(name, count):
    """float64 numbers in [0, 1)."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    z = numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9) + numpy.uint32(seed)
    z ^= z >> numpy.uint32(16)
    z *= numpy.uint32(0x85EBCA6B)
    z ^= z >> numpy.uint32(13)
    z *= numpy.uint32(0xC2B2AE35)
    z ^= z >> numpy.uint32(16)
    return z.astype(numpy.float64) / 2 ** 32


def weight(name, shape):
    """A parameter or a statistic: by what its name ends with, so that activations stay near 1."""
    count, last = int(numpy.prod(shape)), name.rsplit(".", 1)[1]
    u = torch.from_numpy(uniform(name, count)).reshape(shape)
    if last == "running_var":
        return (0.5 + u).float()
    if last in ("running_mean", "bias"):
        return (0.2 * (2 * u - 1)).float()
    if len(shape) == 1:  # the scale of a normalisation; smaller at the end of a block, where branches add up
        return ((0.3 if ".bn3." in name else 0.8) * (0.5 + u)).float()
    fan = numpy.prod(shape) / shape[1 if "conv5_mask" in name else 0]
    gain = {"cls_logits": 4.0, "cls_score": 6.0, "mask_fcn_logits": 4.0, "bbox_pred": 0.3}
    scale = next((value for key, value in gain.items() if key in name), 1.0)
    # Neighbours are opposites: what all inputs have in common cancels, and outputs differ from place to place.
    v = torch.from_numpy(uniform(name, (count + 1) // 2))
    v = torch.stack([2 * v - 1, 1 - 2 * v], 1).flatten()[:count].reshape(shape)
    return (scale * numpy.sqrt(6 / fan) * v).float()


def picture(name, height, width):
    """Coloured blocks of 8 pixels with noise on them: RGB from 0 to 1, float32."""
    rows, columns = (height + 7) // 8, (width + 7) // 8
    blocks = uniform(name, 3 * rows * columns).reshape(3, rows, columns)
    noise = uniform(name + " noise", 3 * height * width).reshape(3, height, width)
    large = blocks.repeat(8, 1).repeat(8, 2)[:, :height, :width]
    return torch.from_numpy((0.8 * large + 0.2 * noise).astype(numpy.float32))


def objects(name, height, width, count, classes):
    """Boxes, labels and elliptic masks of some objects."""
    u = uniform(name + " objects", 5 * count).reshape(count, 5)
    x1, y1 = u[:, 0] * 0.5 * width, u[:, 1] * 0.5 * height
    x2, y2 = x1 + (0.2 + 0.3 * u[:, 2]) * width, y1 + (0.2 + 0.3 * u[:, 3]) * height
    boxes = numpy.stack([x1, y1, x2, y2], 1).astype(numpy.float32)
    labels = 1 + numpy.floor(u[:, 4] * (classes - 1)).astype(numpy.int64)
    y, x = numpy.mgrid[:height, :width] + 0.5
    masks = [((x - (a + c) / 2) / ((c - a) / 2)) ** 2 + ((y - (b + d) / 2) / ((d - b) / 2)) ** 2 <= 1
             for a, b, c, d in zip(x1, y1, x2, y2)]
    return {"boxes": torch.from_numpy(boxes), "labels": torch.from_numpy(labels),
            "masks": torch.from_numpy(numpy.stack(masks).astype(numpy.uint8))}


def draw(seed, number, candidates, wanted):
    """What BalancedSampler draws: the candidates of the smallest random numbers (SplitMix64)."""
    if len(candidates) <= wanted:
        return candidates
    mask = 2 ** 64 - 1

    def mix(z):
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        return z ^ z >> 31

    step, key = 0x9E3779B97F4A7C15, seed * 1_000_003 + number & 0xFFFFFFFF
    start = mix(key + step & mask)
    return sorted(sorted(candidates, key=lambda k: mix(mix(start ^ k) + step & mask))[:wanted])
