"""Baseline of `event_loop_gaps`: the same tick in a bare window.

It runs at the same time on the same computer.
"""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from tests.benchmarks.json_output import print_result
from tests.benchmarks.ticks import TickMonitor


def main() -> None:
    """Ticks until standard input is closed, then prints the largest gap."""
    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(400, 300)
    window.show()
    ticks = TickMonitor()
    QTimer.singleShot(1000, lambda: ticks.begin("bare"))
    is_over = threading.Event()
    threading.Thread(target=_wait_for_end, args=(is_over,), daemon=True).start()
    poll_timer = QTimer()
    poll_timer.timeout.connect(lambda: app.exit() if is_over.is_set() else None)
    poll_timer.start(100)
    app.exec()
    print_result({name: gap.ms for name, gap in ticks.gaps.items()})


def _wait_for_end(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    main()
