"""The list of the preview: what keys and clicks on its rows mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets.preview_painting import PreviewDelegate, tick_place
from runcomfy_desktop.ui.widgets.row_presses import RowPresses

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from runcomfy_desktop.ui.presets.preview_model import PreviewModel

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PreviewView(QListView):
    """Space and a click on its box tick a row; Enter is left to the dialog."""

    def __init__(self, model: PreviewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.setObjectName("preset_preview")
        self.setAccessibleName(_("What the preset changes"))
        self.setModel(model)
        self.setItemDelegate(PreviewDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        RowPresses(self).pressed.connect(model.turn)

    def choose(self, index: QModelIndex) -> None:
        """Puts the keyboard on a row."""
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._model.turn(self.currentIndex())
        elif event.key() in _ENTER:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        super().mousePressEvent(event)
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and index.isValid() and tick_place(self.visualRect(index)).contains(at):
            self._model.turn(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second press of two on a box is a press like the first.
        self.mousePressEvent(event)
