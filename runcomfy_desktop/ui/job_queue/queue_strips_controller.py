"""Strips above and below the queue's rows: held jobs and the selected batch, kept up to date."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QWidget

from runcomfy_desktop.domain.jobs.job import HoldReason
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import approx_money, one_line
from runcomfy_desktop.ui.base.throttle import Throttle
from runcomfy_desktop.ui.job_queue.confirmations import label_with_cost
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.layouts import row
from runcomfy_desktop.ui.widgets.press_guard import PressGuard
from runcomfy_desktop.ui.widgets.property_grid import ElidedValueLabel
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runcomfy_desktop.core.jobs.job_index import BatchCount, JobIndex
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.jobs.send_queue import SendQueueState
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.job_queue.job_commands import JobCommands


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """Content of the held jobs strip.

    The button sends the jobs held for the reason `hold`, or resumes the whole queue if
    `resumes_all`. A `button` of "" means that there is none.
    """

    text: str
    button: str
    hold: HoldReason
    is_warning: bool = False
    resumes_all: bool = False


# The most important reason first, because only one strip is shown.
_HOLD_PRIORITY = (
    HoldReason.DAY_LIMIT,
    HoldReason.BATCH_LIMIT,
    HoldReason.OFFLINE,
    HoldReason.RESTART,
    HoldReason.PAUSED,
)


def held_message(queue_state: SendQueueState, index: JobIndex) -> HeldMessage | None:
    """Returns the message about a paused queue or held jobs; None if there is neither."""
    if queue_state.is_paused:
        count = index.held_counts[HoldReason.PAUSED]
        text = _("The queue is paused: nothing new is sent.")
        if count:
            waiting_text = n_("%d job waits.", "%d jobs wait.", count) % count
            text = f"{text} {waiting_text}"
        return HeldMessage(text, _("Resume"), HoldReason.PAUSED, resumes_all=True)
    hold = next((each for each in _HOLD_PRIORITY if index.held_counts[each]), None)
    if hold is None:
        return None
    count = index.held_counts[hold]
    send_text = n_("Send %d job", "Send %d jobs", count) % count
    if hold is HoldReason.OFFLINE:
        text = n_("%d job is held until online.", "%d jobs are held until online.", count) % count
        if not queue_state.is_online:
            return HeldMessage(text, "", hold)
        online_text = n_(
            "RunComfy can be reached again. %d job is held.",
            "RunComfy can be reached again. %d jobs are held.",
            count,
        )
        return HeldMessage(online_text % count, send_text, hold)
    if hold is HoldReason.RESTART:
        text = n_(
            "%d job was not sent before the program ended.",
            "%d jobs were not sent before the program ended.",
            count,
        )
        return HeldMessage(text % count, send_text, hold)
    if hold is HoldReason.PAUSED:
        text = _paused_text(count - index.outdated_count, index.outdated_count)
        return HeldMessage(text, _("Resume"), hold)
    return HeldMessage(_limit_text(hold, count), _("Send anyway…"), hold, is_warning=True)


def _paused_text(paused: int, outdated: int) -> str:
    """Returns how many jobs the user has paused, and how many the program."""
    paused_text = n_("%d job is paused.", "%d jobs are paused.", paused) % paused
    outdated_text = n_(
        "%d job is held because its workflow has changed.",
        "%d jobs are held because their workflow has changed.",
        outdated,
    )
    parts = (paused_text if paused else "", outdated_text % outdated if outdated else "")
    return " ".join(filter(None, parts))


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
    """Strip with an icon, a text and a button at its end."""

    def __init__(self, name: str, parent: QWidget, now: Callable[[], float]) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        icon_label = QLabel(self)
        self._icon = TintedIcon(icon_label)
        self._text = ElidedValueLabel(self)
        self._text.setObjectName(f"{name}_text")
        self.button = text_button("", f"{name}_button", self)
        self._guard = PressGuard(self.button, now)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        margins = (3 * STEP - STEP // 2, STEP, 3 * STEP, STEP)
        self._row = row(icon_label, (self._text, 1), self.button, owner=self, margins=margins)
        self._row.addStrut(self.button.sizeHint().height())
        self.hide()

    def set_content(self, text: str, button: str) -> None:
        self._text.setText(text)
        self._text.setAccessibleName(text)
        if self.button.text() != literal(button):
            self.button.setText(literal(button))
            self.button.setAccessibleName(button)
        self.button.setAccessibleDescription(text)
        self.button.setVisible(bool(button))


class HeldJobsStrip(_QueueStrip):
    """Strip that shows how many jobs are held and why.

    Emits `pressed` with the HeldMessage whose button was pressed.
    """

    pressed = Signal(HeldMessage)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("held_strip", parent, now)
        self._message: HeldMessage | None = None
        self.setAccessibleName(_("Held jobs"))
        self.button.clicked.connect(self._on_button_clicked)

    def show_message(self, message: HeldMessage | None, cost_text: str) -> None:
        """Shows `message` or hides the strip; `cost_text` is the cost of the button's jobs."""
        previous, self._message = self._message, message
        if message and (
            previous is None or (previous.button, previous.hold) != (message.button, message.hold)
        ):
            # A press that was meant for Resume, or for something that was here before the strip
            # appeared, must not send jobs held for another reason.
            self._guard.change_meaning()
        if message is not None:
            self._icon.show("state-held", "warning" if message.is_warning else "muted")
            button = label_with_cost(message.button, cost_text) if message.button else ""
            self.set_content(message.text, button)
        self.setVisible(message is not None)

    def _on_button_clicked(self) -> None:
        if self._message is not None and self._guard.check_press():
            self.pressed.emit(self._message)


