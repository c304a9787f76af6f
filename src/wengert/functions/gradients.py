"""Gradients of recorded tensors: backward(), and the walk that autograd.grad takes too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert import errors
from wengert.core.hooks import Several
from wengert.core.levels import Tracer
from wengert.core.modes import enable_grad, present, without_grad
from wengert.core.outputs import operation_of
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import raw_flavour, recorded_flavour, walk
from wengert.functions import anomaly
from wengert.functions.hooking import retain_grad

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
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that the gradient of a tensor comes to; for a leaf, that of its `.grad`.

    >>> import wengert as torch
    >>> torch.autograd.graph.get_gradient_edge(torch.ones(2, requires_grad=True) * 2).output_nr
    0
    """
    if tensor.node is None:
        raise errors.GradError(errors.NO_EDGE)
    return GradientEdge(*operation_of(tensor.node))


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
        grad_tensors = grad_variables
    wanted = None if inputs is None else listed(inputs)
    if wanted == []:
        raise errors.GradError("`inputs` argument to `backward()` cannot be empty.")
    roots = listed(tensors)
    pairs = starts(roots, _seeds(roots, grad_tensors), create_graph)
    retained = create_graph if retain_graph is None else retain_graph
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
    if len(seeds) != len(roots):
        raise errors.GradError(f"got {len(roots)} tensors and {len(seeds)} gradients")
    return seeds


seeds_of = _seeds


def starts(roots: list[Any], seeds: list[Any], boxed: bool) -> list[tuple[Any, Any]]:
    """Pairs of a node and its checked starting cotangent."""
    pairs = []
    for i, (root, seed) in enumerate(zip(roots, seeds, strict=True)):
        if isinstance(root, GradientEdge):
            pairs.append((root.node, _seed_of_edge(root, seed, boxed)))
            continue
        if isinstance(root, Tracer):
            raise errors.TransformError(
                f"{root.level.name}: backward() of a value of a transform; use wengert.func.grad"
            )
        if root.node is None:
            raise errors.GradError(errors.NO_GRAPH.format(index=i))
        pairs.append((root.node, _seed(root, seed, i, boxed)))
    return pairs


def _seed_of_edge(edge: GradientEdge, seed: Any, boxed: bool) -> Any:
    if seed is None:
        raise errors.GradError(
            errors.advice(
                "grad can be implicitly created only for scalar outputs, and a GradientEdge does not say its shape",
                "pass the gradient to start with.",
            )
        )
    value = seed if boxed else seed.array
    count = getattr(edge.node.rule, "outputs", 1) if hasattr(edge.node, "rule") else 1
    return value if count == 1 else Several({edge.output_nr: value}, count)


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


def run(pairs: Any, create_graph: bool, retained: bool, targets: Any) -> list[Any]:
    """Walk backwards from the pairs, over arrays or, for create_graph, over recorded Tensors."""
    flavour: Any = recorded_flavour if create_graph else raw_flavour
    now = present()
    if now.anomaly:
        flavour = anomaly.watched(flavour, check_nan=now.check_nan)
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
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)
