"""The first moments: the window is painted empty, then filled in slices between its events.

Nothing here takes the loop of `loop.py`: asyncio itself is one of the things to be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, QTimer

from runcomfy_desktop.ui.base.chunked_work import ChunkedWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.app.lifecycle import AppContext
    from runcomfy_desktop.ui.main_window.startup_window import StartupWindow

_PAINT_TIMEOUT_MS = 2000


class StartupSequence(QObject):
    """Takes the steps, one slice at a time, until all are done or the window was closed.

    `context` is what the last step made; None when it did not come to that.
    """

    def __init__(self, window: StartupWindow) -> None:
        super().__init__()
        self.context: AppContext | None = None
        self._failure: Exception | None = None
        self._is_over = False
        self._has_begun = False
        self._loop = QEventLoop()
        self._work = ChunkedWork(self)
        self._work.done.connect(self._end)
        window.painted.connect(self._begin)
        window.closed.connect(self._end)
        # A window that is begun minimised may never be painted.
        QTimer.singleShot(_PAINT_TIMEOUT_MS, self, self._begin)

    def run(self, steps: Iterator[AppContext | None]) -> None:
        """Returns when it is over. An error of a step is raised here."""
        self._steps = self._run_steps(steps)
        if not self._is_over:
            self._loop.exec()
        self._work.stop()
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        if not self._has_begun and not self._is_over:
            self._has_begun = True
            self._work.run(self._steps)

    def _end(self) -> None:
        self._is_over = True
        self._loop.quit()

    def _run_steps(self, steps: Iterator[AppContext | None]) -> Iterator[None]:
        try:
            for result in steps:
                self.context = result
                yield None
        except Exception as error:
            self._failure = error
