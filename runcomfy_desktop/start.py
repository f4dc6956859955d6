"""The first moments: the window is painted empty, then filled in slices between its events.

Nothing here takes the loop of `loop.py`: asyncio itself is one of the things to be imported.
"""

from __future__ import annotations

from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.life import Ground
    from runcomfy_desktop.ui.main_window import MainWindow

_PAINT_WITHIN_MS = 2000
# A slice ends behind the step that reaches this.
_SLICE_S = 0.006


class Start(QObject):
    """Takes the steps, one slice at a time, until all are done or the window was closed.

    `ground` is what the last step made; None when it did not come to that.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.ground: Ground | None = None
        self._loop = QEventLoop()
        self._steps: Iterator[Ground | None] = iter(())
        self._failure: Exception | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timeout)
        window.painted.connect(self._begin)
        window.closed.connect(self._loop.quit)
        # A window that is begun minimised may never be painted.
        QTimer.singleShot(_PAINT_WITHIN_MS, self, self._begin)

    def run(self, steps: Iterator[Ground | None]) -> None:
        """Returns when it is over. An error of a step is raised here."""
        self._steps = steps
        self._loop.exec()
        self._timer.stop()
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        if self._loop.isRunning() and not self._timer.isActive():
            self._timer.start(0)

    def _on_timer_timeout(self) -> None:
        ends_s = perf_counter() + _SLICE_S
        try:
            while perf_counter() < ends_s:
                self.ground = next(self._steps)
        except StopIteration:
            self._loop.quit()
        except Exception as error:
            self._failure = error
            self._loop.quit()


def imported(*names: str) -> Iterator[None]:
    """Imports the modules; what each needs itself stands before it, so that no step is long."""
    for name in names:
        import_module(name)
        yield None
