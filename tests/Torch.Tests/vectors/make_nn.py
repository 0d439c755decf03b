"""Makes nn.json: what Python's PyTorch 1.13 computes for the cases of NN/Cases.cs.

    /usr/bin/python3 tests/Torch.Tests/vectors/make_nn.py

Weights and inputs come from `fill`, which the tests compute too, so that the file holds results only: outputs y,
gradients gx of the inputs and g of the parameters for the loss sum(y * fill), all in double precision; the first
numbers of each freshly made module after manual_seed(7) in single precision; and the names in state dictionaries.
"""
import json
import os

import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


warnings.filterwarnings("ignore")


def fill(shape, seed):
    n = 1
    for s in shape:
        n *= s
    return torch.sin(0.37 * torch.arange(n, dtype=torch.float64) + 1.3 * seed + 0.2).reshape(shape)


def i(*rows):
    return torch.tensor(rows)


class Fn(nn.Module):
    """A function as a module, so that all cases are alike."""
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, *x):
        return self.f(*x)


def packed(module):
    def run(m, x):
        y = m(pack_padded_sequence(x, torch.tensor([2, 4, 3]), enforce_sorted=False))
        rest = y[1] if isinstance(y[1], tuple) else (y[1],)
        return (pad_packed_sequence(y[0])[0],) + tuple(rest)
    return module, run


enc = lambda act: nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, activation=act)
sdpa_mask = torch.tensor([[True, False, True], [True, True, False]])


def sdpa(q, k, v, mask=None):
    s = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    if mask is not None:
        s = s.masked_fill(~mask, float("-inf"))
    return s.softmax(-1) @ v


