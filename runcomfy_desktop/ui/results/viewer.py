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

    Emits `step_requested` with -1 for the newer result or 1 for the older one (arrow keys), and
    `full_view_requested` to enter the full view or to leave it (Space, or the button of the bar).
    """

    step_requested = Signal(int)
    full_view_requested = Signal()

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
        self.result_view = ResultView(tasks, thumbnails, self, now)
        self.view_bar = ViewBar(self.result_view.picture_view, self)
        self.filmstrip = Filmstrip(model, thumbnails, queue, self)
        column(self.view_bar, (self.result_view, 1), self.filmstrip, owner=self, spacing=0)

        self.view_bar.full_view_requested.connect(self.full_view_requested)
        self.filmstrip.doubleClicked.connect(lambda _index: self.full_view_requested.emit())

    def focus_result(self) -> None:
        """Gives the keyboard to what shows the result, or to the strip if that needs no keys."""
        page = self.result_view.currentWidget()
        takes_keys = page is not None and page.focusPolicy() != Qt.FocusPolicy.NoFocus
        (page if page is not None and takes_keys else self.filmstrip).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self.step_requested.emit(step)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.full_view_requested.emit()
        else:
            super().keyPressEvent(event)
