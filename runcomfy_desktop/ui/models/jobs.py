"""The queue as an item model: the bridge from the core's topics to the table."""

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

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.output import OutputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line, split_times
from runcomfy_desktop.ui.jobs.lineup import Lineup
from runcomfy_desktop.ui.jobs.ordering import make_letters
from runcomfy_desktop.ui.jobs.words import Group, StateWords, deed_text
from runcomfy_desktop.ui.models.job_rows import Change, JobRows, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from runcomfy_desktop.core.topic import Topic
    from runcomfy_desktop.domain.job import Job, JobState
    from runcomfy_desktop.ui.jobs.ordering import Order

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()


AT_ONCE = 8
"""So many changes are shown as they come; after that they wait for each other, until a while went
by in which none came."""
EVERY_MS = 50
# Each frame asks for the same texts again.
_line = lru_cache(maxsize=4096)(one_line)
# All 10,000 that were cancelled at once would be one long frame.
_PIECE = 400
_MANY_MOVES = 12
_MANY_RUNS = 24
_MANY_INDEXES = 200


class Column(IntEnum):
    """The columns of the queue, in reading order."""

    JOB = 0
    DEPLOYMENT = 1
    STATE = 2
    TIME = 3
    ACTION = 4


class JobRole(IntEnum):
    """What views ask for besides texts."""

    WORDS = Qt.ItemDataRole.UserRole
    PICTURE = Qt.ItemDataRole.UserRole + 1
    """Path of the picture that stands for the job, "" when there is none."""
    KEY = Qt.ItemDataRole.UserRole + 2
    """The job's id."""


