"""The record of an operation, and the table of all of them.

A primitive says, once: its kernel (NumPy), its shape rule, its derivative rules (written over
wengert's own ops), its batching rule and its lowering. Every interpreter reads the same record.

Knows what a record is. Must not know any particular op, nor any interpreter.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.shapes import Spec

TABLE: dict[str, Primitive] = {}
"""Every primitive by name, in the order of the source."""


WHOLE_NAMES = ("CopySlices",)
"""Titles that PyTorch does not follow by "Backward0"."""


class Unsaved:
    """Stands where a value was not saved; using it is an error of the rule."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<not saved: the rule does not name it>"


UNSAVED = Unsaved()

DX_ITSELF = (lambda dx: dx).__code__.co_code
"""What the rule of x + 1 compiles to; there is nothing to call."""


class Rule:
    """A derivative rule: a function of a tangent or cotangent and of what it reads.

    The parameter list is the save list: after the (co)tangent, each name is an operand, `out`,
    a static parameter, or an operand's spec (`x_spec`), and nothing else is kept alive.
    """

    __slots__ = ("function", "is_identity", "picks", "reads")

    def __init__(self, function: Callable[..., Any], operands: Sequence[str], parameters: Sequence[str]) -> None:
        self.function = function
        code = function.__code__
        self.is_identity = code.co_code == DX_ITSELF
        self.reads: tuple[str, ...] = code.co_varnames[1 : code.co_argcount]
        names = [*operands, "out", *parameters, *(f"{name}_spec" for name in operands)]
        for name in self.reads:
            if name not in names:
                raise TypeError(f"rule {code.co_name} reads {name!r}, which is none of {names}")
        self.picks = tuple(names.index(name) for name in self.reads)

    def __call__(
        self,
        g: Any,
        operands: Sequence[Any],
        out: Any,
        params: Sequence[Any],
        specs: Sequence[Spec] | None = None,
    ) -> Any:
        environment = (*operands, out, *params, *(specs or ()))
        return self.function(g, *[environment[i] for i in self.picks])


class Primitive:
    """One row of the table.

    Attributes:
        name: unique, as printed in a Graph.
        title: the stem of PyTorch's node name: "Mul" for MulBackward0.
        node_name: that name.
        family: pointwise, linear, bilinear or general.
        operands: the names of the differentiable-or-not array operands.
        parameters: the names of the static parameters.
        arity: how many operands there are; None where a sequence of them is taken.
        kernel: computes on NumPy arrays: kernel(*operands, *params).
        text: the same as written in the row, first argument an array namespace.
        spec: spec(*specs, *params) gives the Spec of the result, or raises in PyTorch's words.
        pulls: per operand the rule from the result's cotangent to the operand's, or None.
        pull: pull(i, g, operands, specs, out, params) evaluates one of them.
        pull_each: pull_each(needs, g, operands, specs, out, params) evaluates several, as a tuple.
        push: push(tangents, operands, out, params) gives the result's tangent, or None.
        batch: batch(values, axes, params) gives the result of a batch and its batch axis.
        lower: lower(builder, *operands, *params) says it to the compiler.
        promotion: how mixed dtypes meet; None where operands must be equal.
        scales: whether a number that meets half precision is not rounded before: a product, or a quotient.
        count: how many results there are; None where there is one. Then kernel, spec and push give a tuple
            of that length, a reverse rule gets a tuple of cotangents, None where nothing arrived, and
            batch gives two tuples: the results and their batch axes.
        refusal: refusal(operands) raises for operands that the shape rule cannot tell, or None.
        is_view: whether the result may share the operand's memory.
        op: the function that users and rules call.
    """

    __slots__ = (
        "arity", "batch", "count", "family", "is_view", "kernel", "lower", "name", "node_name", "op", "operands",
        "parameters", "promotion", "pull", "pull_each", "pulls", "push", "refusal", "scales", "spec", "text",
        "title",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        *,
        family: str,
        kernel: Callable[..., Any],
        arity: int | None,
        title: str | None = None,
        promotion: str | None = None,
        is_view: bool = False,
        count: int | None = None,
    ) -> None:
        names = tuple(inspect.signature(kernel).parameters)[1:]
        split = 1 if arity is None else arity
        self.name = name
        self.title = title or "".join(word.capitalize() for word in name.split("_"))
        self.node_name = self.title if self.title in WHOLE_NAMES else f"{self.title}Backward0"
        self.family = family
        self.text = kernel
        self.kernel: Any = partial(kernel, np)
        self.arity = arity
        self.operands = names[:split]
        self.parameters = names[split:]
        self.promotion = promotion
        self.is_view = is_view
        self.count = count
        self.scales = False
        self.refusal: Callable[[Sequence[Any]], None] | None = None
        self.pulls: tuple[Rule | None, ...] = ()
        self.spec: Callable[..., Any] = self._missing("shape rule")
        self.pull: Callable[..., Any] = self._missing("reverse rule")
        self.pull_each: Callable[..., Any] = self._pull_each
        self.push: Callable[..., Any] = self._missing("forward rule")
        self.batch: Callable[..., Any] = self._missing("batching rule")
        self.lower: Callable[..., Any] = self._missing("lowering")
        self.op: Callable[..., Any] = self._missing("op")

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def _missing(self, what: str) -> Callable[..., Any]:
        def missing(*_: Any) -> Any:
            raise UnsupportedError(f"{self.name} has no {what}")

        return missing

    def _pull_each(self, needs: Sequence[int], *given: Any) -> tuple[Any, ...]:
        return tuple([self.pull(i, *given) for i in needs])

    @property
    def differentiable(self) -> bool:
        """Whether any operand can receive a gradient."""
        return any(rule is not None for rule in self.pulls)

    def rule_of(self, index: int) -> Rule | None:
        """The reverse rule of operand `index`; a sequence of operands shares one."""
        return self.pulls[0 if self.arity is None else index]

    def result_specs(self, specs: Sequence[Spec], params: Sequence[Any]) -> Any:
        """The spec (or tuple of specs) of the result."""
        if self.arity is None:
            return self.spec(tuple(specs), *params)
        return self.spec(*specs, *params)

    def compute(self, operands: Sequence[Any], params: Sequence[Any]) -> Any:
        """The kernel, called with a uniform list of operands."""
        if self.arity is None:
            return self.kernel(list(operands), *params)
        return self.kernel(*operands, *params)

    def apply(self, operands: Sequence[Any], params: Sequence[Any]) -> Any:
        """The op, called with a uniform list of operands."""
        if self.arity is None:
            return self.op(list(operands), *params)
        return self.op(*operands, *params)


def register(primitive: Primitive) -> None:
    """Put a finished row into the table."""
    if primitive.name in TABLE:
        raise ValueError(f"there are two rows named {primitive.name!r}")
    TABLE[primitive.name] = primitive
