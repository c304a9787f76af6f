"""Hooks of tensors: what to call when a gradient arrives, and keeping it in `.grad`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from wengert import errors
from wengert.core.hooks import Hooks, RemovableHandle
from wengert.core.tape import HOOKED_LEAVES, AccumulateGrad, Node
from wengert.functions.values import known_history

if TYPE_CHECKING:
    from wengert.core.tensor import Tensor


def hooks_of(node: Any) -> Hooks:
    """The hooks of a node, made now if it has none."""
    if node.hooks is None:
        node.hooks = Hooks()
        if not isinstance(node, Node):
            HOOKED_LEAVES.seen = True
    found: Hooks = node.hooks
    return found


def register_hook(self: Tensor, hook: Any) -> RemovableHandle:
    """Call a function with the gradient when it arrives; what it returns takes its place.

    >>> import wengert as torch
    >>> x = torch.tensor(1.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> (2 * x).backward(); x.grad
    tensor(20.)

    Hooks run in the order in which they were registered, before the gradient is kept or added to
    `.grad`.
    """
    if self.node is None:
        raise errors.GradError("cannot register a hook on a tensor that doesn't require gradient")
    return RemovableHandle(hooks_of(self.node).functions, hook)


def register_post_accumulate_grad_hook(self: Tensor, hook: Any) -> RemovableHandle:
    """Call a function with a leaf each time its `.grad` has been renewed.

    >>> import wengert as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> def step(w):
    ...     with torch.no_grad():
    ...         w -= 0.1 * w.grad
    ...     w.grad = None
    >>> handle = w.register_post_accumulate_grad_hook(step)
    >>> (2 * w).backward(); w
    tensor(0.8000, requires_grad=True)
    """
    if self.node is None:
        raise errors.GradError("cannot register a hook on a tensor that doesn't require gradient")
    if not isinstance(self.node, AccumulateGrad):
        raise errors.GradError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    after = hooks_of(self.node).after
    handle = RemovableHandle(after, None)
    after[handle.id] = (hook, False)
    return handle


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of a tensor that is not a leaf in its `.grad`.

    >>> import wengert as torch
    >>> x = torch.tensor(2.0, requires_grad=True); y = x * x; y.retain_grad()
    >>> (3 * y).backward(); y.grad
    tensor(3.)
    """
    if self.node is None:
        raise errors.GradError("can't retain_grad on Tensor that has requires_grad=False")
    if isinstance(self.node, Node):
        hooks_of(self.node).retained = ref(self)


def retains_grad(self: Tensor) -> bool:
    """Whether retain_grad() was called on a tensor that is not a leaf."""
    node = known_history(self)
    return isinstance(node, Node) and node.hooks is not None and node.hooks.retained is not None