# name: (module or function, input shapes or integer tensors[, how to run])
cases = {
    "Linear": (nn.Linear(3, 4), [(2, 3)]),
    "Linear no bias": (nn.Linear(3, 4, bias=False), [(2, 5, 3)]),
    "Bilinear": (nn.Bilinear(3, 2, 4), [(5, 3), (5, 2)]),
    "Conv1d": (nn.Conv1d(2, 3, 3, stride=2, padding=1), [(2, 2, 7)]),
    "Conv2d": (nn.Conv2d(2, 3, 3, padding=1), [(2, 2, 4, 5)]),
    "Conv2d unbatched": (nn.Conv2d(2, 3, 2), [(2, 4, 4)]),
    "Conv2d oblong": (nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2), [(1, 2, 5, 5)]),
    "Conv2d reflect": (nn.Conv2d(1, 2, (3, 5), padding=(1, 2), padding_mode="reflect"), [(1, 1, 4, 5)]),
    "Conv2d same circular": (nn.Conv2d(1, 2, 3, padding="same", padding_mode="circular"), [(1, 1, 4, 4)]),
    "Conv2d same": (nn.Conv2d(1, 2, (2, 3), padding="same", bias=False), [(1, 1, 4, 4)]),
    "Conv3d": (nn.Conv3d(1, 2, 2), [(1, 1, 3, 3, 3)]),
    "ConvTranspose1d": (nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1, output_padding=1), [(1, 2, 4)]),
    "ConvTranspose2d": (nn.ConvTranspose2d(2, 3, 2, stride=2), [(1, 2, 3, 3)]),
    "BatchNorm1d": (nn.BatchNorm1d(3), [(4, 3)]),
    "BatchNorm1d sequence": (nn.BatchNorm1d(3), [(2, 3, 4)]),
    "BatchNorm2d": (nn.BatchNorm2d(2), [(2, 2, 3, 3)]),
    "BatchNorm2d eval": (nn.BatchNorm2d(2).eval(), [(2, 2, 3, 3)]),
    "BatchNorm3d": (nn.BatchNorm3d(2), [(1, 2, 2, 2, 2)]),
    "LayerNorm": (nn.LayerNorm([2, 3]), [(4, 2, 3)]),
    "GroupNorm": (nn.GroupNorm(2, 4), [(2, 4, 3)]),
    "InstanceNorm1d": (nn.InstanceNorm1d(2), [(2, 2, 5)]),
    "InstanceNorm2d": (nn.InstanceNorm2d(2, affine=True), [(2, 2, 3, 3)]),
    "InstanceNorm2d unbatched": (nn.InstanceNorm2d(2), [(2, 3, 3)]),
    "Embedding": (nn.Embedding(5, 3, padding_idx=1), [i([0, 1, 4], [2, 2, 0])]),
    "EmbeddingBag": (nn.EmbeddingBag(5, 3, mode="mean"), [i([0, 1, 4], [2, 2, 0])]),
    "EmbeddingBag offsets": (nn.EmbeddingBag(5, 3, mode="sum"), [i(0, 1, 4, 2, 2, 0), i(0, 2, 5)]),
    "RNN": (nn.RNN(3, 4), [(5, 2, 3)]),
    "RNN relu": (nn.RNN(3, 4, nonlinearity="relu", bias=False), [(5, 2, 3)]),
    "GRU": (nn.GRU(3, 4, num_layers=2), [(5, 2, 3)]),
    "GRU both ways": (nn.GRU(3, 2, bidirectional=True, batch_first=True), [(2, 4, 3)]),
    "GRU unbatched": (nn.GRU(3, 2), [(4, 3)]),
    "GRU with state": (nn.GRU(3, 2), [(4, 2, 3), (1, 2, 2)]),
    "GRU packed": (*packed(nn.GRU(3, 2)), [(4, 3, 3)]),
    "LSTM": (nn.LSTM(3, 4, num_layers=2, bidirectional=True), [(4, 2, 3)], lambda m, x: (lambda y: (y[0],) + y[1])(m(x))),
    "LSTM packed": (*packed(nn.LSTM(3, 2)), [(4, 3, 3)]),
    "RNNCell": (nn.RNNCell(3, 4), [(2, 3), (2, 4)]),
    "GRUCell": (nn.GRUCell(3, 4), [(2, 3), (2, 4)]),
    "LSTMCell": (nn.LSTMCell(3, 4), [(2, 3), (2, 4), (2, 4)], lambda m, x, h, c: m(x, (h, c))),
    "LSTMCell no state": (nn.LSTMCell(3, 4, bias=False), [(2, 3)]),
    "MultiheadAttention": (nn.MultiheadAttention(6, 2), [(3, 2, 6), (4, 2, 6), (4, 2, 6)]),
    "MultiheadAttention widths": (nn.MultiheadAttention(4, 2, kdim=3, vdim=2, add_bias_kv=True, add_zero_attn=True),
                                  [(3, 2, 4), (4, 2, 3), (4, 2, 2)]),
    "MultiheadAttention masked": (nn.MultiheadAttention(4, 2), [(3, 2, 4)], lambda m, x: m(
        x, x, x, key_padding_mask=torch.tensor([[False, False, True], [False, True, False]]),
        attn_mask=torch.triu(torch.full((3, 3), float("-inf"), dtype=torch.float64), 2))),
    "TransformerEncoderLayer": (enc("relu"), [(3, 2, 8)]),
    "TransformerEncoder": (nn.TransformerEncoder(enc("gelu"), 2), [(3, 2, 8)]),
    "Sequential": (nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), [(2, 3)]),
    "MaxPool1d": (nn.MaxPool1d(3, stride=2, padding=1), [(1, 2, 7)]),
    "MaxPool2d": (nn.MaxPool2d(2), [(1, 2, 5, 4)]),
    "MaxPool2d ceil": (nn.MaxPool2d((3, 2), stride=2, padding=(1, 0), ceil_mode=True), [(1, 1, 6, 5)]),
    "max_unpool2d": (lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), [(1, 1, 4, 4)]),
    "AvgPool1d": (nn.AvgPool1d(3, stride=2), [(1, 2, 7)]),
    "AvgPool2d": (nn.AvgPool2d(2, padding=1, count_include_pad=False), [(1, 1, 4, 4)]),
    "AdaptiveAvgPool1d": (nn.AdaptiveAvgPool1d(3), [(1, 2, 7)]),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d((2, 3)), [(1, 1, 5, 5)]),
    "AdaptiveMaxPool2d": (nn.AdaptiveMaxPool2d((2, 3)), [(1, 1, 5, 5)]),
    "Upsample": (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), [(1, 1, 3, 2)]),
    "interpolate nearest": (lambda x: F.interpolate(x, size=(5, 3)), [(1, 1, 3, 2)]),
    "interpolate bilinear": (lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear"), [(1, 1, 3, 4)]),
    "interpolate recomputed": (lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True), [(1, 1, 3, 4)]),
    "interpolate bicubic": (lambda x: F.interpolate(x, size=(4, 5), mode="bicubic"), [(1, 1, 3, 3)]),
    "interpolate area": (lambda x: F.interpolate(x, size=(2, 2), mode="area"), [(1, 1, 5, 4)]),
    "interpolate linear": (lambda x: F.interpolate(x, size=7, mode="linear"), [(1, 2, 4)]),
    "interpolate antialias": (lambda x: F.interpolate(x, size=(2, 3), mode="bilinear", antialias=True), [(1, 1, 5, 6)]),
    "ZeroPad2d": (nn.ZeroPad2d((1, 0, 2, 1)), [(1, 1, 2, 3)]),
    "ReflectionPad2d": (nn.ReflectionPad2d((1, 2, 0, 1)), [(1, 1, 3, 3)]),
    "ReplicationPad2d": (nn.ReplicationPad2d(1), [(1, 1, 2, 3)]),
    "pad constant": (lambda x: F.pad(x, (1, -1), value=2.5), [(2, 3)]),
    "pad circular": (lambda x: F.pad(x, (1, 2), mode="circular"), [(1, 1, 4)]),
    "Flatten": (nn.Flatten(), [(2, 3, 2)]),
    "Unflatten": (nn.Unflatten(1, (2, 3)), [(2, 6)]),
    "PixelShuffle": (nn.PixelShuffle(2), [(1, 4, 2, 3)]),
    "PixelUnshuffle": (nn.PixelUnshuffle(2), [(1, 1, 4, 2)]),
    "unfold": (lambda x: F.unfold(x, (2, 3), padding=1, stride=2), [(1, 2, 4, 5)]),
    "fold": (lambda x: F.fold(x, (3, 3), 2), [(1, 8, 4)]),
    "grid_sample": (lambda x, g: F.grid_sample(x, g, align_corners=False), [(1, 2, 3, 4), (1, 2, 3, 2)]),
    "grid_sample border": (lambda x, g: F.grid_sample(x, g, padding_mode="border", align_corners=True), [(1, 1, 3, 4), (1, 2, 2, 2)]),
    "affine_grid": (lambda t: F.affine_grid(t, (1, 1, 2, 3), align_corners=False), [(1, 2, 3)]),
    "normalize": (lambda x: F.normalize(x, p=2, dim=1), [(3, 4)]),
    "cosine_similarity": (nn.CosineSimilarity(1), [(3, 4), (3, 4)]),
    "pairwise_distance": (nn.PairwiseDistance(), [(3, 4), (3, 4)]),
    "one_hot": (lambda x: F.one_hot(x, 4).double(), [i(0, 3, 1)]),
    "attention": (lambda q, k, v: sdpa(q, k, v), [(2, 2, 3), (2, 3, 3), (2, 3, 2)]),
    "attention masked": (lambda q, k, v: sdpa(q, k, v, sdpa_mask), [(2, 2, 3), (2, 3, 3), (2, 3, 2)]),
    "attention causal": (lambda q, k, v: sdpa(q, k, v, torch.ones(3, 3).tril().bool()), [(1, 3, 2), (1, 3, 2), (1, 3, 2)]),
}
for name, module in {
    "ReLU": nn.ReLU(), "ReLU6": nn.ReLU6(), "LeakyReLU": nn.LeakyReLU(0.1), "RReLU": nn.RReLU().eval(), "PReLU": nn.PReLU(3),
    "ELU": nn.ELU(0.7), "CELU": nn.CELU(0.7), "SELU": nn.SELU(), "GELU": nn.GELU(), "GELU tanh": nn.GELU("tanh"),
    "SiLU": nn.SiLU(), "Mish": nn.Mish(), "Sigmoid": nn.Sigmoid(), "LogSigmoid": nn.LogSigmoid(), "Tanh": nn.Tanh(),
    "Tanhshrink": nn.Tanhshrink(), "Softsign": nn.Softsign(), "Softplus": nn.Softplus(2, 1), "Hardtanh": nn.Hardtanh(-0.5, 0.7),
    "Hardswish": nn.Hardswish(), "Hardsigmoid": nn.Hardsigmoid(), "Hardshrink": nn.Hardshrink(), "Softshrink": nn.Softshrink(),
    "Threshold": nn.Threshold(0.1, 3), "Softmax": nn.Softmax(1), "Softmin": nn.Softmin(1), "LogSoftmax": nn.LogSoftmax(1),
    "Identity": nn.Identity(), "Dropout eval": nn.Dropout().eval(),
}.items():
    cases[name] = (module, [(3, 3)])
