"""View of the list of presets, with its keys, clicks and drags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets.preset_delegate import MAX_NAME_CHARS, PresetDelegate, star_rect
from runcomfy_desktop.ui.widgets.docked_list import DockedListView

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import (
        QContextMenuEvent,
        QDragEnterEvent,
        QDragMoveEvent,
        QDropEvent,
        QKeyEvent,
        QMouseEvent,
    )

    from runcomfy_desktop.domain.presets.preset import PresetSummary
    from runcomfy_desktop.ui.presets.presets_model import PresetsModel

_StandardKey = QKeySequence.StandardKey
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PresetsView(DockedListView):
    """List of presets.

    Emits `apply_requested` with a path, `favourite_toggled` with a path and the new state,
    `delete_requested`, `copy_requested` and `paste_requested` for the keys, `menu_requested` with a
    screen position, and `dropped` with the dropped data and the key of the folder under it.
    """

    apply_requested = Signal(str)
    favourite_toggled = Signal(str, bool)
    delete_requested = Signal()
    copy_requested = Signal()
    paste_requested = Signal()
    menu_requested = Signal(QPoint)
    dropped = Signal(object, str)
    selection_changed = Signal()

    def __init__(self, model: PresetsModel, parent: QWidget) -> None:
        super().__init__("presets", _("Presets"), parent)
        self.presets = model
        self.setModel(model)
        self.setItemDelegate(
            PresetDelegate("preset_name_editor", _("Name of the preset"), MAX_NAME_CHARS, self)
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)
        self.doubleClicked.connect(self._on_index_double_clicked)
        self.selectionModel().selectionChanged.connect(lambda *_both: self.selection_changed.emit())

    # Selection

    def selected_presets(self) -> list[PresetSummary]:
        """Returns the selected presets in list order."""
        rows = sorted(self.selectionModel().selectedIndexes(), key=lambda index: index.row())
        return [summary for summary in map(self.presets.summary, rows) if summary is not None]

    def select_preset(self, path: str) -> bool:
        """Selects a preset and scrolls to it; returns False if it is not listed."""
        index = self.presets.index_of(path)
        if index.isValid():
            # By default a list heeds held modifiers, for example those of the shortcut that led
            # here.
            clear_and_select = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, clear_and_select)
            self.scrollTo(index)
        return index.isValid()

    def current_folder(self) -> str:
        """Returns the key of the current row's folder."""
        return self._folder_at(self.currentIndex())

    def save_selection(self) -> _SavedSelection:
        """Saves the selection and the current row, to be restored after the rows have changed."""
        selected = [summary.path for summary in self.selected_presets()]
        return _SavedSelection(self, selected, self.presets.key(self.currentIndex()))

    def _folder_at(self, index: QModelIndex) -> str:
        folder, summary = self.presets.folder(index), self.presets.summary(index)
        if folder is not None:
            return folder.key
        return summary.folder if summary is not None and not summary.is_shipped else ""

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pos = event.position().toPoint()
        index = self.indexAt(pos)
        if event.button() is Qt.MouseButton.LeftButton and index.isValid():
            summary = self.presets.summary(index)
            if summary is None:
                self.setCurrentIndex(index)
                self._toggle_folder(index)
                return
            if star_rect(self.visualRect(index)).contains(pos):
                self.favourite_toggled.emit(summary.path, not self.presets.is_favourite(summary))
                return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        pos = event.position().toPoint()
        index = self.indexAt(pos)
        # The second press of a double click on a star or a heading counts like the first.
        if self.presets.summary(index) is None or star_rect(self.visualRect(index)).contains(pos):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def is_own_shortcut(self, event: QKeyEvent) -> bool:
        return self._signal_for_key(event) is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        signal_to_emit = self._signal_for_key(event)
        if signal_to_emit is not None:
            signal_to_emit.emit()
        elif event.key() in _ENTER_KEYS:
            self._on_enter(index)
        elif event.key() == Qt.Key.Key_Space and self.presets.folder(index) is not None:
            self._toggle_folder(index)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._set_expanded(index, is_expanded=event.key() == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is event.Reason.Keyboard:
            rect = self.visualRect(self.currentIndex())
            self.menu_requested.emit(self.viewport().mapToGlobal(rect.center()))
            return
        index = self.indexAt(event.pos())
        if not self.selectionModel().isSelected(index):
            self.selectionModel().clearSelection()
            if index.isValid():
                self.setCurrentIndex(index)
        self.menu_requested.emit(event.globalPos())

    def _signal_for_key(self, event: QKeyEvent) -> SignalInstance | None:
        for key, signal in (
            (_StandardKey.Delete, self.delete_requested),
            (_StandardKey.Copy, self.copy_requested),
            (_StandardKey.Paste, self.paste_requested),
        ):
            if event.matches(key):
                return signal
        return None

    def _on_enter(self, index: QModelIndex) -> None:
        if self.presets.folder(index) is not None:
            self._toggle_folder(index)
        else:
            self._on_index_double_clicked(index)

    def _on_index_double_clicked(self, index: QModelIndex) -> None:
        summary = self.presets.summary(index)
        if summary is not None:
            self.apply_requested.emit(summary.path)

    def _toggle_folder(self, index: QModelIndex) -> None:
        folder = self.presets.folder(index)
        if folder is not None:
            self._set_expanded(index, is_expanded=not folder.is_expanded)

    def _set_expanded(self, index: QModelIndex, *, is_expanded: bool) -> None:
        """Expands or collapses a folder; on a preset, collapsing moves to its folder's heading."""
        folder, summary = self.presets.folder(index), self.presets.summary(index)
        if folder is not None and folder.is_expanded is not is_expanded:
            saved_selection = self.save_selection()
            self.presets.set_expanded(folder.key, is_expanded=is_expanded)
            saved_selection.restore()
        elif summary is not None and not is_expanded:
            heading = self.presets.heading_of(summary)
            if heading.isValid():
                self.setCurrentIndex(heading)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_drag(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        accept_drag(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if accept_drag(event):
            index = self.indexAt(event.position().toPoint())
            self.dropped.emit(event.mimeData(), self._folder_at(index))


class _SavedSelection:
    """Restores the selection and the current row, as far as the rows still exist."""

    def __init__(self, view: PresetsView, selected: list[str], current: str) -> None:
        self._view = view
        self._selected = selected
        self._current = current
        self._offset = view.verticalScrollBar().value()

    def restore(self) -> None:
        view = self._view
        model, selection = view.presets, view.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        current = model.index_of(self._current)
        if current.isValid():
            selection.setCurrentIndex(current, flags.NoUpdate)
        for path in self._selected:
            index = model.index_of(path)
            if index.isValid():
                selection.select(index, flags.Select)
        view.verticalScrollBar().setValue(self._offset)
        view.selection_changed.emit()


def accept_drag(event: QDragEnterEvent | QDragMoveEvent | QDropEvent) -> bool:
    """Accepts a drag of files or text, which may become presets; returns False otherwise."""
    data = event.mimeData()
    is_accepted = data.hasUrls() or data.hasText()
    if is_accepted:
        event.setDropAction(Qt.DropAction.CopyAction)
    event.setAccepted(is_accepted)
    return is_accepted
