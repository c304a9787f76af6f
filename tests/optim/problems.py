"""Small problems that optimizers and schedules are let loose on: the same text for PyTorch and for wengert."""

import json
import sys
import warnings
from pathlib import Path

FIXTURES = Path(__file__).parent / "recorded.json"
"""What PyTorch 2.13 did; made by running this file with a Python that has it."""

STEPS = (1, 2, 3, 10, 30, 100)

OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.02}),
    "sgd momentum": ("SGD", {"lr": 0.01, "momentum": 0.8, "dampening": 0.1, "weight_decay": 0.01}),
    "sgd nesterov": ("SGD", {"lr": 0.01, "momentum": 0.8, "nesterov": True}),
    "sgd maximize": ("SGD", {"lr": 0.0001, "maximize": True, "weight_decay": 0.1}),
    "adam": ("Adam", {"lr": 0.05}),
    "adam amsgrad": ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}),
    "adam maximize": ("Adam", {"lr": 0.001, "maximize": True}),
    "adamw": ("AdamW", {"lr": 0.05, "weight_decay": 0.1}),
    "adamw amsgrad": ("AdamW", {"lr": 0.05, "amsgrad": True, "betas": (0.8, 0.9)}),
    "nadam": ("NAdam", {"lr": 0.01, "weight_decay": 0.01}),
    "nadam decoupled": ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    "radam": ("RAdam", {"lr": 0.02, "weight_decay": 0.01}),
    "radam decoupled": ("RAdam", {"lr": 0.02, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    "adamax": ("Adamax", {"lr": 0.02, "weight_decay": 0.01}),
    "adagrad": ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.1, "weight_decay": 0.01}),
    "adadelta": ("Adadelta", {"lr": 1.0, "weight_decay": 0.01}),
    "rmsprop": ("RMSprop", {"lr": 0.001, "weight_decay": 0.01}),
    "rmsprop momentum": ("RMSprop", {"lr": 0.001, "momentum": 0.5, "centered": True}),
    "rprop": ("Rprop", {"lr": 0.01}),
    "asgd": ("ASGD", {"lr": 0.02, "t0": 20, "weight_decay": 0.01}),
    "adafactor": ("Adafactor", {"lr": 0.05, "weight_decay": 0.01}),
    "adafactor maximize": ("Adafactor", {"lr": 0.001, "beta2_decay": -0.5, "d": 1.5, "maximize": True}),
    "adafactor eps": ("Adafactor", {"lr": 0.05, "eps": (0.1, 0.5)}),
    "muon": ("Muon", {"lr": 0.02}),
    "muon plain": ("Muon", {"lr": 0.02, "nesterov": False, "momentum": 0.8, "weight_decay": 0, "ns_steps": 3}),
    "muon adamw": ("Muon", {"lr": 0.05, "adjust_lr_fn": "match_rms_adamw"}),
    "lbfgs": ("LBFGS", {"lr": 0.1, "max_iter": 3}),
    "lbfgs wolfe": ("LBFGS", {"max_iter": 4, "history_size": 5, "line_search_fn": "strong_wolfe"}),
}


def problem(torch, dtype):
    """Parameters, and a function that computes their loss."""
    a = torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.5, -1.0]], dtype=dtype, requires_grad=True)
    b = torch.tensor([0.1, -0.7], dtype=dtype, requires_grad=True)
    c = torch.tensor(0.9, dtype=dtype, requires_grad=True)
    x = torch.tensor([[1.0, 2.0], [0.5, -1.0], [2.0, 0.3]], dtype=dtype)

    def loss():
        bent = ((a @ x + b).tanh() * c).pow(2).sum()
        return bent + (a**2).sum() * 0.3 + (b - 1).pow(2).sum() + (c - 2) ** 2

    return [a, b, c], loss


def started(torch, key, dtype):
    """An optimizer with its parameters, and a function that computes their loss."""
    name, options = OPTIMIZERS[key]
    parameters, loss = problem(torch, dtype)
    own = parameters[:1] if name == "Muon" else parameters  # which takes matrices alone
    return getattr(torch.optim, name)(own, **options), parameters, loss


def trajectory(torch, key, dtype=None):
    """The parameters after some of the steps, one list of numbers for each of those."""
    optimizer, parameters, loss = started(torch, key, dtype or torch.float64)

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    found = []
    for i in range(1, STEPS[-1] + 1):
        if "lbfgs" in key:
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()
        if i in STEPS:
            found.append([v for p in parameters for v in p.detach().reshape(-1).tolist()])
    return found


