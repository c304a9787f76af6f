"""The derivative of a function at one place, as a function of the direction that is computed again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert import errors, trees
from wengert.core.levels import RUNNING, spec_of
from wengert.core.tensor import Tensor
from wengert.graph.replay import replay
from wengert.graph.stage import stage
from wengert.transforms.arguments import Arguments, as_value
from wengert.transforms.jvp import jvp

if TYPE_CHECKING:
    from collections.abc import Callable


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of `func`, and the linear function from directions of its arguments to those of its value.

    >>> import wengert as torch
    >>> value, push = torch.func.linearize(torch.sin, torch.tensor([0.0, torch.pi]))
    >>> push(torch.ones(2))
    tensor([ 1., -1.])

    The same as `jvp` for many directions, of which each costs only the linear part: func is not called again.
    """
    given = Arguments(primals)
    values = tuple(given.filled(list(given.leaves)))
    specs = [spec_of(leaf) for leaf in given.leaves]
    output: list[Any] = []

    def moved(*tangents: Any) -> Any:
        value, tangent = jvp(func, values, given_containers(tangents))
        output[:] = [value]
        return tangent

    def given_containers(leaves: Any) -> tuple[Any, ...]:
        return tuple(given.filled(list(leaves)))

    if RUNNING.count or any(leaf.node is not None for leaf in given.leaves if isinstance(leaf, Tensor)):
        # other derivatives do not pass through a graph
        return jvp(func, values, values)[0], lambda *tangents: jvp(func, values, tangents)[1]
    graph = stage(moved)(*specs)

    def push(*tangents: Any) -> Any:
        leaves = [as_value(leaf) for leaf in trees.leaves_of(tangents)]
        if len(leaves) != len(specs):
            raise errors.TransformError(f"linearize: expected {len(specs)} tangents, got {len(leaves)}")
        for leaf, spec in zip(leaves, specs, strict=True):
            if tuple(leaf.shape) != spec.shape:
                raise errors.TransformError(
                    f"linearize: a tangent has shape {list(leaf.shape)}, its primal has {list(spec.shape)}"
                )
        return graph.rebuild(
            replay(graph, [leaf.to(as_value(p).dtype) for leaf, p in zip(leaves, given.leaves, strict=True)])
        )

    return output[0], push
