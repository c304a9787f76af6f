"""torch.utils.checkpoint: keep no values for backward, and compute them again when it needs them.

    checkpoint -> the function runs as usual, but what its nodes save are Holders
    backward   -> the first Holder that is read runs the function again, and keeps what that saves

The graph is the ordinary one, so hooks, autograd.grad, higher derivatives and nesting all work. A
function inside a function gives its arguments to the outer one to save, so nothing is kept twice.

PyTorch has another, older way (use_reentrant=True), with more restrictions and no advantage; it is
taken as this one.
"""

from __future__ import annotations

from contextlib import nullcontext
from sys import _getframe
from typing import TYPE_CHECKING, Any
from weakref import ref

from wengert import errors, trees
from wengert.core.modes import Switch, changed, holding, present
from wengert.core.places import Place, user_frame
from wengert.core.saved import Packed, Packing
from wengert.core.tape import stale
from wengert.core.tensor import Tensor, alias, clock
from wengert.functions.making.random import default_generator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class CheckpointError(RuntimeError):
    """A function did not do the same when it was run again."""


class _StopRecomputation(Exception):
    """All values that backward can need have been computed again."""


class set_checkpoint_early_stop:
    """Whether checkpoints made inside stop computing again once they have all values.

    >>> import wengert as torch
    >>> with torch.utils.checkpoint.set_checkpoint_early_stop(False):
    ...     y = torch.utils.checkpoint.checkpoint(torch.sin, torch.ones(1))
    """

    default: bool = True

    def __init__(self, enable: bool) -> None:
        self._before = set_checkpoint_early_stop.default
        self._enable = enable

    def __enter__(self) -> None:
        set_checkpoint_early_stop.default = self._enable

    def __exit__(self, *exception: object) -> None:
        set_checkpoint_early_stop.default = self._before


class _Holder:
    """Stands for the i-th tensor that a checkpointed function saved."""

    __slots__ = ("__weakref__", "call", "index")

    def __init__(self, call: _Call, index: int) -> None:
        self.call = call
        self.index = index


class _Argument:
    """A tensor that was given to a checkpointed function, and is needed to run it again."""

    __slots__ = ("number", "packed", "place", "primitive", "tensor")

    def __init__(self, tensor: Tensor, place: Place) -> None:
        packing = present().packing
        self.packed = None if packing is None else Packed(tensor, tensor.node, packing)
        self.tensor = tensor if packing is None else None
        self.number = clock()
        self.place = place
        self.primitive = _NAMED

    def get(self) -> Tensor:
        """The tensor, if nobody has written over it since."""
        if self.packed is not None:
            return self.packed.get()
        tensor: Any = self.tensor
        if tensor.memory is not None and tensor.memory.stamp >= self.number:
            raise stale(tensor, tensor.memory, self)  # type: ignore[arg-type]
        return tensor  # type: ignore[no-any-return]


class _Name:
    name = title = "checkpoint"


_NAMED = _Name()


class _Call:
    """One call of a checkpointed function."""

    def __init__(self, function: Any, args: Any, kwargs: Any, options: _Options) -> None:
        frame = user_frame(_getframe(1))
        place = Place(frame.f_code, frame.f_lasti)
        leaves, self.structure = trees.flatten((args, kwargs))
        self.leaves = [_Argument(leaf, place) if isinstance(leaf, Tensor) else leaf for leaf in leaves]
        self.function = function
        self.options = options
        self.random = default_generator.snapshot() if options.preserve_rng_state else None
        self.holders: list[Any] = []
        self.looks: list[tuple[Any, Any]] = []
        self.values: dict[int, tuple[Tensor, int]] = {}
        self.primitive, self.place = _NAMED, place

    def pack(self, tensor: Tensor) -> _Holder:
        holder = _Holder(self, len(self.holders))
        self.holders.append(ref(holder))
        self.looks.append((tuple(tensor.shape), tensor.dtype))
        return holder

    @staticmethod
    def unpack(holder: _Holder) -> Tensor:
        call = holder.call
        if holder.index not in call.values:
            call.run_again()
        tensor, number = call.values.pop(holder.index)
        if tensor.memory is not None and tensor.memory.stamp >= number:
            raise stale(tensor, tensor.memory, call)  # type: ignore[arg-type]
        return tensor

    def run_again(self) -> None:
        """Compute what the nodes saved, once more."""
        args, kwargs = self.structure.unflatten([a.get() if isinstance(a, _Argument) else a for a in self.leaves])
        found: list[Tensor] = []
        numbers: list[int] = []

        def collect(tensor: Tensor) -> Tensor:
            if len(found) == len(self.holders):
                raise CheckpointError(errors.CHECKPOINT_MORE)
            found.append(alias(tensor, None))
            numbers.append(clock())
            if self.options.early_stop and len(found) == len(self.holders):
                raise _StopRecomputation
            return found[-1]

        drawn = default_generator.snapshot()
        try:
            if self.random is not None:
                default_generator.restore(self.random)
            packing = Packing(collect, lambda tensor: tensor)
            with self.options.context_fn()[1], holding(changed(grad=True, packing=packing)):
                self.function(*args, **kwargs)
        except _StopRecomputation:
            pass
        finally:
            if self.random is not None:
                default_generator.restore(drawn)
        self._check(found)
        made = zip(found, numbers, strict=True)
        self.values = {i: each for i, (each, holder) in enumerate(zip(made, self.holders, strict=True)) if holder()}

    def _check(self, found: Sequence[Tensor]) -> None:
        if len(found) != len(self.holders):
            raise CheckpointError(
                errors.advice(
                    "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                    f"recomputation.\nNumber of tensors saved during forward: {len(self.holders)}\nNumber of tensors "
                    f"saved during recomputation: {len(found)}.",
                    "make the function depend on its arguments alone.",
                )
            )
        if self.options.determinism_check == "none":
            return
        wrong = [
            f"tensor at position {i}:\nsaved metadata: {old}\nrecomputed metadata: {(tuple(t.shape), t.dtype)}"
            for i, (t, old) in enumerate(zip(found, self.looks, strict=True))
            if (tuple(t.shape), t.dtype) != old
        ]
        if wrong:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                "during the forward pass.\n" + "\n".join(wrong)
            )


