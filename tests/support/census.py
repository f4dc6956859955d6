"""Counts of what lives in the process, to show that an ended session leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_PACKAGE = "runcomfy_desktop."
# The service keeps its jobs.
_SERVICE = "runcomfy_desktop.emulator."


def take_census(window: QWidget) -> Counter[str]:
    """Counts the program's own objects by class, Qt objects, windows, tasks and threads."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    # Frozen objects are counted as well.
    gc.unfreeze()
    gc.collect()
    counts = Counter(
        f"{type(each).__module__}.{type(each).__qualname__}"
        for each in gc.get_objects()
        if type(each).__module__.startswith(_PACKAGE)
        and not type(each).__module__.startswith(_SERVICE)
    )
    counts["Qt objects"] = len(window.findChildren(QObject))
    counts["windows"] = len(QApplication.topLevelWidgets())
    counts["tasks"] = len(asyncio.all_tasks())
    # The event loop's own pool of threads grows to a fixed number as it is used.
    threads = threading.enumerate()
    counts["threads"] = sum(not each.name.startswith("asyncio_") for each in threads)
    return counts
