"""Makes ops.json: what Python's PyTorch 1.13 computes for the cases of Tensor/*Cases.cs.

    /usr/bin/python3 tests/Torch.Tests/vectors/make_ops.py

A case has a name, a function and its inputs. The file holds, for each, inputs x, results y and, where the results are
differentiable, the gradients g of sum(y * fill) with respect to the inputs of real numbers. A tensor is
[element type, shape, numbers]; complex numbers are written as pairs. "seeded" cases draw after manual_seed(11).
"""
import json
import math
import os
import warnings

import torch

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
cases, seeded = {}, {}
f4, f8, i4, i8 = torch.float32, torch.float64, torch.int32, torch.int64
nan, inf = math.nan, math.inf


def case(name, run, *inputs):
    assert name not in cases, name
    cases[name] = (run, inputs)


def R(*shape, lo=-1.5, hi=1.5, seed=0):
    """Distinct numbers between lo and hi, of three decimals."""
    n = math.prod(shape)
    u = [((k + 1) * 0.6180339887 + 0.37 * (seed + 1)) % 1 for k in range(n)]
    return torch.tensor([round(lo + (hi - lo) * v, 3) for v in u], dtype=f8).reshape(shape)


def P(*shape, seed=0):
    return R(*shape, lo=0.2, hi=2.5, seed=seed)


def I(values):
    return torch.tensor(values, dtype=i8)


def B(values):
    return torch.tensor(values, dtype=torch.bool)


def D(values):
    return torch.tensor(values, dtype=f8)


def C(*shape):
    return torch.complex(R(*shape), R(*shape, seed=1))


def SPD(n, *batch):
    a = R(*batch, n, n, seed=5)
    return (a @ a.mT + n * torch.eye(n, dtype=f8)).mul(1000).round().div(1000)


# ---------------------------------------------------------------------------- pointwise, one argument
for names, x in [
    ("abs neg sign sgn square exp exp2 expm1 sin cos tan atan sinh cosh tanh asinh sigmoid erf erfc ceil floor round trunc "
     "frac deg2rad rad2deg sinc i0 relu selu silu mish", R(2, 3)),
    ("sqrt rsqrt reciprocal log log2 log10 log1p lgamma digamma", P(2, 3)),
    ("asin acos atanh erfinv", R(2, 3, lo=-0.9, hi=0.9)), ("acosh", R(2, 3, lo=1.1, hi=3))]:
    for n in names.split():
        case(n, lambda x, n=n: getattr(torch, n)(x) if hasattr(torch, n) else getattr(torch.nn.functional, n)(x), x)
# Their in-place forms have no gradient.
for n, x in [("asinh", R(2, 3)), ("atanh", R(2, 3, lo=-0.9, hi=0.9)), ("acosh", R(2, 3, lo=1.1, hi=3))]:
    case(n + "_", lambda x, n=n: getattr(x.clone(), n + "_")(), x)
F = torch.nn.functional
wide = R(2, 4, lo=-4, hi=8)
case("relu6", lambda x: F.relu6(x), wide)
case("gelu", lambda x: F.gelu(x), wide)
case("hardsigmoid", lambda x: F.hardsigmoid(x), wide)
case("hardswish", lambda x: F.hardswish(x), wide)
case("log_sigmoid", lambda x: F.logsigmoid(x), wide)
case("leaky_relu", lambda x: F.leaky_relu(x, 0.1), wide)
case("elu", lambda x: F.elu(x), R(2, 3))
case("elu 0.7", lambda x: F.elu(x, 0.7), R(2, 3))
case("celu", lambda x: F.celu(x, 0.7), R(2, 3))
case("hardtanh", lambda x: F.hardtanh(x, -0.5, 0.7), R(2, 3))
case("glu", lambda x: F.glu(x), R(3, 4))
case("glu 0", lambda x: F.glu(x, 0), R(4, 3))
case("softplus", lambda x: F.softplus(x), wide)
case("softplus 2 1", lambda x: F.softplus(x, 2, 1), wide)
case("softmax", lambda x: x.softmax(1), R(2, 3))
case("softmax float32", lambda x: x.softmax(0, dtype=f4), R(2, 3))
case("log_softmax", lambda x: x.log_softmax(-1), R(2, 3))
case("prelu", lambda x, w: torch.prelu(x, w), R(2, 3), D([0.1, -0.3, 0.5]))
case("logit", lambda x: x.logit(), D([0.1, 0.5, 0.8]))
case("logit eps", lambda x: x.logit(0.1), D([0.01, 0.5, 0.95]))
case("round decimals", lambda x: x.round(decimals=1), D([0.14, -2.36, 7.05]))
case("polygamma", lambda x: torch.polygamma(1, x), P(3))
odd = D([nan, inf, -inf, 0.0, -2.5])
for n in ["isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal"]:
    case(n, lambda x, n=n: getattr(torch, n)(x), odd)
case("isreal complex", lambda x: x.isreal(), torch.complex(D([1, 2]), D([0, 3])))
case("abs complex", lambda x: x.abs(), C(3))
case("angle", lambda x: x.angle(), C(3))
case("conj", lambda x: x.conj().resolve_conj(), C(2, 2))
case("real imag", lambda x: (x.real, x.imag), C(2, 2))
case("sgn complex", lambda x: x.sgn(), C(3))
case("exp complex", lambda x: x.exp(), C(3))

