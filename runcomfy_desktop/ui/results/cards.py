"""Cards shown instead of a picture: for a file, for text, or for a job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import approx_money, job_times_text, one_line
from runcomfy_desktop.ui.job_queue.state_texts import (
    JobAction,
    action_text,
    state_details,
    state_heading,
)
from runcomfy_desktop.ui.results.file_actions import may_open
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.press_guard import PressGuard
from runcomfy_desktop.ui.widgets.progress_ring import ProgressRing

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.job_queue.progress_texts import ProgressText
    from runcomfy_desktop.ui.job_queue.state_texts import StateText

_ICON = QSize(10 * STEP, 10 * STEP)
_WIDTH = 84 * STEP


class ResultCard(QWidget):
    """Card with an icon, a heading, text lines and buttons, centred in its space."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon_name, self._role = "", "muted"
        self._icon = QLabel(self)
        self._heading = plain_label("", f"{name}_heading", self, wrap=True)
        self._lines = plain_label("", f"{name}_lines", self, wrap=True)
        self._button_row = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self.setObjectName(name)
        set_accessible_role(self, QAccessible.Role.Grouping)
        self._build()

    def _build(self) -> None:
        for label in (self._heading, self._lines):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            label.setMaximumWidth(_WIDTH)
        self._heading.setFont(scaled(self.font(), 1.0, bold=True))
        self._button_row.setSpacing(2 * STEP)
        self._button_row.addStretch()
        self._button_row.addStretch()
        layout = self._layout
        layout.setContentsMargins(4 * STEP, 4 * STEP, 4 * STEP, 4 * STEP)
        layout.setSpacing(2 * STEP)
        layout.addStretch()
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self._heading, self._lines):
            row = QHBoxLayout()
            row.addWidget(label)
            layout.addLayout(row)
        layout.addSpacing(STEP)
        layout.addLayout(self._button_row)
        layout.addStretch()

    def text(self) -> str:
        return "\n".join(filter(None, (self._heading.text(), self._lines.text())))

    def _add_button(self, button: QWidget) -> None:
        self._button_row.insertWidget(self._button_row.count() - 1, button)

    def _show_content(self, icon: str, role: str, heading: str, lines: str) -> None:
        self._icon_name, self._role = icon, role
        self._heading.setText(heading)
        self._lines.setText(lines)
        self._lines.setVisible(bool(lines))
        self.setAccessibleName(self.text())
        self._apply_style()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_style()

    def _apply_style(self) -> None:
        roles = colours(self.palette())
        colour = getattr(roles, self._role)
        if self._icon_name:
            image = icons.icon(self._icon_name, colour).pixmap(_ICON, self.devicePixelRatioF())
            self._icon.setPixmap(image)
        palette = self.palette()
        palette.setColor(
            self._heading.foregroundRole(), roles.text if self._role == "muted" else colour
        )
        self._heading.setPalette(palette)


class FileCard(ResultCard):
    """Card for a result without a picture.

    Emits `open_pressed`, `folder_pressed`, `fetch_pressed`.
    """

    open_pressed = Signal()
    folder_pressed = Signal()
    fetch_pressed = Signal()

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("output_card", parent)
        self._shown_buttons: tuple[object, ...] = ()
        self._guards: list[PressGuard] = []
        self._open = text_button(_("Open"), "card_open", self)
        self._folder = text_button(_("Show in folder"), "card_show_in_folder", self)
        self._fetch = text_button(action_text(JobAction.FETCH_AGAIN), "card_fetch_again", self)
        for button, signal in (
            (self._open, self.open_pressed),
            (self._folder, self.folder_pressed),
            (self._fetch, self.fetch_pressed),
        ):
            self._add_button(button)
            button.clicked.connect(signal)
            self._guards.append(PressGuard(button, now))
        # Hidden at first: three buttons side by side would widen the dock before any is needed.
        self._show_buttons()

    def show_file(self, icon: str, name: str, lines: str, *, can_open: bool) -> None:
        self._show_content(icon, "muted", name, lines)
        self._show_buttons(open_=can_open, folder=True)

    def show_error(self, name: str, error: str, *, can_fetch: bool, path: str = "") -> None:
        """Shows an error; `path` is the file's path, "" if there is no file."""
        self._show_content("warning", "error", name, error)
        self._show_buttons(fetch=can_fetch, folder=bool(path), open_=may_open(path))

    def show_waiting(self, icon: str, name: str, message: str) -> None:
        self._show_content(icon, "muted", name, message)
        self._show_buttons()

    def _show_buttons(
        self, *, open_: bool = False, folder: bool = False, fetch: bool = False
    ) -> None:
        shown_buttons = (self._heading.text(), open_, folder, fetch)
        if shown_buttons != self._shown_buttons:
            self._shown_buttons = shown_buttons
            for guard in self._guards:
                guard.change_meaning()
        self._open.setVisible(open_)
        self._folder.setVisible(folder)
        self._fetch.setVisible(fetch)


