"""Runs the program while the system passes it URLs to open, as macOS does.

The URLs arrive as events, the first one before there is a window. Usage: `python -m
tests.support.opened_by_system URL[,URL…] OPTION…`.
"""

from __future__ import annotations

import sys
import threading
import time

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent

from runcomfy_desktop.__main__ import main as run_program


def _send_open_events(addresses: list[str]) -> None:
    while QCoreApplication.instance() is None:
        time.sleep(0.001)
    for address in addresses:
        app = QCoreApplication.instance()
        assert app is not None
        QCoreApplication.postEvent(app, QFileOpenEvent(QUrl(address)))


if __name__ == "__main__":
    _addresses = sys.argv.pop(1).split(",")
    threading.Thread(target=_send_open_events, args=(_addresses,), daemon=True).start()
    sys.exit(run_program())
