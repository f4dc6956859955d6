"""Queue panel: the table of jobs, and strips for held jobs and the selected batch.

`ResultFollower` decides which job is selected, until the user selects another one.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QTimer, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
from runcomfy_desktop.ui.job_queue.column_headers import JobColumnHeaders
from runcomfy_desktop.ui.job_queue.column_layout import HiddenColumns
from runcomfy_desktop.ui.job_queue.context_menu import JobsMenu
from runcomfy_desktop.ui.job_queue.job_announcer import JobAnnouncer
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.job_commands import JobCommands
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn, JobRole, JobsModel, thumbnail_path
from runcomfy_desktop.ui.job_queue.queue_strips_controller import QueueStripsController
from runcomfy_desktop.ui.job_queue.result_follower import ResultFollower
from runcomfy_desktop.ui.job_queue.sort_order import JobSortOrder
from runcomfy_desktop.ui.job_queue.state_texts import JobAction, JobFilter, filter_text
from runcomfy_desktop.ui.job_queue.table import JobsTable
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.empty_state import ContentStack
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.pointer_activity import PointerActivity
from runcomfy_desktop.ui.widgets.separator_line import SeparatorLine
from runcomfy_desktop.ui.widgets.visible_row_widgets import VisibleRowWidgets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.job_queue.job_rows import JobRowChange

# Filter groups that are shown only while they contain jobs.
_OPTIONAL_FILTERS = (JobFilter.UNCERTAIN, JobFilter.HELD)
_SECOND_MS = 1000
_MAX_ANNOUNCED_STARTS = 3
_MAX_CHECKED_SELECTION = 500


class JobsPanel(QWidget):
    """Panel of the Queue dock: filter tabs, table, column headers and strips.

    Emits `open_requested` with the job whose outputs the user wants to see now,
    `full_view_requested` after a job was chosen to be seen large, `order_chosen` with the
    `JobSortOrder`, `hidden_chosen` with the `HiddenColumns`, `cancellable_changed` with two
    flags (a selected job can be cancelled; a job of the selected batch can be cancelled), and
    `grid_requested` with the batch whose grid the user wants to see. Costs are shown only with a
    `budget`, pictures of inputs only with a `media_folder`. `commands` executes the commands that
    do not depend on the selection.

    The job that the `follower` shows is selected in the constructor, before anything can be
    connected: `can_cancel_selected` and `can_cancel_batch` return the current values.
    """

    open_requested = Signal(str)
    full_view_requested = Signal()
    order_chosen = Signal(JobSortOrder)
    hidden_chosen = Signal(HiddenColumns)
    cancellable_changed = Signal(bool, bool)
    grid_requested = Signal(str)

    _buttons: VisibleRowWidgets[JobButton]
    _selected_before: Sequence[str] = ()
    _current_before = ""

    def __init__(  # noqa: PLR0913 - collaborators, and two clocks for tests
        self,
        scope: SessionScope,
        queue: JobQueue,
        budget: Budget | None = None,
        parent: QWidget | None = None,
        *,
        follower: ResultFollower | None = None,
        thumbnails: ThumbnailCache | None = None,
        media_folder: Path | None = None,
        now: Callable[[], float] = time.monotonic,
        epoch_now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._index = queue.index
        self._now = now
        self._thumbnails = thumbnails or ThumbnailCache(self)
        self.follower = follower or ResultFollower(scope, queue)
        self._is_moving_selection = False
        # Jobs whose rows are selected, or only scrolled into view, once the model has them.
        self._due_selection = self._due_reveal = ""
        self.announcer = JobAnnouncer(self)
        self.header = QWidget(self)
        """Filter chips and the Cancel all button; a dock may put this widget into its title."""
        self._chips = ChipRow(self)
        self._cancel_all = text_button(_("Cancel all"), "cancel_all_jobs", self)
        self._body = QWidget(self)
        self._pointer = PointerActivity(self._body, now)
        self.model = model = self._make_model(scope, queue, budget, epoch_now)
        self.commands = self._make_commands(scope, queue, budget)
        self.table = JobsTable(model, self._thumbnails, self._body, media_folder)
        self._column_headers = JobColumnHeaders(self.table, self._body, has_costs=model.has_costs)
        self._strips = self._make_strips(scope, queue, budget)
        # The list did not scroll to an automatic selection, because the pointer was over it.
        self._needs_scroll = False
        self._content = ContentStack(self._body, self)
        self._tick_timer = QTimer(self)
        self._build()
        self._connect()
        self._subscribe(scope)

    @property
    def can_cancel_selected(self) -> bool:
        """True if a selected job can be cancelled; if thousands are selected, if any job can."""
        # Thousands of selected jobs are not checked at each change.
        has_many = self.table.selected_count() > _MAX_CHECKED_SELECTION
        return self._index.cancellable_count > 0 and (
            has_many or any(job.can_cancel for job in self._selected_jobs())
        )

    @property
    def can_cancel_batch(self) -> bool:
        """True if a job of the selected batch can be cancelled."""
        return self._strips.is_batch_open

    # Commands of the window's actions

    def cancel_selected(self) -> None:
        """Cancels the selected jobs that can be cancelled; asks if there are several."""
        self.commands.cancel(self._selected_jobs())

    def cancel_batch(self) -> None:
        """Cancels the remaining jobs of the selected job's batch, after a confirmation."""
        self.commands.cancel_batch(self._strips.batch_id)

    def set_order(self, order: JobSortOrder) -> None:
        """Sorts the rows; the selection is kept."""
        with self._moving_selection():
            self.model.set_sort_order(order)
        self._column_headers.show_order(order)

    def hide_columns(self, hidden: HiddenColumns) -> None:
        """Hides these columns of the table, and no others."""
        self.table.hide_columns(hidden)
        self._column_headers.show_hidden(hidden)

    def select_job(self, job_id: str) -> None:
        """Shows a job that the user has chosen; its row may be in the tab of all jobs."""
        if self.model.row_of(job_id) < 0 and self.model.job(job_id) is not None:
            self.show_filter(JobFilter.ALL)
        # Selected first: a job that the follower shows is not scrolled to under the pointer.
        self._select_row(job_id, scrolls=True)
        self.follower.choose(job_id)

    def show_filter(self, job_filter: JobFilter) -> None:
        """Shows only one filter group.

        The job whose outputs are shown stays selected if it belongs to the group.
        """
        with self._moving_selection():
            self.model.set_job_filter(job_filter)
        self._chips.set_current(job_filter.value)
        self._select_row(self.follower.shown_job_id, scrolls=True)
        # The selected job may no longer be shown, and Qt emits no signal for that.
        self._on_selection_changed()
        self._show_page()

    def remove_selected(self) -> None:
        """Removes selected jobs from the list if they are finished or were never sent."""
        self.commands.remove(self._selected_jobs())

    # Building

    def _make_model(
        self,
        scope: SessionScope,
        queue: JobQueue,
        budget: Budget | None,
        epoch_now: Callable[[], float],
    ) -> JobsModel:
        return JobsModel(
            scope, queue, self, budget, should_freeze=self._is_pointer_active, now=epoch_now
        )

    def _make_commands(
        self, scope: SessionScope, queue: JobQueue, budget: Budget | None
    ) -> JobCommands:
        model = self.model
        return JobCommands(
            scope, queue, model.state_text, budget, on_removing=model.expect_removal, now=self._now
        )

    def _make_strips(
        self, scope: SessionScope, queue: JobQueue, budget: Budget | None
    ) -> QueueStripsController:
        return QueueStripsController(
            scope,
            queue,
            self.commands,
            budget,
            self,
            rows=self.table,
            is_layout_frozen=self._is_pointer_active,
            now=self._now,
        )

    def _build(self) -> None:
        self.setObjectName("jobs_panel")
        for job_filter in JobFilter:
            self._chips.add(job_filter.value, f"jobs_{job_filter.value}")
        self._chips.set_current(self.model.job_filter.value)
        header = row(
            self._chips,
            STRETCH,
            self._cancel_all,
            owner=self.header,
            spacing=STEP + STEP // 2,
            margins=(2 * STEP, 2 * STEP, 3 * STEP, 2 * STEP),
        )
        self.header.setMinimumHeight(10 * STEP)
        # The height includes the button, so that the rows below do not jump when it appears or
        # disappears.
        header.addStrut(self._cancel_all.sizeHint().height())
        column(self._column_headers, self.table, owner=self._body, spacing=0)
        self._buttons = VisibleRowWidgets(
            self.table,
            JobColumn.ACTION,
            JobRole.JOB_ID,
            self._make_button,
            self._fill_button,
            lambda button: button.guard.change_position(),
        )
        self._buttons.setObjectName("job_buttons")
        self._buttons.setAccessibleName(_("Actions of the jobs"))
        set_accessible_role(self._buttons, QAccessible.Role.Grouping)
        column(
            self.header,
            SeparatorLine(self),
            self._strips.held_strip,
            (self._content, 1),
            self._strips.batch_strip,
            owner=self,
            spacing=0,
        )
        self._tick_timer.setInterval(_SECOND_MS)
        self._on_model_counted()

    def _connect(self) -> None:
        self._strips.batch_strip.grid_requested.connect(self.grid_requested)
        self._pointer.watch(self.table.viewport())
        self.model.counts_changed.connect(self._on_model_counted)
        self.model.changes_applied.connect(self._on_model_applied)
        self._column_headers.order_chosen.connect(self._on_headers_order_chosen)
        self._column_headers.hidden_chosen.connect(self._on_headers_hidden_chosen)
        self.table.columns_fitted.connect(self._column_headers.fit_to_columns)
        self.table.move_requested.connect(
            lambda move: self.commands.move(self._selected_jobs(), move)
        )
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._chips.chosen.connect(lambda key: self.show_filter(JobFilter(key)))
        self._content.pressed.connect(lambda: self.show_filter(JobFilter.ALL))
        self._cancel_all.clicked.connect(self.commands.cancel_all)
        self._tick_timer.timeout.connect(self._on_tick_timeout)
        self._thumbnails.changed.connect(lambda _path: self.table.viewport().update())
        self.table.action_requested.connect(self._on_table_action_requested)
        self.table.preview_requested.connect(self._on_table_preview_requested)
        self.table.removal_requested.connect(self.remove_selected)
        self.table.menu_requested.connect(self._on_table_menu_requested)
        self.model.removal_started.connect(self._on_model_removal_started)
        self.model.rowsRemoved.connect(self._on_model_rows_removed)
        self.table.clicked.connect(self._on_table_clicked)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_row_changed)

    def _subscribe(self, scope: SessionScope) -> None:
        scope.connect_signal(self.follower.job_shown, self._on_follower_job_shown)
        scope.connect_signal(self.follower.run_started, self._on_follower_run_started)
        # The panel is hidden after the end of the session, which also ends the pointer's activity.
        scope.connect_signal(self._pointer.ended, self._on_pointer_ended)
        self._select_row(self.follower.shown_job_id, scrolls=True)

    def _make_button(self) -> JobButton:
        button = JobButton(self._now)
        self._pointer.watch(button)
        button.action_requested.connect(self._perform)
        return button

    def _fill_button(self, button: JobButton, index: QModelIndex) -> None:
        job = self.model.job_at(index)
        if job is not None:
            button.show_job(job, self.model.state_text(job), index.row())

    # Selection

    @contextmanager
    def _moving_selection(self) -> Iterator[None]:
        """Context in which the program moves the selection."""
        self._is_moving_selection = True
        try:
            yield
        finally:
            self._is_moving_selection = False

    def _select_row(self, job_id: str, *, scrolls: bool) -> None:
        """Selects the row of a job, and scrolls to it now or when the pointer has left the list.

        A job without a row in this filter group leaves nothing selected.
        """
        row = self.model.row_of(job_id)
        index, flags = self.model.index(row, JobColumn.JOB), QItemSelectionModel.SelectionFlag
        self._needs_scroll = row >= 0 and not scrolls
        self.table.setAutoScroll(scrolls)
        with self._moving_selection():
            self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.table.setAutoScroll(True)

    def _on_follower_job_shown(self, job_id: str) -> None:
        is_done = self._is_moving_selection or self._is_current_selected(job_id)
        self._due_selection = "" if is_done else job_id
        if not is_done:
            self._select_due()

    def _is_current_selected(self, job_id: str) -> bool:
        """Returns True if the job is the current one, and its row is selected."""
        current = self.table.currentIndex()
        is_selected = self.table.selectionModel().isRowSelected(current.row(), QModelIndex())
        return is_selected and self.table.job_id(current) == job_id

    def _on_follower_run_started(self, job_id: str) -> None:
        self._due_reveal = job_id
        self._reveal_due()

    def _select_due(self) -> None:
        """Selects the job that is shown, unless the model does not have it yet."""
        job_id = self._due_selection
        is_pending = job_id in self._index.jobs and self.model.job(job_id) is None
        if not is_pending:
            self._due_selection = ""
            self._select_row(job_id, scrolls=not self._pointer.is_active)

    def _reveal_due(self) -> None:
        """Makes the row of a new job visible, unless the model does not have it yet."""
        job_id = self._due_reveal
        if self.model.job(job_id) is None:
            return
        self._due_reveal = ""
        if self._pointer.is_active:
            # Other buttons would come under the pointer.
            return
        is_shown = self.follower.shown_job_id == job_id
        if is_shown and self.model.row_of(job_id) < 0:
            self.show_filter(JobFilter.TODAY)
        elif not is_shown:
            self.table.scrollTo(self.model.index(self.model.row_of(job_id), JobColumn.JOB))

    # Changes of jobs

    def _on_model_applied(self, changes: list[JobRowChange]) -> None:
        for each in changes:
            if each.job is not None and each.job.state is each.before is JobState.DONE:
                # Its file may have been fetched again.
                self._thumbnails.check(thumbnail_path(each.job))
        # Announcing dozens of starts would drown out the ends.
        has_many_active = self.model.counts()[JobFilter.ACTIVE] > _MAX_ANNOUNCED_STARTS
        self.announcer.announce_changes(
            each.job
            for each in changes
            if each.job is not None
            and each.before not in (None, each.job.state)
            and not (has_many_active and each.job.state is JobState.RUNNING)
        )
        if self._due_selection:
            self._select_due()
        if self._due_reveal:
            self._reveal_due()

    def _is_pointer_active(self) -> bool:
        return self._pointer.is_active

    def _on_pointer_ended(self) -> None:
        self.model.unfreeze_rows()
        self._strips.refresh()
        if self._needs_scroll:
            self._needs_scroll = False
            self.table.scrollTo(self.table.currentIndex())

    # Widgets

    def _on_model_counted(self) -> None:
        counts = self.model.counts()
        for job_filter in JobFilter:
            count, text = counts[job_filter], filter_text(job_filter)
            accessible_name = n_("%s, %d job", "%s, %d jobs", count) % (text, count)
            is_current = self.model.job_filter is job_filter
            self._chips.set_text(
                job_filter.value,
                f"{text} {count}",
                accessible_name=accessible_name,
                visible=job_filter not in _OPTIONAL_FILTERS or count > 0 or is_current,
            )
        self._cancel_all.setVisible(self._index.cancellable_count > 0)
        self._show_page()
        self._strips.refresh()
        self._emit_cancellable()

    def _on_selection_changed(self) -> None:
        self._strips.show_batch_of(self._selected_jobs())
        self._emit_cancellable()

    def _emit_cancellable(self) -> None:
        self.cancellable_changed.emit(self.can_cancel_selected, self.can_cancel_batch)

    def _show_page(self) -> None:
        counts = self.model.counts()
        if self.model.rowCount():
            self._content.show_content()
        else:
            job_filter, count = self.model.job_filter, counts[JobFilter.ALL]
            button = _("Show all") if count and job_filter is JobFilter.TODAY else ""
            self._content.show_message(_empty_text(job_filter, count), icon="list", button=button)
        active = counts[JobFilter.ACTIVE] > 0
        if active and not self._tick_timer.isActive():
            self._tick_timer.start()
        elif not active:
            self._tick_timer.stop()

    def _on_model_removal_started(self) -> None:
        has_many = self.table.selected_count() > _MAX_CHECKED_SELECTION
        self._selected_before = [] if has_many else self.table.selected_ids()
        self._current_before = self.table.job_id(self.table.currentIndex())

    def _on_model_rows_removed(self) -> None:
        """Selects what is left of the selection: Qt selects the neighbour of a removed row."""
        rows = [row for each in self._selected_before if (row := self.model.row_of(each)) >= 0]
        selected = [self.model.row_of(each) for each in self.table.selected_ids()]
        is_current_kept = self.table.job_id(self.table.currentIndex()) == self._current_before
        if is_current_kept and sorted(rows) == sorted(selected):
            return
        flags, selection = QItemSelectionModel.SelectionFlag, self.table.selectionModel()
        with self._moving_selection():
            first = self.model.index(rows[0], JobColumn.JOB) if rows else QModelIndex()
            selection.setCurrentIndex(first, flags.ClearAndSelect | flags.Rows)
            for row in rows[1:]:
                selection.select(self.model.index(row, JobColumn.JOB), flags.Select | flags.Rows)

    def _on_tick_timeout(self) -> None:
        if self.table.isVisible():
            last = self.table.rowAt(self.table.viewport().height() - 1)
            last = self.model.rowCount() - 1 if last < 0 else last
            self.model.refresh_times(self.table.rowAt(0), last)

    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        job_id = self.table.job_id(current)
        is_programmatic = self._is_moving_selection or self.table.is_taking_focus
        if job_id and not (is_programmatic or self.model.is_removing_rows):
            self._choose(job_id)

    def _on_table_clicked(self, index: QModelIndex) -> None:
        # The row may have been the current one before.
        self._choose(self.table.job_id(index))

    def _choose(self, job_id: str) -> None:
        """Shows the job that the user has chosen in the table, which selects rows by itself."""
        with self._moving_selection():
            self.follower.choose(job_id)

    def _on_table_action_requested(self, job_id: str) -> None:
        # Uses the button, because it ignores presses after a change; only rows in view have a
        # button.
        self.table.scrollTo(self.table.currentIndex())
        self._buttons.sync()
        for button in self._buttons.widgets():
            if button.job_id == job_id:
                button.trigger()

    def _on_table_preview_requested(self, job_id: str) -> None:
        self.select_job(job_id)
        self.full_view_requested.emit()

    def _on_headers_order_chosen(self, order: JobSortOrder) -> None:
        self.set_order(order)
        self.order_chosen.emit(order)

    def _on_headers_hidden_chosen(self, hidden: HiddenColumns) -> None:
        self.hide_columns(hidden)
        self.hidden_chosen.emit(hidden)

    def _on_table_menu_requested(self, at: QPoint) -> None:
        jobs = self._selected_jobs()
        if jobs:
            JobsMenu(self, jobs, self.commands, self.model.state_text, self._perform).popup(at)

    def _perform(self, job_id: str, action: JobAction) -> None:
        if action is JobAction.OPEN:
            self.select_job(job_id)
            self.open_requested.emit(job_id)
        else:
            self.commands.perform(job_id, action)

    def _selected_jobs(self) -> list[Job]:
        jobs = [self.model.job(job_id) for job_id in self.table.selected_ids()]
        return [job for job in jobs if job is not None]


def _empty_text(job_filter: JobFilter, count: int) -> str:
    if count == 0:
        return _("Runs appear here. Choose inputs and press Run.")
    return {
        JobFilter.ACTIVE: _("Nothing is running or waiting now."),
        JobFilter.TODAY: _("No jobs today."),
        JobFilter.FAILED: _("No job has failed."),
        JobFilter.UNCERTAIN: _("Every job that was sent has its answer."),
        JobFilter.HELD: _("No job is held back."),
    }.get(job_filter, "")
