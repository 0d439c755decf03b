"""Writes optim.json: what PyTorch's optimizers and schedules do on a small problem.

Run it again with a Python that has PyTorch 1.13 or later: python3 make_optim.py
The problem: minimise sum_i a_i * (p_i - b_i)^4 / 4 + p_0 * p_1 over two parameters, [3] and [2, 2], in double precision,
20 steps; the second parameter's gradient is missing on every third step where "gaps" is set.
"""
import json
import pathlib

import torch
from torch.optim import lr_scheduler as schedules

torch.set_default_dtype(torch.float64)
KEPT = [0, 1, 2, 9, 19]  # the steps that are written down


def parameters():
    w = torch.tensor([0.5, -1.25, 2.0], requires_grad=True)
    v = torch.tensor([[1.0, -0.75], [0.25, -2.0]], requires_grad=True)
    return w, v


def loss_of(w, v, second):
    a = torch.tensor([1.0, 0.5, 0.25])
    b = torch.tensor([-0.5, 1.0, 0.75])
    loss = (a * (w - b) ** 4).sum() / 4 + w[0] * w[1]
    if second:
        loss = loss + (v ** 4).sum() / 4 + (v.sum() - 1) ** 2
    return loss


def run(make, gaps=False, steps=20):
    w, v = parameters()
    optimizer = make([w, v])
    trace = []
    for i in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss_of(w, v, not gaps or i % 3 != 2).backward()
        optimizer.step()
        if i in KEPT:
            trace.append(w.tolist() + v.flatten().tolist())
    return trace


o = torch.optim
cases = {
    "SGD plain": lambda p: o.SGD(p, lr=0.01),
    "SGD momentum": lambda p: o.SGD(p, lr=0.01, momentum=0.9),
    "SGD dampening": lambda p: o.SGD(p, lr=0.01, momentum=0.9, dampening=0.3),
    "SGD nesterov": lambda p: o.SGD(p, lr=0.01, momentum=0.8, nesterov=True),
    "SGD decay": lambda p: o.SGD(p, lr=0.01, momentum=0.5, weight_decay=0.1),
    "SGD maximize": lambda p: o.SGD(p, lr=0.0001, weight_decay=0.1, maximize=True),
    "Adam plain": lambda p: o.Adam(p, lr=0.05),
    "Adam betas": lambda p: o.Adam(p, lr=0.05, betas=(0.7, 0.95), eps=1e-3),
    "Adam decay": lambda p: o.Adam(p, lr=0.05, weight_decay=0.1),
    "Adam amsgrad": lambda p: o.Adam(p, lr=0.05, betas=(0.9, 0.5), amsgrad=True),
    "Adam maximize": lambda p: o.Adam(p, lr=0.001, maximize=True, weight_decay=0.1),
    "AdamW plain": lambda p: o.AdamW(p, lr=0.05, weight_decay=0),
    "AdamW decay": lambda p: o.AdamW(p, lr=0.05, weight_decay=0.1),
    "AdamW amsgrad": lambda p: o.AdamW(p, lr=0.05, betas=(0.9, 0.5), amsgrad=True, weight_decay=0.01),
    "AdamW maximize": lambda p: o.AdamW(p, lr=0.001, maximize=True, weight_decay=0.1),
    "Adagrad plain": lambda p: o.Adagrad(p, lr=0.1),
    "Adagrad all": lambda p: o.Adagrad(
        p, lr=0.1, lr_decay=0.2, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-3),
    "RMSProp plain": lambda p: o.RMSprop(p, lr=0.01),
    "RMSProp momentum": lambda p: o.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.7, weight_decay=0.1),
    "RMSProp centered": lambda p: o.RMSprop(p, lr=0.01, alpha=0.9, centered=True),
    "RMSProp all": lambda p: o.RMSprop(p, lr=0.01, centered=True, momentum=0.5, eps=1e-4, maximize=True),
    "Adadelta plain": lambda p: o.Adadelta(p),
    "Adadelta decay": lambda p: o.Adadelta(p, lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.1, maximize=True),
}


def sparse(make):
    """An embedding of 6 rows of 2, of which each step uses three places, one row twice."""
    table = torch.nn.Embedding.from_pretrained(
        torch.arange(12.0).reshape(6, 2) / 10, freeze=False, sparse=True)
    optimizer = make(table.parameters())
    trace = []
    for i in range(20):
        optimizer.zero_grad(set_to_none=True)
        rows = torch.tensor([i % 6, (i * i) % 5, i % 6])
        ((table(rows) - 1) ** 2).sum().backward()
        optimizer.step()
        if i in KEPT:
            trace.append(table.weight.detach().flatten().tolist())
    return trace