# ---------------------------------------------------------------------------- pointwise, several arguments
a, b, row = R(2, 3), R(2, 3, seed=3), R(3, seed=4)
case("add", lambda x, y: x + y, a, row)
case("add alpha", lambda x, y: x.add(y, alpha=2.5), a, row)
case("add scalar", lambda x: x + 1.5, a)
case("add scalar alpha", lambda x: x.add(1.5, alpha=2), a)
case("sub", lambda x, y: x - y, a, row)
case("sub alpha", lambda x, y: x.sub(y, alpha=2.5), a, row)
case("sub scalar", lambda x: x - 1.5, a)
case("sub scalar alpha", lambda x: x.sub(1.5, alpha=2), a)
case("scalar minus", lambda x: 2 - x, a)
case("mul", lambda x, y: x * y, a, row)
case("mul scalar", lambda x: x * 2.5, a)
case("div", lambda x, y: x / y, a, row)
case("div scalar", lambda x: x / 2.5, a)
case("scalar over", lambda x: 2 / x, P(3))
case("div trunc", lambda x, y: x.div(y, rounding_mode="trunc"), R(5, lo=-9, hi=9), R(5, seed=2))
case("div floor", lambda x, y: x.div(y, rounding_mode="floor"), R(5, lo=-9, hi=9), R(5, seed=2))
case("div scalar floor", lambda x: x.div(0.7, rounding_mode="floor"), R(5, lo=-9, hi=9))
case("pow", lambda x, y: x ** y, P(2, 3), row)
case("pow scalar", lambda x: x ** 3, a)
case("floor_divide", lambda x, y: x.floor_divide(y), R(5, lo=-9, hi=9), R(5, seed=2))
case("remainder", lambda x, y: x % y, R(5, lo=-9, hi=9), R(5, seed=2))
case("remainder scalar", lambda x: x % 0.7, R(5, lo=-9, hi=9))
case("fmod", lambda x, y: x.fmod(y), R(5, lo=-9, hi=9), R(5, seed=2))
case("fmod scalar", lambda x: x.fmod(0.7), R(5, lo=-9, hi=9))
case("atan2", lambda x, y: x.atan2(y), a, b)
case("addcmul", lambda x, y, z: x.addcmul(y, z), a, b, row)
case("addcmul value", lambda x, y, z: x.addcmul(y, z, value=-0.5), a, b, row)
case("addcdiv", lambda x, y, z: x.addcdiv(y, z), a, b, P(3))
case("addcdiv value", lambda x, y, z: x.addcdiv(y, z, value=-0.5), a, b, P(3))
case("lerp", lambda x, y, z: x.lerp(y, z), a, b, P(2, 3))
case("clamp", lambda x: x.clamp(-0.5, 0.7), a)
case("clamp min", lambda x: x.clamp(min=-0.5), a)
case("clamp max", lambda x: x.clamp(max=0.5), a)
case("clamp tensors", lambda x, y, z: x.clamp(y, z), a, D([-0.5, -0.2, 0.1]), D([0.1, 0.2, 0.3]))
case("clamp tensor max", lambda x, z: x.clamp(max=z), a, D([0.1, 0.2, 0.3]))
case("nan_to_num", lambda x: x.nan_to_num(), odd)
case("nan_to_num values", lambda x: x.nan_to_num(1.5, 2.5, -3.5), odd)
case("xlogy", lambda x, y: x.xlogy(y), D([0, 1, 2]), P(3))
for n in ["maximum", "minimum", "fmax", "fmin", "hypot", "logaddexp", "copysign"]:
    case(n, lambda x, y, n=n: getattr(torch, n)(x, y), a, b)
case("heaviside", lambda x, y: x.heaviside(y), D([-1, 0, 2]), D([5, 6, 7]))
left, right = D([1, 2, 3, nan]), D([2, 2, 2, nan])
for n in ["eq", "ne", "lt", "le", "gt", "ge"]:
    case(n, lambda x, y, n=n: getattr(torch, n)(x, y), left, right)
    case(n + " scalar", lambda x, n=n: getattr(torch, n)(x, 2), left)
    case(n + "_", lambda x, y, n=n: getattr(x.clone(), n + "_")(y), left, right)
    case(n + "_ scalar", lambda x, n=n: getattr(x.clone(), n + "_")(2), left)
case("scalar comparisons", lambda x: (2 == x, 2 != x, 2 < x, 2 <= x, 2 > x, 2 >= x), D([1, 2, 3]))
case("isclose", lambda x, y: x.isclose(y), D([1, 2, nan]), D([1 + 1e-7, 2.1, nan]))
case("isclose loose", lambda x, y: x.isclose(y, 0.1, 0.01, equal_nan=True), D([1, 2, nan]), D([1 + 1e-7, 2.1, nan]))
case("allclose", lambda x, y: (x.allclose(y), x.allclose(y, 0.1), x.allclose(x + 1e-9)), D([1, 2]), D([1, 2.1]))
t, u = B([True, True, False, False]), B([True, False, True, False])
for n in ["logical_and", "logical_or", "logical_xor"]:
    case(n, lambda x, y, n=n: getattr(torch, n)(x, y), t, u)
case("logical_not", lambda x: x.logical_not(), t)
p, q = I([5, 12, -7]), I([3, 10, 6])
for n in ["bitwise_and", "bitwise_or", "bitwise_xor"]:
    case(n, lambda x, y, n=n: getattr(torch, n)(x, y), p, q)
