"""Threads that step back for the window's own."""

from __future__ import annotations

import os
import sys
import threading

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
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