class _Options:
    """How one checkpoint is to be run again."""

    __slots__ = ("context_fn", "determinism_check", "early_stop", "preserve_rng_state")

    def __init__(self, preserve_rng_state: bool, context_fn: Any, determinism_check: str, early_stop: bool) -> None:
        if determinism_check not in ("default", "none"):
            raise errors.ArgumentError(
                f"determinism_check should be one of ['default', 'none'], but got {determinism_check}"
            )
        self.preserve_rng_state = preserve_rng_state
        self.context_fn = context_fn
        self.determinism_check = determinism_check
        self.early_stop = early_stop and set_checkpoint_early_stop.default


class _Saving(Switch):
    """Save what is recorded inside through a packing."""

    __slots__ = ("_packing",)

    def __init__(self, packing: Packing) -> None:
        super().__init__()
        self._packing = packing

    def _changes(self) -> dict[str, Any]:
        refusal = present().refusal
        if refusal is not None:
            raise errors.GradError(refusal)
        return {"packing": self._packing}


def noop_context_fn() -> tuple[Any, Any]:
    """The contexts of a checkpoint that wants none."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call a function, and compute what backward needs of it again rather than keep it.

    >>> import wengert as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> y = torch.utils.checkpoint.checkpoint(lambda x: x.sin().exp().sum(), x)
    >>> y.backward(); torch.allclose(x.grad, x.sin().exp() * x.cos())
    True

    Args:
        function: any function of tensors; it must do the same each time.
        args: its positional arguments.
        use_reentrant: taken because PyTorch takes it; there is one way here, which is PyTorch's False.
        context_fn: returns two contexts, for the first run and for the runs after it.
        determinism_check: "default" compares shapes and dtypes of what is computed again; "none".
        debug: taken because PyTorch takes it.
        early_stop: stop computing again once everything is there.
        preserve_rng_state: draw the same random numbers again.
        kwargs: the keyword arguments of the function.

    Raises:
        CheckpointError: from backward, if the function did not save the same kinds of tensors again.
    """
    options = _Options(preserve_rng_state, context_fn, determinism_check, early_stop)
    call = _Call(function, args, kwargs, options)
    first, _ = context_fn()
    with first, _Saving(Packing(call.pack, call.unpack)):
        return function(*args, **kwargs)


def checkpoint_sequential(functions: Any, segments: int, input: Any, **options: Any) -> Any:
    """Call functions one after another, in segments of which all but the last are checkpointed.

    >>> import wengert as torch
    >>> x = torch.tensor(0.5, requires_grad=True)
    >>> y = torch.utils.checkpoint.checkpoint_sequential([torch.sin, torch.exp, torch.cos], 2, x)
    >>> y.backward(); x.grad
    tensor(-1.4160)

    Args:
        functions: the functions, or a Sequential module.
        segments: how many segments to make of them.
        input: the argument of the first.
        options: as for `checkpoint`.
    """
    several = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(several) // segments
    starts = list(range(0, size * (segments - 1), size))

    def chain(start: int, end: int) -> Callable[[Any], Any]:
        def run(value: Any) -> Any:
            for function in several[start:end]:
                value = function(value)
            return value

        return run

    for start in starts:
        input = checkpoint(chain(start, start + size), input, **options)
    return chain(size * (segments - 1), len(several))(input)


__all__ = [
    "CheckpointError",
    "checkpoint",
    "checkpoint_sequential",
    "noop_context_fn",
    "set_checkpoint_early_stop",
]
