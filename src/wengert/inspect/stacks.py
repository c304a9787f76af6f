"""Where a program is when it does an operation: the user's lines that led there, and the modules that were called.

    stack := number; its parent is the stack of the caller
    frame := Line (of the user's program) or Called (a module, whose forward runs)

Modules are found on Python's stack, as the `self` of Module.__call__, so they cost nothing while nobody looks.

Knows frames, and modules as trees of names. Must not know operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.core.places import PACKAGES, Place

if TYPE_CHECKING:
    from types import FrameType

MOST = 200
"""So many frames of a stack are told apart; of a deeper recursion those nearest to the operation."""

SKIPPED, LINE, MODULE = range(3)
"""What a frame counts as."""


class Called(NamedTuple):
    """A module that is being called.

    Attributes:
        name: its qualified name in the outermost module; of that one the name of its variable, or of its class.
        kind: the name of its class.
    """

    name: str
    kind: str


class Stacks:
    """Stacks as numbers, the outermost frame first.

    Attributes:
        frames: for each number the innermost frame, a Place or a Called.
        parents: for each number that of the rest, -1 for none.
    """

    def __init__(self) -> None:
        self.frames: list[Place | Called] = []
        self.parents: list[int] = []
        self._numbers: dict[Any, int] = {}
        self._kinds: dict[int, tuple[int, Any]] = {}
        self._trees: dict[int, tuple[Any, dict[int, Called]]] = {}

    def at(self, frame: FrameType | None, stop: int = 0) -> int:
        """The number of the stack of a frame, from the frame with the identity `stop` on."""
        found: list[FrameType] = []
        while frame is not None and len(found) < MOST:
            known = self._kinds.get(id(frame.f_code)) or self._kind(frame)
            if known[0]:
                found.append(frame)
            if id(frame) == stop:
                break
            frame = frame.f_back
        number, root, caller = -1, None, None
        for each in reversed(found):
            code = each.f_code
            key: Any
            if self._kinds[id(code)][0] == LINE:
                key, caller = (number, id(code), each.f_lasti), each
                number = self._numbers[key] if key in self._numbers else self._add(key, Place(code, each.f_lasti))
            else:
                module = each.f_locals["self"]
                root = module if root is None else root
                called = self._called(root, module, caller)
                key = (number, called)
                number = self._numbers[key] if key in self._numbers else self._add(key, called)
        return number

    def at_place(self, place: Place) -> int:
        """The number of a stack of which only the innermost line is known."""
        self._kinds.setdefault(id(place.code), (LINE, place.code))  # so that the code lives as long as its identity
        key = (-1, id(place.code), place.lasti)
        return self._numbers[key] if key in self._numbers else self._add(key, place)

    def modules(self, number: int) -> tuple[Called, ...]:
        """The modules of a stack, the outermost first."""
        found: list[Called] = []
        while number >= 0:
            frame = self.frames[number]
            if isinstance(frame, Called):
                found.insert(0, frame)
            number = self.parents[number]
        return tuple(found)

    def forget(self) -> None:
        """Let go of the modules: no more stacks will be looked at."""
        self._trees.clear()

    def _add(self, key: Any, frame: Place | Called) -> int:
        self._numbers[key] = len(self.frames)
        self.frames.append(frame)
        self.parents.append(key[0])
        return len(self.frames) - 1

    def _kind(self, frame: FrameType) -> tuple[int, Any]:
        package = frame.f_globals.get("__package__")
        kind = LINE if package not in PACKAGES else MODULE if frame.f_code.co_qualname == "Module.__call__" else SKIPPED
        self._kinds[id(frame.f_code)] = found = (kind, frame.f_code)
        return found

    def _called(self, root: Any, module: Any, caller: FrameType | None) -> Called:
        if id(root) not in self._trees:
            names = {id(each): Called(path, type(each).__name__) for path, each in root.named_modules() if path}
            names[id(root)] = Called(variable_of(root, caller) or type(root).__name__, type(root).__name__)
            self._trees[id(root)] = (root, names)  # with the module, so that its identity is given to no other
        return self._trees[id(root)][1].get(id(module)) or Called(type(module).__name__, type(module).__name__)


def variable_of(value: Any, frame: FrameType | None) -> str:
    """What the variable of a frame that holds a value is called, or "".

    >>> import sys
    >>> shelf = object()
    >>> variable_of(shelf, sys._getframe())
    'shelf'
    """
    if frame is not None:
        for variables in (frame.f_locals, frame.f_globals):
            for name, each in list(variables.items()):
                if each is value:
                    return str(name)
    return ""


def chains(variables: Any) -> dict[int, tuple[Called, ...]]:
    """For the leaves that are parameters of some variables' modules: the modules that hold them, by the leaf's node.

    >>> import wengert as torch
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 1))
    >>> [called.name for called in next(iter(chains({"net": net}).values()))]
    ['net', '0']
    """
    found: dict[int, tuple[Called, ...]] = {}
    for name, root in list(variables.items()):
        if isinstance(root, type) or not hasattr(type(root), "named_parameters"):
            continue
        above: dict[str, tuple[Called, ...]] = {}
        for path, module in root.named_modules():
            outer = above.get(path.rpartition(".")[0], ()) if path else ()
            # A list of modules is never called, so it is nobody's frame either.
            is_called = type(module).forward.__qualname__ != "Module.forward"
            above[path] = (*outer, Called(path or name, type(module).__name__)) if is_called else outer
            for _, parameter in module.named_parameters(recurse=False):
                found.setdefault(id(parameter.node), above[path])
    return found
