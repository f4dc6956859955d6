"""Viewer: one result large, with the strip of results below it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.ui.results.filmstrip import Filmstrip
from runcomfy_desktop.ui.results.result_view import ResultView
from runcomfy_desktop.ui.results.view_bar import ViewBar
from runcomfy_desktop.ui.widgets.layouts import column

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.results.outputs_model import OutputsModel

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Viewer(QWidget):
    """Shows one result between a bar and the strip.

    Emits `step_requested` with -1 for the newer result or 1 for the older one (arrow keys).
    """

    step_requested = Signal(int)

    def __init__(
        self,
        tasks: BackgroundTasks,
        model: OutputsModel,
        thumbnails: ThumbnailCache,
        queue: JobQueue,
        parent: QWidget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("viewer")
        self.result_view = ResultView(tasks, self, now)
        self.view_bar = ViewBar(self.result_view.picture_view, self)
        self.filmstrip = Filmstrip(model, thumbnails, queue, self)
        column(self.view_bar, (self.result_view, 1), self.filmstrip, owner=self, spacing=0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.step_requested.emit(step)
