"""Processes Qt events until a condition is true, without the program's own loop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEventLoop

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP_MS = 20


def wait_for(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Returns True if `condition` became true in time."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end_s:
            return False
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, _STEP_MS)
        time.sleep(_STEP_MS / 1000)
    return True
