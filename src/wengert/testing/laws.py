"""All laws, and when each applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.families import primitive_of
from wengert.testing import batches, derivatives, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wengert.core.primitive import Primitive
    from wengert.testing.sample import Sample

    Law = Callable[[Primitive, Sample], None]


def _always(row: Primitive, sample: Sample) -> bool:
    return True


def _with_numbers(row: Primitive, sample: Sample) -> bool:
    return len(sample.arrays()) < len(sample.operands)


def _moving(row: Primitive, sample: Sample) -> bool:
    return bool(sample.moving(row))


def _smooth(row: Primitive, sample: Sample) -> bool:
    return sample.smooth and _moving(row, sample)


def _finite(row: Primitive, sample: Sample) -> bool:
    stated = sample.gradients is not None and all(
        g is None or np.isfinite(g).all() for g in sample.gradients
    )
    return (sample.smooth or stated) and _moving(row, sample)


def _kink(row: Primitive, sample: Sample) -> bool:
    return sample.gradients is not None


LAWS: dict[str, tuple[Law, Callable[[Primitive, Sample], bool]]] = {
    "shape": (values.shape_rule, _always),
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


def applicable(row: Primitive, samples: Iterable[Sample]) -> Iterator[tuple[str, Law, Sample]]:
    """Each law with each sample that it says something about."""
    for sample in samples:
        for name, (law, applies) in LAWS.items():
            if applies(row, sample):
                yield name, law, sample


def check(op: Any, samples: Iterable[Sample]) -> int:
    """Try an op on samples, and raise if it breaks a law that every op must keep.

    >>> import numpy as np
    >>> from wengert.ops.broadcasting import pointwise
    >>> from wengert.ops.pointwise import cosh, sinh
    >>> check(sinh, [Sample((np.array([0.5, -1.0]),))]) > 10
    True

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
    for name, law, sample in applicable(row, samples):
        try:
            law(row, sample)
        except Exception as error:
            raise AssertionError(f"{name}-{row.name}-{sample.title}: {error}") from error
        tried += 1
    if not tried:
        raise ValueError(f"there is no sample to try {row.name} on")
    return tried
