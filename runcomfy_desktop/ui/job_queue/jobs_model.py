"""Item model of the queue: connects the core's topics to the table."""

from __future__ import annotations

import time
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from runcomfy_desktop.domain.jobs.output import ordered_outputs
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.base.local_day import LocalDay
from runcomfy_desktop.ui.job_queue.cell_texts import JobCellTexts
from runcomfy_desktop.ui.job_queue.job_rows import JobRowChange, JobRows, ShownJobs, row_ranges
from runcomfy_desktop.ui.job_queue.sort_order import JobSortOrder, cache_sort_texts
from runcomfy_desktop.ui.job_queue.state_texts import (
    JobFilter,
    StateText,
    action_text,
    describe_in_queue,
    filter_counts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.job import Job, JobState
    from runcomfy_desktop.ui.base.session_scope import SessionScope

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()


MAX_IMMEDIATE_CHANGES = 8
"""Number of changes shown immediately.

Later changes are collected, until an interval passes without any change.
"""
BATCH_INTERVAL_MS = 50
# Each frame requests the same texts again.
_cached_one_line = lru_cache(maxsize=4096)(one_line)
# Limits the work of one frame: 10,000 jobs may be cancelled at once.
_CHUNK_SIZE = 400
_MAX_SINGLE_MOVES = 12
_MAX_RANGES = 24
_MAX_SINGLE_LOOKUPS = 200


class JobColumn(IntEnum):
    """Columns of the queue, in reading order."""

    JOB = 0
    SEED = 1
    DEPLOYMENT = 2
    STATE = 3
    PROGRESS = 4
    TIME = 5
    COST = 6
    ACTION = 7

    @property
    def title(self) -> str:
        """Text of the column's header."""
        return (
            _("Job"),
            _("Seed"),
            _("Deployment"),
            _("State"),
            _("Progress"),
            _("Time"),
            _("Cost"),
            _("Action"),
        )[self]


class JobRole(IntEnum):
    """Item data roles in addition to the texts."""

    STATE_TEXT = Qt.ItemDataRole.UserRole
    THUMBNAIL_PATH = Qt.ItemDataRole.UserRole + 1
    """Path of the picture that represents the job, "" if there is none."""
    JOB_ID = Qt.ItemDataRole.UserRole + 2
    """Id of the job."""


class JobsModel(QAbstractTableModel):
    """Table model of the jobs in one filter group, in one sort order.

    Emits `changes_applied` with a list of JobRowChange after the affected rows have changed,
    `removal_started` before rows are removed (and before a view moves its selection), and
    `counts_changed` when the sizes of the filter groups have changed.

    The model keeps the jobs as they are shown. All that is counted, and all that follows from other
    jobs, is read from the queue and its index, which are always current.

    Filtering and sorting are done here: a proxy would request every row again at each change.
    Frequent changes are collected and shown 20 times a second, so that a busy queue can be
    scrolled; single changes are shown at once.

    While `should_freeze` returns True, rows are not inserted, removed or moved, except for the
    user's own actions: new runs, jobs moved in the send queue, and the removals announced with
    `expect_removal`. The owner calls `unfreeze_rows` when the freeze is over.

    The costs of jobs that have not ended are estimated with a `budget`.
    """

    changes_applied = Signal(list)
    removal_started = Signal()
    counts_changed = Signal()

    def __init__(
        self,
        scope: SessionScope,
        queue: JobQueue,
        parent: QObject | None = None,
        budget: Budget | None = None,
        *,
        should_freeze: Callable[[], bool] = lambda: False,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._budget = budget
        self._should_freeze = should_freeze
        self._now = now
        self._shown = ShownJobs(queue.jobs.values())
        self._day = LocalDay(now, self)
        self.cell_texts = JobCellTexts(queue, self._day, budget, now)
        self._rows = self._make_rows(JobFilter.TODAY, JobSortOrder())
        # Changes not shown yet, by job id: the job in its new state, or None if it was removed.
        self._pending_changes: dict[str, Job | None] = {}
        self._immediate_changes_left = MAX_IMMEDIATE_CHANGES
        self._has_new_changes = False
        self._batch_timer = QTimer(self)
        self._batch_timer.setSingleShot(True)
        self._batch_timer.setInterval(BATCH_INTERVAL_MS)
        self._batch_timer.timeout.connect(self._on_batch_timer_timeout)
        self.is_removing_rows = False
        """True while rows are removed: the selection then moves without any action of the user."""
        # Removed jobs that still have a frozen row, and jobs that the user is removing.
        self._removed_ids: set[str] = set()
        self._expected_removals: set[str] = set()
        cache_sort_texts(queue.jobs.values())
        self._subscribe(scope)

    def _make_rows(self, job_filter: JobFilter, sort_order: JobSortOrder) -> JobRows:
        return JobRows(self._shown, job_filter, sort_order, self._day.start_s)

    # Interface to the core

    def _subscribe(self, scope: SessionScope) -> None:
        queue = self._queue
        scope.subscribe(queue.changed, lambda job: self._queue_change(job.job_id, job))
        scope.subscribe(queue.removed, lambda job_id: self._queue_change(job_id, None))
        scope.subscribe(queue.loaded, lambda _nothing: self._reload())
        # Why jobs wait may have changed for all of them.
        scope.subscribe(
            queue.send_queue.changed, lambda _state: self._emit_all_changed(has_shifts=True)
        )
        self._day.changed.connect(self._on_day_changed)
        scope.call_on_close(self._batch_timer.stop)
        scope.call_on_close(self._day.stop)

    def _reload(self) -> None:
        self._pending_changes.clear()
        self._removed_ids.clear()
        self._expected_removals.clear()
        self.beginResetModel()
        self._shown = ShownJobs(self._queue.jobs.values())
        self._rows = self._make_rows(self._rows.job_filter, self._rows.sort_order)
        cache_sort_texts(self._shown.jobs.values())
        self.endResetModel()
        self.counts_changed.emit()

    def _queue_change(self, job_id: str, job: Job | None) -> None:
        is_known = job_id in self._shown.jobs or job_id in self._pending_changes
        if job is None and not is_known:
            return
        self._pending_changes[job_id] = job
        self._has_new_changes = True
        if self._immediate_changes_left > 0:
            self._immediate_changes_left -= 1
            self._apply_pending_changes()
        if not self._batch_timer.isActive():
            self._batch_timer.start()

    def _on_batch_timer_timeout(self) -> None:
        has_new_changes = self._has_new_changes or bool(self._pending_changes)
        self._has_new_changes = False
        if self._pending_changes:
            self._apply_pending_changes()
        if has_new_changes:
            self._batch_timer.start()
        else:
            self._immediate_changes_left = MAX_IMMEDIATE_CHANGES

    def _apply_pending_changes(self) -> None:
        """Shows pending changes with as few signals as possible."""
        pending = {
            job_id: self._pending_changes.pop(job_id)
            for job_id in list(self._pending_changes)[:_CHUNK_SIZE]
        }
        # Called even if nothing is frozen, because it also clears the expected removals.
        is_user_action = self._has_user_action(pending)
        if self._should_freeze() and not is_user_action:
            self._apply_frozen(pending)
            return
        self.unfreeze_rows()
        changes = [
            JobRowChange(job_id, job, self._state_of(job_id)) for job_id, job in pending.items()
        ]
        self._remove_rows(
            [job_id for job_id, job in pending.items() if self._is_leaving(job_id, job)]
        )
        jobs = [job for job in pending.values() if job is not None]
        staying, moving, entering = self._partition(jobs)
        removed_ids = [job_id for job_id, job in pending.items() if job is None]
        has_shifts = self._shown.remove_all(removed_ids)
        has_shifts |= self._move_rows(moving)
        has_shifts |= self._shown.put_all(jobs)
        self._refresh_rows(staying)
        self._insert_rows(entering)
        self._emit_all_changed(has_shifts=has_shifts)
        self.counts_changed.emit()
        self.changes_applied.emit(changes)

    def expect_removal(self, job_ids: Iterable[str]) -> None:
        """Announces that the user removes these jobs, so that their rows disappear at once."""
        self._expected_removals.update(job_ids)

    def unfreeze_rows(self) -> None:
        """Applies the changes to the rows that were postponed while they were frozen."""
        if not self._rows.is_frozen:
            return
        removed_ids, self._removed_ids = self._removed_ids, set()
        jobs, belongs = self._shown.jobs, self._rows.belongs
        self._remove_rows(
            [each for each in self._rows.ids if each in removed_ids or not belongs(jobs[each])]
        )
        self._rows.unfreeze()
        changes = [JobRowChange(job_id, None, self._state_of(job_id)) for job_id in removed_ids]
        self._shown.remove_all(removed_ids)
        self._rearrange()
        shown = set(self._rows.ids)
        belonging = filter(belongs, jobs.values())
        self._insert_rows([job for job in belonging if job.job_id not in shown])
        if removed_ids:
            self.counts_changed.emit()
            self.changes_applied.emit(changes)

    def _on_day_changed(self) -> None:
        """Shows the jobs of the new day, at once or when the rows may move again."""
        if not self._rows.is_frozen:
            self._rows.freeze()
        self._rows.day_start_s = self._day.start_s
        if not self._should_freeze():
            self.unfreeze_rows()
        if self._rows.ids:
            # Times of day become dates.
            self._emit_changed(0, len(self._rows.ids) - 1, JobColumn.TIME, JobColumn.TIME)
        self.counts_changed.emit()

    def _has_user_action(self, pending: Mapping[str, Job | None]) -> bool:
        """Returns True if a change is the user's own action, which must be shown at once."""
        removed_ids = {job_id for job_id, job in pending.items() if job is None}
        is_user_action = bool(removed_ids & self._expected_removals)
        self._expected_removals -= removed_ids
        return is_user_action or any(
            self._is_new_or_reordered(job) for job in pending.values() if job is not None
        )

    def _is_new_or_reordered(self, job: Job) -> bool:
        """Returns True for a newly started run or a job that was moved in the send queue."""
        old = self._shown.jobs.get(job.job_id)
        return old is None or old.order != job.order

    def _apply_frozen(self, pending: Mapping[str, Job | None]) -> None:
        """Shows changes without inserting, removing or moving rows."""
        if not self._rows.is_frozen:
            self._rows.freeze()
        jobs = [job for job in pending.values() if job is not None]
        changes = [JobRowChange(job.job_id, job, self._state_of(job.job_id)) for job in jobs]
        self._removed_ids.update(job_id for job_id, job in pending.items() if job is None)
        self._removed_ids.difference_update(job.job_id for job in jobs)
        has_shifts = self._shown.put_all(jobs)
        self._refresh_rows([job for job in jobs if self._rows.has(job.job_id)])
        self._emit_all_changed(has_shifts=has_shifts)
        self.counts_changed.emit()
        self.changes_applied.emit(changes)

    def _emit_all_changed(self, *, has_shifts: bool) -> None:
        if has_shifts and self._rows.ids:
            self._emit_changed(0, len(self._rows.ids) - 1, JobColumn.JOB, JobColumn.PROGRESS)

    def _state_of(self, job_id: str) -> JobState | None:
        job = self._shown.jobs.get(job_id)
        return None if job is None else job.state

    def _is_leaving(self, job_id: str, job: Job | None) -> bool:
        return (job is None or not self._rows.belongs(job)) and self._rows.has(job_id)

    def _partition(self, jobs: list[Job]) -> tuple[list[Job], list[Job], list[Job]]:
        """Splits jobs into those that stay in their row, those that move, and those that enter."""
        staying: list[Job] = []
        moving: list[Job] = []
        entering: list[Job] = []
        for job in jobs:
            if not self._rows.has(job.job_id):
                entering += [job] if self._rows.belongs(job) else []
            elif self._rows.belongs(job):
                is_moving = self._rows.rank(job) != self._rows.rank(self._shown.jobs[job.job_id])
                (moving if is_moving else staying).append(job)
        return staying, moving, entering

    def _remove_rows(self, job_ids: list[str]) -> None:
        rows = sorted(self._rows.find(job_id) for job_id in job_ids)
        if rows:
            self.removal_started.emit()
        self.is_removing_rows = True
        for first, last in reversed(list(row_ranges(rows))):
            self.beginRemoveRows(_ROOT, first, last)
            del self._rows.ids[first : last + 1]
            self.endRemoveRows()
        self.is_removing_rows = False

    def _move_rows(self, jobs: list[Job]) -> bool:
        """Moves rows of jobs to their new places: a few one at a time, many in one step."""
        if len(jobs) > _MAX_SINGLE_MOVES:
            has_shifts = self._shown.put_all(jobs)
            self._rearrange()
            # Even a job that keeps its place has another state.
            self._refresh_rows(jobs)
            return has_shifts
        has_shifts = False
        for job in jobs:
            has_shifts |= self._move_one(job)
        return has_shifts

    def _rearrange(self) -> None:
        """Sorts the existing rows; none is added or removed."""
        before, shown = self._rows.ids, set(self._rows.ids)
        rows = [job_id for job_id in self._rows.ordered_ids() if job_id in shown]
        if rows == before:
            return
        self.layoutAboutToBeChanged.emit()
        self._rows.ids = rows
        self._update_persistent_indexes(before)
        self.layoutChanged.emit()

    def _move_one(self, job: Job) -> bool:
        row = self._rows.find(job.job_id)
        has_shifts = self._shown.put_all((job,))
        target = self._rows.target_row(row, job)
        if target != row:
            self.beginMoveRows(_ROOT, row, row, _ROOT, target if target < row else target + 1)
            self._rows.ids.insert(target, self._rows.ids.pop(row))
            self.endMoveRows()
        self._emit_changed(target, target, JobColumn.JOB, JobColumn.ACTION)
        return has_shifts

    def _refresh_rows(self, jobs: list[Job]) -> None:
        rows = sorted(self._rows.find(job.job_id) for job in jobs)
        runs = list(row_ranges(rows))
        if len(runs) > _MAX_RANGES:
            runs = [(rows[0], rows[-1])]
        for first, last in runs:
            self._emit_changed(first, last, JobColumn.JOB, JobColumn.ACTION)

    def _insert_rows(self, jobs: list[Job]) -> None:
        for row, ids in self._rows.insertion_runs(jobs):
            self.beginInsertRows(_ROOT, row, row + len(ids) - 1)
            self._rows.ids[row:row] = ids
            self.endInsertRows()

    def _emit_changed(self, first: int, last: int, left: JobColumn, right: JobColumn) -> None:
        self.dataChanged.emit(self.index(first, left), self.index(last, right))

    def _update_persistent_indexes(self, before: list[str]) -> None:
        """Moves selection and current row along with their jobs."""
        indexes = self.persistentIndexList()
        if not indexes:
            return
        find: Callable[[str], int] = self._rows.find
        if len(indexes) > _MAX_SINGLE_LOOKUPS:
            find = {job_id: row for row, job_id in enumerate(self._rows.ids)}.__getitem__
        new_indexes = [self.index(find(before[each.row()]), each.column()) for each in indexes]
        self.changePersistentIndexList(indexes, new_indexes)

    # Interface to the views

    @property
    def job_filter(self) -> JobFilter:
        return self._rows.job_filter

    @property
    def sort_order(self) -> JobSortOrder:
        return self._rows.sort_order

    def set_job_filter(self, job_filter: JobFilter) -> None:
        """Shows only the jobs of one filter group."""
        if job_filter is self._rows.job_filter:
            return
        self.unfreeze_rows()
        self.beginResetModel()
        self._rows = self._make_rows(job_filter, self._rows.sort_order)
        self.endResetModel()

    def set_sort_order(self, sort_order: JobSortOrder) -> None:
        """Shows the same jobs in another order; the selection is kept."""
        if sort_order == self._rows.sort_order:
            return
        self.unfreeze_rows()
        before = self._rows.ids
        self.layoutAboutToBeChanged.emit()
        self._rows = self._make_rows(self._rows.job_filter, sort_order)
        self._update_persistent_indexes(before)
        self.layoutChanged.emit()

    def counts(self) -> Mapping[JobFilter, int]:
        return filter_counts(self._queue.index, self._day.start_s)

    def jobs(self) -> list[Job]:
        """Returns the jobs of all filter groups as they are shown, oldest first."""
        return list(self._shown.jobs.values())

    def job(self, job_id: str) -> Job | None:
        return self._shown.jobs.get(job_id)

    def job_at(self, index: Index) -> Job | None:
        return self._shown.jobs[self._rows.ids[index.row()]] if index.isValid() else None

    def job_in_row(self, row: int) -> Job:
        """Returns the job of an existing row."""
        return self._shown.jobs[self._rows.ids[row]]

    def row_of(self, job_id: str) -> int:
        """Returns the row of a job; -1 if it is not shown."""
        return self._rows.find(job_id)

    def state_text(self, job: Job) -> StateText:
        return describe_in_queue(self._queue, job, self._now())

    def refresh_times(self, first: int, last: int) -> None:
        """Updates states and times of the active jobs in these rows; call it every second."""
        for row in range(max(0, first), min(last, len(self._rows.ids) - 1) + 1):
            if self.job_in_row(row).state.is_active:
                self._emit_changed(row, row, JobColumn.STATE, JobColumn.TIME)

    # Interface to Qt

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows.ids)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(JobColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        return JobColumn(section).title

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        job = self.job_at(index)
        if job is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(job, JobColumn(index.column()))
            case Qt.ItemDataRole.AccessibleTextRole:
                column = JobColumn(index.column())
                # Screen readers need a name for an empty cell, too.
                return self.text(job, column) or _("%s: none") % column.title
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._accessible_hint(job, JobColumn(index.column()))
            case JobRole.STATE_TEXT:
                return self.state_text(job)
            case JobRole.THUMBNAIL_PATH:
                return thumbnail_path(job)
            case JobRole.JOB_ID:
                return job.job_id
        return None

    def text(self, job: Job, column: JobColumn) -> str:
        """Returns the text of a cell."""
        match column:
            case JobColumn.JOB:
                return _cached_one_line(job.title)
            case JobColumn.SEED:
                return "" if job.seed is None else str(job.seed)
            case JobColumn.DEPLOYMENT:
                return _cached_one_line(job.deployment_name)
            case JobColumn.STATE:
                return self.state_text(job).text
            case JobColumn.PROGRESS:
                return self.cell_texts.progress(job).text
            case JobColumn.TIME:
                return " · ".join(filter(None, self.cell_texts.times(job)))
            case JobColumn.COST:
                return self.cell_texts.cost(job)
            case JobColumn.ACTION:
                return action_text(self.state_text(job).action)

    @property
    def has_costs(self) -> bool:
        """True if jobs cost money; in the demo none does."""
        return self._budget is not None and self._budget.is_billed

    @property
    def seed_length(self) -> int:
        """Number of digits of the longest seed of a job."""
        return self._shown.seed_length

    def _accessible_hint(self, job: Job, column: JobColumn) -> str:
        """Returns extra text for screen readers; for jobs and states it is also in the tooltip."""
        if column is JobColumn.JOB:
            number, name = self.batch_number_text(job), _cached_one_line(job.batch_name)
            return _("Batch “%s”, %s") % (name, number) if number else ""
        state_text = self.state_text(job)
        if column is JobColumn.TIME:
            return self.cell_texts.times_hint(job)
        if column is JobColumn.COST:
            return self.cell_texts.cost_hint(job)
        if column is JobColumn.ACTION and state_text.is_enabled:
            return _("Press Enter on any cell of this row.")
        return state_text.hint if column is JobColumn.STATE else ""

    def batch_number_text(self, job: Job) -> str:
        """Returns `3 of 24`, or "" for a single job."""
        if not job.batch_id:
            return ""
        number, count = self._queue.index.number_in_batch(job)
        return _("%d of %d") % (number, count) if count else ""


def thumbnail_path(job: Job) -> str:
    """Returns the path of the picture that represents the job; "" if it has no picture."""
    outputs = ordered_outputs(job.outputs, job.facts.first_outputs)
    return next((each.path for each in outputs if each.path and each.is_picture), "")
