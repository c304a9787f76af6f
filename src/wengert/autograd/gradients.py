"""autograd.grad: gradients that are returned."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.levels import spec_of
from wengert.core.modes import enable_grad, without_grad
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import recorded_flavour, walk
from wengert.functions.recording.gradients import (
    cotangents_of,
    listed,
    refuse_others,
    refuse_transformed,
    retains,
    seeds_of,
    shape_of_root,
    start,
    starts,
    target,
)
from wengert.functions.recording.leaves import requires_grad_
from wengert.transforms.vmap import vmap


def grad(  # noqa: PLR0917  the signature is PyTorch's
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of outputs with respect to inputs, returned rather than accumulated.

    >>> import wengert as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (slope,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> slope, torch.autograd.grad(slope, x)[0]
    (tensor(27., grad_fn=<MulBackward0>), tensor(18.))

    All rows of a Jacobian at once:

    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.autograd.grad(x * x, x, torch.eye(2), is_grads_batched=True)
    (tensor([[2., 0.],
            [0., 4.]]),)

    Args:
        outputs: a tensor, a GradientEdge, or a sequence of them.
        inputs: the same; they need not be leaves.
        grad_outputs: for each output the cotangent to start with; None for a number.
        retain_graph: keep what was saved; as create_graph unless given.
        create_graph: record the computation of the gradients.
        only_inputs: always true; taken because PyTorch takes it.
        allow_unused: None in place of an error for an input that no output depends on.
        is_grads_batched: the cotangents have a leading axis, and so do the gradients.
        materialize_grads: zeros in place of None.

    Raises:
        RuntimeError: as `backward`, and for an input that was not used.
    """
    roots, wanted = listed(outputs), listed(inputs)
    if materialize_grads and allow_unused is False:
        raise errors.ArgumentError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    _check_inputs(wanted)
    seeds = seeds_of(roots, grad_outputs)
    retained = retains(retain_graph, create_graph)
    if not only_inputs:
        warn(ONLY_INPUTS, FutureWarning)
    if is_grads_batched:
        found = _batched(roots, seeds, wanted, create_graph, retained)
    else:
        found = cotangents_of(wanted, starts(roots, seeds, create_graph), create_graph, retained)
    return tuple(
        _result(i, t, g, bool(allow_unused), materialize_grads, create_graph)
        for i, (t, g) in enumerate(zip(wanted, found, strict=True))
    )


ONLY_INPUTS = (
    "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other parts "
    "of the graph, please use torch.autograd.backward."
)


def _check_inputs(wanted: list[Any]) -> None:
    if not wanted:
        raise errors.GradError("`inputs` argument to `grad()` cannot be empty.")
    refuse_others(wanted)
    for t in wanted:
        if target(t)[0] is None:
            raise errors.GradError(
                errors.advice(
                    "One of the differentiated Tensors does not require grad",
                    "create it with requires_grad=True, before it is used.",
                )
            )


def _result(index: int, wanted: Any, g: Any, allow_unused: bool, materialize: bool, recorded: bool) -> Any:
    if g is not None and not isinstance(g, Tensor):
        own = spec_of(wanted).dtype if isinstance(wanted, Tensor) else g.dtype
        return wrap(np.asarray(g).astype(own, copy=False))  # of bfloat16 and a number NumPy makes float32
    if g is not None:
        return g
    if materialize and not isinstance(wanted, Tensor):
        raise errors.GradError("materialize_grads cannot be used when the given input is a GradientEdge")
    if materialize:
        zeros = wrap(np.zeros(wanted.shape, spec_of(wanted).dtype))
        return requires_grad_(zeros) if recorded else zeros
    if allow_unused:
        return None
    raise errors.GradError(
        errors.advice(
            f"The differentiated Tensor at index {index} appears to not have been used in the "
            "graph. Set allow_unused=True if this is the desired behavior.",
            "allow_unused=True gives None for it, materialize_grads=True gives zeros.",
        )
    )


def _batched(roots: list[Any], seeds: list[Any], wanted: list[Any], create_graph: bool, retained: bool) -> list[Any]:
    """One walk for a whole batch of cotangents, by vmap over them."""
    for i, (root, seed) in enumerate(zip(roots, seeds, strict=True)):
        _check_batch(i, root, seed)
    reached: list[bool] = []
    targets = [target(t) for t in wanted]

    def pull(*cotangents: Any) -> Any:
        pairs = [start(root, g) for root, g in zip(roots, cotangents, strict=True)]
        found = walk(pairs, recorded_flavour, retain=retained, targets=[node for node, _ in targets])
        found = [g if g is None or at is None else g.get(at) for g, (_, at) in zip(found, targets, strict=True)]
        reached[:] = [g is not None for g in found]
        return tuple(g for g in found if g is not None)

    over = vmap(pull)
    if create_graph:
        with enable_grad():
            found = iter(over(*seeds))
    else:
        found = iter(without_grad(over, *seeds))
    return [next(found) if is_there else None for is_there in reached]


def _check_batch(index: int, root: Any, seed: Any) -> None:
    refuse_transformed(root)
    if root.node is None:
        raise errors.GradError(errors.NO_GRAPH.format(index=index))
    shape = shape_of_root(root)
    if seed is None:
        raise errors.GradError(errors.IMPLICIT_SEED.format(shape=shape))
    if shape is not None and tuple(seed.shape[1:]) != tuple(shape):
        raise errors.GradError(
            "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. "
            "The sizes of the remaining dimensions are expected to match the shape of corresponding output, but a "
            f"mismatch was detected: grad_output[{index}] has a shape of {seed.shape[1:]!r} and output[{index}] has a "
            f"shape of {shape!r}. If you only want some tensors in `grad_output` to be considered batched, consider "
            "using vmap."
        )


def differentiable(results: Any) -> list[Tensor]:
    """The outputs of a function that require grad."""
    return [t for t in (results if isinstance(results, list | tuple) else (results,)) if t.requires_grad]


def is_floating(value: Any) -> bool:
    """Whether a value is a tensor of real or complex numbers."""
    return isinstance(value, Tensor) and (value.dtype.is_floating_point or value.dtype.is_complex)


def wants_grad(value: Any) -> bool:
    """Whether a value is a tensor that requires grad."""
    return isinstance(value, Tensor) and value.requires_grad
