"""Viewer: one result large, with the strip of results below it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.ui.results.filmstrip import Filmstrip
from runcomfy_desktop.ui.results.play_bar import PlayBar
from runcomfy_desktop.ui.results.result_view import ResultView
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.layouts import column, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.results.outputs_model import OutputsModel

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Viewer(QWidget):
    """Shows one result above the strip; the arrow keys go to the results next to it."""

    def __init__(
        self,
        tasks: BackgroundTasks,
        model: OutputsModel,
        thumbnails: ThumbnailCache,
        parent: QWidget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("viewer")
        self.result_view = ResultView(tasks, self, now)
        self.play_bar = PlayBar(self.result_view.picture_view, self)
        self.filmstrip = Filmstrip(model, thumbnails, self)
        below = row(self.filmstrip, margins=(3 * STEP, 0, 3 * STEP, 0))
        column((self.result_view, 1), self.play_bar, below, owner=self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not self.filmstrip.step(step):
            super().keyPressEvent(event)
