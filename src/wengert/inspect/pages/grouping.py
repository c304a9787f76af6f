"""Groups of operations that one function or one module did, so that a large graph can be shown as a few boxes.

    group := operations that follow one another on the tape and were made by one function, or by one round of its loop,
             or while one module was called

A group is a stretch of the tape, so what is drawn stays without circles, whichever groups are open.

Knows places in the tape's order. Must not know what an operation is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.inspect.stacks import Called

FEW = 24
"""A program of no more operations needs no groups but its functions."""

MOST = 30
"""A group of more members is divided again."""


class Group(NamedTuple):
    """A stretch of the tape: operations first to last."""

    title: str
    parent: int
    first: int
    last: int


class Step(NamedTuple):
    """An operation as grouping sees it."""

    code: Any
    lasti: int
    function: str
    line: int


def groups_of(steps: Sequence[Step]) -> tuple[list[Group], list[int]]:
    """The groups, and for each operation the innermost one that holds it; -1 for none.

    >>> steps = [Step(1, at, "layer", at) for at in (2, 4, 2, 4)] + [Step(2, 8, "<module>", 9)]
    >>> for group in groups_of(steps)[0]:
    ...     print(group)
    Group(title='layer(), 2 rounds', parent=-1, first=0, last=3)
    Group(title='layer(), round 1', parent=0, first=0, last=1)
    Group(title='layer(), round 2', parent=0, first=2, last=3)
    """
    made = Grouping(steps)
    spans: list[tuple[int, int]] = []
    begin = 0
    for i in range(1, len(steps) + 1):
        if i == len(steps) or steps[i].code is not steps[begin].code:
            spans.append((begin, i - 1))
            begin = i
    made.repeated(spans)
    return made.groups, made.inner


def groups_by_module(steps: Sequence[Step], modules: Sequence[tuple[Called, ...]]) -> tuple[list[Group], list[int]]:
    """The same by the modules that were called when each operation was done, given the outermost first.

    >>> from wengert.inspect.stacks import Called
    >>> net, layer = Called("net", "Sequential"), Called("0", "Linear")
    >>> steps = [Step(1, at, "<module>", 1) for at in range(3)]
    >>> for group in groups_by_module(steps, [(net, layer), (net, layer), (net,)])[0]:
    ...     print(group)
    Group(title='net: Sequential', parent=-1, first=0, last=2)
    Group(title='0: Linear', parent=0, first=0, last=1)
    """
    made = Grouping(steps)
    if any(modules):
        made.called(modules, 0, (0, len(steps) - 1), -1)
    return made.groups, made.inner


class Grouping:
    """Makes the groups of a program."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.groups: list[Group] = []
        self.inner = [-1] * len(steps)

    def divide(self, spans: list[tuple[int, int]], parent: int, each: Any) -> None:
        """Make `each` of some stretches, with groups of them in between where they are many."""
        if len(spans) <= MOST:
            for span in spans:
                each(span, parent)
            return
        depth = math.ceil(math.log(len(spans), MOST))
        size = math.ceil(len(spans) ** ((depth - 1) / depth))  # so that every level has about as many
        for at in range(0, len(spans), size):
            part = spans[at : at + size]
            first, last = part[0][0], part[-1][1]
            self.divide(part, self.add(self.title(part), parent, first, last), each)

    def title(self, spans: list[tuple[int, int]]) -> str:
        """What to call a few stretches: by their functions and their place on the tape."""
        functions = dict.fromkeys(step.function for step in self.steps[spans[0][0] : spans[-1][1] + 1])
        names = [f"{name}()" for name in functions if name != "<module>"][:2]
        return " ".join([", ".join(names) or "operations", f"{spans[0][0] + 1}–{spans[-1][1] + 1}"])

    def repeated(self, spans: list[tuple[int, int]]) -> None:
        """The whole program: where the same functions take turns over and over, each turn is a group."""
        codes = [self.steps[first].code for first, _ in spans]
        period, begin, end = repetition(codes) if len(self.steps) > FEW else (1, 0, 0)
        if period == 1:
            self.divide(spans, -1, self.run)
            return
        turns = [(spans[i][0], spans[i + period - 1][1]) for i in range(begin, end, period)]
        inside = {turn: spans[begin + i * period : begin + (i + 1) * period] for i, turn in enumerate(turns)}
        numbers = {turn: i for i, turn in enumerate(turns, 1)}

        def make(span: tuple[int, int], parent: int) -> None:
            if span in inside:
                own = self.add(f"round {numbers[span]}: {self.title(inside[span])}", parent, *span)
                self.divide(inside[span], own, self.run)
            else:
                self.run(span, parent)

        self.divide([*spans[:begin], *turns, *spans[end:]], -1, make)

    def add(self, title: str, parent: int, first: int, last: int) -> int:
        """A new group, which holds its operations until a smaller one does."""
        self.groups.append(Group(title, parent, first, last))
        for i in range(first, last + 1):
            self.inner[i] = len(self.groups) - 1
        return len(self.groups) - 1

    def called(self, modules: Sequence[tuple[Called, ...]], depth: int, span: tuple[int, int], parent: int) -> None:
        """A stretch, by the modules that are so deep in the calls."""
        spans: list[tuple[int, int]] = []
        for i in range(span[0], span[1] + 1):
            own = modules[i][: depth + 1]
            if spans and len(own) > depth and own == modules[i - 1][: depth + 1]:
                spans[-1] = (spans[-1][0], i)
            else:
                spans.append((i, i))

        def make(inner: tuple[int, int], parent: int) -> None:
            if inner[0] != inner[1]:
                name, kind = modules[inner[0]][depth]
                own = self.add(name if name == kind else f"{name}: {kind}", parent, *inner)
                self.called(modules, depth + 1, inner, own)

        self.divide(spans, parent, make)

    def run(self, span: tuple[int, int], parent: int) -> None:
        """What one function did without another in between."""
        first, last = span
        function = self.steps[first].function
        if first == last or (function == "<module>" and len(self.steps) <= FEW):
            return
        rounds = self.rounds(first, last)
        if function == "<module>":
            if len(rounds) == 1:
                self.divide([(i, i) for i in range(first, last + 1)], parent, self.nothing)
            else:
                self.divide(rounds, parent, self.round("", rounds))
            return
        title = f"{function}()" + (f", {len(rounds)} rounds" if len(rounds) > 1 else "")
        own = self.add(title, parent, first, last)
        if len(rounds) == 1:
            self.divide([(i, i) for i in range(first, last + 1)], own, self.nothing)
        else:
            self.divide(rounds, own, self.round(f"{function}(), ", rounds))

    def rounds(self, first: int, last: int) -> list[tuple[int, int]]:
        """A stretch divided where the program went back to an earlier instruction."""
        found = []
        begin = first
        for i in range(first + 1, last + 1):
            if self.steps[i].lasti < self.steps[i - 1].lasti:
                found.append((begin, i - 1))
                begin = i
        return [*found, (begin, last)]

    def round(self, prefix: str, rounds: list[tuple[int, int]]) -> Any:
        """What makes the group of one round."""
        numbers = {span: i for i, span in enumerate(rounds, 1)}

        def make(span: tuple[int, int], parent: int) -> None:
            if span[0] != span[1]:
                own = self.add(f"{prefix}round {numbers[span]}", parent, *span)
                self.divide([(i, i) for i in range(span[0], span[1] + 1)], own, self.nothing)

        return make

    def nothing(self, span: tuple[int, int], parent: int) -> None:
        """A single operation is no group."""


LONGEST = 12
"""So many functions may take turns."""


def repetition(codes: Sequence[Any]) -> tuple[int, int, int]:
    """After how many steps most of a sequence repeats itself, 1 if it does not, and the stretch where it does.

    >>> repetition("x" + "abc" * 4 + "y"), repetition("abcd")
    ((3, 1, 13), (1, 0, 0))
    """
    for period in range(2, min(LONGEST, len(codes) // 3) + 1):
        begin = end = 0
        while begin + period < len(codes) and codes[begin] is not codes[begin + period]:
            begin += 1
        end = begin + period
        while end < len(codes) and codes[end] is codes[end - period]:
            end += 1
        end -= (end - begin) % period
        if end - begin >= max(3 * period, 0.6 * len(codes)):
            return period, begin, end
    return 1, 0, 0
