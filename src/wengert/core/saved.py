"""What becomes of the values that nodes save, where a program wants a say in it.

    Packing     := pack, unpack: the pair of a saved_tensors_hooks block
    Packed := one value after packing, and how to have it back

A node with packed values gets a pullback that unpacks them first (Unpacking), so nodes without
them are read as fast as ever.

Knows nodes and pullbacks. Must not know what a packing is for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.modes import without_packing
from wengert.core.tape import Node, Pullback
from wengert.core.tensor import Tensor, alias, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Packing:
    """A pair of functions: a tensor is saved as pack(tensor), and read as unpack of that."""

    __slots__ = ("pack", "unpack")

    def __init__(self, pack: Callable[[Tensor], Any], unpack: Callable[[Any], Tensor]) -> None:
        self.pack = pack
        self.unpack = unpack


class Packed:
    """A saved value after packing.

    Attributes:
        maker: the node of the tensor that was packed, so that it can be differentiated again; None
            where it has none, or is the result of the node that saved it.
        value: what pack returned.
        unpack: gives the tensor back.
    """

    __slots__ = ("dtype", "maker", "shape", "unpack", "value")

    def __init__(self, tensor: Tensor, maker: Any, packing: Packing) -> None:
        seen = alias(tensor, None)
        before = seen.memory.version  # type: ignore[union-attr]
        self.value = without_packing(packing.pack, seen, grad=False)
        if seen.memory.version != before:  # type: ignore[union-attr]
            raise errors.GradError(errors.advice(errors.PACK_WRITES, "let pack return a new tensor."))
        self.unpack = packing.unpack
        self.maker = maker
        self.shape = seen.array.shape
        self.dtype = seen.array.dtype

    def get(self) -> Tensor:
        """The tensor, with the history it had."""
        found = without_packing(self.unpack, self.value, grad=True)
        if not isinstance(found, Tensor):
            raise errors.ArgumentTypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(found).__name__}"
            )
        if found.array.shape != self.shape:
            raise errors.ShapeError(
                errors.advice(
                    f"unpack_hook returned a tensor of shape {list(found.shape)} for one that was saved with shape "
                    f"{list(self.shape)}",
                    "return the values that pack_hook was given.",
                )
            )
        return wrap(found.array.astype(self.dtype, copy=False), self.maker)


class Unpacking(Pullback):
    """The pullback of nodes of one kind that saved packed values."""

    __slots__ = ("original",)

    def __init__(self, original: Pullback) -> None:
        super().__init__(original.primitive, original.needs)
        self.saves = original.saves
        self.original = original

    def unfreed(self, node: Node) -> tuple[Any, ...]:
        """What the node saved, unpacked."""
        values: list[Any] = []
        for what, value in zip(self.saves, super().unfreed(node), strict=True):
            if what == "out" and type(value) is tuple:
                values.append(tuple(each.get().array for each in value))
                continue
            found = value.get() if isinstance(value, Packed) else value
            values.append(found.array if what == "out" and isinstance(found, Tensor) else found)
        return tuple(values)

    def results(self, node: Node, saved: Any) -> Any:
        return self.original.results(node, saved)

    def _pull(self, node: Node, g: Any, saved: Sequence[Any]) -> Any:
        return self.original._pull(node, g, saved)  # noqa: SLF001  the same class


unpacking = cache(Unpacking)


def pack_all(node: Node, result: Tensor, packing: Packing) -> None:
    """Pack every tensor that a new node saved, in PyTorch's order: last operand first, then the result."""
    saves = node.rule.saves
    packed = list(node.saved)
    for at in sorted(range(len(saves)), key=lambda i: 1 if saves[i] == "out" else -saves[i]):
        value = packed[at]
        if saves[at] == "out" and type(value) is tuple:
            packed[at] = tuple(Packed(wrap(each), None, packing) for each in value)
        elif saves[at] == "out":
            packed[at] = Packed(result, None, packing)
        elif isinstance(value, Tensor):
            packed[at] = Packed(value, value.node, packing)
    if packed:
        node.saved = tuple(packed)
        node.rule = unpacking(node.rule)


class SavedTensor:
    """One saved value as PyTorch shows it: how to see it, and a place to hang hooks on.

    `read` gives what the node holds, or raises if that was freed; `write` puts something else there.
    """

    __slots__ = ("_read", "_write")

    def __init__(self, read: Callable[[], Any], write: Callable[[Packed], None]) -> None:
        self._read = read
        self._write = write

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Save pack_hook(value) in place of the value, and read it through unpack_hook."""
        try:
            value = self._read()
        except errors.GradError:
            raise errors.GradError(errors.PACKED_LATE) from None
        if value is None:
            raise errors.GradError("Calling register_hooks on a saved tensor with value None is forbidden")
        if isinstance(value, Packed):
            raise errors.GradError(errors.PACKED_TWICE)
        is_tensor = isinstance(value, Tensor)
        self._write(Packed(value if is_tensor else wrap(value), value.node if is_tensor else None,
                           Packing(pack_hook, unpack_hook)))  # fmt: skip

    @property
    def data(self) -> Any:
        """The value, whether or not somebody has written over it since."""
        value = self._read()
        if isinstance(value, Packed):
            return value.get()
        return value if isinstance(value, Tensor) else wrap(value)

    def __repr__(self) -> str:
        return "<SavedTensor>"


def pack_one(node: Node, index: int, packed: Packed) -> None:
    """Put a packed value in the place of one that a node saved already."""
    node.saved = (*node.saved[:index], packed, *node.saved[index + 1 :])
    node.rule = unpacking(node.rule)
