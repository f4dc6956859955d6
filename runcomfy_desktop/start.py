"""The first moments: the window is painted empty, then filled in slices between its events.

Nothing here takes the loop of `loop.py`: asyncio itself is one of the things to be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, QTimer

from runcomfy_desktop.ui.slices import Slices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.life import Ground
    from runcomfy_desktop.ui.shell import Shell

_PAINT_WITHIN_MS = 2000


class Start(QObject):
    """Takes the steps, one slice at a time, until all are done or the window was closed.

    `ground` is what the last step made; None when it did not come to that.
    """

    def __init__(self, window: Shell) -> None:
        super().__init__()
        self.ground: Ground | None = None
        self._failure: Exception | None = None
        self._is_over = False
        self._begun = False
        self._loop = QEventLoop()
        self._slices = Slices(self)
        self._slices.done.connect(self._end)
        window.painted.connect(self._begin)
        window.closed.connect(self._end)
        # A window that is begun minimised may never be painted.
        QTimer.singleShot(_PAINT_WITHIN_MS, self, self._begin)

    def run(self, steps: Iterator[Ground | None]) -> None:
        """Returns when it is over. An error of a step is raised here."""
        self._steps = self._watched(steps)
        if not self._is_over:
            self._loop.exec()
        self._slices.stop()
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        if not self._begun and not self._is_over:
            self._begun = True
            self._slices.run(self._steps)

    def _end(self) -> None:
        self._is_over = True
        self._loop.quit()

    def _watched(self, steps: Iterator[Ground | None]) -> Iterator[None]:
        try:
            for made in steps:
                self.ground = made
                yield None
        except Exception as error:
            self._failure = error