class JobCard(ResultCard):
    """Card for a job that has no results, or none yet.

    A ring shows the estimated share of an active job. Emits `action_pressed` with a JobAction.
    """

    action_pressed = Signal(JobAction)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("job_card", parent)
        self._job_id = ""
        self._action = JobAction.CANCEL
        self._button = text_button("", "job_card_button", self)
        self._guard = PressGuard(self._button, now)
        self._add_button(self._button)
        self._button.clicked.connect(self._on_button_clicked)
        self._again_button = text_button(action_text(JobAction.RUN_AGAIN), "job_card_again", self)
        self._again_guard = PressGuard(self._again_button, now)
        self._add_button(self._again_button)
        self._again_button.clicked.connect(self._on_again_button_clicked)
        self._ring = ProgressRing("job_card_ring", self)
        self._layout.insertWidget(1, self._ring, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_job(
        self, job: Job, state_text: StateText, progress: ProgressText, now_s: float
    ) -> None:
        summary = f"{one_line(job.title)}\n{job_times_text(job, now_s)}"
        parts = (summary, state_details(job, state_text), _cost_line(job))
        lines = "\n\n".join(part for part in parts if part)
        estimate = progress.text if progress.is_estimate else ""
        heading = " · ".join(filter(None, (state_heading(job, state_text), estimate)))
        icon = f"state-{state_text.icon}"
        if (self._heading.text(), self._lines.text()) != (heading, lines):
            self._show_content(icon, state_text.role, heading, lines)
        self._ring.show_progress(progress.share, icon, state_text.role)
        self._ring.setVisible(progress.share is not None)
        self._icon.setVisible(progress.share is None)
        self._show_buttons(job, state_text)

    def _show_buttons(self, job: Job, state_text: StateText) -> None:
        if (self._job_id, self._action) != (job.job_id, state_text.action):
            self._guard.change_meaning()
            self._again_guard.change_meaning()
        self._job_id, self._action = job.job_id, state_text.action
        text = action_text(state_text.action)
        self._button.setText(literal(text))
        self._button.setAccessibleName(f"{text.rstrip('…')} {one_line(job.title)}")
        self._button.setVisible(state_text.is_enabled and state_text.action is not JobAction.OPEN)
        # The details say why a job failed; most users then want to run it again.
        self._again_button.setVisible(job.state is JobState.FAILED)
        self._again_button.setAccessibleName(f"{self._again_button.text()} {one_line(job.title)}")

    def _on_again_button_clicked(self) -> None:
        if self._again_guard.check_press():
            self.action_pressed.emit(JobAction.RUN_AGAIN)

    def _on_button_clicked(self) -> None:
        if self._guard.check_press():
            self.action_pressed.emit(self._action)


def _cost_line(job: Job) -> str:
    """Returns what a failed job has cost, as far as is known."""
    if job.state is not JobState.FAILED or not job.cost_usd:
        return ""
    return _("It cost %s.") % approx_money(job.cost_usd)


class TextView(QPlainTextEdit):
    """Read-only view of a text output, as plain text that can be selected."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("text_view")
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.document().setDocumentMargin(3 * STEP)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def show_text(self, text: str, name: str) -> None:
        self.setAccessibleName(name)
        if self.toPlainText() != text:
            self.setPlainText(text)
