"""Inline prompt or progress shown in a media field."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.flow_layout import FlowLayout
from runcomfy_desktop.ui.widgets.underlined_button import UnderlinedButton

CANCEL = "cancel"
"""Name of the answer that Escape gives, if the prompt has it."""
_PROGRESS_WIDTH = 36 * STEP


@dataclass(frozen=True, slots=True)
class PromptAnswer:
    """One button of a prompt: its name, its label, and whether it is the primary one."""

    name: str
    label: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class InlinePrompt:
    """Contents of an inline prompt.

    `title` replaces the file's name, `text` the facts about the file. `progress` is from 0 to 1;
    None if nothing is in progress.
    """

    title: str
    text: str
    answers: tuple[PromptAnswer, ...]
    progress: float | None = None


class InlinePromptBar(QWidget):
    """Buttons and progress of an inline prompt; emits `answered` with an answer's name."""

    answered = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._answers: tuple[PromptAnswer, ...] = ()
        self._buttons: list[QPushButton] = []
        self._progress_bar = _PromptProgressBar(self)
        # In a narrow window the answers are stacked: elided answers could not be read.
        self._row = FlowLayout(self, STEP)
        self._row.addWidget(self._progress_bar)
        self.hide()

    @property
    def buttons(self) -> list[QPushButton]:
        return list(self._buttons)

    def show_prompt(self, prompt: InlinePrompt) -> bool:
        """Shows a prompt; returns True if the buttons have changed."""
        self._progress_bar.setVisible(prompt.progress is not None)
        self._progress_bar.set_progress(prompt.progress or 0.0)
        if prompt.answers == self._answers:
            return False
        self._answers = prompt.answers
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [self._create_button(answer) for answer in prompt.answers]
        return True

    def _create_button(self, answer: PromptAnswer) -> QPushButton:
        name = f"media_{answer.name}"
        if answer.is_primary:
            button = text_button(answer.label, name, self)
        else:
            button = UnderlinedButton(answer.label, name, self)
        # Set before Qt polishes the button; otherwise a change of style sheet would undo it.
        button.setFont(self.font())
        button.clicked.connect(lambda: self.answered.emit(answer.name))
        self._row.addWidget(button)
        button.show()
        return button


class _PromptProgressBar(QWidget):
    """Thin progress bar in the accent colour."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._progress = 0.0
        self.setObjectName("media_progress")
        self.setFixedSize(QSize(_PROGRESS_WIDTH, 5 * STEP))

    def set_progress(self, progress: float) -> None:
        self._progress = min(max(progress, 0.0), 1.0)
        self.setAccessibleName(_("%d %% done") % round(self._progress * 100))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar_rect = QRectF(0, (self.height() - STEP) / 2, self.width(), STEP)
        painter.setBrush(QColor(roles.line))
        painter.drawRoundedRect(bar_rect, STEP / 2, STEP / 2)
        bar_rect.setWidth(max(bar_rect.width() * self._progress, float(STEP)))
        painter.setBrush(QColor(roles.accent))
        painter.drawRoundedRect(bar_rect, STEP / 2, STEP / 2)
        painter.end()