cases["GLU"] = (nn.GLU(), [(3, 4)])
cases["Softmax2d"] = (nn.Softmax2d(), [(1, 3, 2, 2)])

one = torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)
p = lambda x: x.sigmoid()
w3 = fill((3,), 5).abs()
losses = {
    "CrossEntropy": (nn.CrossEntropyLoss(), lambda x: (x, i(0, 2, 1))),
    "CrossEntropy weights": (nn.CrossEntropyLoss(w3, ignore_index=2, label_smoothing=0.1), lambda x: (x, i(0, 2, 1))),
    "CrossEntropy shares": (nn.CrossEntropyLoss(reduction="sum"), lambda x: (x, fill((3, 3), 4).softmax(1))),
    "NLL": (nn.NLLLoss(w3), lambda x: (x.log_softmax(1), i(0, 2, 1))),
    "BCE": (nn.BCELoss(), lambda x: (p(x), p(fill((3, 3), 4)))),
    "BCEWithLogits": (nn.BCEWithLogitsLoss(w3, pos_weight=w3 + 1), lambda x: (x, p(fill((3, 3), 4)))),
    "MSE": (nn.MSELoss(), lambda x: (x, fill((3, 3), 4))),
    "MSE none": (nn.MSELoss(reduction="none"), lambda x: (x, fill((3, 3), 4))),
    "L1": (nn.L1Loss(reduction="sum"), lambda x: (x, fill((3, 3), 4))),
    "SmoothL1": (nn.SmoothL1Loss(beta=0.4), lambda x: (x, fill((3, 3), 4))),
    "Huber": (nn.HuberLoss(delta=0.4), lambda x: (x, fill((3, 3), 4))),
    "KLDiv": (nn.KLDivLoss(log_target=True), lambda x: (x.log_softmax(1), fill((3, 3), 4).log_softmax(1))),
    "KLDiv shares": (nn.KLDivLoss(), lambda x: (x.log_softmax(1), fill((3, 3), 4).softmax(1))),
    "SoftMargin": (nn.SoftMarginLoss(), lambda x: (x, one)),
    "HingeEmbedding": (nn.HingeEmbeddingLoss(0.7), lambda x: (x, one)),
    "MultiLabelMargin": (nn.MultiLabelMarginLoss(), lambda x: (x, i([0, 2, -1], [1, -1, 0], [2, 1, 0]))),
    "MultiLabelSoftMargin": (nn.MultiLabelSoftMarginLoss(w3), lambda x: (x, i([0, 1, 1], [1, 0, 0], [1, 1, 0]).double())),
    "MultiMargin": (nn.MultiMarginLoss(p=2, margin=0.8), lambda x: (x, i(0, 2, 1))),
    "PoissonNLL": (nn.PoissonNLLLoss(full=True), lambda x: (x, fill((3, 3), 4).abs() * 4)),
    "GaussianNLL": (nn.GaussianNLLLoss(full=True), lambda x: (x, fill((3, 3), 4), fill((3, 3), 6).abs() + 0.1)),
    "CosineEmbedding": (nn.CosineEmbeddingLoss(0.1), lambda x: (x, fill((3, 3), 4), one)),
    "MarginRanking": (nn.MarginRankingLoss(0.2), lambda x: (x, fill((3, 3), 4), one.view(1, 3))),
    "TripletMargin": (nn.TripletMarginLoss(swap=True), lambda x: (x, fill((3, 3), 4), fill((3, 3), 6))),
    "TripletMargin distance": (nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(1), margin=3),
                               lambda x: (x, fill((3, 3), 4), fill((3, 3), 6))),
}
for name, (module, arguments) in losses.items():
    cases[name + " loss"] = (Fn(lambda x, module=module, arguments=arguments: module(*arguments(x))), [(3, 3)])
