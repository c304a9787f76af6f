"""What tensors are called: as the variables of the program that hold them, alone, in lists, or in modules.

Knows frames. Must not know nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.core.levels import Tracer
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor
from wengert.inspect.pages.remembering import memory_of
from wengert.inspect.stacks import Called, chains

if TYPE_CHECKING:
    from collections.abc import Mapping


class Names(NamedTuple):
    """Names of leaves by the identity of their nodes, of data by their memory, of results by their own identity.

    Attributes:
        modules: those that hold a leaf, the outermost first, by the identity of the leaf's node.
    """

    leaves: dict[int, str]
    data: dict[Any, str]
    results: dict[int, str]
    modules: dict[int, tuple[Called, ...]]


def names_from(variables: Mapping[str, Any]) -> Names:
    """The names that some variables give to tensors; the first name of a tensor counts.

    >>> import wengert as torch
    >>> w = torch.ones(2, requires_grad=True)
    >>> list(names_from({"weights": [w]}).leaves.values())
    ['weights[0]']
    """
    names = Names({}, {}, {}, chains(variables))
    for name, tensor in tensors_in(variables):
        if type(tensor.node) is AccumulateGrad:
            names.leaves.setdefault(id(tensor.node), name)
        elif tensor.node is None:
            names.data.setdefault(memory_of(tensor.array), name)
        else:
            names.results.setdefault(id(tensor), name)
    return names


def tensors_in(variables: Mapping[str, Any]) -> list[tuple[str, Tensor]]:
    """The tensors that variables hold, those that are variables themselves first."""
    found = [(name, value) for name, value in list(variables.items()) if isinstance(value, Tensor)]
    for name, value in list(variables.items()):
        members: Any = ()
        if isinstance(value, list | tuple):
            members = [(f"{name}[{i}]", each) for i, each in enumerate(value)]
        elif isinstance(value, dict):
            members = [(f"{name}[{key!r}]", each) for key, each in list(value.items())]
        elif not isinstance(value, type) and hasattr(type(value), "named_parameters"):
            members = [(f"{name}.{path}", each) for path, each in value.named_parameters()]
        found += [(path, each) for path, each in members if isinstance(each, Tensor)]
    return [(name, tensor) for name, tensor in found if not isinstance(tensor, Tracer)]
