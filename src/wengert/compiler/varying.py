"""Floats among the arguments of a compiled function that are others from call to call: a time, a weight, a temperature.

    spot  := where a float stands among the arguments: a position, or a name
    shape := everything about a call but its floats

A float that has been the same is a part of what is recorded. One that has had several values is a tensor from then on,
which the recording takes like other tensors; while it is recorded a `LiveNumber` stands there.

Knows arguments. Must not know what is done with them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import trees
from wengert.compiler.holders import number_key
from wengert.core.live import LiveNumber, NumbersOfCall
from wengert.core.tensor import wrap

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

MOST_SHAPES = 32
"""So many shapes of calls are remembered, the latest."""

MOST_VALUES = 2
"""A float that has had more values than these will have others."""

Spot = int | str


class Floats:
    """The floats of the calls of one shape: which values they had, and where those stand that vary.

    Attributes:
        places: where floats stand among what is in the arguments, also those inside of containers.
        varying: where those stand that vary, and as which argument.

    Several threads may look at once, so its dictionaries are replaced and never changed.
    """

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given: list[tuple[Any, Any]] = [*enumerate(args), *kwargs.items()]
        marks = {spot: _Mark(spot) for spot, value in given if type(value) is float}
        leaves, _ = trees.flatten(put(args, kwargs, marks))
        self._spots = {at: leaf.spot for at, leaf in enumerate(leaves) if type(leaf) is _Mark}
        self.places = [at for at, leaf in enumerate(leaves) if type(leaf) is _Mark or type(leaf) is float]
        self._values: dict[int, set[float]] = {at: set() for at in self._spots}
        self.varying: dict[int, Spot] = {}

    def note(self, leaves: list[Any]) -> bool:
        """Note the values of a call; whether there are floats that vary."""
        known = self._values
        for at, values in known.items():
            values.add(leaves[at])
        met = {at: self._spots[at] for at, values in known.items() if len(values) > MOST_VALUES}
        if met:
            self._values = {at: values for at, values in known.items() if at not in met}
            self.varying = {**self.varying, **met}
        return bool(self.varying)

    def fix(self, spots: Iterable[Spot]) -> None:
        """Let floats be a part of what is recorded, whatever values they have."""
        fixed = {*spots}
        self.varying = {at: spot for at, spot in self.varying.items() if spot not in fixed}


class _Mark:
    """Stands for a float."""

    def __init__(self, spot: Spot) -> None:
        self.spot = spot


class Varying:
    """The floats of all calls of a function, by the shape of the call.

    Attributes:
        is_met: whether there was one that varies.
    """

    def __init__(self) -> None:
        self._shapes: OrderedDict[Hashable, Floats] = OrderedDict()
        self.is_met = False

    def standing(self, shape: Hashable, args: Any, kwargs: Any, leaves: list[Any]) -> Standing | None:
        """The arguments of a call with tensors where floats vary; None where none does."""
        floats = self._shapes.get(shape)
        if floats is None:
            floats = self._shapes[shape] = Floats(args, kwargs)
            if len(self._shapes) > MOST_SHAPES:
                self._shapes.popitem(last=False)
        if not floats.note(leaves):
            return None
        self.is_met = True
        return Standing(shape, args, kwargs, leaves, floats)


class Standing:
    """The arguments of one call, with tensors where floats vary.

    Attributes:
        key: the same for all calls that one recording may serve.
        leaves: what is in the arguments.
        spots: where the tensors stand.
        numbers: what stands for them while the call is recorded.
    """

    def __init__(self, shape: Hashable, args: Any, kwargs: Any, leaves: list[Any], floats: Floats) -> None:
        self._arguments, self._floats, self._varying = (args, kwargs), floats, floats.varying
        self.spots, self.numbers = (*self._varying.values(),), NumbersOfCall()
        fixed = tuple([number_key(leaves[at]) for at in floats.places if at not in self._varying])
        self.key = self.spots, fixed, shape
        self.leaves = [*leaves]
        for at in self._varying:
            self.leaves[at] = wrap(np.array(leaves[at]))

    def fix(self, spots: Iterable[Spot] | None = None) -> None:
        """Let some of these floats, or all, be a part of what is recorded from now on."""
        self._floats.fix(self.spots if spots is None else spots)

    def live(self) -> Any:
        """The arguments for the function itself, by position and by name, now that it is recorded."""
        numbers = {
            spot: LiveNumber(self.leaves[at], frozenset([spot]), self.numbers) for at, spot in self._varying.items()
        }
        return put(*self._arguments, numbers)


def put(args: tuple[Any, ...], kwargs: dict[str, Any], values: dict[Any, Any]) -> Any:
    """The arguments with other values at some spots."""
    return (
        tuple([values.get(i, each) for i, each in enumerate(args)]),
        {name: values.get(name, each) for name, each in kwargs.items()},
    )
