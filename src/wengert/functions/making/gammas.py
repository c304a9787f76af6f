"""Gamma and Dirichlet numbers, drawn as PyTorch's CPU kernels draw them, which move with their parameters."""

from __future__ import annotations

from math import log, prod, sqrt
from typing import Any

import numpy as np

from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.making import random
from wengert.functions.making.counts import Ahead
from wengert.functions.making.drawing import drawn_given, source_of
from wengert.functions.making.random import DOUBLE
from wengert.functions.recording.custom import Function
from wengert.functions.recording.leaves import detach
from wengert.functions.reducing.reductions import sum as total
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.transport import beta_moved, beta_ratio, gamma_moved


def gamma_numbers(source: random.Generator, concentrations: list[float]) -> list[float]:
    """A number of the standard gamma distribution for each, by Marsaglia and Tsang (2000)."""
    with Ahead(source, 4 * len(concentrations)) as ahead:
        return [0.0 if a == 0 else _gamma_number(ahead, a) for a in concentrations]


THIRD, SQUEEZE = float(np.float32(1 / 3)), float(np.float32(0.0331))
"""PyTorch has them in single precision, and so other numbers from the ninth digit on."""


def _gamma_number(source: Ahead, a: float) -> float:
    scale = 1.0
    if a < 1:  # a number of a + 1, times a power of a uniform one
        scale = (1 - source.uniform()) ** (1 / a)
        a += 1
    d = a - THIRD
    c = 1 / sqrt(9 * d)
    while True:
        x = source.normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - source.uniform()
        square = x * x
        if u < 1 - SQUEEZE * square * square or log(u) < 0.5 * square + d * (1 - v + log(v)):
            return scale * d * v


def standard_gamma(concentration: Tensor, generator: Any = None) -> Tensor:
    """A number of the gamma distribution of rate 1 for each concentration.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); standard_gamma(torch.tensor([0.5, 3.0]))
    tensor([7.8936e-04, 1.2728e+00])

    It has derivatives by the concentration, up to the third: where the number would be if it stayed at the same part
    of its distribution.
    """
    dtype = numpy_dtype(concentration)
    refuse(dtype, no_kernel("_standard_gamma_cpu", "biuc"))
    source, least = source_of(generator), np.finfo(dtype).tiny

    def make(shape: tuple[int, ...], values: Any) -> Any:
        wanted = np.broadcast_to(values, shape).astype(DOUBLE).reshape(-1)
        drawn = np.array(gamma_numbers(source, wanted.tolist()), DOUBLE).reshape(shape)
        return np.maximum(drawn.astype(dtype), least)

    numbers = drawn_given(make, shape_of(concentration), concentration)
    return gamma_moved(concentration, detach(concentration), numbers)  # type: ignore[no-any-return]


def standard_dirichlet(concentration: Tensor, generator: Any = None) -> Tensor:
    """Shares that add up to 1 along the last dimension: gamma numbers over their sum.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); standard_dirichlet(torch.tensor([0.5, 3.0]))
    tensor([6.1977e-04, 9.9938e-01])

    The derivative moves each share as a beta number against the sum of the others (Jankowiak and Obermeyer 2018).
    """
    dtype = numpy_dtype(concentration)
    refuse(dtype, no_kernel("dirichlet", "biuc"))
    source, limits = source_of(generator), np.finfo(dtype)
    below_one = np.nextafter(dtype.type(1), dtype.type(0))

    def make(shape: tuple[int, ...], values: Any) -> Any:
        wanted = np.broadcast_to(values, shape).astype(DOUBLE).reshape(-1)
        drawn = np.array(gamma_numbers(source, wanted.tolist()), DOUBLE).reshape(shape)
        shares = drawn / drawn.sum(-1, keepdims=True) if prod(shape) else drawn
        return np.clip(shares.astype(dtype), limits.tiny, below_one)

    shape = shape_of(concentration)
    shares = drawn_given(make, shape, concentration)
    found: Tensor = MovedShares.apply(concentration, shares)
    return found


def moved_beta(first: Tensor, second: Tensor, number: Tensor) -> Tensor:
    """A number that was drawn of a beta distribution, with its derivatives by the two concentrations.

    >>> import wengert as torch
    >>> a = torch.tensor(2.0, requires_grad=True)
    >>> moved_beta(a, torch.tensor(1.0), torch.tensor(0.25))
    tensor(0.2500, grad_fn=<BetaMovedBackward0>)
    """
    return beta_moved(first, second, detach(first), detach(second), number)  # type: ignore[no-any-return]


class MovedShares(Function):
    """Dirichlet numbers as a function of their concentrations."""

    generate_vmap_rule = True

    @staticmethod
    def forward(concentration: Any, shares: Any) -> Any:
        """The numbers that were drawn."""
        return shares.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep what both derivatives read."""
        ctx.save_for_backward(inputs[0], output)
        ctx.save_for_forward(inputs[0], output)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """Each share takes from all others in proportion."""
        concentration, shares = ctx.saved_tensors
        return share_speeds(concentration, shares) * (g - total(shares * g, (-1,), True)), None

    @staticmethod
    def jvp(ctx: Any, moved: Any, _: Any) -> Any:
        """The transpose of backward."""
        concentration, shares = ctx.saved_tensors
        speeds = share_speeds(concentration, shares) * moved
        return speeds - shares * total(speeds, (-1,), True)


def share_speeds(concentration: Any, shares: Any) -> Any:
    """How fast each share grows with its own concentration, over the sum of the others."""
    others = total(concentration, (-1,), True) - concentration
    return -beta_ratio(concentration, others, shares, 1, 0) / (1 - shares)
