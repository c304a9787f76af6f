"""Anomaly detection: which operation of the forward pass an error or a NaN of backward belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.levels import concrete
from wengert.core.modes import Switch, _current, changed, present
from wengert.core.places import PULLING, TRACEBACKS, warn
from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.core.tape import Node


class detect_anomaly(Switch):
    """Keep the traceback of every operation inside, and stop a backward that makes NaN.

    >>> import warnings
    >>> import wengert as torch
    >>> x = torch.tensor(0.0, requires_grad=True)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     with torch.autograd.detect_anomaly():
    ...         (torch.sqrt(x) * 0).backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    wengert.errors.GradError: Function 'SqrtBackward0' returned nan values in its 0th output...

    Args:
        check_nan: whether to stop at NaN; if not, errors of backward are explained all the same.
    """

    __slots__ = ("_check_nan",)

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__()
        self._check_nan = check_nan
        warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            UserWarning,
        )

    def _changes(self) -> dict[str, Any]:
        return {"anomaly": True, "check_nan": self._check_nan}

    def _again(self) -> Any:
        return type(self)(self._check_nan)


class set_detect_anomaly(Switch):
    """Switch anomaly detection on or off: at once as a call, and restored at the end as a context.

    >>> import wengert as torch
    >>> with torch.autograd.set_detect_anomaly(True):
    ...     torch.is_anomaly_enabled()
    True
    """

    __slots__ = ("_before", "_on")

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        super().__init__()
        if not isinstance(mode, bool):
            raise errors.ArgumentTypeError(
                f"set_anomaly_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self._before = present()
        self._on = {"anomaly": mode, "check_nan": check_nan}
        _current.set(changed(**self._on))

    def __enter__(self) -> None:
        """All was done by __init__."""

    def __exit__(self, *exception: object) -> None:
        _current.set(changed(anomaly=self._before.anomaly, check_nan=self._before.check_nan))


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on.

    >>> import wengert as torch
    >>> torch.is_anomaly_enabled()
    False
    """
    return present().anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection stops at NaN.

    >>> import wengert as torch
    >>> torch.is_anomaly_check_nan_enabled()
    True
    """
    return present().check_nan


def watched(flavour: Callable[[Node, Any], Any], *, check_nan: bool) -> Callable[[Node, Any], Any]:
    """A flavour of walking that says where in the forward pass an error belongs, and stops at NaN."""

    def watching(node: Node, g: Any) -> Any:
        token = PULLING.set(node)
        try:
            pulled = flavour(node, g)
        except Exception:
            _warn(node)
            raise
        finally:
            PULLING.reset(token)
        if check_nan:
            for index, each in enumerate(pulled if type(pulled) is tuple else (pulled,)):
                if _has_nan(each):
                    _warn(node)
                    raise errors.GradError(
                        errors.advice(
                            f"Function '{node.name()}' returned nan values in its {index}th output.",
                            f"look at the operands of {node.place}",
                        )
                    )
        return pulled

    return watching


def _has_nan(g: Any) -> bool:
    if isinstance(g, dict):
        return any(_has_nan(each) for each in g.values())
    if g is None:
        return False
    array = concrete(g) if isinstance(g, Tensor) else np.asarray(g)
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def _warn(node: Node) -> None:
    found = TRACEBACKS.get(node)
    if found is None:
        words = f"{NO_TRACEBACK}\nIt was made at {node.place}"
    else:
        words = "Traceback of forward call that caused the error:\n" + "".join(found.lines)
    warn(f"Error detected in {node.name()}. {words}", UserWarning)
    while found is not None and found.parent is not None:
        parent, found = found.parent, TRACEBACKS.get(found.parent)
        lines = NO_TRACEBACK if found is None else "".join(found.lines)
        warn(
            f"\n\nPrevious calculation was induced by {parent.name()}. Traceback of forward call that induced the "
            f"previous calculation:\n{lines}",
            UserWarning,
        )


NO_TRACEBACK = "No forward pass information available. Enable detect anomaly during forward pass for more information."
