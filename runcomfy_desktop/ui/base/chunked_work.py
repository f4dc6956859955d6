"""Long work on the GUI thread in slices, with event processing between them."""

from __future__ import annotations

from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

# A slice ends after the step that exceeds this time.
_CHUNK_S = 0.002


class ChunkedWork(QObject):
    """Runs the steps of one piece of work; emits `done` after the last.

    An exception in a step ends the work and is raised from the slot like any other.
    """

    done = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Iterator[object] = iter(())
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timeout)

    @property
    def is_running(self) -> bool:
        return self._timer.isActive()

    def run(self, steps: Iterator[object]) -> None:
        """Starts the steps at the next event; remaining steps of earlier work are dropped."""
        self._steps = steps
        self._timer.start(0)

    def stop(self) -> None:
        self._timer.stop()
        self._steps = iter(())

    def _on_timer_timeout(self) -> None:
        deadline_s = perf_counter() + _CHUNK_S
        try:
            while perf_counter() < deadline_s:
                next(self._steps)
        except StopIteration:
            self.stop()
            self.done.emit()
        except Exception:
            self.stop()
            raise


def import_steps(*names: str) -> Iterator[None]:
    """Imports one module per step; list dependencies first, so that no step takes long."""
    for name in names:
        import_module(name)
        yield None
