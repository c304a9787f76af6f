"""Batching: vmap.

Batched := a value of the level below that has one axis more: the batch
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from wengert import errors, trees
from wengert.core.levels import Level, Tracer, spec_of
from wengert.core.tensor import Tensor
from wengert.functions import shaping
from wengert.functions.gradients import detach
from wengert.functions.random import refused
from wengert.ops.structural import broadcast_to
from wengert.shapes import Spec, axis_index
from wengert.transforms.arguments import as_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.primitive import Primitive


RANDOM = errors.advice(
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap",
    "draw the numbers outside, and map over them.",
)


class Batched(Tracer):
    """One of many, computed all at once; `axis` is where the batch lies in the value below."""

    __slots__ = ("axis",)

    axis: int

    @property
    def spec(self) -> Spec:
        return spec_of(self.value).without((self.axis,))


class BatchLevel(Level):
    """Applies a primitive to the whole batch by its batching rule."""

    __slots__ = ("size",)
    name = "vmap"

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def batched(self, value: Any, axis: int) -> Batched:
        made: Batched = Batched(self, value)
        made.axis = axis
        return made

    def process(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
        values = [self.below(o) for o in operands]
        axes = [o.axis if isinstance(o, Batched) and o.level is self else None for o in operands]
        return self.batched(*primitive.batch(values, axes, params))

    def concrete(self, tracer: Tracer) -> Any:
        raise errors.TransformError(
            errors.advice(
                "vmap: It looks like you're attempting to use a Tensor in some data-dependent "
                "control flow (a branch, .item(), a mask of unknown size). Its value differs over "
                f"the batch; one entry is {tracer.spec}.",
                "torch.where() in place of a branch.",
            )
        )

    def constant(self, value: Any) -> Any:
        return self.batched(broadcast_to(value, (self.size, *value.shape)), 0)

    def detached(self, tracer: Tracer) -> Any:
        return self.batched(detach(tracer.value), tracer.axis)


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0) -> Callable[..., Any]:
    """A function that maps `func` over an axis of its arguments, all entries at once.

    >>> import wengert as torch
    >>> rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.func.vmap(torch.dot, in_dims=(0, None))(rows, torch.tensor([1.0, 10.0]))
    tensor([21., 43.])

    Args:
        func: is written for one entry.
        in_dims: the axis to map over, for all arguments or one each (nested like the argument
            where that is a container); None for an argument that is the same for all entries.
        out_dims: where the axis is put in the results; None for a result that is the same for all.

    Raises:
        ValueError: if nothing is mapped over, or the sizes differ.
        RuntimeError: if func branches on a value that differs over the batch.
    """

    @wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = trees.flatten(trees.tree_map(as_value, args))
        dims = trees.spread(in_dims, structure)
        level = BatchLevel(_batch_size(leaves, dims))
        lifted = [
            leaf if dim is None else level.batched(leaf, axis_index(dim, len(leaf.shape)))
            for leaf, dim in zip(leaves, dims, strict=True)
        ]
        with refused(RANDOM):
            result = func(*structure.unflatten(lifted), **kwargs)
        results, result_structure = trees.flatten(result)
        places = trees.spread(out_dims, result_structure)
        out = [_placed(level, r, at) for r, at in zip(results, places, strict=True)]
        return result_structure.unflatten(out)

    return mapped


def _batch_size(leaves: list[Any], dims: list[Any]) -> int:
    sizes = []
    for leaf, dim in zip(leaves, dims, strict=True):
        if dim is None:
            continue
        if not isinstance(leaf, Tensor) or not leaf.shape:
            raise errors.ArgumentError(
                f"vmap: Got in_dim={dim} for an input, but the input is of type {type(leaf)} with "
                "no dimension to map over"
            )
        sizes.append(int(leaf.shape[axis_index(dim, len(leaf.shape))]))
    if not sizes:
        raise errors.ArgumentError(errors.advice("vmap: no input is mapped over", "give some argument an in_dim."))
    if len(set(sizes)) > 1:
        raise errors.ArgumentError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]


def _placed(level: BatchLevel, result: Any, at: int | None) -> Any:
    """A result with its batch axis at `at`; one that does not depend on the batch is repeated."""
    if isinstance(result, Batched) and result.level is level:
        if at is None:
            raise errors.ArgumentError(
                errors.advice(
                    "vmap: `f` can not return a BatchedTensor when out_dim is None",
                    "give the result an out_dim; it differs over the batch.",
                )
            )
        rank = len(result.shape)
        order = [i for i in range(rank + 1) if i != result.axis]
        order.insert(axis_index(at, rank + 1), result.axis)
        if order == list(range(rank + 1)):
            return result.value
        return shaping.permute(result.value, order)
    value = as_value(result)
    if at is None:
        return value
    at = axis_index(at, len(value.shape) + 1)
    repeated = shaping.expand(value, level.size, *value.shape)
    return shaping.permute(
        repeated,
        [*range(1, at + 1), 0, *range(at + 1, len(repeated.shape))],
    )
