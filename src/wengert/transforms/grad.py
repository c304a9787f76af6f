"""Reverse mode as a transform: grad, value_and_grad, vjp.

The same rules and the same walk as `.backward()`, on a tape of its own: see `tapes`.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors, trees
from wengert.core.levels import differentiating, numpy_dtype
from wengert.core.modes import enable_grad
from wengert.core.tensor import Tensor, wrap
from wengert.ops.structural import cast
from wengert.transforms.arguments import (
    ArgNums,
    Arguments,
    chosen,
    lowered,
    split_aux,
)
from wengert.transforms.tapes import tape_for

if TYPE_CHECKING:
    from collections.abc import Callable


class Differentiated:
    """One call of a function whose value is a number, and the gradient at it.

    Attributes:
        gradient: for one argument, or a tuple for several.
    """

    __slots__ = ("_aux", "_output", "_tape", "gradient")

    def __init__(self, func: Any, args: Any, kwargs: Any, argnums: ArgNums, has_aux: bool) -> None:
        numbers = chosen("grad", args, argnums)
        given = Arguments(args)
        tape = tape_for(given.leaves)
        with differentiating():
            new, sources = given.lifted(numbers, tape.lift)
            output = func(*new, **kwargs)
            self._aux = None
            if has_aux:
                output, self._aux = split_aux(NAME, output, has_aux)
            if type(output) is not Tensor or output.array.ndim or output.array.dtype.kind == "c":
                _check_scalar(NAME, output)
            gradients = tape.pull([output], [one_of(output)], sources)
        packed = given.shared_out(numbers, gradients)
        self.gradient = packed[0] if isinstance(argnums, int) else tuple(packed)
        self._tape, self._output = tape, output

    def value(self) -> Any:
        """What the function returned, without what was recorded for the gradient."""
        return self._tape.below(self._output)

    def aux(self) -> Any:
        """The auxiliary that it returned, in the same way."""
        return lowered(self._tape, self._aux)


NAME = "grad_and_value(f)(*args)"


def one_of(value: Any) -> Any:
    """The number 1 in the dtype of a value."""
    return wrap(np.array(1, numpy_dtype(value)))


def value_and_grad(func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the value of `func` and its gradient.

    >>> import wengert as torch
    >>> value, slope = torch.func.value_and_grad(lambda x: x**3)(2.0)
    >>> value, slope
    (tensor(8.), tensor(12.))

    Args:
        func: returns a number (a 0-d tensor), or with has_aux a pair of it and anything.
        argnums: which positional arguments to differentiate with respect to; each may be a number,
            an array, a tensor or a container of them.
        has_aux: whether func returns (output, auxiliary).

    Raises:
        RuntimeError: if the output is not a number, or an argnum does not exist.
    """

    @wraps(func)
    def with_gradient(*args: Any, **kwargs: Any) -> Any:
        found = Differentiated(func, args, kwargs, argnums, has_aux)
        return (found.value(), found.aux()) if has_aux else found.value(), found.gradient

    return with_gradient


def _check_scalar(name: str, output: Any) -> None:
    if not isinstance(output, Tensor):
        raise errors.TransformError(f"{name}: Expected f(*args) to return a Tensor, got {type(output)}")
    if output.ndim != 0:
        raise errors.TransformError(
            errors.advice(
                f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with "
                f"{output.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?",
                "reduce the result with .sum() or .mean().",
            )
        )
    if numpy_dtype(output).kind == "c":
        raise errors.TransformError(
            errors.advice(
                f"grad can be implicitly created only for real scalar outputs but got {output.dtype}",
                "take the gradient of .real, .imag or .abs() of the result.",
            )
        )


def grad(func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `func`.

    >>> import wengert as torch
    >>> torch.func.grad(torch.sin)(0.0), torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(torch.pi / 2))
    (tensor(1.), tensor(-1.))

    Args and errors as for `value_and_grad`; with has_aux it returns (gradient, auxiliary).
    """

    @wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found = Differentiated(func, args, kwargs, argnums, has_aux)
        return (found.gradient, found.aux()) if has_aux else found.gradient

    return gradient


def grad_and_value(func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """As `value_and_grad`, in torch.func's order: the gradient first.

    >>> import wengert as torch
    >>> torch.func.grad_and_value(lambda x: x**3)(2.0)
    (tensor(12.), tensor(8.))
    """

    @wraps(func)
    def swapped(*args: Any, **kwargs: Any) -> Any:
        found = Differentiated(func, args, kwargs, argnums, has_aux)
        return found.gradient, (found.value(), found.aux()) if has_aux else found.value()

    return swapped


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `func`, and the function from the cotangent of its value to those of its inputs.

    >>> import wengert as torch
    >>> value, pull = torch.func.vjp(torch.sin, torch.tensor([0.0, torch.pi]))
    >>> pull(torch.ones(2))
    (tensor([ 1., -1.]),)

    Args:
        func: returns a tensor or a container of tensors.
        primals: its arguments: tensors, numbers, arrays, or containers of them.
        has_aux: whether func returns (output, auxiliary); then a third result is the auxiliary.

    The returned function may be called again and again.
    """
    given = Arguments(primals)
    everything = range(len(primals))
    tape = tape_for(given.leaves)
    with differentiating():
        new, sources = given.lifted(everything, tape.lift)
        output, aux = split_aux("vjp(f, *primals)", func(*new), has_aux)
    outputs, structure = trees.flatten(output)
    for out in outputs:
        if not isinstance(out, Tensor):
            raise errors.TransformError(
                f"vjp(f, *primals): expected f(*primals) to return only tensors, got unsupported type {type(out)}"
            )
        if numpy_dtype(out).kind not in "fcV":
            raise errors.TransformError(
                errors.advice(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                    f"{out.dtype}",
                    "return such a result as the auxiliary, with has_aux=True.",
                )
            )

    def pull(cotangents: Any) -> tuple[Any, ...]:
        seeds, same = trees.flatten(cotangents)
        seeds = [_as_cotangent(seed) for seed in seeds]
        if same != structure:
            raise errors.TransformError(f"vjp: the cotangent has the structure {same}, the output has {structure}")
        for g, out in zip(seeds, outputs, strict=True):
            if g.shape != out.shape:
                raise errors.TransformError(
                    f"vjp: the cotangent has shape {list(g.shape)}, the output has {list(out.shape)}"
                )
        with enable_grad():
            seeds = [_in_dtype(g, out) for g, out in zip(seeds, outputs, strict=True)]
            return tuple(given.shared_out(everything, tape.pull(outputs, seeds, sources)))

    value = lowered(tape, output)
    return (value, pull, lowered(tape, aux)) if has_aux else (value, pull)


def _in_dtype(cotangent: Any, output: Any) -> Any:
    """The cotangent in the dtype of the output, as the gradients must be."""
    wanted = numpy_dtype(output)
    return cotangent if numpy_dtype(cotangent) == wanted else cast(cotangent, wanted)


def _as_cotangent(leaf: Any) -> Any:
    return leaf if isinstance(leaf, Tensor) else wrap(np.asarray(leaf))
