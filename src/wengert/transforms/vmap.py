"""Batching: vmap.

Batched := a value of the level below that has one axis more: the batch
"""

from __future__ import annotations

from functools import cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert import errors, trees
from wengert.core.levels import RUNNING, Level, Tracer, laid, spec_of
from wengert.core.live import noticed
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making.random import default_generator, drawing, drawn_by, refused
from wengert.functions.recording.custom import Function, rule_of
from wengert.functions.recording.leaves import detach
from wengert.functions.recording.saving import Forwarded, FunctionCtx
from wengert.functions.shaping import arranging
from wengert.functions.shaping.arranging import cat, narrow
from wengert.ops.structural import broadcast_to
from wengert.shapes import Spec, axis_index
from wengert.transforms.arguments import Arguments, as_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.primitive import Primitive


RANDOM = errors.advice(
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap",
    'vmap(f, randomness="different"), or draw the numbers outside and map over them.',
)


class Batched(Tracer):
    """One of many, computed all at once; `axis` is where the batch lies in the value below."""

    __slots__ = ()

    axis = Tensor.extra  # under another name

    @property
    def spec(self) -> Spec:
        return spec_of(self.value).without((self.axis,))


class BatchLevel(Level):
    """Applies a primitive to the whole batch by its batching rule."""

    __slots__ = ("randomness", "size")
    name = "vmap"

    def __init__(self, size: int, randomness: str = "error") -> None:
        super().__init__()
        self.size = size
        self.randomness = randomness

    def drawing(self) -> Any:
        """The block in which random numbers are drawn as `randomness` says."""
        if self.randomness == "error":
            return refused(RANDOM)
        if self.randomness == "same":
            return drawn_by(None)
        outside = drawing.get()

        def different(shape: tuple[int, ...], make: Any) -> Tensor:
            whole = (self.size, *shape)
            return self.batched(wrap(make(whole)) if outside is None else outside(whole, make), 0)

        return drawn_by(different)

    def laid(self, tracer: Tracer) -> Any:
        """As one of the batch lies."""
        found: Any = tracer
        whole = laid(found.value)
        return None if whole is None or not self.size else whole[(slice(None),) * found.axis + (0,)]

    def batched(self, value: Any, axis: int) -> Batched:
        made: Batched = Batched(self, value)
        made.axis = axis
        return made

    def process(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
        values = [self.below(o) for o in operands]
        axes = [o.axis if isinstance(o, Batched) and o.level is self else None for o in operands]
        found, places = primitive.batch(values, axes, params)
        if primitive.count is None:
            return self.batched(found, places)
        return tuple(self.batched(value, at) for value, at in zip(found, places, strict=True))

    def custom(self, function: Any, args: tuple[Any, ...]) -> Any:
        values = [self.below(a) for a in args]
        axes = tuple(a.axis if isinstance(a, Batched) and a.level is self else None for a in args)
        return apply_batched(self, function, values, axes)

    def concrete(self, tracer: Tracer, question: Any = None) -> Any:
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


def apply_batched(level: BatchLevel, function: Any, values: list[Any], axes: tuple[Any, ...]) -> Any:
    """An autograd.Function of a batch: by its own vmap, or by one made from its forward and backward."""
    own = function.vmap is not Function.vmap
    if own and function.generate_vmap_rule:
        raise errors.TransformError(errors.VMAP_TWICE.format(name=function.__name__))
    if not own and not function.generate_vmap_rule:
        raise errors.TransformError(errors.VMAP_MISSING.format(name=function.__name__))
    if own:
        returned = function.vmap(VmapInfo(level.size, level.randomness), axes, *values)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise errors.TransformError(errors.VMAP_RETURNS.format(kind=type(returned)))
        result, places = returned
    else:
        result = batched_function(function, axes, level.size).apply(*values)
        places = 0
    outputs, structure = trees.flatten(result)
    try:
        dims = trees.spread(places, structure)
        if not all(at is None or isinstance(at, int) for at in dims):
            raise ValueError(places)  # noqa: TRY301  said in PyTorch's words below
    except ValueError as error:
        raise errors.TransformError(errors.VMAP_DIMS.format(dims=places, kind=structure)) from error
    made = [out if at is None or not isinstance(out, Tensor) else level.batched(out, axis_index(at, len(out.shape)))
            for out, at in zip(outputs, dims, strict=True)]  # fmt: skip
    return structure.unflatten(made)


class VmapInfo(NamedTuple):
    """What a Function's vmap is told: the size of the batch, and how random numbers are drawn."""

    batch_size: int
    randomness: str


@cache
def batched_function(function: Any, axes: tuple[int | None, ...], size: int) -> Any:
    """The Function that applies another to a batch: its forward and backward are mapped over it.

    Results have the batch axis first; the gradient of an argument that all entries share is the sum
    of theirs.
    """

    def at_level(values: Sequence[Any], places: Sequence[int | None]) -> tuple[BatchLevel, list[Any]]:
        level = BatchLevel(size)
        return level, [v if at is None or not isinstance(v, Tensor) else level.batched(v, at)
                       for v, at in zip(values, places, strict=True)]  # fmt: skip

    def lowered(level: BatchLevel, tree: Any) -> Any:
        return trees.tree_map(lambda t: _placed(level, t, 0) if isinstance(t, Tensor) else t, tree)

    class Mapped(Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(*args: Any) -> Any:
            level, entries = at_level(args, axes)
            return lowered(level, function.forward(*entries))

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            level, entries = at_level(inputs, axes)
            outputs = trees.tree_map(lambda t: level.batched(t, 0) if isinstance(t, Tensor) else t, output)
            inner = ctx.inner = FunctionCtx()
            inner.needs_input_grad = ctx.needs_input_grad
            function.setup_context(inner, tuple(entries), outputs)
            ctx.places = [t.axis if isinstance(t, Batched) and t.level is level else None for t in inner.to_save]
            ctx.save_for_backward(*[level.below(t) for t in inner.to_save])
            ctx.forward_places = [
                t.axis if isinstance(t, Batched) and t.level is level else None for t in inner.saved_for_forward
            ]
            ctx.save_for_forward(*[level.below(t) for t in inner.saved_for_forward])
            inner.to_save = inner.saved_for_forward = ()
            ctx.set_materialize_grads(inner.materialize_grads)

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            level, saved = at_level(ctx.saved_tensors, ctx.places)
            result = _with_saved(ctx.inner, saved, rule_of(function), level, cotangents)
            results = result if isinstance(result, tuple) else (result,)
            return tuple(_gradient(level, g, at) for g, at in zip(results, axes, strict=False))

        @staticmethod
        def jvp(ctx: Any, *tangents: Any) -> Any:
            level, saved = at_level(ctx.saved_tensors, ctx.forward_places)
            moved = [t if t is None or at is None else level.batched(t, at)
                     for t, at in zip(tangents, axes, strict=True)]  # fmt: skip
            ctx.inner._held = lambda: Forwarded(saved)  # noqa: SLF001
            return lowered(level, function.jvp(ctx.inner, *moved))

    Mapped.__name__ = f"Vmapped{function.__name__}"
    return Mapped


def _with_saved(ctx: Any, saved: list[Any], rule: Any, level: BatchLevel, cotangents: Sequence[Any]) -> Any:
    ctx._held = lambda: Forwarded(saved)  # noqa: SLF001
    return rule(ctx, *[level.batched(g, 0) if isinstance(g, Tensor) else g for g in cotangents])


def _gradient(level: BatchLevel, g: Any, axis: int | None) -> Any:
    """The gradient of an argument with its batch at `axis`; summed over the batch where it has none."""
    if g is None:
        return None
    return _placed(level, g, 0).sum(0) if axis is None else _placed(level, g, axis)


def vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:  # fmt: skip
    """A function that maps `func` over an axis of its arguments, all entries at once.

    >>> import wengert as torch
    >>> rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.func.vmap(torch.dot, in_dims=(0, None))(rows, torch.tensor([1.0, 10.0]))
    tensor([21., 43.])

    Args:
        func: is written for one entry.
        in_dims: the axis to map over, for all arguments or one each (nested like the argument
            where that is a container); None for an argument that is the same for all entries.
        randomness: what random numbers drawn inside are for the entries: "different", the "same", or an "error".
        chunk_size: how many entries are computed at once; all of them if None.
        out_dims: where the axis is put in the results; None for a result that is the same for all.

    Raises:
        ValueError: if nothing is mapped over, or the sizes differ.
        RuntimeError: if func branches on a value that differs over the batch.
    """
    if randomness not in ("error", "different", "same"):
        raise errors.TransformError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise errors.ArgumentError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        given = Arguments(args)
        dims = given.spread(in_dims)
        size = _batch_size(given.leaves, dims)
        if chunk_size is None or chunk_size >= size:
            return at_once(given, given.leaves, dims, size, kwargs)
        parts = []
        before = None
        if randomness == "same":
            noticed("vmap draws the same random numbers for several chunks")
            before = default_generator.snapshot()
        for start in range(0, size, chunk_size):
            if before is not None:  # all chunks draw the same
                default_generator.restore(before)
            count = min(chunk_size, size - start)
            leaves = [
                leaf if dim is None else narrow(leaf, dim, start, count)
                for leaf, dim in zip(given.leaves, dims, strict=True)
            ]
            parts.append(at_once(given, leaves, dims, count, kwargs))
        return joined(parts, out_dims)

    def at_once(given: Arguments, leaves: list[Any], dims: list[Any], size: int, kwargs: dict[str, Any]) -> Any:
        level = BatchLevel(size, randomness)
        lifted = [
            leaf if dim is None else level.batched(leaf, axis_index(dim, len(leaf.shape)))
            for leaf, dim in zip(leaves, dims, strict=True)
        ]
        with RUNNING, level.drawing():
            result = func(*given.filled(lifted), **kwargs)
        if isinstance(result, Tensor):
            return _placed(level, result, out_dims)
        results, structure = trees.flatten(result)
        places = trees.spread(out_dims, structure)
        return structure.unflatten([_placed(level, r, at) for r, at in zip(results, places, strict=True)])

    return mapped


def joined(parts: list[Any], out_dims: Any) -> Any:
    """The results of all chunks as one."""
    structure = trees.flatten(parts[0])[1]
    places = trees.spread(out_dims, structure)
    columns = zip(*(trees.leaves_of(part) for part in parts), strict=True)
    return structure.unflatten([
        column[0] if at is None else cat(list(column), at) for column, at in zip(columns, places, strict=True)
    ])  # fmt: skip


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
        return arranging.permute(result.value, order)
    value = as_value(result)
    if at is None:
        return value
    at = axis_index(at, len(value.shape) + 1)
    repeated = arranging.expand(value, level.size, *value.shape)
    return arranging.permute(
        repeated,
        [*range(1, at + 1), 0, *range(at + 1, len(repeated.shape))],
    )
