"""Whether operations are recorded: the grad mode, for this thread or asyncio task.

    >>> import wengert as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False

The fast path of every op asks one question, `mode() is None`, which means "record as usual".
Anything else is a Mode. Knows nothing of tensors.
"""

from __future__ import annotations

import functools
import inspect
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from wengert.errors import ArgumentTypeError

if TYPE_CHECKING:
    from contextvars import Token


class Mode:
    """What differs from "record as usual"."""

    __slots__ = ("grad", "name")

    def __init__(self, name: str, *, grad: bool) -> None:
        self.name = name
        self.grad = grad

    def __repr__(self) -> str:
        return f"Mode({self.name})"


NO_GRAD = Mode("no_grad", grad=False)

_current: ContextVar[Mode | None] = ContextVar("wengert.mode", default=None)
mode = _current.get


def is_grad_enabled() -> bool:
    """Whether operations are being recorded now.

    >>> import wengert as torch
    >>> torch.is_grad_enabled()
    True
    """
    return mode() is None


def without_grad(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function with recording switched off."""
    token = _current.set(NO_GRAD)
    try:
        return function(*args, **kwargs)
    finally:
        _current.reset(token)


class _Switch:
    """A grad mode as a context manager and as a decorator, with or without parentheses."""

    __slots__ = ("_tokens",)
    _mode: Mode | None = None

    def __new__(cls, function: Any = None) -> Any:
        made = object.__new__(cls)
        made._tokens = []
        return made if function is None else made(function)

    def __enter__(self) -> Self:
        self._tokens.append(_current.set(self._mode))
        return self

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._tokens.pop())

    _tokens: list[Token[Mode | None]]

    def __call__(self, function: Any) -> Any:
        """Decorate a function, or a generator function (the mode holds while it runs)."""
        enter = type(self)
        if inspect.isgeneratorfunction(function):
            return _decorated_generator(enter, function)
        if inspect.iscoroutinefunction(function):
            return _decorated_coroutine(enter, function)

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with enter():
                return function(*args, **kwargs)

        return decorated


def _decorated_coroutine(enter: Any, function: Any) -> Any:
    """Hold the mode in the task that awaits; other tasks have modes of their own."""

    @functools.wraps(function)
    async def decorated(*args: Any, **kwargs: Any) -> Any:
        with enter():
            return await function(*args, **kwargs)

    return decorated


def _decorated_generator(enter: Any, function: Any) -> Any:
    """Hold the mode while the generator runs, not while it waits."""

    @functools.wraps(function)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        try:
            with enter():
                value = next(generator)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    with enter():
                        generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001  handed on to the generator
                    with enter():
                        value = generator.throw(error)
                else:
                    with enter():
                        value = generator.send(sent)
        except StopIteration as stop:
            return stop.value

    return decorated


class no_grad(_Switch):
    """Record nothing inside: results do not require grad.

    >>> import wengert as torch
    >>> @torch.no_grad
    ... def double(x):
    ...     return 2 * x
    >>> double(torch.tensor(1.0, requires_grad=True)).requires_grad
    False
    """

    __slots__ = ()
    _mode = NO_GRAD


class enable_grad(_Switch):
    """Record again, inside a no_grad().

    >>> import wengert as torch
    >>> with torch.no_grad(), torch.enable_grad():
    ...     torch.is_grad_enabled()
    True
    """

    __slots__ = ()
    _mode = None


class set_grad_enabled(_Switch):
    """Switch recording on or off: at once as a call, and restored at the end as a context.

    >>> import wengert as torch
    >>> with torch.set_grad_enabled(False):
    ...     torch.is_grad_enabled()
    False
    """

    __slots__ = ("_mode", "_restore")
    _restore: Token[Mode | None]

    def __new__(cls, mode: bool) -> Any:
        if not isinstance(mode, bool):
            raise ArgumentTypeError("set_grad_enabled(): argument 'mode' must be bool, not " + type(mode).__name__)
        made = object.__new__(cls)
        made._tokens = []
        made._mode = None if mode else NO_GRAD
        made._restore = _current.set(made._mode)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._restore)

    def __call__(self, function: Any) -> Any:
        _current.reset(self._restore)
        return (enable_grad if self._mode is None else no_grad)(function)
