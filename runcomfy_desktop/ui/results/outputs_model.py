"""Item model of the results of all jobs, for display in the strip and for dragging."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from operator import attrgetter, is_
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
)

from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind, ordered_outputs
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()
# An accepted job has a place before its outputs are known.
_ACCEPTED_STATES = (JobState.QUEUED, JobState.RUNNING, JobState.FETCHING)


class OutputRole(IntEnum):
    """Item data roles in addition to the texts."""

    RESULT = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Result:
    """One item: an output of a job, or an accepted job without outputs.

    `position` is the place among the `count` items of the job.
    """

    job: Job
    output: Output | None
    position: int
    count: int


class OutputsModel(QAbstractListModel):
    """List model of the outputs of all jobs, the newest job first.

    Accepted jobs without outputs come first, as one item each. A job that is shown but no longer in
    the list comes last. Items are made when they are read, so that a change of a long list costs
    little.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._accepted_count = 0
        # Row of each job's first item, followed by the number of rows.
        self._starts: list[int] = [0]
        self._places: dict[str, int] = {}
        # Ordered outputs of the jobs that were read since the last change.
        self._ordered: dict[str, tuple[Output, ...]] = {}

    def show_jobs(self, jobs: Mapping[str, Job], past_job: Job | None = None) -> None:
        """Updates the items; those before and after the changed ones are left alone."""
        ordered = _ordered_jobs(jobs, past_job)
        head = _common_length(self._jobs, ordered)
        is_shorter = min(len(self._jobs), len(ordered)) - head
        tail = min(is_shorter, _common_length(self._jobs[::-1], ordered[::-1]))
        old, new = self._jobs[head : len(self._jobs) - tail], ordered[head : len(ordered) - tail]
        if not old and not new:
            return
        if len(old) == len(new) and all(map(_has_same_rows, old, new)):
            self._set_jobs(ordered)
            first, last = self._starts[head], self._starts[head + len(new)] - 1
            self.dataChanged.emit(self.index(first), self.index(last))
            return
        first = self._starts[head]
        if old:
            self.beginRemoveRows(_ROOT, first, self._starts[head + len(old)] - 1)
            self._set_jobs(ordered[:head] + ordered[len(ordered) - tail :])
            self.endRemoveRows()
        if new:
            self.beginInsertRows(_ROOT, first, first + sum(map(_item_count, new)) - 1)
            self._set_jobs(ordered)
            self.endInsertRows()

    def _set_jobs(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        self._starts = [0, *accumulate(map(_item_count, jobs))]
        self._places = {job.job_id: place for place, job in enumerate(jobs)}
        self._ordered.clear()
        places = range(len(jobs))
        self._accepted_count = next((at for at in places if jobs[at].outputs), len(jobs))

    @property
    def accepted_count(self) -> int:
        """Number of rows of accepted jobs, which have no outputs yet."""
        return self._accepted_count

    @property
    def output_count(self) -> int:
        """Number of rows of outputs."""
        return self.rowCount() - self._accepted_count

    def result(self, row: int) -> Result | None:
        if not 0 <= row < self.rowCount():
            return None
        place = bisect_right(self._starts, row) - 1
        job, position = self._jobs[place], row - self._starts[place]
        outputs = self._outputs_of(job)
        return Result(job, outputs[position] if outputs else None, position, max(1, len(outputs)))

    def output(self, row: int) -> Output | None:
        result = self.result(row)
        return None if result is None else result.output

    def first_row(self, job_id: str) -> int:
        """Returns the first row of a job, -1 if it has none."""
        place = self._places.get(job_id)
        return -1 if place is None else self._starts[place]

    def row_of(self, result: Result) -> int:
        """Returns the row of a result of earlier, else the next one of its job, else -1."""
        place = self._places.get(result.job.job_id)
        if place is None:
            return -1
        outputs = self._outputs_of(self._jobs[place])
        position = min(result.position, max(0, len(outputs) - 1))
        if result.output is not None and outputs:
            key = _identity(result.output)
            if _identity(outputs[position]) != key:
                keys = [_identity(each) for each in outputs]
                position = keys.index(key) if key in keys else position
        return self._starts[place] + position

    def _outputs_of(self, job: Job) -> tuple[Output, ...]:
        found = self._ordered.get(job.job_id)
        if found is None:
            found = ordered_outputs(job.outputs, job.facts.first_outputs)
            self._ordered[job.job_id] = found
        return found

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._starts[-1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        result = self.result(index.row()) if index.isValid() else None
        if result is None:
            return None
        output, title = result.output, one_line(result.job.title)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title if output is None else output_name(output)
            case Qt.ItemDataRole.AccessibleTextRole:
                text = _("In progress") if output is None else accessible_text(output)
                return ", ".join(filter(None, (text, title)))
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return "" if output is None else origin_text(output)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip("\n".join(filter(None, (*_tooltip_lines(output), title))))
            case OutputRole.RESULT:
                return result
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        output = self.output(index.row()) if index.isValid() else None
        if output is not None and output.path:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def supportedDragActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        outputs = [self.output(index.row()) for index in indexes]
        return file_mime_data([each.path for each in outputs if each is not None and each.path])


def _ordered_jobs(jobs: Mapping[str, Job], past_job: Job | None) -> list[Job]:
    """Returns the jobs that have items, in the order of the model."""
    accepted: list[Job] = []
    working: list[Job] = []
    ended: list[Job] = []
    for job in reversed(list(jobs.values())):
        if job.outputs:
            (ended if job.finished_s else working).append(job)
        elif job.state in _ACCEPTED_STATES:
            accepted.append(job)
    ended.sort(key=attrgetter("finished_s"), reverse=True)
    is_past = past_job is not None and past_job.job_id not in jobs and past_job.outputs
    past_jobs = [past_job] if past_job is not None and is_past else []
    return accepted + working + ended + past_jobs


def _item_count(job: Job) -> int:
    return len(job.outputs) or 1


def _common_length(one: list[Job], other: list[Job]) -> int:
    same = map(is_, one, other)
    return next((at for at, is_same in enumerate(same) if not is_same), min(len(one), len(other)))


def _has_same_rows(one: Job, other: Job) -> bool:
    if one is other:
        return True
    return one.job_id == other.job_id and list(map(_identity, one.outputs)) == list(
        map(_identity, other.outputs)
    )


def file_mime_data(paths: Sequence[str]) -> QMimeData:
    """Returns the mime data of a drag: the files themselves, for any program that accepts files."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def kind_text(kind: OutputKind) -> str:
    return {
        OutputKind.IMAGE: _("Picture"),
        OutputKind.ANIMATION: _("Animation"),
        OutputKind.VIDEO: _("Video"),
        OutputKind.AUDIO: _("Sound"),
        OutputKind.MODEL_3D: _("3D model"),
        OutputKind.ARCHIVE: _("Archive"),
        OutputKind.TEXT: _("Text"),
        OutputKind.OTHER: _("File"),
    }[kind]


def output_name(output: Output) -> str:
    """Returns the displayed name: from the server, else from the local file, else the kind."""
    name = output.filename or PurePath(output.path).name
    return one_line(name) or kind_text(output.kind)


def origin_text(output: Output) -> str:
    """Returns kind, node and channel, which distinguish two outputs with the same name."""
    parts = [kind_text(output.kind)]
    if output.node_id:
        parts.append(_("node #%s") % one_line(output.node_id))
    if output.channel:
        parts.append(one_line(output.channel))
    return " · ".join(parts)


def _tooltip_lines(output: Output | None) -> tuple[str, ...]:
    if output is None:
        return ()
    fault = _("Damaged") if output.is_damaged else one_line(output.fault)
    return (output_name(output), origin_text(output), fault)


def accessible_text(output: Output) -> str:
    """Returns the screen reader text of an output."""
    parts = [output_name(output), kind_text(output.kind)]
    if output.is_preview:
        parts.append(_("Preview"))
    if output.fault:
        parts.append(_("not fetched"))
    elif output.is_damaged:
        parts.append(_("damaged"))
    return ", ".join(parts)


def _identity(output: Output) -> tuple[str, str, str, str]:
    # RunComfy may sign the URL of a file differently each time.
    return (output.node_id, output.channel, output.filename or output.url, output.text)
