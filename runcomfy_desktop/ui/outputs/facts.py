"""The facts below a result: its file, seed, what was changed, how long it took, its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import duration, file_size, one_line, pixels
from runcomfy_desktop.ui.models.outputs import name_of
from runcomfy_desktop.ui.widgets.facts import Facts

if TYPE_CHECKING:
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.output import Output

_NAMED = 6


class OutputFacts(Facts):
    """Facts of one job and of the output in view."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("output_facts")
        self.add("file", _("File"))
        self.add("seed", _("Seed"), copy=True)
        self.add("changed", _("Changed"))
        self.add("took", _("Took"))
        self.add("request_id", _("Request ID"), copy=True)
        self.set_elide("file", Qt.TextElideMode.ElideMiddle)

    def show_job(self, job: Job) -> None:
        self.set("seed", "" if job.seed is None else str(job.seed))
        self.set("changed", changed_names(job))
        self.set("took", took(job))
        self.set("request_id", one_line(job.request_id))

    def show_output(self, output: Output | None, size: QSize | None, size_bytes: int) -> None:
        self.set("file", "" if output is None else file_words(output, size, size_bytes))


def file_words(output: Output, size: QSize | None, size_bytes: int) -> str:
    """`Blue_00001_.png · 1024 × 1024 · 1.6 MB`, as far as it is known."""
    parts = [name_of(output)]
    if size is not None and not size.isEmpty():
        parts.append(pixels(size.width(), size.height()))
    if size_bytes or output.size_bytes:
        parts.append(file_size(size_bytes or output.size_bytes))
    if output.is_preview:
        parts.append(_("Preview"))
    return " · ".join(parts)


def changed_names(job: Job) -> str:
    """The names of the inputs that were changed, each once."""
    names = list(dict.fromkeys(one_line(key.name) for key in job.changes))
    if not names:
        return _("nothing, as deployed")
    text = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return text if more <= 0 else n_("%s and %d more", "%s and %d more", more) % (text, more)


def took(job: Job) -> str:
    """`queue 0:21 · run 1:08` of a job that has ended."""
    if not job.finished_s:
        return ""
    queue = _("queue %s") % duration(job.waited_s(job.finished_s))
    if not job.running_s:
        return queue
    return f"{queue} · " + _("run %s") % duration(job.ran_s(job.finished_s))
