"""Two quiet lines of the queue: what is held back and how it goes on, and how far a batch is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from runcomfy_desktop.domain.jobs.job import HoldReason
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.job_queue.confirmations import label_with_cost
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, literal, text_button
from runcomfy_desktop.ui.widgets.press_guard import PressGuard
from runcomfy_desktop.ui.widgets.property_grid import ElidedValueLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.jobs.send_queue import SendQueueState
    from runcomfy_desktop.ui.job_queue.job_index import BatchCount


class HeldAction(Enum):
    """What the button of the strip does."""

    RESUME_ALL = "resume_all"
    SEND = "send"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """What is held. `hold` names the jobs that the button is for."""

    text: str
    action: HeldAction = HeldAction.NONE
    button: str = ""
    hold: HoldReason | None = None
    is_warning: bool = False


# The most important first: one strip, not five.
_HOLD_PRIORITY = (
    HoldReason.DAY_LIMIT,
    HoldReason.BATCH_LIMIT,
    HoldReason.OFFLINE,
    HoldReason.RESTART,
    HoldReason.PAUSED,
)


def held_message(queue_state: SendQueueState, held: Mapping[HoldReason, int]) -> HeldMessage | None:
    """The strip for what holds jobs back now; None when nothing does."""
    if queue_state.is_paused:
        count = held.get(HoldReason.PAUSED, 0)
        text = _("The queue is paused: nothing new is sent.")
        if count:
            waiting_text = n_("%d job waits.", "%d jobs wait.", count) % count
            text = f"{text} {waiting_text}"
        return HeldMessage(text, HeldAction.RESUME_ALL, _("Resume"), HoldReason.PAUSED)
    hold = next((each for each in _HOLD_PRIORITY if held.get(each, 0)), None)
    if hold is None:
        return None
    count = held[hold]
    send_text = n_("Send %d job", "Send %d jobs", count) % count
    if hold is HoldReason.OFFLINE:
        text = n_("%d job is held until online.", "%d jobs are held until online.", count) % count
        if not queue_state.is_online:
            return HeldMessage(text, hold=hold)
        online_text = n_(
            "RunComfy can be reached again. %d job is held.",
            "RunComfy can be reached again. %d jobs are held.",
            count,
        )
        return HeldMessage(online_text % count, HeldAction.SEND, send_text, hold)
    if hold is HoldReason.RESTART:
        text = n_(
            "%d job was not sent before the program ended.",
            "%d jobs were not sent before the program ended.",
            count,
        )
        return HeldMessage(text % count, HeldAction.SEND, send_text, hold)
    if hold is HoldReason.PAUSED:
        text = n_("%d job is paused.", "%d jobs are paused.", count) % count
        return HeldMessage(text, HeldAction.SEND, _("Resume"), hold)
    return HeldMessage(
        _limit_text(hold, count), HeldAction.SEND, _("Send anyway…"), hold, is_warning=True
    )


def _limit_text(hold: HoldReason, count: int) -> str:
    if hold is HoldReason.DAY_LIMIT:
        text = n_(
            "%d job is held by the day's limit.", "%d jobs are held by the day's limit.", count
        )
    else:
        text = n_(
            "%d job is held by the batch's limit.", "%d jobs are held by the batch's limit.", count
        )
    return text % count


class _QueueStrip(QWidget):
    """A text in a line of its own, with a button at its end."""

    def __init__(self, name: str, parent: QWidget, now: Callable[[], float]) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._icon = QLabel(self)
        self._text = ElidedValueLabel(self)
        self._text.setObjectName(f"{name}_text")
        self._button = text_button("", f"{name}_button", self)
        self._guard = PressGuard(self._button, now)
        self._colour_role, self._icon_name = "muted", "state-held"
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

    def set_content(self, text: str, button: str) -> None:
        self._text.setText(text)
        self._text.setAccessibleName(text)
        if self._button.text() != literal(button):
            self._button.setText(literal(button))
            self._button.setAccessibleName(button)
        self._button.setAccessibleDescription(text)
        self._button.setVisible(bool(button))
        self._apply_style()

    def _apply_style(self) -> None:
        roles = colours(self.palette())
        image = icons.icon(self._icon_name, getattr(roles, self._colour_role))
        self._icon.setPixmap(image.pixmap(QSize(ICON_SIZE), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()


class HeldJobsStrip(_QueueStrip):
    """Says what is held back. Emits `pressed` with the HeldMessage whose button it was."""

    pressed = Signal(HeldMessage)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("held_strip", parent, now)
        self._message: HeldMessage | None = None
        self.setAccessibleName(_("Held jobs"))
        self._button.clicked.connect(self._on_button_clicked)

    def show_message(self, message: HeldMessage | None, cost_text: str) -> None:
        """`cost_text` is what the jobs of the button will cost, in words."""
        previous, self._message = self._message, message
        if message and (
            previous is None or (previous.button, previous.hold) != (message.button, message.hold)
        ):
            # A finger that was on its way to Resume, or to what lay here before the strip came,
            # does not send what is held for another reason.
            self._guard.change_meaning()
        if message is not None:
            self._colour_role = "warning" if message.is_warning else "muted"
            self.set_content(
                message.text, label_with_cost(message.button, cost_text) if message.button else ""
            )
        self.setVisible(message is not None)

    def _on_button_clicked(self) -> None:
        if self._message is not None and self._guard.check_press():
            self.pressed.emit(self._message)


class BatchStrip(_QueueStrip):
    """Says how far the batch of the selected job is. Emits `cancel_requested` with its id, and
    `grid_requested` when its grid is to be shown; `grid_button` is there only for what has one."""

    cancel_requested = Signal(str)
    grid_requested = Signal(str)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("batch_line", parent, now)
        self._batch_id = ""
        self._icon_name = "list"
        self.setAccessibleName(_("Batch"))
        self._button.clicked.connect(self._on_button_clicked)
        self.grid_button = text_button(_("Show grid"), "show_grid", self)
        self.grid_button.hide()
        self.grid_button.clicked.connect(lambda: self.grid_requested.emit(self._batch_id))
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(row.indexOf(self._button), self.grid_button)

    def show_batch(self, batch_id: str, name: str, count: BatchCount, cost_text: str) -> None:
        if batch_id != self._batch_id:
            self._guard.change_meaning()
        self._batch_id = batch_id
        text = batch_text(name, count)
        self.set_content(label_with_cost(text, cost_text), _("Cancel batch…") if count.open else "")
        self.show()

    def _on_button_clicked(self) -> None:
        if self._guard.check_press():
            self.cancel_requested.emit(self._batch_id)


def batch_text(name: str, count: BatchCount) -> str:
    """`Batch “retry”: 12 of 24 done, 1 failed, 2 cancelled`."""
    parts = [_("%d of %d done") % (count.done, count.total)]
    if count.failed:
        parts.append(n_("%d failed", "%d failed", count.failed) % count.failed)
    if count.cancelled:
        parts.append(n_("%d cancelled", "%d cancelled", count.cancelled) % count.cancelled)
    return _("Batch “%s”: %s") % (name, ", ".join(parts))