class JobsModel(QAbstractTableModel):
    """The jobs of one group in one order. Emits `applied` with a list of Change, behind the rows
    that changed with them, and `counted` when the groups' sizes changed.

    Filtering and sorting are done here: a proxy would ask for every row again at each change. What
    comes in numbers is gathered and shown 20 times a second, so that a busy queue can be scrolled;
    what comes alone is shown at once.

    While `keeps_still` says so no row comes, goes or moves, but for what the user does: new jobs
    are runs of theirs, and `expect_gone` says what they remove. `catch_up` follows when it is over.
    """

    applied = Signal(list)
    counted = Signal()

    def __init__(
        self, parent: QObject | None = None, *, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._links = Subscriptions()
        self._source: Mapping[str, Job] = {}
        self._lineup = Lineup()
        self._rows = JobRows(self._lineup)
        # What is to be shown yet: the job as it is now, None for one that is gone.
        self._waiting: dict[str, Job | None] = {}
        self._at_once = AT_ONCE
        self._came = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(EVERY_MS)
        self._later.timeout.connect(self._on_later_timeout)
        self.is_removing = False
        """True while a row goes: the selection then moves without a person's doing."""
        self.keeps_still: Callable[[], bool] = lambda: False
        # Jobs that are gone, with rows that keep still; and those that the user is removing.
        self._gone: set[str] = set()
        self._expected: set[str] = set()

    # The core's side

    def attach(
        self,
        jobs: Mapping[str, Job],
        changed: Topic[Job],
        removed: Topic[str],
        loaded: Topic[None],
    ) -> None:
        self.detach()
        self._source = jobs
        self._links.add(changed, lambda job: self._take(job.job_id, job))
        self._links.add(removed, lambda job_id: self._take(job_id, None))
        self._links.add(loaded, lambda _nothing: self._reload())
        self._reload()

    def detach(self) -> None:
        self._links.close()
        self._source = {}
        self._reload()

    def _reload(self) -> None:
        self._waiting.clear()
        self._gone.clear()
        self._expected.clear()
        self.beginResetModel()
        sends_at_s = self._lineup.sends_at_s
        self._lineup = Lineup(self._source.values())
        self._lineup.sends_at_s = sends_at_s
        self._rows = JobRows(self._lineup, self._rows.group, self._rows.order)
        make_letters(self._lineup.jobs.values())
        self.endResetModel()
        self.counted.emit()

    def _take(self, job_id: str, job: Job | None) -> None:
        if job is None and job_id not in self._lineup and job_id not in self._waiting:
            return
        self._waiting[job_id] = job
        self._came = True
        if self._at_once > 0:
            self._at_once -= 1
            self._apply()
        if not self._later.isActive():
            self._later.start()

    def _on_later_timeout(self) -> None:
        came, self._came = self._came or bool(self._waiting), False
        if self._waiting:
            self._apply()
        if came:
            self._later.start()
        else:
            self._at_once = AT_ONCE

    def _apply(self) -> None:
        """Shows what has come in since, with as few signals as that can be told by."""
        came = {job_id: self._waiting.pop(job_id) for job_id in list(self._waiting)[:_PIECE]}
        # Asked each time, so that what was removed is not expected any more.
        is_wished = self._is_wished(came)
        if self.keeps_still() and not is_wished:
            self._apply_in_place(came)
            return
        self.catch_up()
        changes = [Change(job_id, job, self._state_of(job_id)) for job_id, job in came.items()]
        self._drop([job_id for job_id, job in came.items() if self._leaves(job_id, job)])
        jobs = [job for job in came.values() if job is not None]
        stay, moving, enter = self._sorted_out(jobs)
        gone = [job_id for job_id, job in came.items() if job is None]
        shifts = self._lineup.remove_all(gone)
        shifts |= self._move(moving)
        shifts |= self._lineup.put_all(jobs)
        self._touch(stay)
        self._enter(enter)
        self._tell_shifts(shifts=shifts)
        self.counted.emit()
        self.applied.emit(changes)

    def expect_gone(self, job_ids: Iterable[str]) -> None:
        """The user removes these jobs: their rows go at once."""
        self._expected.update(job_ids)

    def catch_up(self) -> None:
        """Brings the rows into the order that they kept still against."""
        if not self._rows.keeps_still:
            return
        gone, self._gone = self._gone, set()
        jobs = self._lineup.jobs
        self._drop([each for each in self._rows.ids if each in gone or not self._belongs(each)])
        self._rows.go_on()
        changes = [Change(job_id, None, self._state_of(job_id)) for job_id in gone]
        self._lineup.remove_all(gone)
        self._rearrange()
        shown = set(self._rows.ids)
        belong = (job for job in jobs.values() if self._rows.belongs(job))
        self._enter([job for job in belong if job.job_id not in shown])
        if gone:
            self.counted.emit()
            self.applied.emit(changes)

    def _belongs(self, job_id: str) -> bool:
        return self._rows.belongs(self._lineup.jobs[job_id])

    def _is_wished(self, came: Mapping[str, Job | None]) -> bool:
        """Returns whether something among it is the user's own doing, which they want to see."""
        gone = {job_id for job_id, job in came.items() if job is None}
        wished = bool(gone & self._expected)
        self._expected -= gone
        return wished or any(self._is_own(job) for job in came.values() if job is not None)

    def _is_own(self, job: Job) -> bool:
        """A run that was begun, or a job that was given another turn."""
        old = self._lineup.jobs.get(job.job_id)
        return old is None or old.order != job.order

    def _apply_in_place(self, came: Mapping[str, Job | None]) -> None:
        """Shows it without any row coming, going or moving."""
        if not self._rows.keeps_still:
            self._rows.keep_still()
        jobs = [job for job in came.values() if job is not None]
        changes = [Change(job.job_id, job, self._state_of(job.job_id)) for job in jobs]
        self._gone.update(job_id for job_id, job in came.items() if job is None)
        self._gone.difference_update(job.job_id for job in jobs)
        shifts = self._lineup.put_all(jobs)
        self._touch([job for job in jobs if self._rows.has(job.job_id)])
        self._tell_shifts(shifts=shifts)
        self.counted.emit()
        self.applied.emit(changes)

    def _tell_shifts(self, *, shifts: bool) -> None:
        if shifts and self._rows.ids:
            self._tell_changed(0, len(self._rows.ids) - 1, Column.JOB, Column.STATE)

    def _state_of(self, job_id: str) -> JobState | None:
        job = self._lineup.jobs.get(job_id)
        return None if job is None else job.state

    def _leaves(self, job_id: str, job: Job | None) -> bool:
        return (job is None or not self._rows.belongs(job)) and self._rows.has(job_id)

    def _sorted_out(self, jobs: list[Job]) -> tuple[list[Job], list[Job], list[Job]]:
        """Those that stay in their row, those that belong in another, and those that come in."""
        stay: list[Job] = []
        moving: list[Job] = []
        enter: list[Job] = []
        for job in jobs:
            if not self._rows.has(job.job_id):
                enter += [job] if self._rows.belongs(job) else []
            elif self._rows.belongs(job):
                moves = self._rows.rank(job) != self._rows.rank(self._lineup.jobs[job.job_id])
                (moving if moves else stay).append(job)
        return stay, moving, enter

    def _drop(self, job_ids: list[str]) -> None:
        rows = sorted(self._rows.find(job_id) for job_id in job_ids)
        self.is_removing = True
        for first, last in reversed(list(spans(rows))):
            self.beginRemoveRows(_ROOT, first, last)
            del self._rows.ids[first : last + 1]
            self.endRemoveRows()
        self.is_removing = False

    def _move(self, jobs: list[Job]) -> bool:
        """Jobs in view that belong elsewhere now: a few each on its way, many at one stroke."""
        if len(jobs) > _MANY_MOVES:
            shifts = self._lineup.put_all(jobs)
            self._rearrange()
            return shifts
        shifts = False
        for job in jobs:
            shifts |= self._move_one(job)
        return shifts

    def _rearrange(self) -> None:
        """Puts the rows that are there into their order."""
        before, shown = self._rows.ids, set(self._rows.ids)
        rows = [job_id for job_id in self._rows.arranged() if job_id in shown]
        if rows == before:
            return
        self.layoutAboutToBeChanged.emit()
        self._rows.ids = rows
        self._follow_rows(before)
        self.layoutChanged.emit()

    def _move_one(self, job: Job) -> bool:
        row = self._rows.find(job.job_id)
        shifts = self._lineup.put(job)
        target = self._rows.target(row, job)
        if target != row:
            self.beginMoveRows(_ROOT, row, row, _ROOT, target if target < row else target + 1)
            self._rows.ids.insert(target, self._rows.ids.pop(row))
            self.endMoveRows()
        self._tell_changed(target, target, Column.JOB, Column.ACTION)
        return shifts

    def _touch(self, jobs: list[Job]) -> None:
        rows = sorted(self._rows.find(job.job_id) for job in jobs)
        runs = list(spans(rows))
        if len(runs) > _MANY_RUNS:
            runs = [(rows[0], rows[-1])]
        for first, last in runs:
            self._tell_changed(first, last, Column.JOB, Column.ACTION)

    def _enter(self, jobs: list[Job]) -> None:
        for row, ids in self._rows.batches(jobs):
            self.beginInsertRows(_ROOT, row, row + len(ids) - 1)
            self._rows.ids[row:row] = ids
            self.endInsertRows()

    def _tell_changed(self, first: int, last: int, left: Column, right: Column) -> None:
        self.dataChanged.emit(self.index(first, left), self.index(last, right))

    def _follow_rows(self, before: list[str]) -> None:
        """Selection and current row go where their jobs went."""
        indexes = self.persistentIndexList()
        if not indexes:
            return
        find: Callable[[str], int] = self._rows.find
        if len(indexes) > _MANY_INDEXES:
            find = {job_id: row for row, job_id in enumerate(self._rows.ids)}.__getitem__
        where = [self.index(find(before[each.row()]), each.column()) for each in indexes]
        self.changePersistentIndexList(indexes, where)

    # The views' side

    @property
    def group(self) -> Group:
        return self._rows.group

    @property
    def order(self) -> Order:
        return self._rows.order

    def set_group(self, group: Group) -> None:
        """Shows the jobs of one group only."""
        if group is self._rows.group:
            return
        self.catch_up()
        self.beginResetModel()
        self._rows = JobRows(self._lineup, group, self._rows.order)
        self.endResetModel()

    def set_order(self, order: Order) -> None:
        """Shows the same jobs in another order; what is selected stays so."""
        if order == self._rows.order:
            return
        self.catch_up()
        before = self._rows.ids
        self.layoutAboutToBeChanged.emit()
        self._rows = JobRows(self._lineup, self._rows.group, order)
        self._follow_rows(before)
        self.layoutChanged.emit()

    def show_pause(self, until_s: float) -> None:
        """No job is sent until then; 0.0 ends it."""
        self._lineup.sends_at_s = until_s
        self._tell_shifts(shifts=True)

    @property
    def lineup(self) -> Lineup:
        """The jobs as they are shown, and what is counted of them."""
        return self._lineup

    def counts(self) -> Mapping[Group, int]:
        return self._lineup.counts()

    @property
    def can_cancel_any(self) -> bool:
        return self._lineup.cancellable > 0

    def jobs(self) -> list[Job]:
        """All jobs of all groups, oldest first."""
        return list(self._lineup.jobs.values())

    def job(self, job_id: str) -> Job | None:
        return self._lineup.jobs.get(job_id)

    def job_at(self, index: Index) -> Job | None:
        return self._lineup.jobs[self._rows.ids[index.row()]] if index.isValid() else None

    def job_in(self, row: int) -> Job:
        """The job of a row that there is."""
        return self._lineup.jobs[self._rows.ids[row]]

    def row_of(self, job_id: str) -> int:
        """The row of a job; -1 when it is not among those shown."""
        return self._rows.find(job_id)

    def words(self, job: Job) -> StateWords:
        return self._lineup.words(job, self._now())

    def tick(self, first: int, last: int) -> None:
        """A second went by: tells the times of the active rows between `first` and `last`."""
        for row in range(max(0, first), min(last, len(self._rows.ids) - 1) + 1):
            if self._lineup.jobs[self._rows.ids[row]].state.is_active:
                self.dataChanged.emit(self.index(row, Column.STATE), self.index(row, Column.TIME))

    # Qt's side

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows.ids)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        return (_("Job"), _("Deployment"), _("State"), _("Time"), _("Action"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        job = self.job_at(index)
        if job is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(job, Column(index.column()))
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._spoken_more(job, Column(index.column()))
            case JobRole.WORDS:
                return self.words(job)
            case JobRole.PICTURE:
                return picture_of(job)
            case JobRole.KEY:
                return job.job_id
        return None

    def text(self, job: Job, column: Column) -> str:
        """What a cell says."""
        match column:
            case Column.JOB:
                return _line(job.title)
            case Column.DEPLOYMENT:
                return _line(job.deployment_name)
            case Column.STATE:
                return self.words(job).text
            case Column.TIME:
                return split_times(job, self._now())
            case Column.ACTION:
                return deed_text(self.words(job).deed)

    def _spoken_more(self, job: Job, column: Column) -> str:
        """What a screen reader tells with a cell's text: what a mouse finds in tooltips."""
        if column is Column.JOB:
            number = self.number_text(job)
            return _("Batch “%s”, %s") % (_line(job.batch_name), number) if number else ""
        words = self.words(job)
        if column is Column.ACTION and words.enabled:
            return _("Press Enter on any cell of this row.")
        return words.hint if column is Column.STATE else ""

    def number_text(self, job: Job) -> str:
        """`3 of 24`, "" for a single job."""
        if not job.batch_id:
            return ""
        number, count = self._lineup.number_in_batch(job)
        return _("%d of %d") % (number, count) if count else ""


def picture_of(job: Job) -> str:
    """Path of the picture that stands for a job: its first result, else its first preview."""
    pictures = [
        each
        for each in job.outputs
        if each.path and each.kind in (OutputKind.IMAGE, OutputKind.ANIMATION)
    ]
    pictures.sort(key=lambda each: each.is_preview)
    return pictures[0].path if pictures else ""
