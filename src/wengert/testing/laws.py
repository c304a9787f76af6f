"""All laws, and when each applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.families import primitive_of
from wengert.testing import batches, derivatives, values
from wengert.testing.results import single_results
from wengert.testing.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wengert.core.primitive import Primitive

    Law = Callable[[Primitive, Sample], None]


BYTE = 100
"""Operands up to here are tried as integers too; their squares need not fit."""


def _always(row: Primitive, sample: Sample) -> bool:
    return True


def _countable(row: Primitive, sample: Sample) -> bool:
    reals = [sample.operands[i] for i in sample.arrays() if sample.operands[i].dtype.kind == "f"]
    numbers = [o for o in sample.operands if not isinstance(o, np.ndarray)]
    return bool(reals) and all((np.abs(x) < BYTE).all() for x in reals) and all(n >= 0 for n in numbers)


def _with_numbers(row: Primitive, sample: Sample) -> bool:
    return len(sample.arrays()) < len(sample.operands)


def _moving(row: Primitive, sample: Sample) -> bool:
    return bool(sample.moving(row))


def _smooth(row: Primitive, sample: Sample) -> bool:
    return sample.smooth and _moving(row, sample)


def _finite(row: Primitive, sample: Sample) -> bool:
    stated = sample.gradients is not None and all(g is None or np.isfinite(g).all() for g in sample.gradients)
    return (sample.smooth or stated) and _moving(row, sample)


def _kink(row: Primitive, sample: Sample) -> bool:
    return sample.gradients is not None


LAWS: dict[str, tuple[Law, Callable[[Primitive, Sample], bool]]] = {
    "shape": (values.shape_rule, _always),
    "integers": (values.integers, _countable),
    "bools": (values.bools, _countable),
    "raw": (values.raw, _always),
    "boxed": (values.boxed_as_raw, _always),
    "numbers": (values.mixed_numbers, _with_numbers),
    "layouts": (values.layouts, _always),
    "staged": (values.staged, _always),
    "forward": (derivatives.forward, _smooth),
    "adjoint": (derivatives.adjoint, _finite),
    "recorded": (derivatives.recorded, _moving),
    "second": (derivatives.second, _smooth),
    "poison": (derivatives.poison, _moving),
    "subset": (derivatives.any_subset, _moving),
    "spec": (derivatives.gradient_spec, _moving),
    "fast": (derivatives.fast_path, _moving),
    "kink": (derivatives.kink, _kink),
    "batch": (batches.batched, _always),
    "batchgrad": (batches.batched_gradient, _moving),
}
"""By name: the law, and whether it says anything about a row and a sample."""


def applicable(row: Primitive, samples: Iterable[Sample]) -> Iterator[tuple[str, Law, Any, Sample]]:
    """Each law with each sample that it says something about, and the row (or one of its results)."""
    for sample in samples:
        for each in single_results(row):
            for name, (law, applies) in LAWS.items():
                if applies(each, sample):
                    yield name, quiet(law), each, sample


def quiet(law: Law) -> Law:
    """The law without NumPy's warnings: samples go to the ends of the number range on purpose."""

    def tried(row: Primitive, sample: Sample) -> None:
        with np.errstate(all="ignore"):
            law(row, sample)

    return tried


def check(op: Any, samples: Iterable[Sample]) -> int:
    """Try an op on samples, and raise if it breaks a law that every op must keep.

    >>> import numpy as np
    >>> from wengert.core.primitive import TABLE
    >>> from wengert.ops.broadcasting import pointwise
    >>> cube = pointwise("cube", lambda dx, x: dx * 3 * x * x, kernel=lambda xp, x: x * x * x)
    >>> check(cube, [Sample((np.array([0.5, -1.0]),))]) > 10
    True
    >>> wrong = pointwise("wrong", lambda dx, x: dx * x * x, kernel=lambda xp, x: x * x * x)
    >>> check(wrong, [Sample((np.array(0.5),))])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: forward-wrong-float64[]: jvp along operands (0,) against differences: ...
    >>> del TABLE["cube"], TABLE["wrong"]  # leave no trace of the example

    Args:
        op: a function made by one of the families: `pointwise`, `linear`, `bilinear`, `general`.
        samples: what to try it on, in the domain where the op is defined.

    Returns:
        How many laws were tried, summed over the samples.

    Raises:
        AssertionError: naming the law, the op and the sample, and what differs.
        ValueError: without samples, since nothing was tried then.
    """
    row = primitive_of(op)
    tried = 0
    for name, law, each, sample in applicable(row, samples):
        try:
            law(each, sample)
        except Exception as error:
            raise AssertionError(f"{name}-{each.name}-{sample.title}: {error}") from error
        tried += 1
    if not tried:
        raise ValueError(f"there is no sample to try {row.name} on")
    return tried
