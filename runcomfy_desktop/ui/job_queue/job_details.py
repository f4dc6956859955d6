"""Dialog with the details of one job.

It shows the state, the reason of a failure, the times, the request id and the inputs. For a job
that ended without a result it states, if that is known, whether the machine time is billed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.run_facts_text import (
    changed_texts,
    negative_prompt_text,
    prompt_text,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import clock_time, file_size, job_times_text, one_line
from runcomfy_desktop.ui.job_queue.state_texts import state_details, state_heading
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import plain_label, set_colour_role
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.property_grid import PropertyGrid
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.job_queue.state_texts import StateText

_WIDTH = 130 * STEP
_ICON_SIZE = QSize(5 * STEP, 5 * STEP)
_TECHNICAL_LINES = 8
_FOLDED_LINES = 4


def large_file_lines(job: Job) -> list[str]:
    """Returns one line per oversized file, such as `forest.png: 1.2 MB sent as 248 KB JPEG`.

    Oversized files are those above the recommended size. The list is empty until the job is sent.
    """
    if not job.sent_s:
        return []
    lines: dict[str, None] = {}
    for key, file in job.changes.items():
        if isinstance(file, MediaFile) and file.is_above_inline_limit:
            sent = job.smaller.get(key)
            lines[_large_file_line(file, sent, is_requested=key in job.smaller)] = None
    return list(lines)


def _large_file_line(file: MediaFile, sent: MediaFile | None, *, is_requested: bool) -> str:
    name, size = one_line(file.name), file_size(file.size_bytes)
    if sent is not None and sent != file:
        return _("%s: %s sent as %s %s") % (name, size, file_size(sent.size_bytes), sent.type.name)
    if is_requested:
        return _("%s: sent as it is, %s, because it could not be made smaller") % (name, size)
    return _("%s: sent as it is, %s") % (name, size)


class JobDetailsDialog(Dialog):
    """Dialog that shows one job; shown by open().

    Emits `run_again_requested` with the job's id.
    """

    run_again_requested = Signal(str)

    def __init__(self, job: Job, state_text: StateText, now_s: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._job = job
        self._state_text = state_text
        self._now_s = now_s
        self._properties = PropertyGrid(self)
        self._technical = QPlainTextEdit(job.technical, self)
        self._copy = text_button(_("Copy everything"), "job_details_copy", self)
        self._run_again = text_button(_("Run again"), "job_details_run_again", self)
        self._close = text_button(_("Close"), "job_details_close", self)
        self._build()
        self._connect()

    def text(self) -> str:
        """Returns the shown details as plain text, for the clipboard."""
        job = self._job
        properties = [f"{name}: {value}" for _key, name, value in self._all_rows() if value]
        parts = [
            one_line(job.title),
            state_heading(self._job, self._state_text),
            self._details_text(),
            *properties,
            job.technical,
        ]
        return "\n".join(part for part in parts if part)

    def _build(self) -> None:
        self.setObjectName("job_details")
        self.setWindowTitle(_("Job details"))
        self.setMinimumWidth(_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = self._build_heading()
        details = _label(self._details_text(), "job_details_story", self)
        details.setVisible(bool(details.text()))
        self._add_properties()
        caption = _label(_("The server's own words"), "job_details_caption", self)
        self._technical.setObjectName("job_details_technical")
        self._technical.setAccessibleName(caption.text())
        self._technical.setReadOnly(True)
        self._technical.setTabChangesFocus(True)
        self._technical.setMinimumHeight(_TECHNICAL_LINES * self.fontMetrics().lineSpacing())
        for each in (caption, self._technical):
            each.setVisible(bool(self._job.technical))
        self._run_again.setVisible(self._job.state.is_finished)
        self._close.setDefault(True)
        layout = column(
            heading,
            details,
            self._properties,
            caption,
            (self._technical, 1) if self._job.technical else STRETCH,
            row(self._copy, STRETCH, self._run_again, self._close),
            owner=self,
            spacing=3 * STEP,
            margins=(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP),
        )
        self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))

    def _add_properties(self) -> None:
        for key, name, value in self._property_rows():
            self._properties.add(key, name, copy=key == "request_id")
            self._properties.set(key, value)
        for key, name, entries in self._input_rows():
            self._properties.add_foldable(key, name, _FOLDED_LINES)
            if key == "changed":
                self._properties.set_entries(key, entries)
            else:
                self._properties.set(key, "".join(entries))

    def _build_heading(self) -> QGridLayout:
        state = _label(state_heading(self._job, self._state_text), "job_details_state", self)
        title = _label(one_line(self._job.title), "job_details_title", self)
        for label in (title, state):
            font = label.font()
            font.setBold(True)
            label.setFont(font)
        set_colour_role(state, self._state_text.role)
        icon = QLabel(self)
        TintedIcon(icon, f"state-{self._state_text.icon}", self._state_text.role, _ICON_SIZE)
        grid = QGridLayout()
        grid.setSpacing(2 * STEP)
        grid.addWidget(title, 0, 0, 1, 2)
        grid.addWidget(icon, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(state, 1, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _connect(self) -> None:
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        self._run_again.clicked.connect(self._on_run_again_clicked)
        self._close.clicked.connect(self.reject)

    def _on_run_again_clicked(self) -> None:
        self.run_again_requested.emit(self._job.job_id)
        self.accept()

    def _details_text(self) -> str:
        parts = (state_details(self._job, self._state_text), _billing_text(self._job))
        return "\n\n".join(part for part in parts if part)

    def _property_rows(self) -> list[tuple[str, str, str]]:
        job = self._job
        seed = "" if job.seed is None else str(job.seed)
        return [
            ("deployment", _("Deployment"), one_line(job.deployment_name)),
            ("started", _("Started"), clock_time(job.created_s)),
            ("took", _("Took"), job_times_text(job, self._now_s)),
            ("seed", _("Seed"), seed),
            ("request_id", _("Request ID"), one_line(job.request_id)),
            *(
                (f"large_{at}", _("Large file"), line)
                for at, line in enumerate(large_file_lines(job))
            ),
        ]

    def _input_rows(self) -> list[tuple[str, str, list[str]]]:
        job = self._job
        return [
            ("prompt", _("Prompt"), [prompt_text(job)]),
            ("negative", _("Negative"), [negative_prompt_text(job)]),
            ("changed", _("Changed"), changed_texts(job)),
        ]

    def _all_rows(self) -> list[tuple[str, str, str]]:
        inputs = [(key, name, ", ".join(entries)) for key, name, entries in self._input_rows()]
        return [*self._property_rows(), *inputs]


def _billing_text(job: Job) -> str:
    if job.state not in (JobState.FAILED, JobState.CANCELLED, JobState.LOST):
        return ""
    if job.request_id:
        return _("The machine time that it used is billed, also when a run fails or is cancelled.")
    if job.state is JobState.FAILED and "\n" not in job.reason.strip():
        return _("RunComfy did not accept it, so it costs nothing.")
    return ""


def _label(text: str, name: str, parent: QWidget) -> QLabel:
    label = plain_label(text, name, parent, wrap=True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label
