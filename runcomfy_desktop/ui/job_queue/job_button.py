"""Action button of one row of the queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.job_queue.state_texts import JobAction, action_text
from runcomfy_desktop.ui.widgets.press_guard import PressGuard

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QMouseEvent

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.job_queue.state_texts import StateText


class JobButton(QPushButton):
    """Button for the current action of one job.

    Emits `action_requested` with the job's id and the JobAction.
    """

    action_requested = Signal(str, JobAction)

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.job_id = ""
        self.action: JobAction | None = None
        self._shown_state: tuple[object, ...] = ()
        self.guard = PressGuard(self, now)
        self.setObjectName("job_button")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoDefault(False)
        self.setMouseTracking(True)
        self.clicked.connect(self.trigger)

    def show_job(self, job: Job, state_text: StateText, row: int) -> None:
        if job.job_id != self.job_id:
            self.guard.reset()
        elif (state_text.action, state_text.is_enabled) != (self.action, self.isEnabled()):
            self.guard.change_meaning()
        self.job_id, self.action = job.job_id, state_text.action
        shown_state = (state_text.action, state_text.is_enabled, state_text.text, job.title, row)
        if shown_state == self._shown_state:
            return
        self._shown_state = shown_state
        text = action_text(state_text.action)
        self.setText(text)
        self.setEnabled(state_text.is_enabled)
        self.setAccessibleName(_("%s %s") % (text.rstrip("…"), one_line(job.title)))
        # Two runs with the same prompt and seed have the same name; the row number tells them
        # apart.
        self.setAccessibleDescription(_("%s, row %d") % (state_text.text, row + 1))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The first click was already handled, and another job's button may be here now.
        event.accept()

    def trigger(self) -> None:
        """Emits `action_requested`, unless the button's meaning has just changed.

        Also called for keys pressed on the row.
        """
        if self.action is not None and self.isEnabled() and self.guard.check_press():
            self.action_requested.emit(self.job_id, self.action)
