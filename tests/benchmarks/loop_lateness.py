"""Lateness of an event loop: a tick every 5 ms, with all intervals recorded."""

from __future__ import annotations

import sys
import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.benchmarks.json_output import print_result
from tests.benchmarks.ticks import INTERVAL_MS


class LoopLateness(QObject):
    """Records by how much each tick was late."""

    def __init__(self) -> None:
        super().__init__()
        self._late_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start(INTERVAL_MS)

    def _on_timer_timeout(self) -> None:
        now_s = time.perf_counter()
        self._late_ms.append(max(0.0, (now_s - self._last_s) * 1000 - INTERVAL_MS))
        self._last_s = now_s

    def percentiles(self) -> dict[str, float]:
        """Returns percentiles of the lateness, and its maximum."""
        late = sorted(self._late_ms)
        return {
            "p99_ms": late[int(len(late) * 0.99)],
            "p999_ms": late[int(len(late) * 0.999)],
            "longest_ms": late[-1],
        }


def main() -> None:
    """Measures the baseline: the same tick without other work, until standard input is closed."""
    app = QApplication(sys.argv[:1])
    lateness = LoopLateness()
    is_over = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        is_over.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    poll_timer = QTimer()
    poll_timer.timeout.connect(lambda: app.exit() if is_over.is_set() else None)
    poll_timer.start(100)
    app.exec()
    print_result(lateness.percentiles())


if __name__ == "__main__":
    main()
