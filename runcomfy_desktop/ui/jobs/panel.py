"""The queue panel: all jobs with their state, times and one button each, and what holds them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QPoint, QTimer, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.jobs.button import JobButton
from runcomfy_desktop.ui.jobs.deeds import JobDeeds
from runcomfy_desktop.ui.jobs.follow import Follower
from runcomfy_desktop.ui.jobs.heads import ColumnHeads
from runcomfy_desktop.ui.jobs.lines import QueueLines
from runcomfy_desktop.ui.jobs.menu import jobs_menu
from runcomfy_desktop.ui.jobs.ordering import Order
from runcomfy_desktop.ui.jobs.pointer import PointerOver
from runcomfy_desktop.ui.jobs.speaking import Speaker
from runcomfy_desktop.ui.jobs.table import JobsTable
from runcomfy_desktop.ui.jobs.words import Deed, Group, can_cancel, group_text
from runcomfy_desktop.ui.models.jobs import Column, JobRole, JobsModel, picture_of
from runcomfy_desktop.ui.outputs.thumbnails import Thumbnails
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.line import Line
from runcomfy_desktop.ui.widgets.roles import speak_as
from runcomfy_desktop.ui.widgets.visible_rows import VisibleRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.line import Where
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.ui.models.job_rows import Change

# Groups which are there only while they have jobs.
_RARE = (Group.CANCELLED, Group.UNCERTAIN, Group.HELD)
_SECOND_MS = 1000
_FEW = 3
_MANY = 500


class JobsPanel(QWidget):
    """Emits `job_selected` with the job to look at ("" for none), `open_requested` with the job
    whose outputs a person wants to see now, `order_chosen` with the Order of the rows,
    `may_cancel` with whether any selected job, and any of their one batch, can be cancelled, and
    `announced` with what a screen reader was told; `grid_wished` with the batch whose grid a
    person wants to see."""

    job_selected = Signal(str)
    open_requested = Signal(str)
    order_chosen = Signal(Order)
    may_cancel = Signal(bool, bool)
    grid_wished = Signal(str)
    announced = Signal(str)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        thumbnails: Thumbnails | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self.model = JobsModel(self)
        self._thumbnails = thumbnails or Thumbnails(self)
        self._deeds: JobDeeds | None = None
        self._links = Subscriptions()
        self._follower = Follower()
        self._speaker = Speaker(self)
        self.head = QWidget(self)
        """Chips and the button that cancels all; a dock may put it into its title."""
        self._chips = ChipRow(self)
        self._cancel_all = text_button(_("Cancel all"), "cancel_all_jobs", self)
        self._body = QWidget(self)
        self.table = JobsTable(self.model, self._thumbnails, self._body)
        self._heads = ColumnHeads(self.table, self._body)
        self._lines = QueueLines(self.model, self.table, self, now)
        self._pointer = PointerOver(self._body, now)
        # The list did not scroll to what was selected by itself, because the pointer was over it.
        self._has_to_scroll = False
        self._empty = EmptyState(parent=self, icon="list")
        self._buttons: VisibleRows[JobButton]
        self._pages = QStackedLayout()
        self._second = QTimer(self)
        self._build()
        self._connect()

    # The core

    def attach(self, queue: JobQueue, purse: Purse | None = None) -> None:
        """`purse` knows sums; without one, none are told."""
        self.detach()
        self._deeds = JobDeeds(self, queue, self.model.words, purse, self._now)
        self._deeds.removing = self.model.expect_gone
        self.model.attach(queue.jobs, queue.changed, queue.removed, queue.loaded)
        self._links.add(queue.loaded, lambda _nothing: self._start_over())
        self._links.add(queue.pauses.sending_changed, self.model.show_pause)
        self.model.show_pause(queue.pauses.sending_until_s)
        self._lines.attach(queue, self._deeds, purse)
        self._start_over()

    def detach(self) -> None:
        self._links.close()
        self._deeds = None
        self._speaker.forget()
        self._lines.detach()
        self.model.show_pause(0.0)
        self.model.detach()
        self._follower = Follower()
        self.job_selected.emit("")

    # What the window's actions use

    def cancel_selected(self) -> None:
        """Cancels the selected jobs that can be cancelled; asks when they are several."""
        if self._deeds is not None:
            self._deeds.cancel(self._selected_jobs())

    def cancel_all(self) -> None:
        """Cancels every job that can be cancelled, after asking."""
        if self._deeds is not None:
            self._deeds.cancel_all(self.model.jobs())

    def cancel_batch(self) -> None:
        """Cancels what is left of the selected job's batch, after asking."""
        if self._deeds is not None:
            self._deeds.cancel_batch(self._lines.batch_id)

    def retry_failed(self) -> None:
        """Runs all failed jobs once more, after asking."""
        if self._deeds is not None:
            self._deeds.retry_failed(self.model.jobs())

    def pause_all(self) -> None:
        if self._deeds is not None:
            self._deeds.pause_all()

    def resume_all(self) -> None:
        if self._deeds is not None:
            self._deeds.resume_all()

    def set_order(self, order: Order) -> None:
        """Sorts the rows; what is selected stays so."""
        self._follower.moving = True
        try:
            self.model.set_order(order)
        finally:
            self._follower.moving = False
        self._heads.show_order(order)

    def select_job(self, job_id: str) -> None:
        """Selects a job's row, where it is among those shown, and tells who shows outputs."""
        self._select(job_id, scrolls=True)

    def _select(self, job_id: str, *, scrolls: bool) -> None:
        row = self.model.row_of(job_id)
        self._follower.moving = True
        self._has_to_scroll = not scrolls
        self.table.setAutoScroll(scrolls)
        try:
            if row >= 0:
                index = self.model.index(row, Column.JOB)
                flags = QItemSelectionModel.SelectionFlag
                self.table.selectionModel().setCurrentIndex(
                    index, flags.ClearAndSelect | flags.Rows
                )
        finally:
            self._follower.moving = False
            self.table.setAutoScroll(True)
        self._follower.shown = job_id
        self.job_selected.emit(job_id)

    def show_group(self, group: Group) -> None:
        """Shows one group; the job that is looked at stays selected when it belongs to it."""
        self._follower.moving = True
        try:
            self.model.set_group(group)
        finally:
            self._follower.moving = False
        self._chips.choose(group.value)
        if self.model.row_of(self._follower.shown) >= 0:
            self.select_job(self._follower.shown)
        # What was selected is not among those shown any more, and Qt says nothing of it.
        self._on_selection_changed()
        self._show_page()

    def remove_selected(self) -> None:
        """Takes those selected jobs out of the list that are over or were never sent."""
        if self._deeds is not None:
            self._deeds.remove(self._selected_jobs())

    # Making

    def _build(self) -> None:
        self.setObjectName("jobs_panel")
        for group in Group:
            self._chips.add(group.value, f"jobs_{group.value}")
        head = QHBoxLayout(self.head)
        head.setContentsMargins(2 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        head.addWidget(self._chips)
        head.addStretch()
        head.addWidget(self._cancel_all)
        # As high as with the button, so that the rows below do not jump when it comes and goes.
        head.addStrut(self._cancel_all.sizeHint().height())
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._heads)
        body.addWidget(self.table)
        self._buttons = VisibleRows(
            self.table,
            Column.ACTION,
            JobRole.KEY,
            self._make_button,
            self._fill_button,
            lambda button: button.guard.change_place(),
        )
        self._buttons.setObjectName("job_buttons")
        self._buttons.setAccessibleName(_("Actions of the jobs"))
        speak_as(self._buttons, QAccessible.Role.Grouping)
        self._pages.addWidget(self._body)
        self._pages.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(Line(self))
        layout.addWidget(self._lines.strip)
        layout.addLayout(self._pages, 1)
        layout.addWidget(self._lines.batch)
        self._second.setInterval(_SECOND_MS)
        self._on_model_counted()

    def _connect(self) -> None:
        self._lines.batch.grid_wished.connect(self.grid_wished)
        self.model.keeps_still = self._lines.keeps_still = lambda: self._pointer.is_at_work
        self._pointer.watch(self.table.viewport())
        self._pointer.ended.connect(self._on_pointer_ended)
        self.model.counted.connect(self._on_model_counted)
        self.model.applied.connect(self._on_model_applied)
        self._speaker.announced.connect(self.announced)
        self._heads.order_chosen.connect(self._on_heads_order_chosen)
        self.table.fitted.connect(self._heads.fit)
        self.table.move_wished.connect(self._on_table_move_wished)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._chips.chosen.connect(lambda key: self.show_group(Group(key)))
        self._cancel_all.clicked.connect(self.cancel_all)
        self._second.timeout.connect(self._on_second_timeout)
        self._thumbnails.changed.connect(lambda _path: self.table.viewport().update())
        self.table.deed_wished.connect(self._on_table_deed_wished)
        self.table.preview_wished.connect(self._on_table_preview_wished)
        self.table.removal_wished.connect(self.remove_selected)
        self.table.menu_wished.connect(self._on_table_menu_wished)
        self.model.rowsRemoved.connect(self._on_model_rows_removed)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_row_changed)

    def _make_button(self) -> JobButton:
        button = JobButton(self._now)
        self._pointer.watch(button)
        button.deed_requested.connect(self._do)
        return button

    def _fill_button(self, button: JobButton, index: QModelIndex) -> None:
        job = self.model.job_at(index)
        if job is not None:
            button.show_job(job, self.model.words(job), index.row())

    # What became of jobs

    def _start_over(self) -> None:
        self._follower = Follower()
        done = [job for job in self.model.jobs() if job.state is JobState.DONE]
        if done:
            self.select_job(done[-1].job_id)

    def _on_model_applied(self, changes: list[Change]) -> None:
        wanted = ""
        for each in changes:
            if each.job is None:
                self._forget(each.job_id)
            elif self._follower.wants(each.job, each.before) and (
                not wanted or each.job.state is JobState.DONE
            ):
                wanted = each.job_id
            if each.job is not None and each.job.state is each.before is JobState.DONE:
                # Its file may have been fetched again.
                self._thumbnails.check(picture_of(each.job))
        # Dozens of beginnings would keep anybody from hearing the ends.
        many = self.model.counts()[Group.ACTIVE] > _FEW
        self._speaker.hear(
            each.job
            for each in changes
            if each.job is not None
            and each.before not in (None, each.job.state)
            and not (many and each.job.state is JobState.RUNNING)
        )
        if wanted:
            self._select(wanted, scrolls=not self._pointer.is_at_work)

    def _on_pointer_ended(self) -> None:
        self.model.catch_up()
        self._lines.refresh()
        if self._has_to_scroll:
            self._has_to_scroll = False
            self.table.scrollTo(self.table.currentIndex())

    def _forget(self, job_id: str) -> None:
        if self._follower.shown == job_id:
            self._follower = Follower()
            self.job_selected.emit("")

    # Widgets

    def _on_model_counted(self) -> None:
        counts = self.model.counts()
        for group in Group:
            count, word = counts[group], group_text(group)
            spoken = n_("%s, %d job", "%s, %d jobs", count) % (word, count)
            seen = group not in _RARE or count > 0 or self.model.group is group
            self._chips.set_text(group.value, f"{word} {count}", spoken=spoken, visible=seen)
        self._cancel_all.setVisible(self.model.can_cancel_any)
        self._show_page()
        self._lines.refresh()
        self._tell_may_cancel()

    def _on_selection_changed(self) -> None:
        self._lines.show_batch_of(self._selected_jobs())
        self._tell_may_cancel()

    def _tell_may_cancel(self) -> None:
        may = self.model.can_cancel_any
        # Of thousands nobody counts at each change which can be cancelled.
        if may and self.table.selected_count() <= _MANY:
            may = any(can_cancel(job) for job in self._selected_jobs())
        self.may_cancel.emit(may, self._lines.is_batch_open)

    def _show_page(self) -> None:
        counts = self.model.counts()
        if self.model.rowCount():
            self._pages.setCurrentWidget(self._body)
        else:
            self._empty.tell(_empty_words(self.model.group, counts[Group.ALL]), icon="list")
            self._pages.setCurrentWidget(self._empty)
        active = counts[Group.ACTIVE] > 0
        if active and not self._second.isActive():
            self._second.start()
        elif not active:
            self._second.stop()

    def _on_model_rows_removed(self) -> None:
        # Qt selects a neighbour of a row that left; its outputs are not what is on show.
        selected = self.table.selected_ids()
        if len(selected) == 1 and selected[0] != self._follower.shown:
            self.table.clearSelection()

    def _on_second_timeout(self) -> None:
        if self.table.isVisible():
            height = self.table.viewport().height()
            last = self.table.rowAt(height - 1)
            self.model.tick(self.table.rowAt(0), self.model.rowCount() - 1 if last < 0 else last)

    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        job_id = self.table.job_id(current)
        moved = self._follower.moving or self.model.is_removing
        if moved or not job_id or job_id == self._follower.shown:
            return
        self._follower.choose(job_id)
        self.job_selected.emit(job_id)

    def _on_table_deed_wished(self, job_id: str) -> None:
        # By its button, which knows what it said a moment ago; so the row has to be in view.
        self.table.scrollTo(self.table.currentIndex())
        self._buttons.sync()
        for button in self._buttons.widgets():
            if button.job_id == job_id:
                button.do()

    def _on_table_move_wished(self, where: Where) -> None:
        if self._deeds is not None:
            self._deeds.move(self._selected_jobs(), where)

    def _on_heads_order_chosen(self, order: Order) -> None:
        self.set_order(order)
        self.order_chosen.emit(order)

    def _on_table_preview_wished(self, job_id: str) -> None:
        self._do(job_id, Deed.OPEN)

    def _on_table_menu_wished(self, at: QPoint) -> None:
        jobs = self._selected_jobs()
        if jobs and self._deeds is not None:
            jobs_menu(self, jobs, self._deeds, self.model.words, self._do).popup(at)

    def _do(self, job_id: str, deed: Deed) -> None:
        if deed is Deed.OPEN:
            self._follower.choose(job_id)
            self.select_job(job_id)
            self.open_requested.emit(job_id)
        elif self._deeds is not None:
            self._deeds.do(job_id, deed)

    def _selected_jobs(self) -> list[Job]:
        jobs = [self.model.job(job_id) for job_id in self.table.selected_ids()]
        return [job for job in jobs if job is not None]


def _empty_words(group: Group, count: int) -> str:
    if count == 0:
        return _("Runs appear here. Choose inputs and press Run.")
    return {
        Group.ACTIVE: _("Nothing is running or waiting now."),
        Group.DONE: _("No job is done yet."),
        Group.FAILED: _("No job has failed."),
        Group.CANCELLED: _("No job was cancelled."),
        Group.UNCERTAIN: _("Every job that was sent has its answer."),
        Group.HELD: _("No job is held back."),
    }.get(group, "")
