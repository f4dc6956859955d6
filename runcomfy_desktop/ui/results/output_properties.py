"""Properties below a result: file, seed, changed inputs, times and request ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import duration, file_size, one_line, pixel_size
from runcomfy_desktop.ui.results.outputs_model import output_name
from runcomfy_desktop.ui.widgets.property_grid import PropertyGrid

if TYPE_CHECKING:
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output

_MAX_NAMES = 6


class OutputProperties(PropertyGrid):
    """Properties below a result: file, seed, changed inputs, times and request ID."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("output_facts")
        self.add("file", _("File"))
        self.add("seed", _("Seed"), copy=True)
        self.add("changed", _("Changed"))
        self.add("took", _("Took"))
        self.add("request_id", _("Request ID"), copy=True)
        self.set_elide_mode("file", Qt.TextElideMode.ElideMiddle)

    def show_job(self, job: Job) -> None:
        self.set("seed", "" if job.seed is None else str(job.seed))
        self.set("changed", changed_names(job))
        self.set("took", times_text(job))
        self.set("request_id", one_line(job.request_id))

    def show_output(self, output: Output | None, size: QSize | None, size_bytes: int) -> None:
        self.set("file", "" if output is None else _file_text(output, size, size_bytes))


def _file_text(output: Output, size: QSize | None, size_bytes: int) -> str:
    """Returns the known properties, such as `Blue_00001_.png · 1024 × 1024 · 1.6 MB`."""
    parts = [output_name(output)]
    if size is not None and not size.isEmpty():
        parts.append(pixel_size(size.width(), size.height()))
    if size_bytes or output.size_bytes:
        parts.append(file_size(size_bytes or output.size_bytes))
    if output.is_preview:
        parts.append(_("Preview"))
    return " · ".join(parts)


def changed_names(job: Job) -> str:
    """Returns the names of the changed inputs, each once; of many names, only the first."""
    names = list(dict.fromkeys(one_line(key.name) for key in job.changes))
    if not names:
        return _("nothing, as deployed")
    text = ", ".join(names[:_MAX_NAMES])
    more = len(names) - _MAX_NAMES
    return text if more <= 0 else n_("%s and %d more", "%s and %d more", more) % (text, more)


def times_text(job: Job) -> str:
    """Returns the times of a job, such as `queue 0:21 · run 1:08`; "" if it is not finished."""
    if not job.finished_s:
        return ""
    queue_text = _("queue %s") % duration(job.waited_s(job.finished_s))
    if not job.running_s:
        return queue_text
    return f"{queue_text} · " + _("run %s") % duration(job.ran_s(job.finished_s))
