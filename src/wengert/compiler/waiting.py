"""What waits for a backward() after a call: code of the user's that looks at cotangents, which no call can record.

    hook of what was computed  runs when a gradient passes, and may do anything: such a call is not recorded
    backward of a Function     is recorded with the derivative; if it changes objects, such a call is not recorded

Knows nodes and code. Must not know graphs.
"""

from __future__ import annotations

import dis
import types
from typing import TYPE_CHECKING, Any

from wengert.compiler.owners import is_users
from wengert.core.outputs import Followed
from wengert.core.tape import Node
from wengert.functions.recording.custom import FunctionPullback, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STORES = {"STORE_ATTR", "STORE_GLOBAL", "DELETE_ATTR", "DELETE_GLOBAL"}
"""Instructions that change objects."""

ITEMS = {"STORE_SUBSCR", "DELETE_SUBSCR"}
"""The same, of containers. (Most often it is a tensor of its own that is written to.)"""

CHANGING = {
    "append", "appendleft", "extend", "insert", "pop", "popleft", "popitem", "remove", "clear", "update", "setdefault",
}  # fmt: skip
"""Methods that change lists, dictionaries and sets."""


def nodes_before(roots: Iterable[Any]) -> Iterator[Node]:
    """All nodes that a backward from some of them reaches, leaves left out."""
    todo, seen = list(roots), set()
    while todo:
        node = todo.pop()
        if isinstance(node, Node) and id(node) not in seen:
            seen.add(id(node))
            yield node
            todo += node.parents


def reason_not_to(roots: Iterable[Any]) -> str | None:
    """Why a backward from some nodes cannot be recorded before it happens; None if it can."""
    for node in nodes_before(roots):
        if node.hooks is not None or isinstance(node.rule, Followed):
            return "a hook of what it computes waits for backward()"
        backward = users_backward(node)
        if backward is not None and changes_objects(getattr(backward, "__code__", None), backward):
            return "the backward of a Function changes Python objects"
    return None


def runs_code_of_users(roots: Iterable[Any]) -> bool:
    """Whether such a backward calls a Function of the user's."""
    return any(users_backward(node) is not None for node in nodes_before(roots))


def users_backward(node: Node) -> Any:
    """The backward of a Function of the user's that a node calls; None if it calls none."""
    if not isinstance(node.rule, FunctionPullback):
        return None
    backward = rule_of(node.rule.function)
    return backward if is_users(backward.__module__) else None


def changes_objects(code: types.CodeType | None, function: Any) -> bool:
    """Whether a function, or code inside of it, seems to change objects that are not its own."""
    if code is None:
        return False
    outer = {*code.co_freevars}
    instructions = list(dis.get_instructions(code))
    if any(each.opname in STORES or (each.opname == "STORE_DEREF" and each.argval in outer) for each in instructions):
        return True
    if any(each.opname in ITEMS for each in instructions):
        names = {name for name in code.co_names if type(function.__globals__.get(name)) in (dict, list, set)}
        if outer or names:
            return True
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return not CHANGING.isdisjoint(code.co_names) or any(changes_objects(each, function) for each in inner)
