"""Gradients of recorded tensors: backward(), autograd.grad, hooks, and the leaf attributes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self
from weakref import ref

import numpy as np

from wengert import dtypes, errors
from wengert.core.levels import Tracer
from wengert.core.modes import enable_grad, without_grad
from wengert.core.tape import AccumulateGrad, Hooks, Node
from wengert.core.tensor import Tensor, alias, clock, seen_through, storage_of, wrap
from wengert.core.walk import raw_flavour, recorded_flavour, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
    "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
    "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
    "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)


CREATE_GRAPH = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter "
    "and its gradient which can cause a memory leak. We recommend using autograd.grad when "
    "creating the graph to avoid this. If you have to use this function, make sure to reset the "
    ".grad fields of your parameters to None after use to break the cycle and avoid the leak."
)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of one or more tensors into the `.grad` of the leaves they depend on.

    >>> import wengert as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.autograd.backward([x.sum(), (x * x).sum()])
    >>> x.grad
    tensor([3., 5.])

    Args:
        tensors: a tensor or a sequence of them.
        grad_tensors: for each the cotangent to start with; None for a number.
        retain_graph: keep what was saved for another backward; as create_graph unless given.
        create_graph: record the computation of the gradients, so that they can be differentiated.
        inputs: only accumulate into these.

    Raises:
        RuntimeError: if a tensor has no graph, is no number and has no seed, or was freed.
    """
    if create_graph:
        warnings.warn(CREATE_GRAPH, UserWarning, stacklevel=2)
    roots = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    pairs = _roots(roots, _seeds(roots, grad_tensors), create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        _walk(pairs, create_graph, retain, None)
        return
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not wanted:
        raise errors.GradError("`inputs` argument to `backward()` cannot be empty.")
    for t in wanted:
        if t.node is None:
            raise errors.GradError("can't retain_grad on Tensor that has requires_grad=False")
    found = _walk(pairs, create_graph, retain, [t.node for t in wanted])
    for t, g in zip(wanted, found, strict=True):
        if g is None:
            continue
        if isinstance(t.node, AccumulateGrad):
            (t.node.accumulate_recorded if create_graph else t.node.accumulate)(g)
        else:
            kept = t.__dict__.get("_grad")
            boxed = g if isinstance(g, Tensor) else wrap(g)
            t.__dict__["_grad"] = boxed if kept is None else kept + boxed


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of outputs with respect to inputs, returned rather than accumulated.

    >>> import wengert as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (slope,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> slope, torch.autograd.grad(slope, x)[0]
    (tensor(27., grad_fn=<MulBackward0>), tensor(18.))

    Args:
        outputs: a tensor or a sequence of them.
        inputs: a tensor or a sequence of them, leaves or not.
        grad_outputs: for each output the cotangent to start with; None for a number.
        retain_graph: keep what was saved; as create_graph unless given.
        create_graph: record the computation of the gradients.
        allow_unused: None in place of an error for an input that no output depends on.
        materialize_grads: zeros in place of None.

    Raises:
        RuntimeError: as `backward`, and for an input that was not used.
    """
    roots = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    for t in wanted:
        if not isinstance(t, Tensor):
            raise errors.ShapeError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")
    if not wanted:
        raise errors.GradError("`inputs` argument to `grad()` cannot be empty.")
    if materialize_grads and allow_unused is False:
        raise errors.ArgumentError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    for t in wanted:
        if t.node is None:
            raise errors.GradError(
                errors.advice(
                    "One of the differentiated Tensors does not require grad",
                    "create it with requires_grad=True, before it is used.",
                )
            )
    pairs = _roots(roots, _seeds(roots, grad_outputs), create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    found = _walk(pairs, create_graph, retain, [t.node for t in wanted])
    results: list[Any] = []
    for i, (t, g) in enumerate(zip(wanted, found, strict=True)):
        if g is None and materialize_grads:
            results.append(wrap(np.zeros(t.shape, t.array.dtype)))
        elif g is None and not allow_unused:
            raise errors.GradError(
                errors.advice(
                    f"The differentiated Tensor at index {i} appears to not have been used in the "
                    "graph. Set allow_unused=True if this is the desired behavior.",
                    "allow_unused=True gives None for it, materialize_grads=True gives zeros.",
                )
            )
        else:
            results.append(g if g is None or isinstance(g, Tensor) else wrap(g))
    return tuple(results)


def _seeds(roots: list[Tensor], given: Any) -> list[Any]:
    if given is None:
        return [None] * len(roots)
    seeds = [given] if isinstance(given, Tensor) else list(given)
    if len(seeds) != len(roots):
        raise errors.GradError(f"got {len(roots)} tensors and {len(seeds)} gradients")
    return seeds


def _roots(roots: list[Tensor], seeds: list[Any], boxed: bool) -> list[tuple[Any, Any]]:
    """Pairs of a node and its checked starting cotangent."""
    pairs = []
    for i, (root, seed) in enumerate(zip(roots, seeds, strict=True)):
        if isinstance(root, Tracer):
            raise errors.TransformError(
                f"{root.level.name}: backward() of a value of a transform; use wengert.func.grad"
            )
        if root.node is None:
            raise errors.GradError(errors.NO_GRAPH.format(index=i))
        pairs.append((root.node, _seed(root, seed, i, boxed)))
    return pairs


def _seed(root: Tensor, seed: Any, index: int, boxed: bool) -> Any:
    array = root.array
    if seed is None:
        if array.size != 1:
            raise errors.GradError(errors.IMPLICIT_SEED.format(shape=list(array.shape)))
        if array.dtype.kind == "c":
            raise errors.GradError(f"grad can be implicitly created only for real scalar outputs but got {root.dtype}")
        ones = np.ones(array.shape, array.dtype)
        return wrap(ones) if boxed else ones
    if seed.shape != root.shape:
        raise errors.GradError(
            errors.advice(
                f"Mismatch in shape: grad_output[{index}] has a shape of {seed.shape} and "
                f"output[{index}] has a shape of {root.shape}.",
                "give the gradient the shape of the output.",
            )
        )
    if (seed.array.dtype.kind == "c") != (array.dtype.kind == "c"):
        raise errors.GradError(
            "For complex Tensors, both grad_output and output are required to have the same dtype."
            f" Mismatch in dtype: grad_output[{index}] has a dtype of {seed.dtype} and "
            f"output[{index}] has a dtype of {root.dtype}."
        )
    if seed.array.dtype != array.dtype:
        seed = seed.to(root.dtype)
    return seed if boxed else seed.array


def _walk(pairs: Any, create_graph: bool, retain: bool, targets: Any) -> list[Any]:
    if not create_graph:  # hooks see Tensors, whose operations must not be recorded
        found: list[Any] = without_grad(walk, pairs, raw_flavour, retain=retain, targets=targets)
        return found
    with enable_grad():
        return walk(pairs, recorded_flavour, retain=retain, targets=targets)


# ------------------------------------------------------------------ attributes of a Tensor


def get_requires_grad(self: Tensor) -> bool:
    """Whether operations on the tensor are recorded."""
    return self.node is not None


def set_requires_grad(self: Tensor, value: bool) -> None:
    """Make the tensor a leaf that requires grad, or one that does not."""
    if not isinstance(value, bool):
        raise errors.GradError("requires_grad must be a bool")
    if value and self.array.dtype.kind not in "fcV":
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
            if self.array.dtype.kind not in "fcV":
                raise errors.GradError(
                    errors.advice(
                        "only Tensors of floating point dtype can require gradients",
                        "convert it with .float() first.",
                    )
                )
            self.node = AccumulateGrad(self)
            kept = self.__dict__.pop("_grad", None)
            self.node.grad = kept
    elif isinstance(self.node, AccumulateGrad):
        if self.node.grad is not None:
            self.__dict__["_grad"] = self.node.grad
        self.node = None
    elif self.node is not None:
        raise errors.GradError(
            "you can only change requires_grad flags of leaf variables. If you want to use a "
            "computed variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach()."
        )
    return self


def is_leaf(self: Tensor) -> bool:
    """Whether the tensor was made by the user rather than by a recorded operation."""
    return not isinstance(self.node, Node)


def grad_fn(self: Tensor) -> Node | None:
    """The node that made the tensor; None for a leaf."""
    return self.node if isinstance(self.node, Node) else None


def get_grad(self: Tensor) -> Tensor | None:
    """The gradient that backward() accumulated."""
    node = self.node
    if isinstance(node, AccumulateGrad):
        return node.grad
    kept = self.__dict__.get("_grad")
    if kept is None and node is not None and not retains_grad(self):
        warnings.warn(NON_LEAF_GRAD, UserWarning, stacklevel=2)
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
        if value.dtype is not self.dtype:
            raise errors.GradError(
                f"attempting to assign a gradient with dtype '{dtypes.C_NAMES[value.dtype]}' to a "
                f"tensor with grad_dtype '{self.dtype.title}'. The gradient must match the tensor's "
                "grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype "
                "attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with "
                "caution. Diverging the dtypes of a tensor and its gradient may break downstream "
                "systems that assume they match."
            )
    if isinstance(self.node, AccumulateGrad):
        self.node.grad = value
    else:
        self.__dict__["_grad"] = value


def del_grad(self: Tensor) -> None:
    """Forget the gradient."""
    set_grad(self, None)


def _hooks(self: Tensor) -> Hooks:
    if self.node.hooks is None:
        self.node.hooks = Hooks()
    return self.node.hooks  # type: ignore[no-any-return]


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
        _hooks(self).retained = ref(self)


def retains_grad(self: Tensor) -> bool:
    """Whether retain_grad() was called on a tensor that is not a leaf."""
    node = self.node
    return isinstance(node, Node) and node.hooks is not None and node.hooks.retained is not None


class RemovableHandle:
    """Takes a hook away again."""

    def __init__(self, functions: dict[int, Any], function: Any) -> None:
        self.id = max(functions, default=-1) + 1
        self._functions = functions
        functions[self.id] = function

    def remove(self) -> None:
        """The hook is not called any more."""
        self._functions.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def register_hook(self: Tensor, hook: Any) -> RemovableHandle:
    """Call a function with the gradient when it arrives; what it returns takes its place.

    >>> import wengert as torch
    >>> x = torch.tensor(1.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> (2 * x).backward(); x.grad
    tensor(20.)
    """
    if self.node is None:
        raise errors.GradError("cannot register a hook on a tensor that doesn't require gradient")
    return RemovableHandle(_hooks(self).functions, hook)


def detach(self: Tensor) -> Tensor:
    """The same memory without the history.

    >>> import wengert as torch
    >>> torch.tensor(1.0, requires_grad=True).detach().requires_grad
    False
    """
    if isinstance(self, Tracer):
        return seen_through(self, self.level.detached(self), None, ())
    made = alias(self, None)
    made.origin = None
    return made


def detach_(self: Tensor) -> Tensor:
    """Cut the tensor itself off from its history."""
    if self.origin is not None:
        raise errors.GradError(
            "Can't detach views in-place. Use detach() instead. If you are using "
            "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
            "True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() "
            "function in torch/optim/optimizer.py as the solution."
        )
    self.node = None
    return self


def get_data(self: Tensor) -> Tensor:
    """The same memory without the history; unlike PyTorch's, writes to it are noticed."""
    return detach(self)


def set_data(self: Tensor, value: Tensor) -> None:
    """Let the tensor stand for the memory of another, with its own history."""
    if self.node is not None and value.array.dtype.kind not in "fcV":
        raise errors.GradError("data set to a tensor that requires gradients must be floating point or complex dtype")
    self.array = value.array
    storage = storage_of(self)
    storage.version += 1
    storage.stamp = clock()
    if isinstance(self.node, AccumulateGrad):
        self.node.array = value.array


def version(self: Tensor) -> int:
    """How many times the memory was written in place."""
    return self.storage.version if self.storage is not None else 0


def tensor_backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of this tensor into the `.grad` of the leaves it depends on.

    >>> import wengert as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (x * x).backward(); x.grad
    tensor(6.)
    """
    backward(self, gradient, retain_graph, create_graph, inputs)
