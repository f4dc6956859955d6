"""A tick every 5 ms on the GUI thread; longer intervals show how long it was busy."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL_MS = 5
_SAMPLE_AFTER_S = 0.014


@dataclass(slots=True)
class TickGap:
    """Largest interval between two ticks in one step of the scenario."""

    ms: float = 0.0
    over_16_ms: int = 0


class TickMonitor(QObject):
    """Records the largest gap of each step.

    With `samples_stacks` it prints the stacks during long gaps.
    """

    def __init__(self, *, samples_stacks: bool = False) -> None:
        super().__init__()
        self.gaps: dict[str, TickGap] = {}
        self._gap = TickGap()
        self._last_s = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._sampler = _StackSampler(self) if samples_stacks else None

    def begin(self, step: str) -> None:
        self._gap = self.gaps.setdefault(step, TickGap())
        if not self._timer.isActive():
            self._last_s = time.perf_counter()
            self._timer.start(INTERVAL_MS)
            if self._sampler is not None:
                self._sampler.start()

    @property
    def since_s(self) -> float:
        return time.perf_counter() - self._last_s

    def _on_timer_timeout(self) -> None:
        now_s = time.perf_counter()
        ms, self._last_s = (now_s - self._last_s) * 1000, now_s
        self._gap.ms = max(self._gap.ms, ms)
        if ms > 16:
            self._gap.over_16_ms += 1
            if self._sampler is not None:
                step = next(name for name, gap in self.gaps.items() if gap is self._gap)
                self._sampler.report(step, ms)


class _StackSampler(threading.Thread):
    """Samples the GUI thread's stack when a tick is late; for analysis, not for measuring."""

    def __init__(self, ticks: TickMonitor) -> None:
        super().__init__(daemon=True)
        self._ticks = ticks
        self._window_thread = threading.get_ident()
        self._samples: list[str] = []

    def run(self) -> None:
        while True:
            time.sleep(0.002)
            if self._ticks.since_s > _SAMPLE_AFTER_S:
                frame = sys._current_frames().get(self._window_thread)
                if frame is not None:
                    lines = traceback.extract_stack(frame)[-16:]
                    self._samples.append(
                        " < ".join(
                            f"{line.filename.rpartition('/')[2]}:{line.lineno} {line.name}"
                            for line in reversed(lines)
                        )
                    )

    def report(self, step: str, ms: float) -> None:
        sampled, self._samples = self._samples, []
        print(f"{step}: {ms:.1f} ms", file=sys.stderr)
        for line in dict.fromkeys(sampled):
            print(f"    {sampled.count(line)} x {line}", file=sys.stderr)
