"""The two lines around the queue's rows, kept true: what is held back, and the batch in view."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import approx_money, one_line
from runcomfy_desktop.ui.job_queue.queue_strips import (
    BatchStrip,
    HeldAction,
    HeldJobsStrip,
    HeldMessage,
    held_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.job_queue.job_commands import JobCommands
    from runcomfy_desktop.ui.job_queue.jobs_model import JobsModel


class QueueStripsController(QObject):
    """Owns `held_strip` (what is held) and `batch_strip` (the batch of what is selected)."""

    def __init__(
        self,
        model: JobsModel,
        table: QWidget,
        panel: QWidget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(panel)
        self._model = model
        self._table = table
        self._subscriptions = Subscriptions()
        self._queue: JobQueue | None = None
        self._commands: JobCommands | None = None
        self._budget: Budget | None = None
        self._held_message: HeldMessage | None = None
        # Whether sums have changed since it was told.
        self._is_outdated = False
        self._batch_name = ""
        self.is_layout_frozen: Callable[[], bool] = lambda: False
        """True while nothing may come or go above the rows; `refresh` follows when it is over."""
        self.batch_id = ""
        self.held_strip = HeldJobsStrip(panel, now)
        self.batch_strip = BatchStrip(panel, now)
        self.held_strip.pressed.connect(self._on_strip_pressed)
        self.batch_strip.cancel_requested.connect(self._on_batch_cancel_requested)
        self._is_grid = False

    def attach(self, queue: JobQueue, commands: JobCommands, budget: Budget | None) -> None:
        self._queue, self._commands, self._budget = queue, commands, budget
        self._subscriptions.add(queue.send_queue.changed, lambda _state: self._update_held_strip())
        if budget is not None:
            self._subscriptions.add(budget.changed, lambda _nothing: self._refresh_costs())
        self._refresh_costs()

    def detach(self) -> None:
        self._subscriptions.close()
        self._queue = self._commands = self._budget = None
        self.batch_id = ""
        self._refresh_costs()

    def refresh(self) -> None:
        """What is counted of the jobs has changed."""
        self._update_held_strip()
        self._update_batch_strip()

    def show_batch_of(self, jobs: Sequence[Job]) -> None:
        """These are selected now."""
        ids = {job.batch_id for job in jobs}
        self.batch_id = ids.pop() if len(ids) == 1 else ""
        self._batch_name = one_line(jobs[0].batch_name) if self.batch_id else ""
        self._is_grid = bool(self.batch_id) and jobs[0].cell >= 0
        self._update_batch_strip()

    @property
    def is_batch_open(self) -> bool:
        """Whether anything of the batch in view can be cancelled."""
        return self._model.job_index.batch(self.batch_id).open > 0

    def _update_held_strip(self) -> None:
        held = self._model.job_index.held
        message = (
            held_message(self._queue.send_queue.state, held) if self._queue is not None else None
        )
        if message == self._held_message and not self._is_outdated:
            return
        if self.held_strip.isHidden() is (message is not None) and self.is_layout_frozen():
            self._is_outdated = True
            return
        self._held_message, self._is_outdated = message, False
        # What goes beyond a limit is asked with its sum.
        sends = message is not None and message.action is HeldAction.SEND and not message.is_warning
        cost_text = (
            self._commands.cost_text(self._jobs_held_by(message))
            if sends and self._commands is not None
            else ""
        )
        with self._keeping_focus(self.held_strip.button):
            self.held_strip.show_message(message, cost_text)

    def _update_batch_strip(self) -> None:
        count = self._model.job_index.batch(self.batch_id)
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
        """Of a button that goes the keyboard comes to the rows, not wherever Qt finds a place."""
        had_focus = button.hasFocus()
        yield
        if had_focus and not button.isVisible():
            self._table.setFocus()

    def _refresh_costs(self) -> None:
        """The prices have changed, or who knows them."""
        self._is_outdated = True
        self.refresh()

    def _jobs_held_by(self, message: HeldMessage | None) -> list[Job]:
        hold = message.hold if message is not None else None
        return [job for job in self._model.jobs() if hold is not None and job.hold is hold]

    def _on_strip_pressed(self, message: HeldMessage) -> None:
        if self._commands is None:
            return
        if message.action is HeldAction.RESUME_ALL:
            self._commands.resume_all()
        else:
            self._commands.send_now(self._jobs_held_by(message))

    def _on_batch_cancel_requested(self, batch_id: str) -> None:
        if self._commands is not None:
            self._commands.cancel_batch(batch_id)
