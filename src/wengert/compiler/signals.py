"""Whether an error came from outside: a signal that arrived while something ran that has nothing to do with it.

Knows Python's signals. Must not know what runs.
"""

from __future__ import annotations

import signal
from typing import Any


def is_of_a_signal(error: BaseException) -> bool:
    """Whether an error was raised by a handler of a signal, as time limits are."""
    handlers = {getattr(signal.getsignal(each), "__code__", None) for each in signal.valid_signals()} - {None}
    trace: Any = error.__traceback__ if handlers else None
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False
