"""assert_close: whether two tensors, numbers or nests of them are what they should be, said as PyTorch says it.

Knows tensors and tolerances. Must not know rows and laws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from wengert import errors
from wengert.core.tensor import Tensor, wrap

TOLERANCES = {
    "float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7),
}  # fmt: skip
"""Relative and absolute, by dtype; other dtypes have to be equal."""


class Wanted(NamedTuple):
    """How close is close enough, and what else has to agree."""

    rtol: float | None
    atol: float | None
    equal_nan: bool
    dtype: bool
    stride: bool


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None, atol: float | None = None,
    equal_nan: bool = False, check_device: bool = True, check_dtype: bool = True, check_layout: bool = True,
    check_stride: bool = False, msg: Any = None,
) -> None:  # fmt: skip
    """Raise unless |actual - expected| <= atol + rtol |expected|, element by element.

    >>> import wengert as torch
    >>> torch.testing.assert_close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0 + 1e-7]))
    >>> torch.testing.assert_close(1.0, 1.5)
    Traceback (most recent call last):
    AssertionError: Scalars are not close!
    <BLANKLINE>
    Expected 1.5 but got 1.0.
    Absolute difference: 0.5 (up to 1e-07 allowed)
    Relative difference: 0.3333333333333333 (up to 1e-07 allowed)

    Args:
        actual: a tensor, a number, or lists, tuples and dicts of them.
        expected: the same.
        allow_subclasses: taken and not needed.
        rtol: relative tolerance; by the dtype, if none is given.
        atol: absolute tolerance; the same.
        equal_nan: whether NaN equals NaN.
        check_device: taken and not needed, since there is one.
        check_dtype: whether the dtypes have to be the same.
        check_layout: taken and not needed, since there is one.
        check_stride: whether the strides have to be the same.
        msg: a text in place of the usual one, or a function of that.

    Raises:
        AssertionError: if they are not close.
        TypeError: for what cannot be compared.
        ValueError: if only one of rtol and atol is given.
    """
    if (rtol is None) != (atol is None):
        missing = "atol" if atol is None else "rtol"
        raise errors.ArgumentError(
            f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}."
        )  # fmt: skip
    wanted = Wanted(rtol, atol, equal_nan, check_dtype, check_stride)
    found = difference(actual, expected, wanted, ())
    if found is not None:
        raise AssertionError(found if msg is None else msg(found) if callable(msg) else msg)


def difference(actual: Any, expected: Any, wanted: Wanted, path: tuple[Any, ...]) -> str | None:
    """What is said of two values that differ; None if they do not."""
    if isinstance(actual, Tensor) and isinstance(expected, Tensor):
        return _where(of_tensors(actual, expected, wanted), path)
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if set(actual) != set(expected):
            return _where(
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {sorted(set(expected) - set(actual))}\n"
                f"Additional keys in the actual mapping: {sorted(set(actual) - set(expected))}",
                path,
            )
        pairs = [(key, actual[key], expected[key]) for key in actual]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return _where(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", path)
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(actual, expected, strict=True))]
    elif isinstance(actual, np.ndarray) and isinstance(expected, np.ndarray):
        return _where(of_tensors(wrap(actual), wrap(expected), wanted), path)
    elif isinstance(actual, NUMBERS) and isinstance(expected, NUMBERS):
        return _where(of_numbers(actual, expected, wanted), path)
    else:
        raise errors.ArgumentTypeError(
            f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}."
        )
    for key, a, b in pairs:
        found = difference(a, b, wanted, (*path, key))
        if found is not None:
            return found
    return None


NUMBERS = bool | int | float | complex | np.generic


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _where(text: str | None, path: tuple[Any, ...]) -> str | None:
    if text is None or not path:
        return text
    return f"{text}\n\nThe failure occurred for item {''.join(f'[{key!r}]' for key in path)}"


def of_numbers(actual: Any, expected: Any, wanted: Wanted) -> str | None:
    """What is said of two numbers."""
    if wanted.dtype and type(actual) is not type(expected):
        return f"The (d)types do not match: {type(actual)} != {type(expected)}."
    kind = "complex128" if complex in map(type, (actual, expected)) else "float64"
    whole = all(isinstance(x, bool | int | np.integer | np.bool_) for x in (actual, expected))
    rtol, atol = _tolerances("int64" if whole else kind, wanted)
    return _scalars(actual, expected, rtol, atol, wanted.equal_nan)


def _scalars(actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool) -> str | None:
    if np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan):
        return None
    apart = abs(actual - expected) if not isinstance(actual, bool) else int(actual != expected)
    relative = float("inf") if expected == 0 else abs(apart / expected)
    exact = rtol == 0 and atol == 0
    up_to = ("", "") if exact else (f" (up to {atol} allowed)", f" (up to {rtol} allowed)")
    return (
        f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}.\n"
        f"Absolute difference: {apart}{up_to[0]}\nRelative difference: {relative}{up_to[1]}"
    )


def _tolerances(dtype: str, wanted: Wanted) -> tuple[float, float]:
    if wanted.rtol is not None and wanted.atol is not None:
        return wanted.rtol, wanted.atol
    return TOLERANCES.get(dtype, (0.0, 0.0))


def of_tensors(actual: Tensor, expected: Tensor, wanted: Wanted) -> str | None:
    """What is said of two tensors."""
    for name, checked in (("shape", True), ("dtype", wanted.dtype)):
        a, b = getattr(actual, name), getattr(expected, name)
        if checked and a != b:
            return f"The values for attribute '{name}' do not match: {a} != {b}."
    if wanted.stride and actual.stride() != expected.stride():
        return f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}."
    names = [str(t.dtype).removeprefix("torch.") for t in (actual, expected)]
    pairs = [_tolerances(name, wanted) for name in names]
    rtol, atol = (max(each) for each in zip(*pairs, strict=True))
    a, b = (_values(t) for t in (actual, expected))
    if a.ndim == 0:
        return _scalars(a.item(), b.item(), rtol, atol, wanted.equal_nan)
    close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=wanted.equal_nan)
    return None if close.all() else _elements(a, b, close, rtol, atol)


def _values(tensor: Tensor) -> Any:
    array = tensor.detach().array
    return array if array.dtype.isbuiltin == 1 else array.astype(np.float32)


def _elements(a: Any, b: Any, close: Any, rtol: float, atol: float) -> str:
    exact = rtol == 0 and atol == 0
    wide = np.result_type(a, b)
    wide = np.dtype(np.int64) if wide.kind in "bui" else wide
    with np.errstate(all="ignore"):
        apart = np.abs(a.astype(wide) - b.astype(wide))
        narrow = np.dtype(np.float32) if wide.kind == "i" else wide  # as PyTorch divides integers
        relative = np.abs(apart.astype(narrow) / b.astype(narrow))
    for each in (apart, relative):
        each[close] = 0
    lines = [f"Mismatched elements: {(~close).sum()} / {close.size} ({(~close).mean():.1%})"]
    for name, values, limit in (("absolute", apart, atol), ("relative", relative, rtol)):
        at = np.unravel_index(int(np.argmax(values)), values.shape)
        shown = float(values[at]) if values.dtype.kind == "f" else int(values[at])
        up_to = "" if exact else f" (up to {limit} allowed)"
        lines.append(f"Greatest {name} difference: {shown} at index {tuple(int(i) for i in at)}{up_to}")
    return f"Tensor-likes are not {'equal' if exact else 'close'}!\n\n" + "\n".join(lines)