case("bitwise_not", lambda x: ~x, p)
case("bitwise_not bool", lambda x: ~x, t)
case("shifts", lambda x, y: (x << y, x >> y), I([5, 12, 40]), I([1, 2, 3]))
case("isin", lambda x, y: torch.isin(x, y), I([1, 2, 3, 4]), I([2, 4]))
case("isin inverted", lambda x, y: torch.isin(x, y, assume_unique=True, invert=True), I([1, 2, 3, 4]), I([2, 4]))
case("fill_", lambda x: x.clone().fill_(2.5), a)
case("zero_", lambda x: x.clone().zero_(), a)
case("dropout at rest", lambda x: torch.dropout(x, 0.5, False), a)
case("integer division", lambda x, y: (x / y, x // y, x % y), I([7, -7, 9]), I([2, 2, -4]))
case("types mixed", lambda x, y: (x + y, x * 1.5, x * 2, x / 2, (x > 1) + 1), I([1, 2]), torch.tensor([0.5, 1.5], dtype=f4))

# ---------------------------------------------------------------------------- reductions, scans, order
m, cube = R(3, 4), R(2, 3, 2)
case("sum", lambda x: x.sum(), m)
case("sum float32", lambda x: x.sum(dtype=f4), m)
case("sum 0", lambda x: x.sum(0), m)
case("sum 1 kept", lambda x: x.sum(1, True), m)
case("sum 0 2", lambda x: x.sum([0, 2]), cube)
case("sum 0 2 kept float32", lambda x: x.sum([0, 2], True, dtype=f4), cube)
case("sum of truths", lambda x: (x.sum(), x.sum(0)), t)
case("mean", lambda x: x.mean(), m)
case("mean 0", lambda x: x.mean(0), m)
case("mean 1 kept", lambda x: x.mean(1, True), m)
case("mean 0 2", lambda x: x.mean([0, 2]), cube)
case("nansum", lambda x: x.nansum(), D([1, nan, 2]))
case("nanmean", lambda x: x.nanmean(), D([1, nan, 2]))
case("nanmean 0", lambda x: x.nanmean(0, True), D([[1, nan], [3, 5]]))
case("prod", lambda x: x.prod(), P(2, 3))
case("prod 0", lambda x: x.prod(0), P(2, 3))
case("prod 1 kept", lambda x: x.prod(1, True), P(2, 3))
for n in ["std", "var"]:
    f = lambda x, *r, n=n, **k: getattr(x, n)(*r, **k)
    case(n, lambda x, f=f: f(x), m)
    case(n + " biased", lambda x, f=f: f(x, False), m)
    case(n + " 0", lambda x, f=f: f(x, 0), m)
    case(n + " 1 biased kept", lambda x, f=f: f(x, 1, False, True), m)
    case(n + " 0 2", lambda x, f=f: f(x, [0, 2]), cube)
    case(n + "_mean", lambda x, n=n: getattr(torch, n + "_mean")(x, 1, False, True), m)
case("max", lambda x: x.max(), m)
case("min", lambda x: x.min(), m)
case("max 0", lambda x: x.max(0), m)
case("min 1 kept", lambda x: x.min(1, True), m)
case("amax", lambda x: x.amax((0, 2)), cube)
case("amax kept", lambda x: x.amax((0, 2), True), cube)
case("amin", lambda x: x.amin((0, 2)), cube)
case("amin kept", lambda x: x.amin((0, 2), True), cube)
case("argmax", lambda x: (x.argmax(), x.argmax(0), x.argmax(1, True)), m)
case("argmin", lambda x: (x.argmin(), x.argmin(0), x.argmin(1, True)), m)
tf = B([[True, False], [True, True]])
case("all", lambda x: (x.all(), x.all(0), x.all(1, True)), tf)
case("any", lambda x: (x.any(), x.any(0), x.any(1, True)), ~tf)
case("logsumexp", lambda x: x.logsumexp(1, True), m)
case("count_nonzero", lambda x: (x.count_nonzero(), x.count_nonzero([0])), I([[0, 2, 0], [1, 3, 0]]))
case("median", lambda x: x.median(), m)
case("median 1", lambda x: x.median(1), m)
case("nanmedian", lambda x: x.nanmedian(), D([1, nan, 2, 5]))
case("mode", lambda x: x.mode(0, True)[0], I([[0, 2], [1, 2], [0, 3]]))
case("kthvalue", lambda x: x.kthvalue(2), m)
case("kthvalue 0", lambda x: x.kthvalue(1, 0, True), m)
case("quantile", lambda x: x.quantile(0.4, 1, True), m)
case("quantiles", lambda x, q: x.quantile(q), m, D([0.1, 0.5]))
case("histc", lambda x: x.histc(4, -2, 2), m)
case("bincount", lambda x: x.bincount(), I([0, 2, 2, 3]))
case("bincount weights", lambda x, w: x.bincount(w, 6), I([0, 2, 2, 3]), P(4))
case("aminmax", lambda x: torch.aminmax(x), m)
case("aminmax 0", lambda x: torch.aminmax(x, dim=0, keepdim=True), m)
case("cumsum", lambda x: x.cumsum(1), m)
case("cumsum float32", lambda x: x.cumsum(0, dtype=f4), m)
case("cumprod", lambda x: x.cumprod(0), m)
case("cummax", lambda x: x.cummax(1), m)
case("cummin", lambda x: x.cummin(0), m)
case("logcumsumexp", lambda x: x.logcumsumexp(1), m)
case("diff", lambda x: x.diff(), m)
case("diff 2 0", lambda x, y, z: x.diff(2, 0, y, z), m, R(1, 4, seed=6), R(1, 4, seed=7))
case("sort", lambda x: x.sort(), m)
case("sort 0 down", lambda x: x.sort(0, True), m)
case("sort stable", lambda x: x.sort(dim=0, stable=True), I([2, 1, 2, 1]))
case("argsort", lambda x: (x.argsort(), x.argsort(0, True)), m)
case("msort", lambda x: x.msort(), m)
case("topk", lambda x: x.topk(2), m)
case("topk 0 least", lambda x: x.topk(2, 0, False), m)
edges = D([1, 3, 5])
case("searchsorted", lambda e, x: (torch.searchsorted(e, x), torch.searchsorted(e, x, out_int32=True, right=True)), edges, D([[3, 6], [0, 3.5]]))
case("bucketize", lambda x, e: (torch.bucketize(x, e), torch.bucketize(x, e, out_int32=True, right=True)), D([[3, 6], [0, 3.5]]), edges)
case("unique", lambda x: torch.unique(x, True, True, True), I([3, 1, 3, 2]))
case("unique rows", lambda x: torch.unique(x, True, True, True, dim=0), I([[3, 1], [0, 2], [3, 1]]))
case("unique alone", lambda x: torch.unique(x), D([2.5, 1, 2.5]))
case("unique_consecutive", lambda x: torch.unique_consecutive(x, True, True), I([1, 1, 2, 1]))
case("unique_consecutive alone", lambda x: torch.unique_consecutive(x), I([1, 1, 2, 1]))

# ---------------------------------------------------------------------------- shape
case("view", lambda x: x.view(4, 3), m)
case("view_as", lambda x, y: x.view_as(y), m, R(2, 6))
case("view type", lambda x: x.view(i4), torch.tensor([1.0, -2.5], dtype=f4))
case("reshape", lambda x: x.reshape(2, -1), m)
case("reshape_as", lambda x, y: x.reshape_as(y), m, R(2, 6))
case("flatten", lambda x: x.flatten(), cube)
case("flatten 1", lambda x: x.flatten(1), cube)
case("flatten 0 1", lambda x: x.flatten(0, 1), cube)
case("unflatten", lambda x: x.unflatten(1, (2, 2)), m)
case("unflatten -2", lambda x: x.unflatten(-2, (3, 1)), m)
one = R(1, 3, 1)
case("squeeze", lambda x: x.squeeze(), one)
case("squeeze -1", lambda x: x.squeeze(-1), one)
case("unsqueeze", lambda x: x.unsqueeze(1), m)
case("transpose", lambda x: x.transpose(0, 2), cube)
case("t", lambda x: x.t(), m)
case("permute", lambda x: x.permute(2, 0, 1), cube)
case("movedim", lambda x: x.movedim(0, -1), cube)
case("movedim several", lambda x: x.movedim((0, 1), (2, 0)), cube)
case("adjoint", lambda x: x.adjoint().resolve_conj(), C(2, 3))
case("H", lambda x: x.H.resolve_conj(), C(2, 3))
case("mT", lambda x: x.mT, cube)
case("T", lambda x: x.T, cube)
case("expand", lambda x: x.expand(2, 3, 4), one)
case("expand -1", lambda x: x.expand(2, -1, 4), one)
case("expand_as", lambda x, y: x.expand_as(y), one, R(2, 3, 2))
case("broadcast_to", lambda x: x.broadcast_to(2, 3), row)
case("repeat", lambda x: x.repeat(2, 2), row)
case("repeat_interleave", lambda x: x.repeat_interleave(2), R(2, 2))
case("repeat_interleave 1", lambda x: x.repeat_interleave(2, 1), R(2, 2))
case("repeat_interleave counts", lambda x, n: x.repeat_interleave(n, 0), R(2, 2), I([1, 3]))
case("tile", lambda x: x.tile(2, 2), R(2, 2))
case("flip", lambda x: x.flip(0, 1), m)
case("fliplr", lambda x: x.fliplr(), m)
case("flipud", lambda x: x.flipud(), m)
case("roll", lambda x: x.roll(1, 0), m)
case("roll flat", lambda x: x.roll(5), m)
case("roll several", lambda x: x.roll((1, 2), (0, 1)), m)
case("rot90", lambda x: x.rot90(), m)
case("rot90 2", lambda x: x.rot90(3, (1, 2)), cube)
case("split", lambda x: x.split(2), m)
case("split sizes", lambda x: x.split([1, 3], 1), m)
case("chunk", lambda x: x.chunk(3, 1), m)
case("unbind", lambda x: x.unbind(), m)
case("unbind 1", lambda x: x.unbind(1), m)
case("tensor_split", lambda x: x.tensor_split(3, 1), m)
case("unfold", lambda x: x.unfold(0, 3, 2), R(7))
case("as_strided", lambda x: x.as_strided((2, 2), (1, 3), 1), R(7))
case("diag", lambda x: x.diag(), row)
case("diag 1", lambda x: x.diag(1), m)
case("diagonal", lambda x: x.diagonal(1, 0, 2), cube)
case("diag_embed", lambda x: x.diag_embed(), R(2, 2))
case("diag_embed 1", lambda x: x.diag_embed(-1, 0, 2), R(2, 2))
case("tril", lambda x: x.tril(-1), m)
case("triu", lambda x: x.triu(1), m)
case("tril_indices", lambda: (torch.tril_indices(3, 3), torch.triu_indices(2, 3, 1)))
case("atleast", lambda x: (torch.atleast_1d(x), torch.atleast_2d(x), torch.atleast_3d(x)), D(2.5))
case("clone contiguous", lambda x: x.t().contiguous(), m)
case("cat", lambda x, y: torch.cat((x, y)), m, R(1, 4, seed=2))
case("cat 1", lambda x, y: torch.cat((x, y), -1), m, R(3, 1, seed=2))
case("stack", lambda x, y: torch.stack((x, y)), a, b)
case("stack 2", lambda x, y: torch.stack((x, y), 2), a, b)
case("hstack", lambda x, y: torch.hstack((x, y)), a, b)
case("vstack", lambda x, y: torch.vstack((x, y)), a, b)
case("block_diag", lambda x, y: torch.block_diag(x, y), a, b)
case("meshgrid", lambda x, y: torch.meshgrid(x, y, indexing="ij"), row, R(2))
case("meshgrid xy", lambda x, y: torch.meshgrid(x, y, indexing="xy"), row, R(2))
case("cartesian_prod", lambda x, y: torch.cartesian_prod(x, y), row, R(2))
case("combinations", lambda x: torch.combinations(x), R(4))
case("combinations 3", lambda x: torch.combinations(x, 3, True), R(3))
case("broadcast_tensors", lambda x, y: torch.broadcast_tensors(x, y), row, R(2, 1))

# ---------------------------------------------------------------------------- indexing
ix = I([2, 0, 2])
case("index_select", lambda x, i: x.index_select(0, i), m, ix)
case("select", lambda x: x.select(1, -1), m)
case("slice", lambda x: x[:, 1:4:2], m)
case("narrow", lambda x: x.narrow(1, 1, 2), m)
gi = I([[0, 2, 1, 1], [2, 2, 0, 0]])
case("gather", lambda x, i: x.gather(0, i), m, gi)
case("take", lambda x, i: x.take(i), m, I([[0, 11], [5, 5]]))
case("take_along_dim", lambda x, i: x.take_along_dim(i, 0), m, gi)
case("take_along_dim flat", lambda x, i: x.take_along_dim(i), m, I([0, 11, 5]))
mask = B([[True, False, True, False], [False, False, True, True], [True, False, False, False]])
case("masked_select", lambda x, k: x.masked_select(k), m, mask)
case("masked_fill", lambda x, k: x.masked_fill(k, -2.5), m, mask)
case("masked_scatter", lambda x, k, s: x.masked_scatter(k, s), m, mask, R(5, seed=8))
case("nonzero", lambda x: x.nonzero(), mask)
case("nonzero list", lambda x: x.nonzero(as_tuple=True), mask)
case("argwhere", lambda x: x.argwhere(), mask)
case("where", lambda k, x, y: torch.where(k, x, y), mask, m, R(3, 4, seed=3))
case("where scalar", lambda k, x: (torch.where(k, x, 2.5), torch.where(k, 2.5, x)), mask, m)
case("where places", lambda k: torch.where(k), mask)
src = R(2, 4, seed=9)
case("scatter", lambda x, i, s: x.scatter(0, i, s), m, I([[0, 2, 1, 1], [2, 1, 0, 0]]), src)
case("scatter value", lambda x, i: x.scatter(0, i, 2.5), m, gi)
case("scatter_add", lambda x, i, s: x.scatter_add(0, i, s), m, gi, src)
for n in ["sum", "prod", "mean", "amax", "amin"]:
    case("scatter_reduce " + n, lambda x, i, s, n=n: x.scatter_reduce(0, i, s, n), m, gi, src)
    case("scatter_reduce %s fresh" % n, lambda x, i, s, n=n: x.scatter_reduce(0, i, s, n, include_self=False), m, gi, src)
case("index_add", lambda x, i, s: x.index_add(0, i, s, alpha=1.5), m, ix, R(3, 4, seed=9))
case("index_copy", lambda x, i, s: x.index_copy(0, i, s), m, I([2, 0]), src)
case("index_fill", lambda x, i: x.index_fill(1, i, 2.5), m, I([0, 3]))
case("diagonal_scatter", lambda x, s: x.diagonal_scatter(s, 1), m, R(3, seed=9))
case("select_scatter", lambda x, s: x.select_scatter(s, 1, 2), m, R(3, seed=9))
case("slice_scatter", lambda x, s: x.slice_scatter(s, 1, 1, 4, 2), m, R(3, 2, seed=9))
big = R(3, 4, 2)
case("x[1]", lambda x: x[1], big)
case("x[1,2,0]", lambda x: x[-1, 2, 0], big)
case("x[1,2]", lambda x: x[1, 2], big)
case("x[,,,]", lambda x: x[1, 0, 1, 0], R(2, 2, 2, 2))
case("x[1:3]", lambda x: x[1:3], big)
case("x[...,1]", lambda x: x[..., 1], big)
case("x[:,None,::2]", lambda x: x[:, None, ::2], big)
case("x[-2:,:-1]", lambda x: x[-2:, :-1], big)
case("x[mask]", lambda x, k: x[k], big, mask)
case("x[:,mask]", lambda x, k: x[1, k], big, B([True, False, True, True]))
case("x[i]", lambda x, i: x[i], big, ix)
case("x[i,j]", lambda x, i, j: x[i, j], big, ix, I([1, 1, 3]))
case("x[:,i]", lambda x, i: x[:, i], big, I([[1, 3], [0, 0]]))
case("x[i,:,j]", lambda x, i, j: x[i, :, j], big, ix, I([0, 1, 1]))
case("x[truth]", lambda x, k: (x[k], x[~k]), D(2.5), B(True))
case("x[True]", lambda x: (x[True], x[False]), big)


def put(change):
    def run(x, *rest):
        x = x.clone()
        change(x, *rest)
        return x
    return run


def put_at(key):
    def change(x, v, *rest):
        x[key(*rest)] = v
    return put(change)


case("x[truth] = 7", put(lambda x, k: x.__setitem__(k, 7.0)), D(2.5), B(True))
case("x[1] = v", put_at(lambda: 1), big, R(2, seed=3))
case("x[1,2] = v", put_at(lambda: (1, 2)), big, R(2, seed=3))
case("x[1,2,0] = v", put_at(lambda: (1, 2, 0)), big, D(2.5))
case("x[,,,] = v", put_at(lambda: (1, 0, 1, 0)), R(2, 2, 2, 2), D(2.5))
case("x[1:3,0] = v", put_at(lambda: (slice(1, 3), 0)), big, R(2, 2, seed=3))
case("x[...,1] = v", put_at(lambda: (..., 1)), big, D(7))
case("x[...,1] = 7", put(lambda x: x.__setitem__((..., 1), 7.0)), big)
case("x[mask] = 7", put(lambda x, k: x.__setitem__(k, 7.0)), m, mask)
case("x[mask] = v", put_at(lambda k: k), m, D(7), mask)
case("x[mask] = vs", put_at(lambda k: k), m, R(5, seed=3), mask)
case("x[i] = v", put_at(lambda i: i), big, R(2, 4, 2, seed=3), I([2, 0]))
case("x[i,j] = v", put_at(lambda i, j: (i, j)), m, R(2, seed=3), I([2, 0]), I([1, 1]))
case("x[:,i] = v", put_at(lambda i: (slice(None), i)), m, R(3, 2, seed=3), I([3, 0]))
case("x[:,i] += v", put(lambda x, v, i: x.index_put_((torch.arange(3)[:, None], i), v, accumulate=True)), m, R(3, 2, seed=3), I([3, 3]))
case("x[1:] += v", put(lambda x, v: x[1:].add_(v)), m, R(2, 4, seed=3))
case("x[i] += v", put(lambda x, v, i: x.index_put_((i,), v, accumulate=True)), m, R(3, 4, seed=3), ix)

# ---------------------------------------------------------------------------- products and matrices
k = R(4, 2, seed=3)
case("matmul", lambda x, y: x @ y, R(2, 3, 4), k)
case("mm", lambda x, y: x.mm(y), m, k)
case("bmm", lambda x, y: x.bmm(y), R(2, 3, 4), R(2, 4, 2, seed=3))
case("mv", lambda x, y: x.mv(y), m, R(4, seed=3))
case("dot", lambda x, y: x.dot(y), R(4), R(4, seed=3))
case("vdot", lambda x, y: x.vdot(y), C(3), C(3).conj().resolve_conj())
case("inner", lambda x, y: x.inner(y), m, R(2, 4, seed=3))
case("outer", lambda x, y: x.outer(y), R(3), R(2, seed=3))
case("kron", lambda x, y: x.kron(y), a, R(2, 2))
case("cross", lambda x, y: torch.linalg.cross(x, y, dim=1), a, b)
case("addmm", lambda c, x, y: c.addmm(x, y), R(2, seed=6), m, k)
case("addmm scaled", lambda c, x, y: c.addmm(x, y, beta=0.5, alpha=-2), R(3, 2, seed=6), m, k)
case("addmv", lambda c, x, y: c.addmv(x, y, beta=0.5, alpha=-2), R(3, seed=6), m, R(4, seed=3))
case("addr", lambda c, x, y: c.addr(x, y, beta=0.5, alpha=-2), R(3, 2, seed=6), R(3), R(2, seed=3))
case("baddbmm", lambda c, x, y: c.baddbmm(x, y, beta=0.5, alpha=-2), R(2, 3, 2, seed=6), R(2, 3, 4), R(2, 4, 2, seed=3))
case("einsum bij,bjk->bik", lambda x, y: torch.einsum("bij,bjk->bik", x, y), R(2, 3, 4), R(2, 4, 2, seed=3))
case("einsum ii", lambda x: torch.einsum("ii", x), R(3, 3))
case("einsum three", lambda x, y, z: torch.einsum("bn,anm,bm->ba", x, y, z), R(2, 3), R(2, 3, 4), R(2, 4, seed=3))
case("tensordot", lambda x, y: torch.tensordot(x, y, ([0, 2], [1, 0])), R(2, 3, 4), R(4, 2, seed=3))
case("cdist", lambda x, y: torch.cdist(x, y), m, R(2, 4, seed=3))
case("cdist 1", lambda x, y: torch.cdist(x, y, 1.0), m, R(2, 4, seed=3))
case("vander", lambda x: (torch.vander(x), torch.vander(x, 2), torch.vander(x, 2, True)), row)
case("norm", lambda x: x.norm(), m)
case("norm 1", lambda x: x.norm(1), m)
case("norm dim", lambda x: x.norm(p=2, dim=1), m)
case("norm dim kept", lambda x: x.norm(p=1, dim=0, keepdim=True), m)
case("dist", lambda x, y: x.dist(y, 1), a, b)
case("trace", lambda x: x.trace(), m)
sq, spd = SPD(3), SPD(3, 2)
gen = R(3, 3, seed=2) + 2 * torch.eye(3, dtype=f8)
case("inverse", lambda x: x.inverse(), gen)
case("pinverse", lambda x: x.pinverse(), m)
case("det", lambda x: x.det(), gen)
case("logdet", lambda x: x.logdet(), sq)
case("slogdet", lambda x: torch.linalg.slogdet(x), gen)
case("matrix_power", lambda x: torch.linalg.matrix_power(x, 3), gen)
case("matrix_exp", lambda x: x.matrix_exp(), gen)
case("cholesky", lambda x: torch.linalg.cholesky(x), spd)
case("cholesky upper", lambda x: torch.cholesky(x, upper=True), sq)
case("renorm", lambda x: x.renorm(2, 0, 1.0), m)
case("cov", lambda x: x.cov(), m)
case("cov weighted", lambda x, f, w: x.cov(correction=0, fweights=f, aweights=w), m, I([1, 2, 1, 3]), P(4))
case("corrcoef", lambda x: x.corrcoef(), m)
case("solve", lambda x, y: torch.linalg.solve(x, y), spd, R(2, 3, 2))
case("solve right", lambda x, y: torch.linalg.solve(x, y, left=False), gen, R(2, 3))
case("solve_triangular", lambda x, y: torch.linalg.solve_triangular(x, y, upper=True), gen.triu(), R(3, 2))
case("solve_triangular unit", lambda x, y: torch.linalg.solve_triangular(x, y, upper=False, left=False, unitriangular=True), gen.tril(), R(2, 3))
case("lstsq", lambda x, y: torch.linalg.lstsq(x, y)[0], R(4, 2), R(4, 2, seed=1))
case("eigvalsh", lambda x: torch.linalg.eigvalsh(x), spd)
case("svdvals", lambda x: torch.linalg.svdvals(x), m)
case("matrix_rank", lambda x: (torch.linalg.matrix_rank(x), torch.linalg.matrix_rank(x, tol=2.0)), torch.diag(D([3, 1, 0])))
case("multi_dot", lambda x, y, z: torch.linalg.multi_dot((x, y, z)), m, k, R(2, 3, seed=5))
case("linalg.norm", lambda x: (torch.linalg.norm(x), torch.linalg.norm(x, "fro", keepdim=True), torch.linalg.norm(x, "nuc"), torch.linalg.norm(x, 1)), m)
case("linalg.norm dim", lambda x: torch.linalg.norm(x, dim=[1], keepdim=True), m)
case("vector_norm", lambda x: (torch.linalg.vector_norm(x), torch.linalg.vector_norm(x, 3, [0], True)), m)
case("matrix_norm", lambda x: torch.linalg.matrix_norm(x, 2.0, [0, 2], True), cube)
v = R(5)
case("fft", lambda x: torch.fft.fft(x), v)
case("fft 8", lambda x: torch.fft.fft(x, 8), v)
case("ifft", lambda x: torch.fft.ifft(x), C(4))
case("rfft", lambda x: torch.fft.rfft(x, dim=0), R(4, 2))
case("irfft", lambda x: torch.fft.irfft(x, 5), C(3))
case("fft2", lambda x: (torch.fft.fft2(x), torch.fft.ifft2(x)), C(2, 3))
case("entr", lambda x: torch.special.entr(x), P(3))
case("i0e", lambda x: torch.special.i0e(x), v)
case("i1", lambda x: torch.special.i1(x), v)
case("xlog1py", lambda x, y: torch.special.xlog1py(x, y), D([0, 1, 2]), P(3))
case("zeta", lambda x, y: torch.special.zeta(x, y), D([2, 3.5]), D([1, 1.5]))
coo, half_ = I([[0, 1, 1, 0], [2, 0, 2, 2]]), R(4)
sp = lambda i, x: torch.sparse_coo_tensor(i, x, (2, 3))
case("sparse_coo_tensor", lambda i, x: sp(i, x).to_dense(), coo, half_)
case("coalesce", lambda i, x: (sp(i, x).coalesce().indices(), sp(i, x).coalesce().values(), sp(i, x).is_coalesced()), coo, half_)
case("sparse parts", lambda i, x: (sp(i, x)._indices(), sp(i, x)._values()), coo, half_)
case("sparse mm", lambda i, x, y: torch.sparse.mm(sp(i, x), y), coo, half_, R(3, 2, seed=4))
csr = lambda x, i, v: torch.sparse_csr_tensor(x, i, v, (2, 3))
rows, columns = I([0, 1, 3]), I([2, 0, 1])
case("sparse_csr_tensor", lambda x, i, v: (csr(x, i, v).to_dense(), csr(x, i, v).crow_indices(), csr(x, i, v).col_indices(), csr(x, i, v).values()), rows, columns, R(3))
case("csr mm", lambda x, i, v, y: csr(x, i, v) @ y, rows, columns, R(3), R(3, 2, seed=4))
holes = D([[0, 2, 0], [1.5, 0, -1]])
case("to_sparse", lambda x: (x.to_sparse().coalesce().indices(), x.to_sparse().coalesce().values()), holes)
case("to_sparse 1", lambda x: (x.to_sparse(1).coalesce().indices(), x.to_sparse(1).coalesce().values()), holes)
case("to_sparse_csr", lambda x: (x.to_sparse_csr().crow_indices(), x.to_sparse_csr().col_indices(), x.to_sparse_csr().values()), holes)

# ---------------------------------------------------------------------------- making and converting
case("arange", lambda: (torch.arange(5), torch.arange(2, 5), torch.arange(1, 2, 0.25), torch.arange(3.0), torch.arange(5, 0, -2)))
case("linspace", lambda: (torch.linspace(0, 1, 5, dtype=f8), torch.logspace(0, 2, 3, dtype=f8), torch.logspace(0, 3, 4, 2, dtype=f8)))
case("eye", lambda: (torch.eye(2), torch.eye(2, 3, dtype=i8)))
case("full", lambda: (torch.full((2,), 3), torch.full((2,), 2.5), torch.full((2,), True), torch.full((1, 2), 3, dtype=f8)))
case("complex", lambda x, y: torch.complex(x, y), R(3), R(3, seed=1))
case("polar", lambda x, y: torch.polar(x, y), P(3), R(3, seed=1))
case("like", lambda x: (torch.zeros_like(x), torch.ones_like(x), torch.full_like(x, 2.7), torch.zeros_like(x, dtype=f4)), I([[1, 2]]))
types = [torch.uint8, torch.int8, torch.int16, i4, i8, torch.float16, torch.bfloat16, f4, f8, torch.bool, torch.complex64, torch.complex128]
whole, real = I([0, 1, 100, -3]), D([0, 1.7, 100.26, -3.14159])
for start, values in [("whole", whole), ("real", real)]:
    # A negative real number has no defined value in uint8.
    case("to types from " + start, lambda x: tuple(x.to(d) for d in types[1:]), values)
case("to uint8", lambda x: x.to(torch.uint8), D([0, 1.7, 255]))
case("promotion", lambda *x: tuple(p + q for p in x for q in x), *[torch.ones(1, dtype=d) for d in types])


# ---------------------------------------------------------------------------- random numbers
def draw(name, run):
    seeded[name] = run


e = lambda *s: torch.empty(s)
draw("rand", lambda: torch.rand(2, 3))
draw("rand 20", lambda: torch.rand(20))
draw("rand float64", lambda: torch.rand(3, dtype=f8))
draw("randn", lambda: torch.randn(2, 3))
draw("randn 20", lambda: torch.randn(20))
draw("randn float64", lambda: torch.randn(3, dtype=f8))
draw("randint", lambda: torch.randint(2, 50, (6,)))
draw("randint high", lambda: torch.randint(9, (2, 3)))
draw("randperm", lambda: torch.randperm(9))
draw("normal", lambda: torch.normal(2.0, 3.0, (4,)))
draw("normal tensors", lambda: torch.normal(torch.arange(4.0), torch.ones(4)))
draw("rand_like", lambda: (torch.rand_like(e(3)), torch.randn_like(e(3)), torch.randint_like(e(3), 2, 9)))
draw("uniform_", lambda: e(5).uniform_(-2, 3))
draw("normal_", lambda: e(5).normal_(1, 2))
draw("normal_ 17", lambda: e(17).normal_())
draw("exponential_", lambda: e(5).exponential_(2))
draw("bernoulli_", lambda: e(8).bernoulli_(0.3))
draw("bernoulli", lambda: torch.linspace(0, 1, 8).bernoulli())
draw("log_normal_", lambda: e(5).log_normal_(0.5, 0.25))
draw("geometric_", lambda: e(5).geometric_(0.3))
draw("cauchy_", lambda: e(5).cauchy_(0.5, 2))
draw("random_", lambda: e(5).random_(3, 30))
draw("multinomial", lambda: (torch.tensor([0.1, 0.2, 0.3, 0.4]).multinomial(3), torch.tensor([0.1, 0.2, 0.7]).multinomial(6, True)))
draw("poisson", lambda: torch.poisson(torch.full((5,), 3.5)))
draw("dropout", lambda: torch.dropout(torch.ones(12), 0.4, True))


# ---------------------------------------------------------------------------- writing
def fill(shape, seed):
    return torch.sin(0.37 * torch.arange(math.prod(shape), dtype=f8) + 1.3 * seed + 0.2).reshape(shape)


def number(v):
    if isinstance(v, bool):
        return int(v)
    if isinstance(v, int):
        return v
    v = float("%.9g" % v)
    return ("NaN" if v != v else "Infinity" if v > 0 else "-Infinity") if not math.isfinite(v) else int(v) if v == int(v) and abs(v) < 1e9 else v


def written(t):
    t = torch.zeros(t.shape, dtype=t.dtype) + t.detach().resolve_conj() if t.dtype == f8 else t.detach().resolve_conj()
    flat = torch.view_as_real(t.contiguous()).reshape(-1) if t.is_complex() else t.reshape(-1)
    return [str(t.dtype)[6:], list(t.shape), [number(v) for v in flat.tolist()]]


def results(y):
    if isinstance(y, torch.Tensor):
        return [y]
    if isinstance(y, (bool, int, float)):
        return [torch.tensor(y)]
    return [t for part in y for t in results(part)]


def vectors(run, inputs):
    x = [t.detach().clone().requires_grad_(t.is_floating_point() and t.dtype == f8) for t in inputs]
    y = results(run(*x))
    out = {"x": [written(t) for t in inputs], "y": [written(t) for t in y]}
    loss = 0
    for k, t in enumerate(y):
        if t.requires_grad:
            w = fill(t.shape, 40 + k)
            loss = loss + ((t.real * w).sum() + (t.imag * w).sum() if t.is_complex() else (t.double() * w).sum())
    if isinstance(loss, torch.Tensor):
        try:
            loss.backward()
            out["g"] = [written(t.grad)[2] if t.grad is not None else None for t in x]
        except (RuntimeError, NotImplementedError) as error:
            print("no gradient:", str(error).split("\n")[0][:90])
    return out


made = {"cases": {}, "seeded": {}}
for name, (run, inputs) in cases.items():
    try:
        made["cases"][name] = vectors(run, inputs)
    except Exception as error:
        print("FAILED", name, ":", str(error).split("\n")[0])
for name, run in seeded.items():
    torch.manual_seed(11)
    made["seeded"][name] = [written(t) for t in results(run())]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ops.json")
with open(path, "w") as file:
    parts = ["%s: {\n%s\n}" % (json.dumps(part), ",\n".join("%s:%s" % (json.dumps(n), json.dumps(w, separators=(",", ":")))
             for n, w in made[part].items())) for part in made]
    file.write("{\n%s\n}\n" % ",\n".join(parts))
print(len(cases), "cases,", len(seeded), "seeded,", os.path.getsize(path), "bytes")
