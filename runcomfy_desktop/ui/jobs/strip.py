"""Two quiet lines of the queue: what is held back and how it goes on, and how far a batch is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from runcomfy_desktop.domain.job import Hold
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.jobs.questions import priced
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal, text_button
from runcomfy_desktop.ui.widgets.facts import ElidedText
from runcomfy_desktop.ui.widgets.press_guard import PressGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.line import LineState
    from runcomfy_desktop.ui.jobs.lineup import BatchCount


class Way(Enum):
    """What the button of the strip does."""

    RESUME_ALL = "resume_all"
    SEND = "send"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StripWords:
    """What is held. `hold` names the jobs that the button is for."""

    text: str
    way: Way = Way.NONE
    button: str = ""
    hold: Hold | None = None
    warns: bool = False


# The most important first: one strip, not five.
_ORDER = (Hold.DAY_LIMIT, Hold.BATCH_LIMIT, Hold.OFFLINE, Hold.RESTART, Hold.PAUSED)


def strip_words(line: LineState, held: Mapping[Hold, int]) -> StripWords | None:
    """The strip for what holds jobs back now; None when nothing does."""
    if line.is_paused:
        count = held.get(Hold.PAUSED, 0)
        text = _("The queue is paused: nothing new is sent.")
        if count:
            waits = n_("%d job waits.", "%d jobs wait.", count) % count
            text = f"{text} {waits}"
        return StripWords(text, Way.RESUME_ALL, _("Resume"), Hold.PAUSED)
    hold = next((each for each in _ORDER if held.get(each, 0)), None)
    if hold is None:
        return None
    count = held[hold]
    send = n_("Send %d job", "Send %d jobs", count) % count
    if hold is Hold.OFFLINE:
        text = n_("%d job is held until online.", "%d jobs are held until online.", count) % count
        if not line.is_online:
            return StripWords(text, hold=hold)
        again = n_(
            "RunComfy can be reached again. %d job is held.",
            "RunComfy can be reached again. %d jobs are held.",
            count,
        )
        return StripWords(again % count, Way.SEND, send, hold)
    if hold is Hold.RESTART:
        text = n_(
            "%d job was not sent before the program ended.",
            "%d jobs were not sent before the program ended.",
            count,
        )
        return StripWords(text % count, Way.SEND, send, hold)
    if hold is Hold.PAUSED:
        text = n_("%d job is paused.", "%d jobs are paused.", count) % count
        return StripWords(text, Way.SEND, _("Resume"), hold)
    return StripWords(_limit_text(hold, count), Way.SEND, _("Send anyway…"), hold, warns=True)


def _limit_text(hold: Hold, count: int) -> str:
    if hold is Hold.DAY_LIMIT:
        text = n_(
            "%d job is held by the day's limit.", "%d jobs are held by the day's limit.", count
        )
    else:
        text = n_(
            "%d job is held by the batch's limit.", "%d jobs are held by the batch's limit.", count
        )
    return text % count


class _Line(QWidget):
    """A text in a line of its own, with a button at its end."""

    def __init__(self, name: str, parent: QWidget, now: Callable[[], float]) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._icon = QLabel(self)
        self._text = ElidedText(self)
        self._text.setObjectName(f"{name}_text")
        self._button = text_button("", f"{name}_button", self)
        self._guard = PressGuard(self._button, now)
        self._tone, self._icon_name = "muted", "state-held"
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * STEP - STEP // 2, STEP, 3 * STEP, STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addStrut(self._button.sizeHint().height())
        self.hide()

    @property
    def button(self) -> QPushButton:
        return self._button

    def tell(self, text: str, button: str) -> None:
        self._text.setText(text)
        self._text.setAccessibleName(text)
        if self._button.text() != literal(button):
            self._button.setText(literal(button))
            self._button.setAccessibleName(button)
        self._button.setAccessibleDescription(text)
        self._button.setVisible(bool(button))
        self._dress()

    def _dress(self) -> None:
        roles = colours(self.palette())
        image = icons.icon(self._icon_name, getattr(roles, self._tone))
        self._icon.setPixmap(image.pixmap(QSize(ICON_SIZE), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()


class HeldStrip(_Line):
    """Says what is held back. Emits `pressed` with the StripWords whose button it was."""

    pressed = Signal(StripWords)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("held_strip", parent, now)
        self._words: StripWords | None = None
        self.setAccessibleName(_("Held jobs"))
        self._button.clicked.connect(self._on_button_clicked)

    def show_words(self, words: StripWords | None, cost: str) -> None:
        """`cost` is what the jobs of the button will cost, in words."""
        before, self._words = self._words, words
        if words and (before is None or (before.button, before.hold) != (words.button, words.hold)):
            # A finger that was on its way to Resume, or to what lay here before the strip came,
            # does not send what is held for another reason.
            self._guard.change_meaning()
        if words is not None:
            self._tone = "warning" if words.warns else "muted"
            self.tell(words.text, priced(words.button, cost) if words.button else "")
        self.setVisible(words is not None)

    def _on_button_clicked(self) -> None:
        if self._words is not None and self._guard.ask():
            self.pressed.emit(self._words)


class BatchLine(_Line):
    """Says how far the batch of the selected job is. Emits `cancel_requested` with its id, and
    `grid_wished` when its grid is to be shown; `grid_button` is there only for what has one."""

    cancel_requested = Signal(str)
    grid_wished = Signal(str)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("batch_line", parent, now)
        self._batch_id = ""
        self._icon_name = "list"
        self.setAccessibleName(_("Batch"))
        self._button.clicked.connect(self._on_button_clicked)
        self.grid_button = text_button(_("Show grid"), "show_grid", self)
        self.grid_button.hide()
        self.grid_button.clicked.connect(lambda: self.grid_wished.emit(self._batch_id))
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(row.indexOf(self._button), self.grid_button)

    def show_batch(self, batch_id: str, name: str, count: BatchCount, cost: str) -> None:
        if batch_id != self._batch_id:
            self._guard.change_meaning()
        self._batch_id = batch_id
        text = batch_text(name, count)
        self.tell(priced(text, cost), _("Cancel batch…") if count.open else "")
        self.show()

    def _on_button_clicked(self) -> None:
        if self._guard.ask():
            self.cancel_requested.emit(self._batch_id)


def batch_text(name: str, count: BatchCount) -> str:
    """`Batch “retry”: 12 of 24 done, 1 failed, 2 cancelled`."""
    parts = [_("%d of %d done") % (count.done, count.jobs)]
    if count.failed:
        parts.append(n_("%d failed", "%d failed", count.failed) % count.failed)
    if count.cancelled:
        parts.append(n_("%d cancelled", "%d cancelled", count.cancelled) % count.cancelled)
    return _("Batch “%s”: %s") % (name, ", ".join(parts))
