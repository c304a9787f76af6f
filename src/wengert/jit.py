"""torch.jit: what it marks runs as it is, since Python runs it here anyway. `torch.compile` makes it quicker."""

from __future__ import annotations

from typing import Any, Final

from wengert import errors

__all__ = [
    "Final", "annotate", "export", "ignore", "is_scripting", "is_tracing", "load", "save", "script", "trace", "unused",
]  # fmt: skip


def script(obj: Any, *_args: Any, **_options: Any) -> Any:
    """The function, class or module itself.

    >>> import wengert as torch
    >>> @torch.jit.script
    ... def double(x):
    ...     return x * 2
    >>> double(torch.tensor(1.5))
    tensor(3.)
    """
    return obj


def trace(func: Any, example_inputs: Any = None, *_args: Any, **_options: Any) -> Any:
    """The function or module itself; its branches stay open.

    >>> import wengert as torch
    >>> torch.jit.trace(torch.sin, torch.ones(2)) is torch.sin
    True
    """
    return func


def ignore(drop: Any = False, **_options: Any) -> Any:
    """A mark that changes nothing.

    >>> import wengert as torch
    >>> torch.jit.ignore(abs)(-1)
    1
    """
    return drop if callable(drop) else lambda function: function


def unused(fn: Any) -> Any:
    """A mark that changes nothing.

    >>> import wengert as torch
    >>> torch.jit.unused(abs)(-1)
    1
    """
    return fn


def export(fn: Any) -> Any:
    """A mark that changes nothing.

    >>> import wengert as torch
    >>> torch.jit.export(abs)(-1)
    1
    """
    return fn


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value.

    >>> import wengert as torch
    >>> torch.jit.annotate(list[int], [])
    []
    """
    return the_value


def is_scripting() -> bool:
    """Whether this runs as a script: no.

    >>> import wengert as torch
    >>> torch.jit.is_scripting()
    False
    """
    return False


def is_tracing() -> bool:
    """Whether this is traced: no.

    >>> import wengert as torch
    >>> torch.jit.is_tracing()
    False
    """
    return False


def load(f: Any, *_args: Any, **_options: Any) -> Any:
    """Refused: such a file holds code.

    >>> import wengert as torch
    >>> torch.jit.load("model.pt")
    Traceback (most recent call last):
    wengert.errors.UnsupportedError: torch.jit.load(): files of TorchScript hold code, which is not run here
    Try: load a state_dict with torch.load, into the module that it belongs to.
    """
    raise errors.UnsupportedError(
        errors.advice(
            "torch.jit.load(): files of TorchScript hold code, which is not run here",
            "load a state_dict with torch.load, into the module that it belongs to.",
        )
    )


def save(m: Any, f: Any, *_args: Any, **_options: Any) -> None:
    """Refused: there is no code to be saved.

    >>> import wengert as torch
    >>> torch.jit.save(torch.sin, "model.pt")
    Traceback (most recent call last):
    wengert.errors.UnsupportedError: torch.jit.save(): there is no TorchScript to be saved
    Try: torch.save(module.state_dict(), path).
    """
    raise errors.UnsupportedError(
        errors.advice("torch.jit.save(): there is no TorchScript to be saved", "torch.save(module.state_dict(), path).")
    )
