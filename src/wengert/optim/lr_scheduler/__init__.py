"""torch.optim.lr_scheduler: learning rates that change with the epochs."""

from wengert.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from wengert.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from wengert.optim.lr_scheduler.cycles import CyclicLR, OneCycleLR
from wengert.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from wengert.optim.lr_scheduler.plateau import ReduceLROnPlateau
from wengert.optim.lr_scheduler.scheduler import LRScheduler

_LRScheduler = LRScheduler
"""The name that older programs use."""

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