sparse_cases = {
    "SGD plain": lambda p: o.SGD(p, lr=0.1),
    "SGD momentum": lambda p: o.SGD(p, lr=0.1, momentum=0.5),
    "SGD nesterov": lambda p: o.SGD(p, lr=0.1, momentum=0.5, nesterov=True),
    "Adagrad plain": lambda p: o.Adagrad(p, lr=0.1, lr_decay=0.1),
}


def rates(make, steps=25, kind="sgd", measure=None):
    w, v = parameters()
    groups = [{"params": [w]}, {"params": [v], "lr": 0.5}]
    optimizer = o.SGD(groups, lr=0.1, momentum=0.9) if kind == "sgd" else o.Adam(groups, lr=0.1)
    schedule = make(optimizer)
    trace = []
    for i in range(steps):
        momentum = [g["momentum"] if kind == "sgd" else g["betas"][0] for g in optimizer.param_groups]
        trace.append([g["lr"] for g in optimizer.param_groups] + momentum)
        optimizer.step()
        if measure is None:
            schedule.step()
        else:
            schedule.step(measure(i))
    return trace


s = schedules
schedule_cases = {
    "StepLR": lambda p: s.StepLR(p, 4, gamma=0.3),
    "MultiStepLR": lambda p: s.MultiStepLR(p, [3, 7, 7, 15], gamma=0.5),
    "ExponentialLR": lambda p: s.ExponentialLR(p, gamma=0.9),
    "LambdaLR": lambda p: s.LambdaLR(p, lambda epoch: 1 / (1 + epoch)),
    "MultiplicativeLR": lambda p: s.MultiplicativeLR(p, lambda epoch: 1 - 0.01 * epoch),
    "PolynomialLR": lambda p: s.PolynomialLR(p, total_iters=8, power=2.0),
    "ConstantLR": lambda p: s.ConstantLR(p, factor=0.25, total_iters=6),
    "LinearLR": lambda p: s.LinearLR(p, start_factor=0.2, end_factor=0.9, total_iters=10),
    "CosineAnnealingLR": lambda p: s.CosineAnnealingLR(p, 7, eta_min=0.01),
    "SequentialLR": lambda p: s.SequentialLR(
        p, [s.ConstantLR(p, factor=0.1, total_iters=3), s.ExponentialLR(p, gamma=0.9), s.StepLR(p, 2, gamma=0.5)], [3, 12]),
    "ChainedLR": lambda p: s.ChainedScheduler([s.ConstantLR(p, factor=0.1, total_iters=3), s.ExponentialLR(p, gamma=0.9)]),
    "CyclicLR triangular": lambda p: s.CyclicLR(p, 0.01, 0.2, step_size_up=4, step_size_down=3),
    "CyclicLR triangular2": lambda p: s.CyclicLR(p, 0.01, 0.2, step_size_up=4, mode="triangular2"),
    "CyclicLR range": lambda p: s.CyclicLR(
        p, 0.01, 0.2, step_size_up=4, mode="exp_range", gamma=0.95, cycle_momentum=False),
    "OneCycleLR": lambda p: s.OneCycleLR(p, 0.4, total_steps=26),
    "OneCycleLR linear": lambda p: s.OneCycleLR(
        p, [0.4, 0.2], epochs=2, steps_per_epoch=13, anneal_strategy="linear", pct_start=0.4, div_factor=10,
        final_div_factor=50),
    "OneCycleLR three": lambda p: s.OneCycleLR(p, 0.4, total_steps=26, three_phase=True, pct_start=0.4),
}
plateau_cases = {
    "ReduceLROnPlateau min": lambda p: s.ReduceLROnPlateau(p, factor=0.5, patience=2, cooldown=1, min_lr=[0.02, 0.1]),
    "ReduceLROnPlateau max": lambda p: s.ReduceLROnPlateau(p, mode="max", factor=0.3, patience=1, threshold_mode="abs"),
}

result = {
    "torch": torch.__version__,
    "steps": {name: run(make) for name, make in cases.items()},
    "gaps": {name: run(cases[name], gaps=True) for name in ["SGD momentum", "Adam amsgrad", "Adagrad all", "RMSProp all"]},
    "sparse": {name: sparse(make) for name, make in sparse_cases.items()},
    "rates": {name: rates(make) for name, make in schedule_cases.items()},
    "rates with Adam": {name: rates(schedule_cases[name], kind="adam") for name in ["StepLR", "OneCycleLR"]},
    "plateau": {name: rates(make, measure=lambda i: 1 / (1 + min(i, 5))) for name, make in plateau_cases.items()},
}
text = json.dumps(result, separators=(",", ":"))
pathlib.Path(__file__).with_name("optim.json").write_text(text + "\n")
