"""How a tensor prints: PyTorch's text, number for number."""

from __future__ import annotations

from math import ceil, floor, isfinite
from typing import Any

import numpy as np

from wengert import dtypes
from wengert.core.levels import Tracer
from wengert.core.tape import Node
from wengert.core.tensor import Tensor


class Options:
    """What `set_printoptions` sets."""

    precision = 4
    threshold = 1000
    edgeitems = 3
    linewidth = 80
    sci_mode: bool | None = None


def set_printoptions(
    precision: int | None = None, threshold: int | None = None, edgeitems: int | None = None,
    linewidth: int | None = None, profile: str | None = None, sci_mode: bool | None = None,
) -> None:  # fmt: skip
    """Set how tensors print.

    >>> import wengert as torch
    >>> torch.set_printoptions(precision=2); torch.tensor(1 / 3)
    tensor(0.33)
    >>> torch.set_printoptions(profile="default")
    """
    profiles = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, 10**12, 3, 80)}
    if profile is not None:
        chosen = profiles[profile]
        Options.precision, Options.threshold, Options.edgeitems, Options.linewidth = chosen
    if precision is not None:
        Options.precision = precision
    if threshold is not None:
        Options.threshold = threshold
    if edgeitems is not None:
        Options.edgeitems = edgeitems
    if linewidth is not None:
        Options.linewidth = linewidth
    Options.sci_mode = sci_mode


class Formatter:
    """Formats the elements of one tensor to one width."""

    def __init__(self, values: Any) -> None:
        self.width = 1
        self.floating = values.dtype.kind == "f"
        self.integral = True
        self.scientific = False
        if not self.floating:
            self.width = max((len(str(v)) for v in values.reshape(-1).tolist()), default=1)
            return
        nonzero = [abs(v) for v in values.reshape(-1).tolist() if v != 0 and isfinite(v)]
        if not nonzero:
            return
        low, high = min(nonzero), max(nonzero)
        self.integral = all(v == ceil(v) for v in nonzero)
        self.scientific = high / low > 1000.0 or high > 1.0e8 or (not self.integral and low < 1.0e-4)
        if Options.sci_mode is not None:
            self.scientific = Options.sci_mode
        # PyTorch measures neither zeros nor nan and inf
        self.width = max(len(self._text(v)) for v in values.reshape(-1).tolist() if v != 0 and isfinite(v))

    def _text(self, value: Any) -> str:
        if not self.floating:
            return str(value)
        if self.scientific:
            return f"{value:.{Options.precision}e}"
        if self.integral:
            return f"{value:.0f}." if isfinite(value) else f"{value:.0f}"
        return f"{value:.{Options.precision}f}"

    def __call__(self, value: Any) -> str:
        return self._text(value).rjust(self.width)


class ComplexFormatter:
    """Formats real and imaginary parts, each to a width of its own."""

    def __init__(self, values: Any) -> None:
        self.real, self.imaginary = Formatter(values.real), Formatter(values.imag)
        self.width = self.real.width + self.imaginary.width + 1

    def __call__(self, value: complex) -> str:
        imaginary = self.imaginary(value.imag).lstrip()
        sign = "" if imaginary.startswith("-") else "+"
        return f"{self.real(value.real)}{sign}{imaginary}j"


def _vector(values: Any, indent: int, summarise: bool, form: Any) -> str:
    per_line = max(1, floor((Options.linewidth - indent) / (form.width + 2)))
    edge = Options.edgeitems
    if summarise and len(values) > 2 * edge:
        items = [
            *(form(v) for v in values[:edge].tolist()),
            " ...",
            *(form(v) for v in values[-edge:].tolist()),
        ]
    else:
        items = [form(v) for v in values.tolist()]
    lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _nested(values: Any, indent: int, summarise: bool, form: Any) -> str:
    if values.ndim == 0:
        return str(form(values.item()))
    if values.ndim == 1:
        return _vector(values, indent, summarise, form)
    edge = Options.edgeitems
    if summarise and len(values) > 2 * edge:
        parts = [
            *(_nested(v, indent + 1, summarise, form) for v in values[:edge]),
            "...",
            *(_nested(v, indent + 1, summarise, form) for v in values[-edge:]),
        ]
    else:
        parts = [_nested(v, indent + 1, summarise, form) for v in values]
    between: str = "," + "\n" * (values.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(parts) + "]"


def _edges(values: Any) -> Any:
    """The elements that a summary shows, for measuring the width."""
    for axis in range(values.ndim):
        if values.shape[axis] > 2 * Options.edgeitems:
            head = values.take(range(Options.edgeitems), axis)
            tail = values.take(range(-Options.edgeitems, 0), axis)
            values = np.concatenate([head, tail], axis)
    return values


def values_text(values: Any, indent: int) -> str:
    """The numbers of an array as PyTorch prints them."""
    if values.size == 0:
        return "[]"
    if values.dtype.kind == "V":  # bfloat16
        values = values.astype(np.float32)
    summarise = values.size > Options.threshold
    shown = _edges(values) if summarise else values
    form = ComplexFormatter(shown) if values.dtype.kind == "c" else Formatter(shown)
    return _nested(values, indent, summarise, form)


def tensor_repr(self: Tensor) -> str:
    """The text of a tensor: its values, and what is not the default.

    >>> import wengert as torch
    >>> torch.tensor([1.5, float("nan")], requires_grad=True) * 2
    tensor([3., nan], grad_fn=<MulBackward0>)
    """
    if isinstance(self, Tracer) and not self.level.ordinary:
        return Tracer.__repr__(self)
    prefix = "tensor("
    values = self.array
    suffixes = []
    if values.size == 0 and values.ndim != 1:
        suffixes.append(f"size={tuple(values.shape)}")
    kind = self.dtype
    usual = (dtypes.default(), dtypes.int64, dtypes.bool_)
    if (kind not in usual and not (kind.is_complex and kind is dtypes.of_scalar(1j))) or (
        values.size == 0 and kind is not dtypes.default()
    ):
        suffixes.append(f"dtype={kind}")
    node = self.node
    if isinstance(node, Node):
        suffixes.append(f"grad_fn=<{node.name().rpartition('::')[2]}>")
    elif node is not None:
        suffixes.append("requires_grad=True")
    text = _with_suffixes(prefix + values_text(values, len(prefix)), suffixes, len(prefix))
    return f"Parameter containing:\n{text}" if self.__dict__.get("_is_param") else text


def _with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    parts = [text]
    last = len(text) - text.rfind("\n") + 1  # as PyTorch counts
    for suffix in suffixes:
        if last + len(suffix) + 2 > Options.linewidth:
            parts.append(",\n" + " " * indent + suffix)
            last = indent + len(suffix)
        else:
            parts.append(", " + suffix)
            last += len(suffix) + 2
    return "".join(parts) + ")"
