"""Gradients of recorded tensors: backward(), and the walk that autograd.grad takes too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert import errors
from wengert.core.families import zeros
from wengert.core.hooks import Several
from wengert.core.levels import Tracer, numpy_dtype, spec_of
from wengert.core.modes import enable_grad, present, without_grad
from wengert.core.outputs import operation_of
from wengert.core.places import warn
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import raw_flavour, recorded_flavour, walk
from wengert.dtypes import of_numpy
from wengert.functions.recording import anomaly
from wengert.functions.recording.hooking import retain_grad
from wengert.functions.recording.nodes import shown
from wengert.shapes import Size

if TYPE_CHECKING:
    from collections.abc import Sequence


class GradientEdge(NamedTuple):
    """A place in the graph that a gradient comes to: a node, and which of its outputs.

    >>> import wengert as torch
    >>> x = torch.tensor(2.0, requires_grad=True); y = x * x; edge = torch.autograd.graph.get_gradient_edge(y)
    >>> del y
    >>> torch.autograd.grad((edge,), x, grad_outputs=(torch.tensor(1.0),))
    (tensor(4.),)
    """

    node: Any
    output_nr: int
    ownership_token: Any = None  # the Spec of the output, where it is known


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that the gradient of a tensor comes to; for a leaf, that of its `.grad`.

    >>> import wengert as torch
    >>> torch.autograd.graph.get_gradient_edge(torch.ones(2, requires_grad=True) * 2).output_nr
    0
    """
    if not tensor.requires_grad:
        raise errors.GradError(errors.NO_EDGE)
    node, index = operation_of(tensor.node)
    return GradientEdge(shown(node), index, spec_of(tensor))


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of one or more tensors into the `.grad` of the leaves they depend on.

    >>> import wengert as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.autograd.backward([x.sum(), (x * x).sum()])
    >>> x.grad
    tensor([3., 5.])

    Args:
        tensors: a tensor, a GradientEdge, or a sequence of them.
        grad_tensors: for each the cotangent to start with; None for a number.
        retain_graph: keep what was saved for another backward; as create_graph unless given.
        create_graph: record the computation of the gradients, so that they can be differentiated.
        grad_variables: the old name of grad_tensors.
        inputs: only accumulate into these.

    Raises:
        RuntimeError: if a tensor has no graph, is no number and has no seed, or was freed.
    """
    if grad_variables is not None:
        warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning)
        grad_tensors = grad_variables
    wanted = None if inputs is None else _inputs(inputs)
    roots = listed(tensors)
    pairs = starts(roots, _seeds(roots, grad_tensors), create_graph)
    retained = retains(retain_graph, create_graph)
    if wanted is None:
        run(pairs, create_graph, retained, None)
        return
    for t in wanted:
        if isinstance(t, Tensor):
            retain_grad(t)
    found = cotangents_of(wanted, pairs, create_graph, retained)
    for t, g in zip(wanted, found, strict=True):
        if g is not None and isinstance(node := target(t)[0], AccumulateGrad):
            node.arrived(g)


def listed(given: Any) -> list[Any]:
    """One tensor or edge, or several, as a list."""
    return [given] if isinstance(given, Tensor | GradientEdge) else list(given)


def _inputs(given: Any) -> list[Any]:
    """What a backward is to accumulate into, each once."""
    wanted = listed(given)
    if not wanted:
        raise errors.GradError("`inputs` argument to `backward()` cannot be empty.")
    refuse_others(wanted)
    return list({(id(t) if isinstance(t, Tensor) else t[:2]): t for t in wanted}.values())


def refuse_others(wanted: list[Any]) -> None:
    """Raise unless all are tensors or edges."""
    for t in wanted:
        if not isinstance(t, Tensor | GradientEdge):
            raise errors.GradError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")


def retains(retain_graph: Any, create_graph: Any) -> Any:
    """Whether a walk keeps what nodes saved: as create_graph, unless it is said."""
    for flag in (retain_graph, create_graph):
        if flag is not None and not isinstance(flag, int):
            raise errors.ArgumentTypeError(f"'{type(flag).__name__}' object cannot be interpreted as an integer")
    return create_graph if retain_graph is None else retain_graph


def target(wanted: Any) -> tuple[Any, int | None]:
    """The node whose cotangent is wanted, and which of several outputs of it (None: its only one)."""
    if isinstance(wanted, Tensor):
        return wanted.node, None
    several = getattr(getattr(wanted.node, "rule", None), "outputs", 1) > 1
    return wanted.node, wanted.output_nr if several else None


def cotangents_of(wanted: Sequence[Any], pairs: Any, create_graph: bool, retained: bool) -> list[Any]:
    """The cotangents of tensors or edges, None for one that nothing reached."""
    targets = [target(t) for t in wanted]
    found = run(pairs, create_graph, retained, [node for node, _ in targets])
    return [g if g is None or output is None else g.get(output) for g, (_, output) in zip(found, targets, strict=True)]


def _seeds(roots: list[Any], given: Any) -> list[Any]:
    if given is None:
        return [None] * len(roots)
    seeds = [given] if isinstance(given, Tensor) else list(given)
    for seed in seeds:
        if seed is not None and not isinstance(seed, Tensor):
            raise errors.ArgumentTypeError(f"gradients can be either Tensors or None, but got {type(seed).__name__}")
    if len(seeds) != len(roots):
        raise errors.GradError(f"got {len(roots)} tensors and {len(seeds)} gradients")
    return seeds


seeds_of = _seeds


def starts(roots: list[Any], seeds: list[Any], boxed: bool) -> list[tuple[Any, Any]]:
    """Pairs of a node and its checked starting cotangent."""
    pairs = []
    for i, (root, seed) in enumerate(zip(roots, seeds, strict=True)):
        if not isinstance(root, Tensor | GradientEdge):
            raise AssertionError("Expected output to be a torch.Tensor")  # noqa: TRY004  PyTorch's type
        if isinstance(root, GradientEdge):
            pairs.append(start(root, _seed_of_edge(root, seed, i, boxed)))
            continue
        refuse_transformed(root)
        if root.node is None:
            raise errors.GradError(errors.NO_GRAPH.format(index=i))
        like = zeros(root.spec) if isinstance(root, Tracer) else root.array
        pairs.append((root.node, _seed(like, seed, i, boxed or isinstance(seed, Tracer))))
    return pairs


def refuse_transformed(value: Any) -> None:
    """Raise for a value of a transform, whose history belongs to that."""
    if isinstance(value, Tracer) and not value.level.ordinary:
        raise errors.TransformError(f"{value.level.name}: backward() of a value of a transform; use wengert.func.grad")


def start(root: Any, value: Any) -> tuple[Any, Any]:
    """The node of a root, and the cotangent that starts there."""
    node = root.node
    count = getattr(getattr(node, "rule", None), "outputs", 1) if isinstance(root, GradientEdge) else 1
    return node, value if count == 1 else Several({root.output_nr: value}, count)


def shape_of_root(root: Any) -> Size | None:
    """The shape of a tensor, or of what comes to an edge, where that is known."""
    if isinstance(root, Tensor):
        return root.shape
    return None if root.ownership_token is None else Size(root.ownership_token.shape)


def _seed_of_edge(edge: GradientEdge, seed: Any, index: int, boxed: bool) -> Any:
    if edge.ownership_token is not None:
        return _seed(zeros(edge.ownership_token), seed, index, boxed)
    if seed is None:
        raise errors.GradError(
            errors.advice(
                "grad can be implicitly created only for scalar outputs, and this GradientEdge does not say its shape",
                "pass the gradient to start with, or take the edge with get_gradient_edge().",
            )
        )
    return seed if boxed else seed.array


def _seed(like: Any, seed: Any, index: int, boxed: bool) -> Any:
    """The cotangent to start with where the output is like an array."""
    dtype = like.dtype
    if seed is None:
        if like.size != 1:
            raise errors.GradError(errors.IMPLICIT_SEED.format(shape=list(like.shape)))
        if dtype.kind == "c":
            raise errors.GradError(
                f"grad can be implicitly created only for real scalar outputs but got {of_numpy(dtype)}"
            )
        ones = np.ones(like.shape, dtype)
        return wrap(ones) if boxed else ones
    if seed.shape != like.shape:
        raise errors.GradError(
            errors.advice(
                f"Mismatch in shape: grad_output[{index}] has a shape of {seed.shape} and "
                f"output[{index}] has a shape of {Size(like.shape)}.",
                "give the gradient the shape of the output.",
            )
        )
    if (numpy_dtype(seed).kind == "c") != (dtype.kind == "c"):
        raise errors.GradError(
            "For complex Tensors, both grad_output and output are required to have the same dtype."
            f" Mismatch in dtype: grad_output[{index}] has a dtype of {seed.dtype} and "
            f"output[{index}] has a dtype of {of_numpy(dtype)}."
        )
    if numpy_dtype(seed) != dtype:
        seed = seed.to(of_numpy(dtype))
    return seed if boxed else seed.array


def run(pairs: Any, create_graph: bool, retained: bool, targets: Any) -> list[Any]:
    """Walk backwards from the pairs, over arrays or, for create_graph, over recorded Tensors."""
    flavour: Any = recorded_flavour if create_graph else raw_flavour
    now = present()
    if now.anomaly:
        flavour = anomaly.watched(flavour, check_nan=now.check_nan)
    if now.observer is not None:
        flavour = now.observer.flavour(flavour)
    if not create_graph:  # hooks see Tensors, whose operations must not be recorded
        found: list[Any] = without_grad(walk, pairs, flavour, retain=retained, targets=targets)
        return found
    with enable_grad():
        return walk(pairs, flavour, retain=retained, targets=targets)


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
    if gradient is None and inputs is None and create_graph is False and type(self) is Tensor:
        node, array = self.node, self.array
        if node is not None and array.size == 1 and array.dtype.kind == "f":  # every training step does this
            seed = np.empty(array.shape, array.dtype)
            seed.fill(1)  # a third of the time of np.ones
            run([(node, seed)], False, retains(retain_graph, False), None)
            return
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


tensor_backward.__qualname__ = "Tensor.backward"  # as a call with wrong arguments names it
