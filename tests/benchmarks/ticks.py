"""A tick every 5 ms on the window's thread: the distance between two is how long it was busy."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

EVERY_MS = 5
_WORTH_A_LOOK_S = 0.014


@dataclass(slots=True)
class Gap:
    """The largest distance of two ticks in one step of the scenario."""

    ms: float = 0.0
    over_16: int = 0


class Ticks(QObject):
    """Keeps, for each step, the largest gap. With `looks` it prints what went on in long ones."""

    def __init__(self, *, looks: bool = False) -> None:
        super().__init__()
        self.gaps: dict[str, Gap] = {}
        self._gap = Gap()
        self._last_s = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._looker = _Looker(self) if looks else None

    def begin(self, step: str) -> None:
        self._gap = self.gaps.setdefault(step, Gap())
        if not self._timer.isActive():
            self._last_s = time.perf_counter()
            self._timer.start(EVERY_MS)
            if self._looker is not None:
                self._looker.start()

    @property
    def since_s(self) -> float:
        return time.perf_counter() - self._last_s

    def _on_timer_timeout(self) -> None:
        now_s = time.perf_counter()
        ms, self._last_s = (now_s - self._last_s) * 1000, now_s
        self._gap.ms = max(self._gap.ms, ms)
        if ms > 16:
            self._gap.over_16 += 1
            if self._looker is not None:
                step = next(name for name, gap in self.gaps.items() if gap is self._gap)
                self._looker.tell(step, ms)


class _Looker(threading.Thread):
    """Looks at the window's thread when a tick is late: for finding out, not for measuring."""

    def __init__(self, ticks: Ticks) -> None:
        super().__init__(daemon=True)
        self._ticks = ticks
        self._window_thread = threading.get_ident()
        self._seen: list[str] = []

    def run(self) -> None:
        while True:
            time.sleep(0.002)
            if self._ticks.since_s > _WORTH_A_LOOK_S:
                frame = sys._current_frames().get(self._window_thread)
                if frame is not None:
                    lines = traceback.extract_stack(frame)[-16:]
                    self._seen.append(
                        " < ".join(
                            f"{line.filename.rpartition('/')[2]}:{line.lineno} {line.name}"
                            for line in reversed(lines)
                        )
                    )

    def tell(self, step: str, ms: float) -> None:
        seen, self._seen = self._seen, []
        print(f"{step}: {ms:.1f} ms", file=sys.stderr)
        for line in dict.fromkeys(seen):
            print(f"    {seen.count(line)} x {line}", file=sys.stderr)
