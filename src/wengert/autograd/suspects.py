"""Which operation of a function has a rule that disagrees with its values.

Every operation is watched while the function runs, and then checked on its own: along a random
direction, the rule's answer against a difference of the kernel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.levels import spec_of
from wengert.core.modes import without_grad
from wengert.core.observing import Observer, Observing
from wengert.core.tensor import Tensor, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.places import Place

STEP = 1e-6
TOLERANCE = 1e-3


class Operations(Observer):
    """Keeps what is needed to do each operation again."""

    def __init__(self) -> None:
        self.checks: list[Callable[[], str | None]] = []

    def saw(self, primitive: Any, operands: Sequence[Any], params: Any, made: Tensor) -> None:
        node = made.node
        if node is None:
            return
        arrays = [np.array(o.array) if isinstance(o, Tensor) else o for o in operands]
        self.checks.append(lambda: _check_row(primitive, arrays, params, node.place))

    def saw_function(self, function: Any, args: Sequence[Any], outputs: Sequence[Any], node: Any) -> None:
        given = [wrap(np.array(a.array)) if isinstance(a, Tensor) else a for a in args]
        self.checks.append(lambda: _check_function(function, given, node))


def suspicion(func: Callable[..., Any], inputs: Sequence[Any]) -> str:
    """A sentence about the operation that seems to be wrong."""
    seen = Operations()
    with Observing(seen):
        func(*inputs)
    for check in seen.checks:
        found = check()
        if found is not None:
            return found
    return (
        "Every operation by itself agrees with its values. The dependence may be cut, by detach(), .data, .item() or "
        "NumPy, or the function is not smooth here."
    )


def _check_row(primitive: Any, arrays: list[Any], params: Any, place: Place) -> str | None:
    random = np.random.default_rng(0)
    out = np.asarray(primitive.compute(arrays, params))
    cotangent = _random(random, out)
    for i, x in enumerate(arrays):
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc" or primitive.rule_of(i) is None:
            continue
        along = _random(random, x)
        moved = [
            np.asarray(primitive.compute([*arrays[:i], x + step * along, *arrays[i + 1 :]], params))
            for step in (STEP, -STEP)
        ]
        by_values = _inner(cotangent, (moved[0] - moved[1]) / (2 * STEP))
        pulled = primitive.pull(i, cotangent, arrays, _specs(arrays), out, params)
        if not _close(by_values, _inner(np.asarray(pulled), along)):
            return f"The rule of {primitive.name} for operand {i} disagrees with its values, at {place}"
    return None


def _check_function(function: Any, args: list[Any], node: Any) -> str | None:
    random = np.random.default_rng(0)
    node_rule = node.rule
    outputs = _outputs(function, args)
    seeds = [_random(random, out) for out in outputs]
    fresh = [wrap(a.array) if isinstance(a, Tensor) else a for a in args]
    for i in node_rule.needs:
        fresh[i].requires_grad_()
    results = function.apply(*fresh)
    recorded = [t for t in (results if isinstance(results, tuple) else (results,)) if isinstance(t, Tensor) and t.node]
    pairs = sum(((t * wrap(np.conj(s))).sum() for t, s in zip(recorded, seeds, strict=False)), wrap(np.zeros(())))
    pairs.real.backward() if pairs.dtype.is_complex else pairs.backward()
    for i in node_rule.needs:
        along = _random(random, args[i].array)
        moved = [
            _outputs(function, [*args[:i], wrap(args[i].array + step * along), *args[i + 1 :]])
            for step in (STEP, -STEP)
        ]
        by_values = sum(_inner(s, (up - down) / (2 * STEP)) for s, up, down in zip(seeds, *moved, strict=True))
        g = fresh[i].grad
        by_rule = 0.0 if g is None else _inner(g.array, along)
        if not _close(by_values, by_rule):
            return f"The backward of {function.__name__} for argument {i} disagrees with its forward, at {node.place}"
    return None


def _outputs(function: Any, args: list[Any]) -> list[Any]:
    results = without_grad(function.apply, *args)
    several = results if isinstance(results, tuple) else (results,)
    return [np.array(t.array) for t in several if isinstance(t, Tensor) and t.array.dtype.kind in "fc"]


def _random(random: Any, like: Any) -> Any:
    values = random.normal(size=like.shape)
    if like.dtype.kind == "c":
        values = values + 1j * random.normal(size=like.shape)
    return values.astype(like.dtype)


def _inner(a: Any, b: Any) -> float:
    """The real inner product."""
    return float(np.real(np.sum(np.conj(a) * b)))


def _specs(arrays: list[Any]) -> list[Any]:
    return [spec_of(a) for a in arrays]


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b), 1e-3)


__all__ = ["Operations", "suspicion"]
