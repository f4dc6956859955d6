"""The list of the preview: what keys and clicks on its rows mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets.preview_delegate import PreviewDelegate, tick_rect
from runcomfy_desktop.ui.widgets.accessible_row_presses import AccessibleRowPresses

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from runcomfy_desktop.ui.presets.preview_model import PreviewModel

_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


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
        AccessibleRowPresses(self).pressed.connect(model.toggle)

    def select_row(self, index: QModelIndex) -> None:
        """Puts the keyboard on a row."""
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._model.toggle(self.currentIndex())
        elif event.key() in _ENTER_KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pos = event.position().toPoint()
        index = self.indexAt(pos)
        super().mousePressEvent(event)
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and index.isValid() and tick_rect(self.visualRect(index)).contains(pos):
            self._model.toggle(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second press of two on a box is a press like the first.
        self.mousePressEvent(event)
