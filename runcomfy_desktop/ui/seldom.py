"""What has to look at all jobs at once does so now and then, however fast the jobs change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

MANY_JOBS = 500
"""From so many on, looking at each of them is too much for every change: a busy queue has 50 a
second, and a grid of ten thousand cells is cancelled within seconds."""
_EVERY_MS = 200


class Seldom(QObject):
    """Does `deed` at the first wish, and for all that come within a while once more behind it."""

    def __init__(self, parent: QObject, deed: Callable[[], object]) -> None:
        super().__init__(parent)
        self._deed = deed
        self._is_due = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_EVERY_MS)
        self._later.timeout.connect(self._on_later_timeout)

    def wish(self, *, of: int = MANY_JOBS) -> None:
        """The deed is wished; while it is one `of` few jobs, it is done each time."""
        if of < MANY_JOBS:
            self._deed()
        elif self._later.isActive():
            self._is_due = True
        else:
            self._deed()
            self._later.start()

    def stop(self) -> None:
        """What was wished and is not done yet has no meaning any more."""
        self._later.stop()
        self._is_due = False

    def _on_later_timeout(self) -> None:
        if self._is_due:
            self._is_due = False
            self._deed()
            self._later.start()
