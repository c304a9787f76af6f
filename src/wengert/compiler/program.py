"""A Graph that runs: by a plan in machine code where llvmlite is installed, else by the reference interpreter on NumPy.

Knows graphs and plans. Must not know LLVM.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.compiler.layouts import Layouts
from wengert.compiler.loops import partition
from wengert.compiler.passes.giving import give
from wengert.core.blocks import copied
from wengert.core.tensor import Tensor, wrap
from wengert.graph.ir import interpret, refuse_derivatives
from wengert.shapes import contiguous_strides

try:
    from wengert.compiler.ordering import ordered
    from wengert.compiler.plan import Plan
    from wengert.compiler.scalars import lowers
    from wengert.native.kernels import table_works
except ImportError:  # the optional extra is not installed
    Plan = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wengert.graph.ir import Graph, Variable

log = logging.getLogger("wengert.compiler")
NO_LLVMLITE = "the graph runs on NumPy; for machine code: pip install 'wengert[compile]'"
SPREAD = 10_000
"""An input of so many elements that are all one number is not written out."""


def runs_natively() -> bool:
    """Whether programs run as machine code in this interpreter."""
    return Plan is not None and table_works()


class Program:
    """A compiled graph.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    >>> native(stage(lambda x: (x * x).sum())(x))(x)
    tensor(1., dtype=torch.float64)

    Args:
        graph: what it computes.
        strides: how inputs lie, in elements, where that is not in order.
        onto: the results that may be written onto an input, and that input: what a call gives for them is the array
            that it was given.
        asked: the results that `holds` of `run` looks at.

    Attributes:
        graph: what it computes.
        steps: the nests, products and calls that do it; printing one shows it as pseudo-Python.
    """

    def __init__(
        self,
        graph: Graph,
        strides: dict[Variable, tuple[int, ...]] | None = None,
        onto: dict[Variable, Variable] | None = None,
        asked: Sequence[Variable] = (),
    ) -> None:
        graph = give(graph)
        self.graph, self._onto, self._asked = graph, onto, asked
        own = {v: contiguous_strides(v.spec.shape) for v in graph.inputs}
        self._strides = own | (strides or {})
        self._layouts = Layouts(graph, self._strides)
        self._plan: Plan | None = None
        self._variants: dict[tuple[Variable, ...], Program] = {}
        if not runs_natively():
            log.warning(NO_LLVMLITE)
            self.steps = partition(graph, self._layouts)
        else:
            self.steps = partition(graph, self._layouts, lowers, ordered)
            self._plan = Plan(graph, self.steps, self._layouts, onto, asked)

    def __call__(self, *args: Any) -> Any:
        """The graph's result for arguments of the staged shapes and dtypes."""
        if len(args) != len(self.graph.inputs):
            raise errors.GraphError(f"{self.graph.name} takes {len(self.graph.inputs)} inputs, got {len(args)}")
        refuse_derivatives(self.graph.name, args)
        arrays = [np.asarray(a.array if isinstance(a, Tensor) else a) for a in args]
        for variable, array in zip(self.graph.inputs, arrays, strict=True):
            if array.shape != variable.spec.shape or array.dtype != variable.spec.dtype:
                raise errors.GraphError(
                    errors.advice(
                        f"{self.graph.name}: an input is {array.dtype}{list(array.shape)}, the "
                        f"graph was staged for {variable.spec}",
                        "stage and compile again for that shape.",
                    )
                )
        return self.graph.rebuild([wrap(out) for out in self.run_any(arrays)])

    def run_any(self, arrays: list[Any]) -> Any:
        """As `run`, for arrays of any strides."""
        variables = self.graph.inputs
        if self._plan is not None and not self._multiplies:
            numbers = tuple([v for v, a in zip(variables, arrays, strict=True) if self._is_number(v, a)])
            if numbers:
                return self._for_numbers(numbers).run_any(arrays)
        return self.run(
            [a if _lies(a, self._strides[v]) else copied(a) for v, a in zip(variables, arrays, strict=True)]
        )

    def _is_number(self, variable: Variable, array: Any) -> bool:
        """Whether all elements of an input are one, and the program would have them written out."""
        return array.size >= SPREAD and not any(array.strides) and any(self._strides[variable])

    @cached_property
    def _multiplies(self) -> bool:
        """Whether there are products, which want their operands written out."""
        return any(e.primitive.family == "bilinear" for e in self.graph.equations)

    def _for_numbers(self, variables: tuple[Variable, ...]) -> Program:
        """The same program where some inputs are one number each, however large: as the gradient of a sum is."""
        if variables not in self._variants:
            spread = {v: (0,) * v.spec.ndim for v in variables}
            self._variants[variables] = Program(self.graph, self._strides | spread, self._onto, self._asked)
        return self._variants[variables]

    def run(self, arrays: list[Any], holds: Callable[[list[Any]], bool] | None = None, *, lasting: bool = False) -> Any:
        """The arrays that the graph gives for arrays of the staged shapes, dtypes and strides.

        Args:
            arrays: the inputs.
            holds: says of the outputs whether they are of use; None is the result where they are not.
            lasting: whether the caller keeps this list and never changes it.
        """
        if self._plan is not None:
            return self._plan.run(arrays, holds, lasting=lasting)
        found = interpret(self.graph, *arrays)
        return found if holds is None or holds(found) else None

    @contextmanager
    def timed(self) -> Iterator[list[Any]]:
        """Note in the list how long each kernel of the calls inside takes; empty without machine code."""
        if self._plan is None:
            yield []
        else:
            with self._plan.timed() as found:
                yield found

    def llvm(self) -> str:
        """The LLVM assembly of all steps in machine code."""
        return "" if self._plan is None else self._plan.source

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))


def _lies(array: Any, strides: tuple[int, ...]) -> bool:
    return all(
        n <= 1 or s == want * array.itemsize for n, s, want in zip(array.shape, array.strides, strides, strict=True)
    )


def native(graph: Graph) -> Program:
    """The graph as a program: loops in machine code where llvmlite is installed.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> x = torch.tensor([1.0, 2.0])
    >>> print(native(stage(lambda x: torch.exp(-x) * x)(x)))
    for i in elements[2]:
        b = negative(a[i])
        c = exp(b)
        d = multiply(c, a[i])
        store d

    Raises:
        RuntimeError: at the call, for arguments of other shapes or dtypes than were staged.
    """
    return Program(graph)
