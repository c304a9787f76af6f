"""A Graph that runs: its nests in machine code, everything else by NumPy kernels."""

from __future__ import annotations

import logging
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.compiler.loops import Call, Nest, partition
from wengert.core.tensor import Tensor, wrap
from wengert.graph.ir import Literal, interpret, refuse_derivatives, results

try:
    from wengert.compiler.llvm import CompiledNest
except ImportError:  # the optional extra is not installed
    CompiledNest = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from wengert.graph.ir import Atom, Equation, Graph, Variable

log = logging.getLogger("wengert.compiler")
NO_LLVMLITE = "the graph runs on NumPy; for machine code: pip install 'wengert[compile]'"


class Program:
    """A compiled graph.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    >>> native(stage(lambda x: (x * x).sum())(x))(x)
    tensor(1., dtype=torch.float64)

    Attributes:
        graph: what it computes.
        steps: the nests and calls that do it; printing one shows it as pseudo-Python.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps = partition(graph)
        self._kernels: dict[Nest, Any] | None = None
        if CompiledNest is None:
            log.warning(NO_LLVMLITE)
        else:
            self._kernels = {nest: _compiled(nest) for nest in self.steps if isinstance(nest, Nest)}

    def __call__(self, *args: Any) -> Any:
        """The graph's result for arguments of the staged shapes and dtypes."""
        if len(args) != len(self.graph.inputs):
            raise errors.GraphError(f"{self.graph.name} takes {len(self.graph.inputs)} inputs, got {len(args)}")
        refuse_derivatives(self.graph.name, args)
        arrays = [np.asarray(a.array if isinstance(a, Tensor) else a) for a in args]
        return self.graph.rebuild([wrap(out) for out in self.run(arrays)])

    def run(self, arrays: list[Any]) -> list[Any]:
        """The arrays that the graph gives for arrays of the staged shapes and dtypes."""
        return self._run(*arrays) if self._kernels is not None else interpret(self.graph, *arrays)

    def _run(self, *arrays: Any) -> list[Any]:
        values: dict[Variable, Any] = dict(self.graph.constants)
        for variable, array in zip(self.graph.inputs, arrays, strict=True):
            if array.shape != variable.spec.shape or array.dtype != variable.spec.dtype:
                raise errors.GraphError(
                    errors.advice(
                        f"{self.graph.name}: an input is {array.dtype}{list(array.shape)}, the "
                        f"graph was staged for {variable.spec}",
                        "stage and compile again for that shape.",
                    )
                )
            values[variable] = array
        kernels = self._kernels or {}
        for step in self.steps:
            if isinstance(step, Call):
                self._call(step.equation, values)
            elif kernels[step] is None:
                for equation in step.equations:
                    self._call(equation, values)
            else:
                self._loop(kernels[step], step, values)
        return [np.asarray(_read(atom, values)) for atom in self.graph.outputs]

    def _call(self, e: Equation, values: dict[Variable, Any]) -> None:
        operands = [_read(atom, values) for atom in e.operands]
        values.update(results(e, operands))

    def _loop(self, kernel: Any, nest: Nest, values: dict[Variable, Any]) -> None:
        inputs = [np.ascontiguousarray(values[v]) for v in nest.inputs]
        outputs = [np.empty(v.spec.shape, v.spec.dtype) for v in nest.outputs]
        kernel(prod(nest.shape), [*inputs, *outputs])
        values.update(zip(nest.outputs, outputs, strict=True))

    def llvm(self) -> str:
        """The LLVM assembly of all nests."""
        return "\n".join(kernel.source for kernel in (self._kernels or {}).values() if kernel)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))


def _compiled(nest: Nest) -> Any:
    """The nest in machine code, or None where an operation has no instructions yet."""
    try:
        return CompiledNest(nest)
    except errors.UnsupportedError as reason:
        log.info("a loop runs on NumPy: %s", reason)
        return None


def _read(atom: Atom, values: dict[Variable, Any]) -> Any:
    return atom.value if isinstance(atom, Literal) else values[atom]


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
