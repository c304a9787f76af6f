"""The leaf attributes of a Tensor: requires_grad, grad, is_leaf, detach, data, and their setters."""

from __future__ import annotations

from sys import _getframe
from typing import Any

from wengert import dtypes, errors
from wengert.core import tensor as memory
from wengert.core.levels import Tracer, numpy_dtype
from wengert.core.modes import present
from wengert.core.outputs import operation_of
from wengert.core.places import user_frame, warn
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.tensor import Tensor, alias, seen_through
from wengert.functions.recording.hooking import hooks_of, retains_grad
from wengert.functions.recording.nodes import shown
from wengert.functions.values import known_history, refuse_outside

OWN_ATTRIBUTES = frozenset({"_cut", "_grad", "_grad_dtype", "_hooks", "_made_at", "_may_be_written", "_now"})
"""What is kept in the `__dict__` of a tensor, where few tensors have it, beside what the program writes there."""

NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
    "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
    "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
    "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)


def get_requires_grad(self: Tensor) -> bool:
    """Whether operations on the tensor are recorded."""
    return self.node is not None


def set_requires_grad(self: Tensor, value: bool) -> None:
    """Make the tensor a leaf that requires grad, or one that does not."""
    if not isinstance(value, bool):
        raise errors.GradError("requires_grad must be a bool")
    if value and numpy_dtype(self).kind not in "fcV":
        raise errors.GradError(errors.advice(errors.FLOATING_ONLY, "convert it with .float() first."))
    requires_grad_(self, value)


def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Make the tensor a leaf that requires grad, or one that does not.

    >>> import wengert as torch
    >>> torch.zeros(2).requires_grad_().requires_grad
    True
    """
    if requires_grad:
        if self.node is None:
            _refuse_as_leaf(self)
            self.node = self.level.leaf(self) if isinstance(self, Tracer) else AccumulateGrad(self)
            self.node.grad = self.__dict__.pop("_grad", None)
            self.node.hooks = self.__dict__.pop("_hooks", None)
            if "_grad_dtype" in self.__dict__:
                _cast_what_arrives(self)
    elif isinstance(self.node, AccumulateGrad):
        if isinstance(self, Tracer):
            self.level.refuse_outside(self, "requires_grad_() of a tensor from outside")
        if self.node.grad is not None:
            self.__dict__["_grad"] = self.node.grad
        if self.node.hooks is not None:
            self.__dict__["_hooks"] = self.node.hooks
        self.node = None
    elif self.node is not None:
        raise errors.GradError(
            "you can only change requires_grad flags of leaf variables. If you want to use a "
            "computed variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach()."
        )
    return self


def _refuse_as_leaf(x: Tensor) -> None:
    """Raise if a tensor cannot require grad."""
    if memory.is_inference(x) and not present().inference:
        raise errors.GradError(errors.advice(errors.INFERENCE_LEAF, "x = x.clone() first."))
    if numpy_dtype(x).kind not in "fcV":
        raise errors.GradError(
            errors.advice(
                "only Tensors of floating point dtype can require gradients", "convert it with .float() first."
            )
        )


def is_leaf(self: Tensor) -> bool:
    """Whether the tensor was made by the user rather than by a recorded operation."""
    return not isinstance(known_history(self), Node)


def grad_fn(self: Tensor) -> Node | None:
    """The node that made the tensor; None for a leaf."""
    node = known_history(self)
    return shown(operation_of(node)[0]) if isinstance(node, Node) else None


def output_nr(self: Tensor) -> int:
    """Which output of its `grad_fn` the tensor is."""
    return operation_of(known_history(self))[1]


def get_grad(self: Tensor) -> Tensor | None:
    """The gradient that backward() accumulated."""
    node = self.node
    kept: Tensor | None = self.__dict__.get("_grad")
    if isinstance(node, AccumulateGrad):
        return kept if node.grad is None else node.grad
    if kept is None and node is not None and not retains_grad(self):
        warn(NON_LEAF_GRAD, UserWarning)
    return kept


def set_grad(self: Tensor, value: Any) -> None:
    """Put a tensor of the same shape and dtype, or None, in the place of the gradient."""
    if value is not None:
        if not isinstance(value, Tensor):
            raise errors.ArgumentTypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise errors.GradError("can't assign Variable as its own grad")
        if value.shape != self.shape:
            raise errors.GradError(
                f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of "
                f"size '{list(self.shape)}'. Please ensure that the gradient and the tensor are "
                "the same size"
            )
        wanted = get_grad_dtype(self) if is_leaf(self) else self.dtype
        if wanted is not None and value.dtype is not wanted:
            raise errors.GradError(
                f"attempting to assign a gradient with dtype '{dtypes.C_NAMES[value.dtype]}' to a "
                f"tensor with grad_dtype '{wanted.title}'. The gradient must match the tensor's "
                "grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype "
                "attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with "
                "caution. Diverging the dtypes of a tensor and its gradient may break downstream "
                "systems that assume they match."
            )
    if isinstance(self.node, AccumulateGrad):
        self.node.grad = value
        self.__dict__.pop("_grad", None)
    else:
        self.__dict__["_grad"] = value


def get_grad_dtype(self: Tensor) -> Any:
    """The dtype that `.grad` must have: this tensor's own unless set; None allows any."""
    if not is_leaf(self):
        raise errors.GradError("grad_dtype can only be accessed on leaf tensors.")
    return self.__dict__.get("_grad_dtype", self.dtype)


