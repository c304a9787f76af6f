"""Hooks on the gradients of a module: identities around its inputs and outputs, whose nodes carry them.

    inputs -> identity -> forward -> identity -> outputs
                 ^                       ^
          full backward hooks     full backward pre-hooks

Knows what tensors go in and out. Must not know what a module computes.
"""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.autograd.function import Function
from wengert.core.hooks import hooks_everywhere
from wengert.core.modes import recording
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import zeros_like

EVERYWHERE = hooks_everywhere()
BEFORE_EVERYWHERE = hooks_everywhere()
"""Hooks of every module of the process."""

FIRING_EARLY = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
    "gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module."
    "register_full_backward_hook for more details."
)


class BackwardHookFunction(Function):
    """The identity, with a node of its own."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads


class Watch:
    """One call of a module with hooks on its gradients."""

    def __init__(self, module: Any, after: list[Any], before: list[Any]) -> None:
        self.module = module
        self.after, self.before = after, before
        self.grad_outputs: Any = None
        self.inputs_count: int | None = None
        self.input_places: list[int] = []
        self.like: list[Tensor] = []

    @classmethod
    def of(cls, module: Any) -> Watch | None:
        """The watch of a module that has such hooks."""
        after = [*EVERYWHERE.values(), *module._backward_hooks.values()]
        before = [*BEFORE_EVERYWHERE.values(), *module._backward_pre_hooks.values()]
        return cls(module, after, before) if (after or before) and recording() else None

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, seen through the identity whose node calls the hooks."""
        found, node, self.input_places = through_identity(args)
        self.like = [found[i].detach() for i in self.input_places]
        self.inputs_count = len(args)
        if node is not None and self.after:
            node.register_hook(self._inputs_known)
        return tuple(found)

    def outputs(self, result: Any) -> Any:
        """The outputs, seen through the identity whose node says that their gradients have come."""
        several = isinstance(result, tuple)
        found, node, places = through_identity(result if several else (result,))
        if node is not None:
            count = len(found)

            def come(grads: Any) -> Any:
                return self._outputs_known(grads, places, count)

            node.register_prehook(come)
        return type(result)(found) if several else found[0]

    def _outputs_known(self, grads: Any, places: list[int], count: int) -> Any:
        grads = spread(grads, places, count)
        for hook in self.before:
            replaced = hook(self.module, grads)
            if replaced is not None:
                grads = checked("Backward pre hook", replaced, grads)
        self.grad_outputs = grads
        if self.after and not self.input_places:  # no input needs a gradient: nothing more to wait for
            warn(FIRING_EARLY, UserWarning)
            for hook in self.after:
                if hook(self.module, spread((), [], self.inputs_count or 0), grads) is not None:
                    raise errors.GradError(
                        "Backward hook for Modules where no input requires gradient should always return None or "
                        "None for all gradients."
                    )
        return tuple(grads[i] for i in places)

    def _inputs_known(self, came: Any, _: Any) -> Any:
        places, count = self.input_places, self.inputs_count or 0
        if self.grad_outputs is None:
            return None
        filled = tuple(zeros_like(x) if g is None else g for g, x in zip(came, self.like, strict=True))
        grads = spread(filled, places, count)
        for hook in self.after:
            replaced = hook(self.module, grads, self.grad_outputs)
            if replaced is not None:
                grads = checked("Backward hook", replaced, grads)
        self.grad_outputs = None
        # what had no gradient has none now, unless a hook gave it one
        return tuple(None if old is None and grads[i] is zero else grads[i]
                     for i, old, zero in zip(places, came, filled, strict=True))  # fmt: skip


def through_identity(values: Any) -> tuple[list[Any], Any, list[int]]:
    """The values, the node of the identity that they went through, and which of them did."""
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    found = list(values)
    if not any(found[i].requires_grad for i in places):
        return found, None, []
    made = BackwardHookFunction.apply(*[found[i] for i in places])
    for i, value in zip(places, made, strict=True):
        found[i] = value
    node = next(value.grad_fn for value in made if value.grad_fn is not None)
    return found, node, places


def spread(grads: Any, places: list[int], count: int) -> tuple[Any, ...]:
    """Gradients at their places, and None elsewhere."""
    found: list[Any] = [None] * count
    for i, grad in zip(places, grads, strict=True):
        found[i] = grad
    return tuple(found)


def checked(what: str, replaced: Any, grads: Any) -> tuple[Any, ...]:
    """What a hook returned, as a tuple of the right length."""
    found = replaced if isinstance(replaced, tuple) else (replaced,)
    if len(found) != len(grads):
        raise errors.GradError(
            f"{what} returned an invalid number of grad_{'output' if 'pre' in what else 'input'}, got {len(found)}, "
            f"but expected {len(grads)}"
        )
    return found
