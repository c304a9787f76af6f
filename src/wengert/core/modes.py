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
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.errors import ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextvars import Token


class Mode(NamedTuple):
    """What differs from "record as usual".

    Attributes:
        grad: whether operations are recorded.
        switched: what `is_grad_enabled()` says: the same, except that nothing is recorded in inference mode.
        inference: whether new tensors are inference tensors.
        packing: what becomes of values that nodes save: a Packing of `wengert.core.saved`, or None.
        anomaly: whether the forward traceback of each node is kept, and backward is watched.
        check_nan: whether a watched backward raises for NaN.
        refusal: the error of whoever asks for a packing, or None.
        observer: told of every operation, or None: an Observer of `wengert.core.observing`.
    """

    grad: bool = True
    switched: bool = True
    inference: bool = False
    packing: Any = None
    anomaly: bool = False
    check_nan: bool = True
    refusal: str | None = None
    observer: Any = None


USUAL = Mode()
NO_GRAD = Mode(grad=False, switched=False)

_current: ContextVar[Mode | None] = ContextVar("wengert.mode", default=None)
mode = _current.get


class Watching:
    """How many modes are on, anywhere, that want to see operations which record nothing.

    The fast path of every op looks here before it returns a result without a node. While this is 0,
    it asks nothing more.
    """

    __slots__ = ("_lock", "count")

    def __init__(self) -> None:
        self.count = 0
        self._lock = Lock()

    def add(self, number: int) -> None:
        """Count one more, or one less; threads come and go at the same moment."""
        with self._lock:
            self.count += number


WATCHING = Watching()


def present() -> Mode:
    """The mode that holds now, the usual one included."""
    return _current.get() or USUAL


def recording() -> bool:
    """Whether operations are being recorded now."""
    now = _current.get()
    return now is None or now.grad


def is_grad_enabled() -> bool:
    """Whether operations are being recorded now.

    >>> import wengert as torch
    >>> torch.is_grad_enabled()
    True
    """
    return present().switched


def is_inference_mode_enabled() -> bool:
    """Whether tensors made now are inference tensors.

    >>> import wengert as torch
    >>> torch.is_inference_mode_enabled()
    False
    """
    return present().inference


def changed(**changes: Any) -> Mode | None:
    """The mode that holds now with something changed; None if that is the usual one."""
    now = _current.get()
    if now is None and changes == {"grad": False}:
        return NO_GRAD
    if "grad" in changes:
        changes["switched"] = changes["grad"]
    made = (now or USUAL)._replace(**changes)
    if made.inference and made.grad:
        made = made._replace(grad=False)
    return None if made == USUAL else made


@contextmanager
def holding(new: Mode | None) -> Iterator[None]:
    """Let a mode hold inside a `with` block."""
    token = _current.set(new)
    try:
        yield
    finally:
        _current.reset(token)


def without_packing(function: Any, value: Any, *, grad: bool) -> Any:
    """Call a function of one argument with packing switched off, and recording as well unless `grad`."""
    now = _current.get()
    token = _current.set(None if now is None and grad else changed(packing=None, grad=grad and recording()))
    try:
        return function(value)
    finally:
        _current.reset(token)


def without_grad(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function with recording switched off."""
    now = _current.get()
    token = _current.set(NO_GRAD if now is None or now is NO_GRAD else changed(grad=False))
    try:
        return function(*args, **kwargs)
    finally:
        _current.reset(token)


class Switch:
    """Something that is on inside a `with` block or a decorated function.

    Subclasses say what changes (`_changes`), and whether operations that record nothing matter to
    them (`_watches`).
    """

    __slots__ = ("_tokens",)
    _watches = False
    _tokens: list[Token[Mode | None]]

    def __init__(self) -> None:
        self._tokens = []

    def _changes(self) -> dict[str, Any]:
        raise NotImplementedError

    def _again(self) -> Any:
        """A switch like this one, for one call of a decorated function."""
        return type(self)()

    def __enter__(self) -> None:
        self._tokens.append(_current.set(changed(**self._changes())))
        if self._watches:
            WATCHING.add(1)

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._tokens.pop())
        if self._watches:
            WATCHING.add(-1)

    def __call__(self, function: Any) -> Any:
        """Decorate a function, or a generator function (the mode holds while it runs)."""
        enter = self._again
        if inspect.isgeneratorfunction(function):
            return _decorated_generator(enter, function)
        if inspect.iscoroutinefunction(function):
            return _decorated_coroutine(enter, function)

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with enter():
                return function(*args, **kwargs)

        return decorated


class _GradSwitch(Switch):
    """A grad mode, which may also decorate without parentheses."""

    __slots__ = ()
    _grad = True

    def __new__(cls, function: Any = None) -> Any:
        made = object.__new__(cls)
        made._tokens = []
        return made if function is None else made(function)

    def __init__(self, function: Any = None) -> None:
        """All is done by __new__, which may have decorated the function already."""

    def __enter__(self) -> None:
        now = _current.get()
        usual = now is None or now is NO_GRAD  # as in every training step
        new = (None if self._grad else NO_GRAD) if usual else changed(grad=self._grad)
        self._tokens.append(_current.set(new))

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._tokens.pop())


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


class no_grad(_GradSwitch):
    """Record nothing inside: results do not require grad.

    >>> import wengert as torch
    >>> @torch.no_grad
    ... def double(x):
    ...     return 2 * x
    >>> double(torch.tensor(1.0, requires_grad=True)).requires_grad
    False
    """

    __slots__ = ()
    _grad = False


class enable_grad(_GradSwitch):
    """Record again, inside a no_grad().

    >>> import wengert as torch
    >>> with torch.no_grad(), torch.enable_grad():
    ...     torch.is_grad_enabled()
    True
    """

    __slots__ = ()


class inference_mode(Switch):
    """Record nothing inside, and make tensors that can never be part of a graph.

    >>> import wengert as torch
    >>> with torch.inference_mode():
    ...     y = torch.ones(2)
    >>> y.is_inference()
    True

    Such a tensor has no version counter. Outside of the block it can be read, but it can neither be
    saved for backward, nor be written in place.
    """

    __slots__ = ("_on",)
    _watches = True
    _on: bool

    def __new__(cls, mode: Any = True) -> Any:
        made = object.__new__(cls)
        made._tokens = []
        made._on = mode if isinstance(mode, bool) else True
        return made if isinstance(mode, bool) else made(mode)

    def __init__(self, mode: Any = True) -> None:
        """All is done by __new__, which may have decorated a function already."""

    def _changes(self) -> dict[str, Any]:
        return {"inference": self._on, "grad": not self._on}

    def _again(self) -> Any:
        return type(self)(self._on)


class set_grad_enabled(Switch):
    """Switch recording on or off: at once as a call, and restored at the end as a context.

    >>> import wengert as torch
    >>> with torch.set_grad_enabled(False):
    ...     torch.is_grad_enabled()
    False
    """

    __slots__ = ("_before", "_on")

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise ArgumentTypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self._before = _current.get()
        self._on = mode
        _current.set(changed(grad=mode))

    def __enter__(self) -> None:
        """All was done by __init__."""

    def __exit__(self, *exception: object) -> None:
        _current.set(self._before)

    def _again(self) -> Any:
        return enable_grad() if self._on else no_grad()

    def __call__(self, function: Any) -> Any:
        _current.set(self._before)
        return super().__call__(function)
