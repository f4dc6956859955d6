"""The queue as an item model: the bridge from the core's topics to the table."""

from __future__ import annotations

import time
from bisect import bisect_left
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.output import OutputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line, split_times
from runcomfy_desktop.ui.jobs.lineup import Lineup
from runcomfy_desktop.ui.jobs.words import Group, StateWords, deed_text, group_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from runcomfy_desktop.core.topic import Topic
    from runcomfy_desktop.domain.job import Job

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()


class Column(IntEnum):
    """The columns of the queue, in reading order."""

    JOB = 0
    DEPLOYMENT = 1
    STATE = 2
    TIME = 3
    ACTION = 4


class JobRole(IntEnum):
    """What the delegate asks for besides texts."""

    JOB = Qt.ItemDataRole.UserRole
    WORDS = Qt.ItemDataRole.UserRole + 1
    PICTURE = Qt.ItemDataRole.UserRole + 2
    """Path of the picture that stands for the job, "" when there is none."""
    KEY = Qt.ItemDataRole.UserRole + 3
    """The job's id."""


class JobsModel(QAbstractTableModel):
    """The jobs of one group, newest first. Emits `counted` when the groups' sizes changed.

    Filtering is done here: a proxy would ask for every row again at each change.
    """

    counted = Signal()

    def __init__(
        self, parent: QObject | None = None, *, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._links = Subscriptions()
        self._source: Mapping[str, Job] = {}
        self._lineup = Lineup()
        self._group = Group.ALL
        self._rows: list[str] = []
        self.is_removing = False
        """True while a row goes: the selection then moves without a person's doing."""

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
        self._links.add(changed, self._on_job_changed)
        self._links.add(removed, self._on_job_removed)
        self._links.add(loaded, lambda _nothing: self._reload())
        self._reload()

    def detach(self) -> None:
        self._links.close()
        self._source = {}
        self._reload()

    def _reload(self) -> None:
        self.beginResetModel()
        self._lineup = Lineup(self._source.values())
        self._rows = self._matching()
        self.endResetModel()
        self.counted.emit()

    def _on_job_changed(self, job: Job) -> None:
        shifts = self._lineup.put(job)
        row, belongs = self.row_of(job.job_id), self._belongs(job)
        if row >= 0 and belongs:
            self.dataChanged.emit(self.index(row, 0), self.index(row, Column.ACTION))
        elif row >= 0:
            self._drop_row(row)
        elif belongs:
            row = bisect_left(self._rows, self._rank(job.job_id), key=self._rank)
            self.beginInsertRows(_ROOT, row, row)
            self._rows.insert(row, job.job_id)
            self.endInsertRows()
        self._after(shifts)

    def _on_job_removed(self, job_id: str) -> None:
        if job_id not in self._lineup:
            return
        row = self.row_of(job_id)
        if row >= 0:
            self._drop_row(row)
        self._after(self._lineup.remove(job_id))

    def _drop_row(self, row: int) -> None:
        self.is_removing = True
        self.beginRemoveRows(_ROOT, row, row)
        del self._rows[row]
        self.endRemoveRows()
        self.is_removing = False

    def _after(self, shifts: bool) -> None:
        if shifts and self._rows:
            last = len(self._rows) - 1
            self.dataChanged.emit(self.index(0, Column.STATE), self.index(last, Column.STATE))
        self.counted.emit()

    # The views' side

    @property
    def group(self) -> Group:
        return self._group

    def set_group(self, group: Group) -> None:
        """Shows the jobs of one group only."""
        if group is self._group:
            return
        self.beginResetModel()
        self._group = group
        self._rows = self._matching()
        self.endResetModel()

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
        return self._lineup.jobs[self._rows[index.row()]] if index.isValid() else None

    def row_of(self, job_id: str) -> int:
        """The row of a job; -1 when it is not among those shown."""
        if job_id not in self._lineup:
            return -1
        row = bisect_left(self._rows, self._rank(job_id), key=self._rank)
        return row if row < len(self._rows) and self._rows[row] == job_id else -1

    def words(self, job: Job) -> StateWords:
        return self._lineup.words(job, self._now())

    def tick(self, first: int, last: int) -> None:
        """A second went by: tells the times of the active rows between `first` and `last`."""
        for row in range(max(0, first), min(last, len(self._rows) - 1) + 1):
            if self._lineup.jobs[self._rows[row]].state.is_active:
                self.dataChanged.emit(self.index(row, Column.STATE), self.index(row, Column.TIME))

    def _belongs(self, job: Job) -> bool:
        return self._group in (Group.ALL, group_of(job.state))

    def _matching(self) -> list[str]:
        return [job.job_id for job in reversed(self._lineup.jobs.values()) if self._belongs(job)]

    def _rank(self, job_id: str) -> int:
        return -self._lineup.place(job_id)

    # Qt's side

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

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
                return self._text(job, Column(index.column()))
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._spoken_more(job, Column(index.column()))
            case JobRole.JOB:
                return job
            case JobRole.WORDS:
                return self.words(job)
            case JobRole.PICTURE:
                return picture_of(job)
            case JobRole.KEY:
                return job.job_id
        return None

    def _text(self, job: Job, column: Column) -> str:
        match column:
            case Column.JOB:
                return one_line(job.title)
            case Column.DEPLOYMENT:
                return one_line(job.deployment_name)
            case Column.STATE:
                return self.words(job).text
            case Column.TIME:
                return split_times(job, self._now())
            case Column.ACTION:
                return deed_text(self.words(job).deed)

    def _spoken_more(self, job: Job, column: Column) -> str:
        """What a screen reader tells with a cell's text: what a mouse finds in tooltips."""
        words = self.words(job)
        if column is Column.ACTION and words.enabled:
            return _("Press Enter on any cell of this row.")
        return words.hint if column is Column.STATE else ""


def picture_of(job: Job) -> str:
    """Path of the picture that stands for a job: its first result, else its first preview."""
    pictures = [
        each
        for each in job.outputs
        if each.path and each.kind in (OutputKind.IMAGE, OutputKind.ANIMATION)
    ]
    pictures.sort(key=lambda each: each.is_preview)
    return pictures[0].path if pictures else ""
