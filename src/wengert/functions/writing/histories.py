"""What a write does to the history of a tensor, and of all that shares its memory.

A write through a view gives the base a new node: the base with some elements put in (`put`). Every
live view gets a new node that reads the base as it is now.

Knows nodes and views. Must not know what is written.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from wengert import errors
from wengert.core.hooks import Hooks
from wengert.core.levels import make_node, numpy_dtype, pullback
from wengert.core.tape import AccumulateGrad, Node, OverwrittenResult, note_write, plain_node
from wengert.core.tensor import Tensor, View, alias, storage_of, wrap
from wengert.ops import indexing
from wengert.ops.complexes import view_as_complex, view_as_real


def refuse_leaf(x: Tensor) -> None:
    """Raise if a leaf that requires grad, or a view whose history cannot be written anew, would be written."""
    if x.origin is None:
        if isinstance(x.node, AccumulateGrad):
            raise errors.GradError(errors.LEAF_IN_PLACE)
        return
    words = unwritable(x)
    if words is not None:
        raise errors.GradError(
            errors.advice(words, "write to a clone(), or take the view again where you write to it.")
        )
    if isinstance(x.node, AccumulateGrad) or isinstance(root_of(x).node, AccumulateGrad):
        raise errors.GradError(errors.LEAF_VIEW_IN_PLACE)


def root_of(x: Tensor) -> Tensor:
    """The tensor whose memory a view sees; the tensor itself if it is no view."""
    while x.origin is not None:
        x = x.origin.base
    return x


def unwritable(x: Tensor) -> str | None:
    """Why the history of a view cannot be written anew, by what made it; None if it can."""
    view = x.origin
    if view is None or (x.node is None and root_of(x).node is None) or view.made_in == "resized":
        return None
    if view.made_in is None and x.node is None:
        view.made_in = "no_grad"
    while view is not None and view.made_in is None:
        view = view.base.origin
    if view is None or x.origin is None or view.made_in is None:
        return None
    kind, *of = view.made_in.split()
    name, index = of or ("", "")
    if view is not x.origin:
        name, index = _name_of_view(x.origin), "0"
    return errors.VIEW_IN_PLACE[kind].format(name=name, index=index)


def refuse_resized(x: Tensor) -> None:
    """Raise if x is no longer what its base was seen through, because it was resized."""
    if x.origin is not None and x.origin.made_in == "resized":
        raise errors.GradError(errors.advice(errors.RESIZED_VIEW, "write to a clone()."))


def _name_of_view(view: View) -> str:
    """PyTorch's name of the operation that made a view; it tells slices from single positions."""
    title: str = view.primitive.title
    if title == "Slice" and not all(isinstance(entry, tuple) for entry in view.params[0]):
        return "Select"
    return title


def rebase(x: Tensor, history: Tensor, writer: Any) -> None:
    """Give x the history of a result whose values were just copied into it."""
    node = history.node
    note_write(x, writer)
    if node is not None and node.saves_result:  # what the node saved lies in x's memory now
        node.saved = (*node.saved[:-1], x.array)
        storage_of(x).holds_result_of(node)
    root, path = x, []
    while root.origin is not None:
        path.append(root.origin)
        root = root.origin.base
    was_recorded = root.node is not None
    if root is x:
        keep_retaining(x, node)
        x.node = node
    else:
        before = alias(root, root.node)
        before.array = np.empty(root.array.shape, root.array.dtype)  # only its shape matters
        after = put_back(before, wrap(history.array, node), path).node
        keep_retaining(root, after)
        root.node = after
    review(root, was_recorded=was_recorded)


def put_back(before: Any, value: Any, path: list[View]) -> Any:
    """A tensor with the elements that a view of it shows replaced by a value.

    Complex numbers seen as pairs of real ones, or the other way round, are replaced part by part.
    """
    shape, kind = tuple(before.shape), numpy_dtype(before).kind
    size = int(np.prod(shape))
    if not any(view.primitive.name in ("view_as_real", "view_as_complex") for view in path):
        return indexing.put(before, value, _shown(np.arange(size).reshape(shape), path))
    parts = np.arange(2 * size if kind == "c" else size, dtype=np.float64)
    positions = _shown((parts.view(np.complex128) if kind == "c" else parts).reshape(shape), path)
    if numpy_dtype(value).kind == "c":
        positions, value = view_as_real(positions), view_as_real(value)
    places = wrap(positions.array.astype(np.int64))
    made = indexing.put(view_as_real(before) if kind == "c" else before, value, places)
    return view_as_complex(made) if kind == "c" else made


def _shown(positions: Any, path: list[View]) -> Tensor:
    """Which positions a view shows."""
    seen = wrap(positions)
    for view in reversed(path):
        seen = view.primitive.op(seen, *view.params)
    return seen


def keep_retaining(x: Tensor, node: Any) -> None:
    """What retain_grad() asked for goes with the tensor to its new node."""
    hooks = x.node.hooks if isinstance(x.node, Node) else None
    if hooks is not None and hooks.retained is not None and hooks.retained() is x:
        hooks.retained = None
        if node is not None:
            node.hooks = node.hooks or Hooks()
            node.hooks.retained = ref(x)


def review(root: Tensor, *, was_recorded: bool) -> None:
    """Give the views of a tensor whose history was rewritten the same view of what it is now.

    A view without history of a tensor that had one was made under no_grad.
    """
    done = {id(root)}
    for tensor in storage_of(root).tensors:
        chain: list[Tensor] = []
        while tensor.origin is not None and id(tensor) not in done:
            done.add(id(tensor))
            chain.append(tensor)
            tensor = tensor.origin.base  # noqa: PLW2901  up to the nearest that is done
        for seen in reversed(chain):
            if isinstance(seen.node, AccumulateGrad):
                continue  # a leaf that was made of a view stays one
            words = unwritable(seen) if seen.node is not None or was_recorded else None
            node = view_node(seen)
            keep_retaining(seen, node)
            seen.node = node
            if words is not None and seen.node is not None:
                seen.node = unknown_node(seen.node, words)


def unknown_node(node: Node, words: str) -> Any:
    """The node of a view whose history cannot be written anew, after its base was written."""
    words = words.replace(
        "is being modified inplace", "its base or another view of its base has been modified inplace", 1
    )
    rule = OverwrittenResult(node.rule, errors.advice(words, "take the view after the write."))
    return plain_node(rule, node.parents, node.code, node.lasti)


def view_node(tensor: Tensor) -> Any:
    """A new node for a view of what its base is now."""
    view = tensor.origin
    if view is None or view.base.node is None or view.primitive is None:  # the last: kept for backward, and never seen
        return None
    node = make_node(pullback(view.primitive, (0,)), (view.base,), tensor, view.params)
    node.parents = (view.base.node,)
    return node
