"""Threads that step back for the window's own."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

SWITCH_S = 0.001
"""How long a thread may keep Python to itself once the window wants it; five times as long is
usual, and is felt."""
_NICENESS = 5

_known = threading.local()


def step_back() -> None:
    """Lets the window go before the thread that calls this, where both want the processor.

    Only Linux can say so of a single thread; elsewhere the systems prefer the window by themselves.
    """
    if sys.platform == "linux" and not getattr(_known, "is_done", False):
        _known.is_done = True
        # 0 is the thread that asks, and all that some sandboxes let it name. Where it may not ask
        # at all it works on as it is.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


def end_within(limit_s: float, exit_code: int) -> None:
    """Ends the process at the latest then, whatever its threads are waiting for."""
    watch = threading.Timer(limit_s, os._exit, [exit_code])
    watch.daemon = True
    watch.start()
