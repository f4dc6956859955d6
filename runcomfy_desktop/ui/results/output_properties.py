"""Facts about a result, below it: its file, the prompt, changed inputs, times, cost and ids."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy

from runcomfy_desktop.domain.jobs.run_facts_text import (
    changed_texts,
    changes_only_seed,
    negative_prompt_text,
    prompt_text,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import (
    approx_money,
    day_and_time,
    duration,
    file_size,
    one_line,
    pixel_size,
)
from runcomfy_desktop.ui.results.outputs_model import output_name
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.property_grid import PropertyGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.ui.images.picture_decoder import DecodedPicture

_NAME_WIDTH = 19 * STEP
_PROMPT_LINES = 3
_CHANGED_LINES = 4
# Two rows: less could not be read.
_MIN_HEIGHT = 11 * STEP


class OutputProperties(QScrollArea):
    """Facts about an output and its job, which scroll if they are higher than the panel allows.

    `picture` keeps half of the panel's height: the facts take at most what the panel's other parts
    leave of the other half.
    """

    def __init__(
        self, picture: QWidget, parent: QWidget, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._picture = picture
        self._now = now
        self._grid = PropertyGrid(self, name_width=_NAME_WIDTH)
        self._build()
        picture.installEventFilter(self)

    def _build(self) -> None:
        self.setObjectName("output_facts")
        self.setAccessibleName(_("Facts"))
        grid = self._grid
        grid.add("file", _("File"))
        grid.set_elide_mode("file", Qt.TextElideMode.ElideMiddle)
        grid.add_foldable("prompt", _("Prompt"), _PROMPT_LINES)
        grid.add_foldable("negative", _("Negative"), _PROMPT_LINES)
        grid.add_foldable("changed", _("Changed"), _CHANGED_LINES)
        grid.add("seed", _("Seed"), copy=True)
        grid.add("took", _("Took"))
        grid.add("when", _("When"))
        grid.add("cost", _("Cost"))
        grid.add("request_id", _("Request ID"), copy=True)
        self.setWidget(grid)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The scroll bar and the controls inside are reached without the area.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for area in (self.viewport(), grid):
            area.setAutoFillBackground(False)
        grid.installEventFilter(self)

    def show_job(self, job: Job) -> None:
        grid = self._grid
        grid.set("prompt", prompt_text(job))
        grid.set("negative", negative_prompt_text(job))
        grid.set_entries("changed", changed_texts(job) or [_no_changes_text(job)])
        grid.set("seed", "" if job.seed is None else str(job.seed))
        grid.set("took", times_text(job))
        grid.set("when", day_and_time(job.created_s, self._now()))
        grid.set("cost", approx_money(job.cost_usd) if job.cost_usd > 0 else "")
        grid.set("request_id", one_line(job.request_id))

    def show_output(self, output: Output | None, picture: DecodedPicture | None) -> None:
        """Shows the file of an output; `picture` is the picture in it once that is known."""
        self._grid.set("file", "" if output is None else _file_text(output, picture))

    def value(self, key: str) -> str:
        return self._grid.value(key)

    # Size

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), min(self._content_height(), self._room()))

    def minimumSizeHint(self) -> QSize:
        return QSize(_NAME_WIDTH, min(self._content_height(), _MIN_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_resized = watched is self._picture and event.type() == QEvent.Type.Resize
        # A row appeared, or a text was unfolded.
        has_changed = watched is self._grid and event.type() == QEvent.Type.LayoutRequest
        if is_resized or has_changed:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _content_height(self) -> int:
        layout = self._grid.layout()
        width = self.viewport().width()
        return layout.totalHeightForWidth(width) if layout is not None else 0

    def _room(self) -> int:
        """Returns the height that the facts may take at most."""
        panel = self.parentWidget()
        assert panel is not None
        others = panel.height() - self._picture.height() - self.height()
        return max(_MIN_HEIGHT, panel.height() // 2 - others)


def _no_changes_text(job: Job) -> str:
    return _("only the seed") if changes_only_seed(job) else _("nothing, as deployed")


def _file_text(output: Output, picture: DecodedPicture | None) -> str:
    """Returns the known properties, such as `Blue_00001_.png · 1024 × 1024 · 1.6 MB`."""
    parts = [output_name(output)]
    size_bytes = output.size_bytes
    if picture is not None:
        if not picture.size.isEmpty():
            parts.append(pixel_size(picture.size.width(), picture.size.height()))
        if picture.fingerprint is not None:
            size_bytes = picture.fingerprint.size_bytes
    if size_bytes:
        parts.append(file_size(size_bytes))
    if picture is not None and picture.profile_name:
        parts.append(one_line(picture.profile_name))
    if output.is_preview:
        parts.append(_("Preview"))
    return " · ".join(parts)


def times_text(job: Job) -> str:
    """Returns the times of a job, such as `queue 0:21 · run 1:08`; "" if it is not finished."""
    if not job.finished_s:
        return ""
    queue_text = _("queue %s") % duration(job.waited_s(job.finished_s))
    if not job.running_s:
        return queue_text
    return f"{queue_text} · " + _("run %s") % duration(job.ran_s(job.finished_s))
