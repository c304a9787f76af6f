"""out=: the functions that write their result into a tensor that is given, and return that tensor.

    >>> import wengert as torch
    >>> z = torch.zeros(2)
    >>> torch.add(torch.tensor([1.0, 2.0]), 1, out=z) is z, z
    (True, tensor([2., 3.]))

Operators and methods take no out=, so they are not wrapped and pay nothing for it.

Knows functions by name. Must not know what they compute.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.emit import emit_binary, emit_unary, spelled
from wengert.core.levels import Tracer
from wengert.core.modes import recording, without_grad
from wengert.core.places import warn
from wengert.core.tape import mark_written
from wengert.core.tensor import Tensor
from wengert.functions.linalg.results import named
from wengert.functions.numpy_names import also_as_numpy, in_torch_names
from wengert.functions.shaping.reshaping import resize
from wengert.functions.writing import inplace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAST, SAME, ITS_OWN = "cast", "same", "its own"

FAST = {1: emit_unary, 2: emit_binary}

TAKING_OUT = {
    CAST: (
        "acos acosh add addcdiv addcmul angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan "
        "atan2 atanh cat ceil concat concatenate conj_physical cos cosh div divide eq exp expm1 fix floor "
        "floor_divide fmax fmin fmod ge gt hypot le lerp log log1p logaddexp logaddexp2 logical_and logical_not "
        "logical_or logsumexp lt maximum mean minimum mul multiply nanmean nansum ne neg negative outer pow "
        "reciprocal remainder rsqrt sigmoid sign sin sinc sinh sqrt square stack std sub subtract tan tanh threshold "
        "true_divide trunc var xlogy"
    ),
    SAME: (
        "abs absolute all amax amin any argmax argmin bernoulli bmm clamp clamp_max clamp_min clip complex cummax "
        "cummin dot frac gather index_add index_copy index_select kthvalue log_softmax logcumsumexp masked_select "
        "matmul max median min mm mode mv nan_to_num nanmedian nonzero norm polar round scatter scatter_add sgn "
        "softmax sort take topk where"
    ),
    ITS_OWN: "arange cumprod cumsum empty eye full linspace ones prod rand randint randn randperm sum zeros",
}
"""The functions, by what the dtype of `out` may be: one that the result can be cast to, that of the
result, or any, in which the function then computes."""


def let_take_out(namespace: dict[str, Any]) -> None:
    """Replace the functions in a namespace that take out= by such as do."""
    done: dict[Any, Any] = {}
    for rule, names in TAKING_OUT.items():
        for name in names.split():
            function = namespace[name]
            if function not in done:
                done[function] = taking_out(function, name, rule)
            namespace[name] = done[function]
    namespace["argsort"] = also_as_numpy(namespace["argsort"], "argsort")


def all_take_out(namespace: dict[str, Any], prefix: str, names: str, rule: str = CAST) -> None:
    """Replace functions in the namespace of a module by such as take out=; errors name them with the prefix."""
    for name in names.split():
        namespace[name] = taking_out(namespace[name], f"{prefix}{name}", rule)


def taking_out(function: Callable[..., Any], name: str, rule: str) -> Callable[..., Any]:
    """The function with a keyword argument `out`."""
    row = getattr(function, "primitive", None)
    called, name = name, name if row is None else row.title.lower()
    emit: Any = FAST.get(row.arity) if row is not None and row.family == "pointwise" and not row.parameters else None
    op = function if emit is None else emit(row, 2)  # one that finds the user's line behind the function below

    def of_one(input: Any, *, out: Any = None) -> Any:
        try:
            return op(input) if out is None else _into(out, function, (input,), {}, name, rule)
        except AttributeError:
            refuse_number(called, (input,))
            raise

    def of_two(input: Any, other: Any, *, out: Any = None) -> Any:
        return op(input, other) if out is None else _into(out, function, (input, other), {}, name, rule)

    def of_any(*args: Any, out: Any = None, **options: Any) -> Any:
        options = in_torch_names(options) if options else options
        try:
            return function(*args, **options) if out is None else _into(out, function, args, options, name, rule)
        except (AttributeError, ValueError) as error:
            if not isinstance(error, errors.WengertError):
                refuse_number(called, args)
            raise

    wrapper: Any = of_any
    if row is not None and emit is not None:
        wrapper = of_one if row.arity == 1 else spelled(of_two, *function.__code__.co_varnames[:2])
    functools.update_wrapper(wrapper, function)
    wrapper.takes_out = True
    return wrapper  # type: ignore[no-any-return]


def refuse_number(name: str, args: Any) -> None:
    """Raise, in PyTorch's words, if a number stands where a tensor is wanted."""
    if args and isinstance(args[0], bool | int | float | complex | str | None):
        raise errors.ArgumentTypeError(
            errors.advice(
                f"{name}(): argument 'input' (position 1) must be Tensor, not {type(args[0]).__name__}",
                "torch.tensor(...) of it.",
            )
        ) from None


