"""The button of one row of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtWidgets import QPushButton

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.jobs.words import Deed, deed_text

if TYPE_CHECKING:
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.words import StateWords

# Nobody means "Run again", which costs money, on a button that said Cancel this moment: that is
# the second half of a double click, or a finger that was on its way.
SETTLE_MS = 500


class JobButton(QPushButton):
    """Shows and does the deed of one job. Emits `deed_requested` with job_id and Deed."""

    deed_requested = Signal(str, Deed)

    def __init__(self) -> None:
        super().__init__()
        self._job_id = ""
        self._deed: Deed | None = None
        self._since = QElapsedTimer()
        self.setObjectName("job_button")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoDefault(False)
        self.clicked.connect(self._on_clicked)

    @property
    def job_id(self) -> str:
        return self._job_id

    @property
    def deed(self) -> Deed | None:
        return self._deed

    def show_job(self, job: Job, words: StateWords, row: int) -> None:
        same_job = job.job_id == self._job_id
        if same_job and words.deed is not self._deed:
            self._since.start()
        elif not same_job:
            self._since.invalidate()
        self._job_id, self._deed = job.job_id, words.deed
        text = deed_text(words.deed)
        self.setText(text)
        self.setEnabled(words.enabled)
        name = _("%s %s") % (text.rstrip("…"), one_line(job.title))
        if self.accessibleName() != name:
            self.setAccessibleName(name)
        # Two runs of one prompt and seed have one name; their rows tell them apart.
        self.setAccessibleDescription(_("%s, row %d") % (words.text, row + 1))

    def _on_clicked(self) -> None:
        just_became = self._since.isValid() and self._since.elapsed() < SETTLE_MS
        if self._deed is Deed.RUN_AGAIN and just_became:
            return
        if self._deed is not None:
            self.deed_requested.emit(self._job_id, self._deed)