def _halved(epoch):
    return 0.5 ** (epoch // 3)


SCHEDULES = {
    "lambda": lambda s, o: s.LambdaLR(o, lr_lambda=[_halved, lambda e: 1 / (1 + e)]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lr_lambda=lambda e: 0.95),
    "step": lambda s, o: s.StepLR(o, step_size=4, gamma=0.3),
    "multistep": lambda s, o: s.MultiStepLR(o, milestones=[3, 7, 7, 20], gamma=0.5),
    "constant": lambda s, o: s.ConstantLR(o, factor=0.25, total_iters=6),
    "linear": lambda s, o: s.LinearLR(o, start_factor=0.1, end_factor=0.9, total_iters=11),
    "exponential": lambda s, o: s.ExponentialLR(o, gamma=0.9),
    "polynomial": lambda s, o: s.PolynomialLR(o, total_iters=13, power=1.7),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, T_max=7, eta_min=0.01),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.02),
    "restarts alike": lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=5),
    "cyclic": lambda s, o: s.CyclicLR(o, base_lr=0.01, max_lr=[0.1, 0.2], step_size_up=4, step_size_down=3),
    "cyclic falling": lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=4, mode="triangular2", cycle_momentum=False),
    "cyclic exp": lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=4, mode="exp_range", gamma=0.97),
    "one cycle": lambda s, o: s.OneCycleLR(o, max_lr=0.3, total_steps=30),
    "one cycle linear": lambda s, o: s.OneCycleLR(
        o, max_lr=[0.3, 0.5], epochs=5, steps_per_epoch=6, anneal_strategy="linear", three_phase=True, pct_start=0.25
    ),
    "sequential": lambda s, o: s.SequentialLR(
        o,
        [s.LinearLR(o, total_iters=4), s.ExponentialLR(o, gamma=0.8), s.CosineAnnealingLR(o, T_max=5)],
        milestones=[4, 9],
    ),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, factor=0.1, total_iters=3), s.ExponentialLR(o, 0.9)]),
    "swa": lambda s, o: s.SWALR(o, swa_lr=[0.01, 0.5], anneal_epochs=6),
    "swa linear": lambda s, o: s.SWALR(o, swa_lr=0.05, anneal_epochs=4, anneal_strategy="linear"),
    "plateau": lambda s, o: s.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=1, min_lr=[0.001, 0.05]),
    "plateau max": lambda s, o: s.ReduceLROnPlateau(
        o, mode="max", patience=1, threshold_mode="abs", threshold=0.5, min_lr=0.004
    ),
}
MEASURES = [5, 4, 4.5, 4.1, 4.2, 3, 3, 3, 3, 3, 3, 3, 3.5, 2.9999, 3, 3, 3, 3, 1, 1, 1, 1, 1, 2, 2, 2, 2, 9, 9, 9]


class Both:
    """The schedules of both modules."""

    def __init__(self, torch):
        self.modules = (torch.optim.lr_scheduler, torch.optim.swa_utils)

    def __getattr__(self, name):
        return next(getattr(m, name) for m in self.modules if hasattr(m, name))


def two_groups(torch, name="SGD"):
    parts = [torch.zeros(1, requires_grad=True), torch.zeros(2, requires_grad=True)]
    options = {"momentum": 0.9} if name == "SGD" else {}
    return getattr(torch.optim, name)([{"params": [parts[0]]}, {"params": [parts[1]], "lr": 0.4}], lr=0.1, **options)


def rates(torch, key, name="SGD", *, optimizer=None, steps=30):
    """The learning rates and momenta of 30 epochs."""
    optimizer = optimizer or two_groups(torch, name)
    schedule = SCHEDULES[key](Both(torch), optimizer)
    found = []
    for i in range(steps):
        found.append([[g["lr"] for g in optimizer.param_groups], [moving(g) for g in optimizer.param_groups]])
        optimizer.step()
        schedule.step(*([MEASURES[i]] if "plateau" in key else []))
    return found


def moving(group):
    return group["betas"][0] if "betas" in group else group["momentum"]


def record(torch):
    warnings.simplefilter("ignore")
    FIXTURES.write_text(
        json.dumps(
            {
                "optimizers": {key: trajectory(torch, key) for key in OPTIMIZERS},
                "schedules": {name: {key: rates(torch, key, name) for key in SCHEDULES} for name in ("SGD", "Adam")},
            }
        ).replace("]], [[", "]],\n[[")
        + "\n"
    )


if __name__ == "__main__":
    import torch as pytorch

    record(pytorch)
    sys.stdout.write(f"{FIXTURES}\n")
