"""A function of tensors as the callables that SciPy wants: of one flat float64 vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import trees
from wengert.core.tensor import Tensor, wrap
from wengert.functions.shaping.arranging import cat
from wengert.transforms.arguments import as_value
from wengert.transforms.grad import value_and_grad
from wengert.transforms.jacobian import hessian, hvp, jacobian

if TYPE_CHECKING:
    from collections.abc import Callable


class ScipyFunctions:
    """What `scipy_functions` returns.

    Attributes:
        x0: the start as a flat float64 vector.
    """

    def __init__(self, func: Callable[..., Any], x0: Any, args: tuple[Any, ...]) -> None:
        leaves, self._structure = trees.flatten(x0)
        self._leaves = [as_value(leaf) for leaf in leaves]
        self._dtypes = [leaf.dtype for leaf in self._leaves]
        self._shapes = [tuple(leaf.shape) for leaf in self._leaves]
        self._func = func
        self._args = args
        self._at: bytes | None = None
        self._kept: dict[str, Any] = {}
        self._number: bool | None = None  # whether the function returns one, once that is known
        self.x0 = self.pack(x0)

    def pack(self, tree: Any) -> Any:
        """The leaves of a nest as one flat float64 vector."""
        arrays = [np.asarray(as_value(leaf).detach().array, float).reshape(-1) for leaf in trees.leaves_of(tree)]
        return np.concatenate(arrays) if arrays else np.zeros(0)

    def unpack(self, x: Any) -> Any:
        """A flat vector in the containers, shapes and dtypes of the start."""
        return self._structure.unflatten(self._cut(wrap(np.array(x, float))))

    def _cut(self, flat: Any) -> list[Any]:
        pieces, start = [], 0
        for shape, kind in zip(self._shapes, self._dtypes, strict=True):
            size = int(np.prod(shape, dtype=int))
            pieces.append(flat[start : start + size].reshape(shape).to(kind))
            start += size
        return pieces

    def _flat(self, flat: Any) -> Any:
        """The function of one flat tensor."""
        found = self._func(self._structure.unflatten(self._cut(flat)), *self._args)
        leaves = trees.leaves_of(found)
        if len(leaves) == 1:
            return leaves[0] if leaves[0].ndim < 2 else leaves[0].reshape(-1)
        return wrap(np.zeros(0)) if not leaves else _joined(leaves)

    def _once(self, what: str, x: Any, compute: Callable[[Any], Any]) -> Any:
        """What is computed at x, once for each x."""
        x = np.ascontiguousarray(x, float)
        key = x.tobytes()
        if key != self._at:
            self._at, self._kept = key, {}
        if what not in self._kept:
            self._kept[what] = compute(wrap(x.copy()))
        return self._kept[what]

    def _value_and_slope(self, x: Any) -> Any:
        return self._once("slope", x, value_and_grad(self._flat))

    def fun(self, x: Any) -> Any:
        """The value: a float for a number, else a flat vector."""
        if "slope" in self._kept and self._at == np.ascontiguousarray(x, float).tobytes():
            return float(self._kept["slope"][0])
        value = self._once("value", x, self._flat)
        return float(value) if value.ndim == 0 else as_floats(value)

    def fun_and_jac(self, x: Any) -> tuple[float, Any]:
        """Value and gradient together, for `minimize(..., jac=True)`."""
        value, slope = self._value_and_slope(x)
        self._number = True
        return float(value), as_floats(slope)

    def jac(self, x: Any) -> Any:
        """The gradient of a number, or the Jacobian matrix."""
        if self._number is None:
            self._number = self._once("value", x, self._flat).ndim == 0
        if self._number:
            return as_floats(self._value_and_slope(x)[1])
        return as_floats(self._once("jacobian", x, jacobian(self._flat)))

    def hess(self, x: Any) -> Any:
        """The matrix of second derivatives."""
        return as_floats(self._once("hessian", x, hessian(self._flat)))

    def hessp(self, x: Any, p: Any) -> Any:
        """That matrix times a vector, without the matrix."""
        at, along = (wrap(np.array(v, float)) for v in (x, p))
        return as_floats(hvp(self._flat, (at,), (along,)))


def _joined(leaves: list[Any]) -> Any:
    return cat([leaf.reshape(-1) for leaf in leaves])


def as_floats(value: Any) -> Any:
    """A result as SciPy wants it: writable, contiguous float64."""
    array = value.detach().array if isinstance(value, Tensor) else value
    return np.array(array, dtype=np.float64, order="C")


def scipy_functions(func: Callable[..., Any], x0: Any, args: tuple[Any, ...] = ()) -> ScipyFunctions:
    """A function of tensors in containers as callables over one flat float64 vector, with exact derivatives.

    >>> import wengert as torch
    >>> from scipy.optimize import minimize
    >>> start = {"a": torch.zeros(2), "b": 1.0}
    >>> f = torch.func.scipy_functions(lambda p: ((p["a"] - 1) ** 2).sum() + p["b"] ** 4, start)
    >>> found = minimize(f.fun, f.x0, jac=f.jac)
    >>> f.unpack(found.x)["a"]
    tensor([1., 1.])

    Args:
        func: of one argument (a tensor or containers of them) and args; returns a number, or tensors.
        x0: the start; says containers, shapes and dtypes.
        args: what else func takes.

    Returns:
        An object with `x0`, `fun(x)`, `jac(x)`, `fun_and_jac(x)`, `hess(x)`, `hessp(x, p)`, `pack` and `unpack`. Value
        and gradient are computed once for each x.
    """
    return ScipyFunctions(func, x0, args)