def _into(out: Any, function: Callable[..., Any], args: Any, options: Any, name: str, rule: str) -> Any:
    """Call a function and write what it returns into `out`, which is as many tensors as it returns."""
    targets = list(out) if isinstance(out, tuple | list) else [out]
    for target in targets:
        if not isinstance(target, Tensor):
            raise errors.ArgumentTypeError(f"{name}(): argument 'out' must be Tensor, not {type(target).__name__}")
    involved = [*_tensors(args), *_tensors(tuple(options.values())), *targets]
    for tensor in involved:
        if isinstance(tensor, Tracer) and not tensor.level.ordinary:
            raise errors.TransformError(
                errors.advice(f"{tensor.level.name}: {name}() with out= inside of a transform", "leave out= away.")
            )
    if rule == ITS_OWN:
        options = {"dtype": targets[0].dtype, **options}
    result = without_grad(function, *args, **options)
    results = list(result) if isinstance(result, tuple) else [result]
    if recording() and any(tensor.node is not None for tensor in involved) and any(map(_may_vary, results)):
        raise errors.GradError(
            errors.advice(
                f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad.",
                "leave out= away, or compute under torch.no_grad().",
            )
        )
    for target, value in zip(targets, results, strict=True):
        _check(target, value, rule)
    for target, value in zip(targets, results, strict=True):
        _write(target, value, name, asked=len(involved) > len(targets))
    return _named(result, targets) if isinstance(result, tuple) else out


def _tensors(values: tuple[Any, ...]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(tuple(value))


def _check(target: Tensor, value: Tensor, rule: str) -> None:
    """Raise if a value may not be written into a tensor."""
    inplace.prepare(target)
    own, given = target.dtype, value.dtype
    if own is given or (rule != SAME and given.category <= own.category):
        return
    words = (
        f"Expected out tensor to have dtype {dtypes.C_NAMES[given]}, but got {dtypes.C_NAMES[own]} instead"
        if rule == SAME
        else f"result type {given.title} can't be cast to the desired output type {own.title}"
    )
    raise errors.DtypeError(errors.advice(words, f"make out with dtype={given}."))


def _may_vary(value: Tensor) -> bool:
    """Whether a result can have a gradient."""
    return value.dtype.is_floating_point or value.dtype.is_complex


def _write(target: Tensor, value: Tensor, name: str, *, asked: bool) -> None:
    """Write a value into a tensor, which has its shape, unless the value was computed of numbers alone."""
    shape, before = tuple(value.shape), tuple(target.shape)
    if before != shape:
        if asked and 0 not in before:
            warn(
                "An output with one or more elements was resized since it had shape "
                f"{list(before)}, which does not match the required output shape {list(shape)}. This "
                "behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they have "
                "zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements "
                "with t.resize_(0).",
                UserWarning,
            )
        resize(target, shape)
    if isinstance(target, Tracer) or isinstance(value, Tracer):
        without_grad(inplace.copy_, target, value, name=name)
        return
    np.copyto(target.array, value.array, casting="unsafe")
    mark_written(target, name)


def _named(result: Any, targets: list[Tensor]) -> Any:
    """The tensors that were written, under the names that the function gives its results."""
    if not hasattr(result, "_fields"):
        return tuple(targets)
    return named(f"{type(result).__name__}_out", " ".join(result._fields))(*targets)
