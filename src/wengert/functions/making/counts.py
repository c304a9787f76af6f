"""Poisson and binomial numbers, one after another: Hoermann's methods (1993), as PyTorch's CPU kernels use them."""

from __future__ import annotations

from math import cos, exp, floor, inf, lgamma, log, log1p, pi, sin, sqrt
from math import log as ln
from typing import Any, Self

import numpy as np

DOUBLE = np.dtype(np.float64)
CHUNK = 1024


class Ahead:
    """Uniform doubles of a generator one after another, drawn ahead; what was not used is put back at the end.

    >>> import wengert as torch
    >>> source = torch.Generator().manual_seed(0)
    >>> with Ahead(source, 100) as ahead:
    ...     first = ahead.uniform()
    >>> float(source.manual_seed(0).uniform(1, DOUBLE)[0]) == first
    True
    """

    def __init__(self, source: Any, expected: int) -> None:
        self.source, self.size = source, min(max(expected, 4), CHUNK)
        self.numbers: list[float] = []
        self.next = 0

    def __enter__(self) -> Self:
        self.spare = self.source._spare  # noqa: SLF001  the second of a pair of normal numbers
        self._draw()
        return self

    def _draw(self) -> None:
        self.before = self.source.snapshot()
        self.numbers = self.source.uniform(self.size, DOUBLE).tolist()
        self.next = 0

    def __exit__(self, *_: object) -> None:
        self.source.restore(self.before)
        if self.next:
            self.source.words(2 * self.next)
        self.source._spare = self.spare  # noqa: SLF001  as above

    def uniform(self) -> float:
        """The next one."""
        if self.next == self.size:
            self._draw()
        self.next += 1
        return self.numbers[self.next - 1]

    def normal(self) -> float:
        """A standard normal number; every second is kept from the one before."""
        if self.spare is not None:
            value, self.spare = self.spare, None
            return float(value)
        first, second = self.uniform(), self.uniform()
        radius, angle = sqrt(-2.0 * log1p(-second)), 2.0 * pi * first
        self.spare = radius * sin(angle)
        return radius * cos(angle)


def poisson_numbers(source: Any, rates: list[float]) -> list[float]:
    """A Poisson number for each rate."""
    with Ahead(source, 8 * len(rates)) as ahead:
        return [rate if rate in (0, inf) else _many(ahead, rate) if rate >= 10 else _few(ahead, rate) for rate in rates]


def _few(source: Ahead, rate: float) -> float:
    """Count uniform numbers until their product is below exp(-rate)."""
    limit, product, count = exp(-rate), 1.0, 0
    while True:
        product *= source.uniform()
        if product <= limit:
            return float(count)
        count += 1


def _many(source: Ahead, rate: float) -> float:
    """Transformed rejection, PTRS."""
    root, log_rate = sqrt(rate), ln(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    quick = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = source.uniform() - 0.5, source.uniform()
        us = 0.5 - abs(u)
        k = floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= quick:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        if log(v) + log(inverse_alpha) - log(a / (us * us) + b) <= -rate + k * log_rate - lgamma(k + 1):
            return float(k)


def binomial_numbers(source: Any, tries: list[float], chances: list[float]) -> list[float]:
    """A binomial number for each count of tries and chance of success."""
    with Ahead(source, 8 * len(tries)) as ahead:
        return [_binomial(ahead, n, p) for n, p in zip(tries, chances, strict=True)]


def _binomial(source: Ahead, count: float, chance: float) -> float:
    if count <= 0 or chance <= 0:
        return 0.0
    if chance >= 1:
        return count
    if chance > 0.5:
        return count - _less_likely(source, count, 1 - chance)
    return _less_likely(source, count, chance)


def _less_likely(source: Ahead, count: float, chance: float) -> float:
    return _rejected(source, count, chance) if count * chance >= 10 else _inverted(source, count, chance)


def _inverted(source: Ahead, count: float, chance: float) -> float:
    """Add up geometric steps until they pass the count."""
    total, successes, scale = 0.0, 0, np.log1p(-chance)
    while True:
        total += np.ceil(np.log(source.uniform()) / scale)
        if total > count:
            return float(successes)
        successes += 1


def _tail(k: float) -> float:
    """What Stirling's approximation of log(k!) leaves out."""
    table = (
        0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
        0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
    )  # fmt: skip
    if k <= 9:
        return table[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _rejected(source: Ahead, count: float, chance: float) -> float:
    """Transformed rejection, BTRS."""
    spread = sqrt(count * chance * (1 - chance))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * chance
    c = count * chance + 0.5
    quick = 0.92 - 4.2 / b
    odds = chance / (1 - chance)
    alpha = (2.83 + 5.1 / b) * spread
    m = floor((count + 1) * chance)
    while True:
        u, v = source.uniform() - 0.5, source.uniform()
        us = 0.5 - abs(u)
        k = floor((2 * a / us + b) * u + c)
        if us >= 0.07 and v <= quick:
            return float(k)
        if k < 0 or k > count:
            continue
        v = log(v * alpha / (a / (us * us) + b))
        bound = (
            (m + 0.5) * log((m + 1) / (odds * (count - m + 1)))
            + (count + 1) * log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * log(odds * (count - k + 1) / (k + 1))
            + _tail(m) + _tail(count - m) - _tail(k) - _tail(count - k)
        )  # fmt: skip
        if v <= bound:
            return float(k)
