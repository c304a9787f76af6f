"""How far to go along a direction: a search for a point with the strong Wolfe conditions.

    a point is good := its loss is low enough (Armijo), and its slope is flat enough

First steps grow until two points enclose a good one, then the interval shrinks by cubic interpolation (Nocedal and
Wright, Numerical Optimization, section 3.5).

Knows points on a line. Must not know what is minimized.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LOW_ENOUGH, FLAT_ENOUGH = 1e-4, 0.9
SMALLEST_CHANGE = 1e-9


class Point(NamedTuple):
    """A place on the line."""

    at: float
    loss: float
    gradient: Any
    slope: float


class Found(NamedTuple):
    """Where a search ended."""

    loss: float
    gradient: Any
    length: float
    evaluations: int


def lowest(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic through two points with their slopes is lowest, between two bounds.

    >>> lowest(Point(0, 1.0, None, -2.0), Point(2.0, 1.0, None, 2.0), 0.0, 2.0)
    1.0
    """
    if a.at == b.at:  # as where the first length is 0
        return (low + high) / 2.0
    if a.at > b.at:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.at - b.at)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = sqrt(square)
    divisor = b.slope - a.slope + 2 * d2
    if divisor == 0:
        return (low + high) / 2.0
    place = b.at - (b.at - a.at) * ((b.slope + d2 - d1) / divisor)
    return min(max(place, low), high)


class Search:
    """One search along a direction."""

    def __init__(self, evaluate: Callable[[float], tuple[float, Any]], direction: Any, start: Point, most: int) -> None:
        self._evaluate, self._most = evaluate, most
        self._direction = direction
        self._start = start
        self.evaluations = 0

    def at(self, length: float) -> Point:
        """The point a length away."""
        loss, gradient = self._evaluate(length)
        self.evaluations += 1
        return Point(length, loss, gradient.clone(), gradient.dot(self._direction).item())

    def too_high(self, point: Point) -> bool:
        """Whether the loss has not come down as the slope at the start promised."""
        return point.loss > self._start.loss + LOW_ENOUGH * point.at * self._start.slope

    def flat(self, point: Point) -> bool:
        """Whether the slope is flat enough."""
        return abs(point.slope) <= -FLAT_ENOUGH * self._start.slope

    def bracket(self, length: float) -> tuple[list[Point], bool]:
        """Two points that enclose a good one; or a good one itself, and True."""
        last, point, tries = self._start, self.at(length), 0
        while tries < self._most:
            if self.too_high(point) or (tries > 1 and point.loss >= last.loss):
                return [last, point], False
            if self.flat(point):
                return [point], True
            if point.slope >= 0:
                return [last, point], False
            further = lowest(last, point, point.at + 0.01 * (point.at - last.at), point.at * 10)
            last, point = point, self.at(further)
            tries += 1
        return [self._start, point], False

    def zoom(self, ends: list[Point]) -> Point:
        """The best point of an interval, which shrinks until that is a good one."""
        size = self._direction.abs().max().item()
        low, high = (0, 1) if ends[0].loss <= ends[1].loss else (1, 0)
        slow = False
        while self.evaluations <= self._most and abs(ends[1].at - ends[0].at) * size >= SMALLEST_CHANGE:
            left, right = sorted(end.at for end in ends)
            place, slow = self._apart(lowest(ends[0], ends[1], left, right), left, right, slow)
            point = self.at(place)
            if self.too_high(point) or point.loss >= ends[low].loss:
                ends[high] = point
                low, high = (0, 1) if ends[0].loss <= ends[1].loss else (1, 0)
                continue
            if self.flat(point):
                ends[low] = point
                break
            if point.slope * (ends[high].at - ends[low].at) >= 0:
                ends[high] = ends[low]
            ends[low] = point
        return ends[low]

    @staticmethod
    def _apart(place: float, left: float, right: float, slow: bool) -> tuple[float, bool]:
        """A place that is not too near to an end twice in a row; and whether it is near."""
        margin = 0.1 * (right - left)
        if min(right - place, place - left) >= margin:
            return place, False
        if not slow and left < place < right:
            return place, True
        return (right - margin if abs(place - right) < abs(place - left) else left + margin), False


def strong_wolfe(evaluate: Callable[[float], tuple[float, Any]], direction: Any, length: float, loss: float,
                 gradient: Any, slope: float, most: int) -> Found:  # fmt: skip
    """A point with the strong Wolfe conditions, or the best that was seen.

    Args:
        evaluate: the loss and the gradient some length away.
        direction: where to go.
        length: what to try first.
        loss: the loss at the start.
        gradient: the gradient at the start.
        slope: the derivative of the loss along the direction at the start.
        most: the most evaluations after the first.
    """
    search = Search(evaluate, direction, Point(0.0, loss, gradient.clone(), slope), most)
    ends, done = search.bracket(length)
    point = ends[0] if done else search.zoom(ends)
    return Found(point.loss, point.gradient, point.at, search.evaluations)
