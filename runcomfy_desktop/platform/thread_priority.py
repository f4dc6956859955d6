"""Makes worker threads yield to the GUI thread."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

SWITCH_INTERVAL_S = 0.001
"""Time for which a thread may keep the interpreter once the GUI thread needs it.

Python's default is five times as long, which is noticeable.
"""
_NICENESS = 5

_thread_state = threading.local()


def lower_priority() -> None:
    """Lowers the priority of the calling thread below that of the GUI thread.

    Only Linux can do that for a single thread; other systems already prefer the GUI thread.
    """
    if sys.platform == "linux" and not getattr(_thread_state, "is_done", False):
        _thread_state.is_done = True
        # 0 is the calling thread, the only one that some sandboxes allow to be named. If it is
        # refused, the thread continues with its priority.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


def exit_within(timeout_s: float, exit_code: int) -> None:
    """Ends the process after `timeout_s` at the latest, even if its threads are blocked."""
    timer = threading.Timer(timeout_s, os._exit, [exit_code])
    timer.daemon = True
    timer.start()
