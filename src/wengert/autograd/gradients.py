"""autograd.grad: gradients that are returned."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.levels import spec_of
from wengert.core.modes import enable_grad, without_grad
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import recorded_flavour, walk
from wengert.functions.gradients import GradientEdge, cotangents_of, listed, seeds_of, starts, target
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
    retained = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        found = _batched(roots, seeds, wanted, create_graph, retained)
    else:
        found = cotangents_of(wanted, starts(roots, seeds, create_graph), create_graph, retained)
    return tuple(
        _result(i, t, g, bool(allow_unused), materialize_grads)
        for i, (t, g) in enumerate(zip(wanted, found, strict=True))
    )


def _check_inputs(wanted: list[Any]) -> None:
    if not wanted:
        raise errors.GradError("`inputs` argument to `grad()` cannot be empty.")
    for t in wanted:
        if not isinstance(t, Tensor | GradientEdge):
            raise errors.ShapeError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")
        if target(t)[0] is None:
            raise errors.GradError(
                errors.advice(
                    "One of the differentiated Tensors does not require grad",
                    "create it with requires_grad=True, before it is used.",
                )
            )


def _result(index: int, wanted: Any, g: Any, allow_unused: bool, materialize: bool) -> Any:
    if g is not None:
        return g if isinstance(g, Tensor) else wrap(g)
    if materialize and isinstance(wanted, Tensor):
        return wrap(np.zeros(wanted.shape, spec_of(wanted).dtype))
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
    for root, seed in zip(roots, seeds, strict=True):
        _check_batch(root, seed)
    reached: list[bool] = []

    def pull(*cotangents: Any) -> Any:
        pairs = [(root.node, g) for root, g in zip(roots, cotangents, strict=True)]
        found = walk(pairs, recorded_flavour, retain=retained, targets=[target(t)[0] for t in wanted])
        reached[:] = [g is not None for g in found]
        return tuple(g for g in found if g is not None)

    over = vmap(pull)
    if create_graph:
        with enable_grad():
            found = iter(over(*seeds))
    else:
        found = iter(without_grad(over, *seeds))
    return [next(found) if is_there else None for is_there in reached]


def _check_batch(root: Any, seed: Any) -> None:
    if root.node is None:
        raise errors.GradError(errors.NO_GRAPH.format(index=0))
    if seed is None or tuple(seed.shape[1:]) != tuple(root.shape):
        given = None if seed is None else list(seed.shape)
        raise errors.GradError(
            "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. "
            "The sizes of the remaining dimensions are expected to match the shape of corresponding output, but a "
            f"mismatch was detected: grad_output has a shape of {given} and output has a shape of {list(root.shape)}."
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