def set_grad_dtype(self: Tensor, value: Any) -> None:
    """Choose the dtype that `.grad` must have; None allows any."""
    if not is_leaf(self):
        raise errors.GradError("grad_dtype can only be set on leaf tensors.")
    if value is not None and not isinstance(value, dtypes.dtype):
        raise errors.GradError(f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}")
    kept = get_grad(self)
    if value is not None and kept is not None and kept.dtype is not value:
        raise errors.GradError(
            f"Cannot set grad_dtype to '{value.title}' because there is already a gradient with dtype "
            f"'{dtypes.C_NAMES[kept.dtype]}'. Please clear the gradient (.grad = None) before changing grad_dtype, "
            "or ensure the new grad_dtype matches the existing gradient's dtype."
        )
    self.__dict__["_grad_dtype"] = value
    _cast_what_arrives(self)


def _cast_what_arrives(self: Tensor) -> None:
    """Let backward() give a leaf its gradient in the dtype that was asked for, before other hooks see it."""
    if isinstance(self.node, AccumulateGrad):
        after = hooks_of(self.node).after
        others = dict(after)
        after.clear()
        after[-1] = (_cast_grad, False)
        after.update(others)


def _cast_grad(leaf: Tensor) -> None:
    wanted, kept = get_grad_dtype(leaf), get_grad(leaf)
    if wanted is not None and kept is not None and kept.dtype is not wanted:
        set_grad(leaf, kept.to(wanted))


def del_grad(self: Tensor) -> None:
    """Forget the gradient."""
    set_grad(self, None)


def detach(input: Tensor) -> Tensor:
    """The same memory without the history.

    >>> import wengert as torch
    >>> torch.tensor(1.0, requires_grad=True).detach().requires_grad
    False
    """
    if isinstance(input, Tracer):
        return seen_through(input, input.level.detached(input), None, ())
    made = alias(input, None)
    made.origin = None
    if input.node is not None:
        note_cut(made, "detach()")
    if memory.is_inference(input):
        made.__dict__["_may_be_written"] = True  # outside of inference mode too: it is in no graph
    return made


def note_cut(made: Tensor, what: str) -> None:
    """Remember where a tensor lost its history, for `wengert.explain`."""
    frame = user_frame(_getframe(1))
    made.__dict__["_cut"] = (what, frame.f_code, frame.f_lasti)


def detach_(self: Tensor) -> Tensor:
    """Cut the tensor itself off from its history."""
    if base(self) is not None:
        raise errors.GradError(
            "Can't detach views in-place. Use detach() instead. If you are using "
            "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
            "True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() "
            "function in torch/optim/optimizer.py as the solution."
        )
    if isinstance(self, Tracer):
        self.level.refuse_outside(self, "detach_() of a tensor from outside")
    if self.node is not None:
        note_cut(self, "detach_()")
    self.node = self.origin = None
    return self


def get_data(self: Tensor) -> Tensor:
    """The same memory without the history; unlike PyTorch's, writes to it are noticed."""
    made = detach(self)
    if self.node is not None and not isinstance(self, Tracer):
        note_cut(made, ".data")
    return made


def del_data(self: Tensor) -> None:
    """Refuse to delete the data."""
    raise errors.GradError("Deleting tensor data is not allowed. Delete tensor instead!")


def version(self: Tensor) -> int:
    """How many times the memory was written in place."""
    if isinstance(self, Tracer):
        self.level.refuse_outside(None, "it asks how often a tensor was written")
    if memory.is_inference(self):
        raise errors.GradError("Inference tensors do not track version counter.")
    return self.memory.version if self.memory is not None else 0


def is_inference(self: Tensor) -> bool:
    """Whether the tensor was made in inference mode.

    >>> import wengert as torch
    >>> with torch.inference_mode():
    ...     torch.ones(1).is_inference()
    True
    """
    if isinstance(self, Tracer):
        self.level.refuse_outside(None, "it asks whether a tensor was made in inference mode")
    return memory.is_inference(self)


def _is_view(self: Tensor) -> bool:
    """Whether the tensor is seen through another."""
    return base(self) is not None


def base(self: Tensor) -> Tensor | None:
    """The tensor that this one is a view of; None if it is none, or was made in inference mode."""
    refuse_outside(self, "it asks what a tensor from outside is a view of")
    if self.origin is None or memory.is_inference(self):
        return None
    found = self
    while found.origin is not None:
        found = found.origin.base
    if "_now" in found.__dict__:  # what a tensor was before its own shape was changed
        now: Tensor | None = found.__dict__["_now"]()
        return None if now is self else now
    return found
