"""remember: values of operations and what they were computed from, kept as text while a program runs.

    noted := the result as text, its number if it is one, the operands that have no history (data), and the modules
             that were being called

A graph keeps only what its rules read, so that some values are gone when it is looked at.

Knows operations as events. Must not change what a program computes.
"""

from __future__ import annotations

from sys import _getframe
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from wengert.core.levels import Tracer
from wengert.core.observing import Observer, Observing
from wengert.core.outputs import operation_of
from wengert.core.places import user_frame
from wengert.core.tape import Node
from wengert.core.tensor import Tensor
from wengert.inspect.pages.values import Shown, shown
from wengert.inspect.stacks import Called, Stacks, variable_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive


class Data(NamedTuple):
    """An operand that needs no gradient.

    Attributes:
        memory: where its elements are, so that it is recognised where it is used again; None for a plain number.
        name: of the variable that held it, or "".
        value: as text.
        size: how many elements it has.
    """

    memory: Any
    name: str
    value: Shown
    size: int


class Noted(NamedTuple):
    """What is known of an operation that was seen."""

    value: Shown
    number: float | None
    data: dict[int, Data]
    modules: tuple[Called, ...]


NOTES: WeakKeyDictionary[Any, Noted] = WeakKeyDictionary()
"""By node."""


class Remembering(Observer):
    """Notes what every recorded operation gave.

    Attributes:
        enough: whether nothing more is to be noted.
    """

    def __init__(self) -> None:
        self.enough = False
        self.stacks = Stacks()

    def saw(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Any) -> None:
        first = made[0] if type(made) is tuple else made
        if self.enough or not isinstance(first, Tensor) or isinstance(first, Tracer):
            return
        node = operation_of(first.node)[0]
        if not isinstance(node, Node) or any(isinstance(o, Tracer) for o in operands):
            return
        frame = user_frame(_getframe(1))
        data = {i: data_of(o, frame) for i, o in enumerate(operands) if getattr(o, "node", None) is None}
        arrays = tuple(t.array for t in made) if type(made) is tuple else first.array
        single = None if type(made) is tuple or first.ndim else float_of(first.array)
        NOTES[node] = Noted(shown(arrays), single, data, self.stacks.modules(self.stacks.at(_getframe(1))))


def float_of(array: Any) -> float | None:
    """A real number as Python's."""
    return float(array) if array.dtype.kind in "fiu" else None


def data_of(operand: Any, frame: Any) -> Data:
    """What is known of an operand without a history."""
    array = operand.array if isinstance(operand, Tensor) else np.asarray(operand)
    memory = memory_of(array) if isinstance(operand, Tensor) else None
    name = "" if memory is None else variable_of(operand, frame)
    return Data(memory, name, shown(array), array.size)


def memory_of(array: Any) -> tuple[Any, ...]:
    """What two arrays have in common if they are the same elements."""
    return (array.__array_interface__["data"][0], array.shape, array.strides)


class remember(Observing):
    """Keep the value of every operation inside, as text, for a page that is written later.

    >>> import wengert as torch
    >>> from wengert.inspect import page, remember
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> with remember():
    ...     y = x + 1
    >>> page(y, names={"x": x}).passes[0]["nodes"][-1]["value"]["brief"]
    '4'

    Without it a page shows the values that the graph keeps, or that follow from these.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Remembering())

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self._observer.stacks.forget()  # type: ignore[attr-defined]

    def _again(self) -> Any:
        return type(self)()