cases["CTC loss"] = (lambda x: F.ctc_loss(x.log_softmax(2), i([1, 2], [2, 2]), i(5, 4), i(2, 1)), [(5, 2, 3)])


def numbers(t):
    return [float("%.9g" % v) for v in t.detach().double().reshape(-1).tolist()]


def vectors(case):
    module, inputs = case[0], case[1]
    run = lambda m, *x: m(*x)
    if len(case) == 3 and callable(case[1]):
        run, inputs = case[1], case[2]
    elif len(case) == 3:
        run = case[2]
    module = (module if isinstance(module, nn.Module) else Fn(module)).double()
    with torch.no_grad():
        for k, (_, q) in enumerate(sorted(module.named_parameters())):
            q.copy_(fill(q.shape, k + 1) * 0.8)
        for name, b in module.named_buffers():
            if "mean" in name:
                b.copy_(fill(b.shape, 3))
            if "var" in name:
                b.copy_(fill(b.shape, 4).abs() + 0.5)
    x = [fill(s, 20 + k).requires_grad_() if isinstance(s, tuple) else s for k, s in enumerate(inputs)]
    y = run(module, *x)
    y = [t for t in (y if isinstance(y, tuple) else (y,))]
    flat = []
    for t in y:
        flat += list(t) if isinstance(t, tuple) else [t]
    loss = sum((t * fill(t.shape, 40 + k)).sum() for k, t in enumerate(flat))
    out = {"shape": [list(t.shape) for t in flat], "y": [numbers(t) for t in flat]}
    if loss.requires_grad:
        loss.backward()
        out["gx"] = [numbers(t.grad) for t in x if t.requires_grad]
        out["g"] = {n: numbers(q.grad) for n, q in module.named_parameters()}
    buffers = {n: numbers(b) for n, b in module.named_buffers()}
    if buffers:
        out["buffers"] = buffers
    return out


