"""The button of one row of the queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.jobs.words import Deed, deed_text
from runcomfy_desktop.ui.widgets.press_guard import PressGuard

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QMouseEvent

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.words import StateWords


class JobButton(QPushButton):
    """Shows and does the deed of one job. Emits `deed_requested` with job_id and Deed."""

    deed_requested = Signal(str, Deed)

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._job_id = ""
        self._deed: Deed | None = None
        self._shown: tuple[object, ...] = ()
        self.guard = PressGuard(self, now)
        self.setObjectName("job_button")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoDefault(False)
        self.setMouseTracking(True)
        self.clicked.connect(self.do)

    @property
    def job_id(self) -> str:
        return self._job_id

    @property
    def deed(self) -> Deed | None:
        return self._deed

    def show_job(self, job: Job, words: StateWords, row: int) -> None:
        same_job = job.job_id == self._job_id
        if not same_job:
            self.guard.forget()
        elif (words.deed, words.enabled) != (self._deed, self.isEnabled()):
            self.guard.change_meaning()
        self._job_id, self._deed = job.job_id, words.deed
        shown = (words.deed, words.enabled, words.text, job.title, row)
        if shown == self._shown:
            return
        self._shown = shown
        text = deed_text(words.deed)
        self.setText(text)
        self.setEnabled(words.enabled)
        self.setAccessibleName(_("%s %s") % (text.rstrip("…"), one_line(job.title)))
        # Two runs of one prompt and seed have one name; their rows tell them apart.
        self.setAccessibleDescription(_("%s, row %d") % (words.text, row + 1))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # One wish, and its first half was done: by now another job's button may lie here.
        event.accept()

    def do(self) -> None:
        """What a press does; also for a key that was pressed on the row."""
        if self._deed is not None and self.isEnabled() and self.guard.ask():
            self.deed_requested.emit(self._job_id, self._deed)
