"""Cutting a tensor into several views: split, chunk, unbind."""

from __future__ import annotations

from itertools import accumulate
from sys import _getframe
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.families import shape_of, zeros
from wengert.core.hooks import Several
from wengert.core.levels import Tracer, spec_of
from wengert.core.modes import WATCHING, mode, present
from wengert.core.outputs import pick
from wengert.core.places import remember_traceback, user_frame
from wengert.core.tape import MORE, Node, Pullback, general_way, plain_node
from wengert.core.tensor import Tensor, view_of
from wengert.functions.values import one_int
from wengert.ops import structural as s
from wengert.shapes import axis_index, own_axis, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.shapes import Spec


def split(
    tensor: Tensor, split_size_or_sections: Any = None, dim: int = 0, *, split_size: Any = None
) -> tuple[Tensor, ...]:
    """Pieces of a size (the last may be smaller), or of the sizes in a list.

    >>> import wengert as torch
    >>> torch.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if split_size is not None:  # as it is called where it is a method
        split_size_or_sections = split_size
    shape = shape_of(tensor)
    if not shape:
        raise errors.ShapeError("split expects at least a 1-dimensional tensor")
    axis = axis_index(dim, len(shape))
    total = shape[axis]
    split_size_or_sections = one_int(split_size_or_sections)
    if isinstance(split_size_or_sections, int):
        lengths = _equal_lengths(split_size_or_sections, total)
    else:
        lengths = [whole(n, "'split_sizes' ") for n in split_size_or_sections]
        if any(n < 0 for n in lengths):
            raise errors.ShapeError(
                f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={lengths}"
            )
        if sum(lengths) != total:
            raise errors.ShapeError(
                "split_with_sizes expects split_sizes to sum exactly to "
                f"{total} (input tensor's size at dimension {axis}), but got "
                f"split_sizes={lengths}"
            )
    name = "Split" if isinstance(split_size_or_sections, int) else "SplitWithSizes"
    ends = accumulate(lengths)
    return cut(tensor, axis, [(end - n, end, 1) for end, n in zip(ends, lengths, strict=True)], name)


def _equal_lengths(step: int, total: int) -> list[int]:
    if step < 0:
        raise errors.ShapeError(f"split expects split_size be non-negative, but got split_size={step}")
    if step == 0 and total:
        raise errors.ShapeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {total}")
    return [min(step, total - i) for i in range(0, total, max(step, 1))] or [0]


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most that many pieces of equal size (the last may be smaller).

    >>> import wengert as torch
    >>> len(torch.arange(5).chunk(2))
    2
    """
    shape = shape_of(input)
    if not shape:
        raise errors.ShapeError("chunk expects at least a 1-dimensional tensor")
    chunks = one_int(chunks)
    if chunks < 1:
        raise errors.ShapeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = shape[axis_index(dim, len(shape))]
    return split(input, -(-size // chunks) if size else [0] * chunks, dim)


def unbind(input: Tensor, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
    """The slices along a dimension.

    >>> import wengert as torch
    >>> torch.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    shape = shape_of(input)
    axis = own_axis(dim if axis is None else axis, len(shape))
    return cut(input, axis, range(shape[axis]), "Unbind")


def cut(tensor: Tensor, axis: int, entries: Sequence[Any], title: str) -> tuple[Tensor, ...]:
    """Views of the parts of an axis, which one call returns together; an entry is a position, or where a part lies."""
    whole = [(0, n, 1) for n in shape_of(tensor)]
    keeps_axis = title != "Unbind"
    slices = [(*whole[:axis], entry, *whole[axis + 1 :]) for entry in entries]
    if type(tensor) is not Tensor or WATCHING.count or mode() is not None:
        pieces = tuple([s.take_slice(tensor, each) for each in slices])
        return one_of_several(tensor, pieces, OfPieces(title, axis, keeps_axis=keeps_axis))
    row, array = s.take_slice.primitive, tensor.array
    pieces = tuple([view_of(tensor, array[s.as_index(each)], None, row, (each,)) for each in slices])
    if tensor.node is not None and array.dtype.kind in "fcV" and pieces:
        rule = OfPieces(title, axis, keeps_axis=keeps_axis)
        rule.outputs, rule.specs = len(pieces), [spec_of(piece) for piece in pieces]
        frame = user_frame(_getframe(1))
        node = plain_node(rule, (tensor.node,), frame.f_code, frame.f_lasti)
        own_nodes(pieces, node)
    return pieces


class Cutting:
    """What the nodes of split and unbind have in place of a row of the table."""

    __slots__ = ("name", "node_name", "title")
    arity = 1
    family = "linear"
    operands = ("x",)

    def __init__(self, title: str) -> None:
        self.name, self.title, self.node_name = title.lower(), title, f"{title}Backward0"


class OfPieces(Pullback):
    """How a cut goes backward: the cotangents of the pieces, zeros where there is none, are joined again.

    Attributes:
        axis: along which the tensor was cut.
        keeps_axis: whether the pieces have that axis.
        outputs: how many pieces there are.
        specs: what they are like.
    """

    __slots__ = ("axis", "keeps_axis", "specs")

    def __init__(self, title: str, axis: int, *, keeps_axis: bool) -> None:
        self.primitive: Any = Cutting(title)
        self.needs, self.saves = (0,), ()
        self.raw, self.reading, self.function = general_way, MORE, None
        self.axis, self.keeps_axis = axis, keeps_axis
        self.outputs = 0
        self.specs: list[Spec] = []

    def over_arrays(self, node: Node, g: Any) -> Any:
        given = g if isinstance(g, Several) else {0: g}
        found = [given[i] if i in given else zeros(spec) for i, spec in enumerate(self.specs)]
        return s.concat([each if self.keeps_axis else s.keep_axes(each, (self.axis,)) for each in found], self.axis)

    over_tensors = over_values = over_arrays


def one_of_several(base: Tensor, pieces: tuple[Tensor, ...], rule: OfPieces) -> tuple[Tensor, ...]:
    """Views that one call returned together: outputs of one node, of which none may be written while recorded."""
    if not pieces or pieces[0].node is None or (isinstance(base, Tracer) and not base.level.ordinary):
        return pieces
    if isinstance(base, Tracer):
        say_several(pieces, rule.primitive.title)
        return pieces
    rule.outputs, rule.specs = len(pieces), [spec_of(piece) for piece in pieces]
    first: Node = pieces[0].node
    node = plain_node(rule, (base.node,), first.code, first.lasti)
    if present().anomaly:
        remember_traceback(node)
    own_nodes(pieces, node)
    return pieces


def own_nodes(pieces: tuple[Tensor, ...], node: Node) -> None:
    """Give each piece its node."""
    rule = node.rule
    for i, piece in enumerate(pieces):
        piece.node = pick(node, i, rule.outputs)
    say_several(pieces, rule.primitive.title)


def say_several(pieces: tuple[Tensor, ...], title: str) -> None:
    """Say of each piece that it is one of several."""
    for i, piece in enumerate(pieces):
        if piece.origin is not None:
            piece.origin.made_in = f"several {title} {i}"
