"""Threads that step back for the window's own."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

SWITCH_INTERVAL_S = 0.001
"""How long a thread may keep Python to itself once the window wants it; five times as long is
usual, and is felt."""
_NICENESS = 5

_thread_state = threading.local()


def lower_priority() -> None:
    """Lets the window go before the thread that calls this, where both want the processor.

    Only Linux can say so of a single thread; elsewhere the systems prefer the window by themselves.
    """
    if sys.platform == "linux" and not getattr(_thread_state, "is_done", False):
        _thread_state.is_done = True
        # 0 is the thread that asks, and all that some sandboxes let it name. Where it may not ask
        # at all it works on as it is.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


def exit_within(timeout_s: float, exit_code: int) -> None:
    """Ends the process at the latest then, whatever its threads are waiting for."""
    timer = threading.Timer(timeout_s, os._exit, [exit_code])
    timer.daemon = True
    timer.start()