fresh = {
    "Linear": lambda: nn.Linear(5, 3), "Bilinear": lambda: nn.Bilinear(3, 2, 2), "Conv1d": lambda: nn.Conv1d(2, 3, 3),
    "Conv2d": lambda: nn.Conv2d(3, 4, 3, groups=1), "ConvTranspose2d": lambda: nn.ConvTranspose2d(3, 2, 2),
    "Embedding": lambda: nn.Embedding(4, 3, padding_idx=1), "EmbeddingBag": lambda: nn.EmbeddingBag(4, 3),
    "RNN": lambda: nn.RNN(3, 2), "GRU": lambda: nn.GRU(3, 4, num_layers=2, bidirectional=True), "LSTM": lambda: nn.LSTM(3, 2),
    "RNNCell": lambda: nn.RNNCell(3, 2), "GRUCell": lambda: nn.GRUCell(3, 2), "LSTMCell": lambda: nn.LSTMCell(3, 2),
    "MultiheadAttention": lambda: nn.MultiheadAttention(6, 2), "MultiheadAttention widths":
        lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=2, add_bias_kv=True),
    "TransformerEncoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12), 2),
    "BatchNorm2d": lambda: nn.BatchNorm2d(3), "LayerNorm": lambda: nn.LayerNorm([2, 3]), "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(3), "PReLU": lambda: nn.PReLU(2),
    "Sequential": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)),
}
init = {
    "xavier_uniform_": lambda t: nn.init.xavier_uniform_(t, 1.5), "xavier_normal_": lambda t: nn.init.xavier_normal_(t),
    "kaiming_uniform_": lambda t: nn.init.kaiming_uniform_(t, 0.2, "fan_out"),
    "kaiming_normal_": lambda t: nn.init.kaiming_normal_(t, nonlinearity="relu"),
    "orthogonal_": lambda t: nn.init.orthogonal_(t, 2), "trunc_normal_": lambda t: nn.init.trunc_normal_(t, 0.1, 0.5, -0.3, 0.6),
    "sparse_": lambda t: nn.init.sparse_(t, 0.5, 1), "eye_": nn.init.eye_, "uniform_": lambda t: nn.init.uniform_(t, -2, 3),
    "normal_": lambda t: nn.init.normal_(t, 1, 2),
}


def made(module):
    return {n: {"shape": list(t.shape), "first": [float("%.9g" % v) for v in t.double().reshape(-1)[:8].tolist()]}
            for n, t in module.state_dict().items()}


result = {"cases": {}, "fresh": {}, "init": {}}
for name, case in cases.items():
    result["cases"][name] = vectors(case)
for name, make in fresh.items():
    torch.manual_seed(7)
    result["fresh"][name] = made(make())
for name, set_ in init.items():
    torch.manual_seed(7)
    result["init"][name] = numbers(set_(torch.empty(3, 4)))
torch.manual_seed(7)
result["init"]["orthogonal_ tall"] = numbers(nn.init.orthogonal_(torch.empty(4, 3)))
result["init"]["dirac_"] = numbers(nn.init.dirac_(torch.empty(2, 3, 3)))
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nn.json")
with open(path, "w") as f:
    lines = ["%s: {\n%s\n}" % (json.dumps(part), ",\n".join("%s: %s" % (json.dumps(k), json.dumps(v, separators=(",", ":")))
             for k, v in result[part].items())) for part in result]
    f.write("{\n%s\n}\n" % ",\n".join(lines))
print(len(result["cases"]), "cases,", os.path.getsize(path), "bytes")
