"""Control flow on values that works in every mode: branches, and loops of known and unknown length.

Where Python can see the value (eagerly, in gradients and forward derivatives), a branch is Python's and a loop runs as
often as it must. Where the value differs over a batch, both branches are computed and chosen from, and a loop runs
until the last entry has ended. Derivatives pass through all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert import errors, trees
from wengert.core.levels import Tracer
from wengert.core.tensor import Tensor
from wengert.functions.shaping.arranging import stack
from wengert.ops.pointwise import where
from wengert.transforms.arguments import as_value
from wengert.transforms.vmap import Batched
from wengert.utils.checkpoint import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable


def differs(value: Any) -> bool:
    """Whether a value differs over a batch, or is not known yet."""
    while isinstance(value, Tracer):
        if isinstance(value, Batched) or value.value is None:
            return True
        value = value.value
    return False


def truth(value: Any) -> bool:
    """A condition as Python's."""
    return bool(value)


def some(value: Any) -> bool:
    """Whether a condition holds for any entry of the batch."""
    while isinstance(value, Tracer):
        if value.value is None:
            raise errors.TransformError(
                errors.advice(
                    "while_loop: how often the loop runs depends on values that are not known in stage()",
                    "use fori_loop or scan, or compile() in place of stage().",
                )
            )
        value = value.value
    return bool(value.array.any()) if isinstance(value, Tensor) else bool(value)


def chosen(condition: Any, first: Any, second: Any) -> Any:
    """The leaves of one nest or of the other, entry by entry."""

    def one(a: Any, b: Any) -> Any:
        if not isinstance(a, Tensor) and not isinstance(b, Tensor) and a == b:
            return a
        return where(condition, as_value(a), as_value(b))

    try:
        return trees.tree_map(one, first, second)
    except errors.ArgumentError as error:
        raise errors.TransformError(f"cond: the branches return different containers: {error}") from None


def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: Any = (), *more: Any) -> Any:
    """true_fn(*operands) where pred holds, else false_fn(*operands).

    >>> import wengert as torch
    >>> f = lambda x: torch.func.cond(x > 0, lambda x: x * 2, lambda x: -x, (x,))
    >>> f(torch.tensor(3.0)), torch.func.vmap(f)(torch.tensor([3.0, -1.0]))
    (tensor(6.), tensor([6., 1.]))

    Args:
        pred: a bool, or a tensor of one.
        true_fn: is called where pred holds.
        false_fn: is called elsewhere; returns the same containers and shapes.
        operands: a tuple of what they are called with.
        more: operands, where the first is not given as a tuple.
    """
    given = (*operands, *more) if isinstance(operands, list | tuple) else (operands, *more)
    if isinstance(pred, Tensor) and pred.ndim and differs(pred) is False and pred.numel() != 1:
        raise errors.TransformError(f"cond: pred must be a bool or a tensor of one, got shape {list(pred.shape)}")
    if isinstance(pred, Tensor) and differs(pred):
        return chosen(pred, true_fn(*given), false_fn(*given))
    return true_fn(*given) if truth(pred) else false_fn(*given)


def while_loop(
    cond_fn: Callable[..., Any],
    body_fn: Callable[..., Any],
    carried_inputs: Any,
    *,
    checkpoint_every: int | None = None,
) -> Any:
    """Run body_fn as long as cond_fn holds.

    >>> import wengert as torch
    >>> double = lambda x: torch.func.while_loop(lambda x: x < 100, lambda x: (x * 2,), (x,))[0]
    >>> double(torch.tensor(3.0)), torch.func.grad(double)(3.0)
    (tensor(192.), tensor(64.))

    Args:
        cond_fn: of the carried values; a bool, or a tensor of one.
        body_fn: of the carried values; returns their next values, in the same containers.
        carried_inputs: a tuple of the first values, or one value by itself.
        checkpoint_every: keep for backward only every so many steps, and compute those between again; all if None.

    Reverse mode works though the number of steps is not known. Over a batch, entries that have ended stay as they are.
    """
    if checkpoint_every is not None and checkpoint_every < 1:
        raise errors.ArgumentError(f"while_loop: checkpoint_every must be at least 1, got {checkpoint_every}")
    found = _looped(cond_fn, body_fn, as_tuple(carried_inputs), checkpoint_every)
    return found if isinstance(carried_inputs, list | tuple) else found[0]


def _looped(
    cond_fn: Callable[..., Any], body_fn: Callable[..., Any], carried: tuple[Any, ...], checkpoint_every: int | None
) -> tuple[Any, ...]:
    def step(*values: Any) -> tuple[Any, ...]:
        going = cond_fn(*values)
        if not differs(going):
            return as_tuple(body_fn(*values)) if truth(going) else values
        if not some(going):
            return values
        return tuple(chosen(going, as_tuple(body_fn(*values)), values))

    def steps(*values: Any) -> tuple[Any, ...]:
        for _ in range(checkpoint_every or 1):
            values = step(*values)
        return values

    while True:
        going = cond_fn(*carried)
        if not (some(going) if differs(going) else truth(going)):
            return carried
        if checkpoint_every is None or any(isinstance(leaf, Tracer) for leaf in trees.leaves_of(carried)):
            carried = step(*carried)
        else:
            carried = tuple(checkpoint(steps, *carried, use_reentrant=False))


def as_tuple(value: Any) -> tuple[Any, ...]:
    """What a body returned, as a tuple."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def fori_loop(lower: int, upper: int, body_fun: Callable[[int, Any], Any], init_val: Any) -> Any:
    """val = body_fun(i, val) for i from lower up to upper, which is left out.

    >>> import wengert as torch
    >>> torch.func.fori_loop(0, 3, lambda i, x: x * (i + 1), torch.tensor(1.0))
    tensor(6.)
    """
    value = init_val
    for i in range(int(lower), int(upper)):
        value = body_fun(i, value)
    return value


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any = None, length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """carry, y = f(carry, x) for each x along the first dimension; the last carry, and all y stacked.

    >>> import wengert as torch
    >>> torch.func.scan(lambda total, x: (total + x, total), torch.tensor(0.0), torch.tensor([1.0, 2.0, 3.0]))
    (tensor(6.), tensor([0., 1., 3.]))

    Args:
        f: returns the next carry, and what is stacked (None for nothing).
        init: the first carry.
        xs: a tensor or containers of them, all as long; None if f takes nothing.
        length: how many steps there are, where xs does not say it.
        reverse: whether to begin at the end.
    """
    leaves, structure = trees.flatten(xs)
    sizes = {len(leaf) for leaf in leaves} | (set() if length is None else {length})
    if len(sizes) != 1:
        raise errors.ArgumentError(f"scan: xs and length must be as long as one another, got {sorted(sizes)}")
    (count,) = sizes
    order = range(count - 1, -1, -1) if reverse else range(count)
    carry, kept = init, {}
    for i in order:
        carry, kept[i] = f(carry, structure.unflatten([leaf[i] for leaf in leaves]))
    if not kept:
        return carry, None
    found = [kept[i] for i in range(count)]
    return carry, trees.tree_map(lambda *each: stack([as_value(one) for one in each]), *found)


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """f of each entry along the first dimension, one after another, stacked.

    >>> import wengert as torch
    >>> torch.func.map(lambda x: x * 2, torch.tensor([1.0, 2.0]))
    tensor([2., 4.])
    """
    return scan(lambda _, x: (None, f(x)), None, xs)[1]
