"""torch.compiler's questions and marks. Knows names; functions that are marked stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.core.threads import limited

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def limit_threads(count: int) -> AbstractContextManager[None]:
    """Use so many threads at most inside, compiled or not, in this thread or task alone.

    >>> import wengert as torch
    >>> with torch.compiler.limit_threads(1):
    ...     torch.get_num_threads()
    1

    Args:
        count: how many, 1 for none but the caller's.

    Raises:
        ValueError: if it is not positive.
    """
    return limited(count)


def is_compiling() -> bool:
    """Whether a compiler is tracing now: wengert's traces like any transform, so code need not do otherwise.

    >>> import wengert as torch
    >>> torch.compiler.is_compiling()
    False
    """
    return False


def is_dynamo_compiling() -> bool:
    """Whether TorchDynamo is tracing now: it is not there.

    >>> import wengert as torch
    >>> torch.compiler.is_dynamo_compiling()
    False
    """
    return False


def is_exporting() -> bool:
    """Whether a program is being exported now: that is not there.

    >>> import wengert as torch
    >>> torch.compiler.is_exporting()
    False
    """
    return False


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Mark a function that is not to be compiled; it gives the same results either way.

    >>> import wengert as torch
    >>> @torch.compiler.disable
    ... def twice(x):
    ...     return 2 * x
    >>> twice(3)
    6
    """
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """Mark a function that may be part of a graph, as every function may.

    >>> import wengert as torch
    >>> torch.compiler.allow_in_graph(abs) is abs
    True
    """
    return fn


def assume_constant_result(fn: Any) -> Any:
    """Mark a function whose result does not change.

    >>> import wengert as torch
    >>> torch.compiler.assume_constant_result(abs) is abs
    True
    """
    return fn


def cudagraph_mark_step_begin() -> None:
    """Mark the beginning of a step for CUDA graphs, of which there are none.

    >>> import wengert as torch
    >>> torch.compiler.cudagraph_mark_step_begin()
    """


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """The compilers that torch.compile can be told to use.

    >>> import wengert as torch
    >>> torch.compiler.list_backends()
    []
    """
    return []


def reset() -> None:
    """Forget what was compiled; each compiled function keeps its own, which goes with it.

    >>> import wengert as torch
    >>> torch.compiler.reset()
    """