class BatchStrip(_QueueStrip):
    """Strip that shows the progress of the selected job's batch.

    Emits `cancel_requested` and `grid_requested` with the batch's id when the user presses a
    button. `grid_button` is visible only for a batch that has a grid.
    """

    cancel_requested = Signal(str)
    grid_requested = Signal(str)

    def __init__(self, parent: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__("batch_line", parent, now)
        self._batch_id = ""
        self._icon.show("list")
        self.setAccessibleName(_("Batch"))
        self.button.clicked.connect(self._on_button_clicked)
        self.grid_button = text_button(_("Show grid"), "show_grid", self)
        self.grid_button.hide()
        self.grid_button.clicked.connect(lambda: self.grid_requested.emit(self._batch_id))
        self._row.insertWidget(self._row.indexOf(self.button), self.grid_button)

    def show_batch(self, batch_id: str, name: str, count: BatchCount, cost_text: str) -> None:
        if batch_id != self._batch_id:
            self._guard.change_meaning()
        self._batch_id = batch_id
        text = _batch_text(name, count)
        self.set_content(label_with_cost(text, cost_text), _("Cancel batch…") if count.open else "")
        self.show()

    def _on_button_clicked(self) -> None:
        if self._guard.check_press():
            self.cancel_requested.emit(self._batch_id)


def _batch_text(name: str, count: BatchCount) -> str:
    """Returns the progress, such as `Batch “retry”: 12 of 24 done, 1 failed, 2 cancelled`."""
    parts = [_("%d of %d done") % (count.done, count.total)]
    if count.failed:
        parts.append(n_("%d failed", "%d failed", count.failed) % count.failed)
    if count.cancelled:
        parts.append(n_("%d cancelled", "%d cancelled", count.cancelled) % count.cancelled)
    return _("Batch “%s”: %s") % (name, ", ".join(parts))


class QueueStripsController(QObject):
    """Updates `held_strip` (held jobs) and `batch_strip` (batch of the selected jobs) of a panel.

    `batch_id` is the batch of the selected jobs, "" for none. While `is_layout_frozen` returns
    True, nothing appears or disappears above the rows; the owner calls `refresh` when that is over.
    The focus of a button that is hidden moves to `rows`.
    """

    def __init__(  # noqa: PLR0913 - the collaborators of the strips
        self,
        scope: SessionScope,
        queue: JobQueue,
        commands: JobCommands,
        budget: Budget | None,
        panel: QWidget,
        *,
        rows: QWidget,
        is_layout_frozen: Callable[[], bool] = lambda: False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(scope)
        self._queue = queue
        self._commands = commands
        self._budget = budget
        self._rows = rows
        self._is_layout_frozen = is_layout_frozen
        self._held_message: HeldMessage | None = None
        # True if costs have changed or an update has been postponed since the strip was last
        # updated.
        self._is_outdated = False
        self._batch_name = ""
        self._is_grid = False
        self.batch_id = ""
        self.held_strip = HeldJobsStrip(panel, now)
        self.batch_strip = BatchStrip(panel, now)
        self.held_strip.pressed.connect(self._on_strip_pressed)
        self.batch_strip.cancel_requested.connect(commands.cancel_batch)
        # While thousands of jobs are held or released, the state changes at every turn of the loop.
        throttle = Throttle(self, self._update_held_strip)
        scope.call_on_close(throttle.stop)
        scope.subscribe(
            queue.send_queue.changed, lambda _state: throttle.request(job_count=len(queue.jobs))
        )
        if budget is not None:
            scope.subscribe(budget.changed, lambda _nothing: self._refresh_costs())
        self._refresh_costs()

    def refresh(self) -> None:
        """Updates both strips after the counts of the jobs have changed."""
        self._update_held_strip()
        self._update_batch_strip()

    def show_batch_of(self, jobs: Sequence[Job]) -> None:
        """Shows the batch of the selected jobs, if they all belong to the same one."""
        ids = {job.batch_id for job in jobs}
        self.batch_id = ids.pop() if len(ids) == 1 else ""
        self._batch_name = one_line(jobs[0].batch_name) if self.batch_id else ""
        self._is_grid = bool(self.batch_id) and jobs[0].cell >= 0
        self._update_batch_strip()

    @property
    def is_batch_open(self) -> bool:
        """True if any job of the shown batch can be cancelled."""
        return self._commands.is_batch_open(self.batch_id)

    def _update_held_strip(self) -> None:
        message = held_message(self._queue.send_queue.state, self._queue.index)
        if message == self._held_message and not self._is_outdated:
            return
        if self.held_strip.isHidden() is (message is not None) and self._is_layout_frozen():
            self._is_outdated = True
            return
        self._held_message, self._is_outdated = message, False
        cost_text = ""
        # Jobs beyond a limit are sent only after a confirmation, which shows their cost.
        if message and message.button and not message.resumes_all and not message.is_warning:
            cost_text = self._commands.cost_text(self._commands.jobs_held_by(message.hold))
        with self._keeping_focus(self.held_strip.button):
            self.held_strip.show_message(message, cost_text)

    def _update_batch_strip(self) -> None:
        count = self._queue.index.batch(self.batch_id)
        with self._keeping_focus(self.batch_strip.button):
            if count.total < 2:
                self.batch_strip.hide()
                return
            usd = self._budget.batch_usd(self.batch_id) if self._budget is not None else 0.0
            cost_text = approx_money(usd) if usd else ""
            if cost_text and count.finished < count.total:
                cost_text = _("%s so far") % cost_text
            self.batch_strip.show_batch(self.batch_id, self._batch_name, count, cost_text)
            self.batch_strip.grid_button.setVisible(self._is_grid)

    @contextmanager
    def _keeping_focus(self, button: QWidget) -> Iterator[None]:
        """Moves the focus to the rows if a focused button is hidden.

        Otherwise Qt would choose the next widget.
        """
        had_focus = button.hasFocus()
        yield
        if had_focus and not button.isVisible():
            self._rows.setFocus()

    def _refresh_costs(self) -> None:
        """Updates both strips after prices or the budget have changed."""
        self._is_outdated = True
        self.refresh()

    def _on_strip_pressed(self, message: HeldMessage) -> None:
        if message.resumes_all:
            self._commands.resume_all()
        else:
            self._commands.send_now(self._commands.jobs_held_by(message.hold))
