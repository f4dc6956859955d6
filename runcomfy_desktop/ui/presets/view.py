"""The list of presets: what keys, clicks and drags on its rows mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets.painting import MAX_NAME, PresetDelegate, star_place

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import (
        QContextMenuEvent,
        QDragEnterEvent,
        QDragMoveEvent,
        QDropEvent,
        QMouseEvent,
    )

    from runcomfy_desktop.domain.preset.preset import PresetHead
    from runcomfy_desktop.ui.presets.model import PresetsModel

_Key = QKeySequence.StandardKey
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PresetsView(QListView):
    """Emits `applied` with a path, `starred` with a path and whether, `deletion_wished`,
    `copy_wished` and `paste_wished` for the keys, `menu_wished` with a place on the screen, and
    `dropped` with what was let go over it and the key of the folder there."""

    applied = Signal(str)
    starred = Signal(str, bool)
    deletion_wished = Signal()
    copy_wished = Signal()
    paste_wished = Signal()
    menu_wished = Signal(QPoint)
    dropped = Signal(object, str)
    chosen_changed = Signal()

    def __init__(self, model: PresetsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.presets = model
        self.setObjectName("presets")
        self.setAccessibleName(_("Presets"))
        self.setModel(model)
        self.setItemDelegate(
            PresetDelegate("preset_name_editor", _("Name of the preset"), MAX_NAME, self)
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.doubleClicked.connect(self._on_index_double_clicked)
        self.selectionModel().selectionChanged.connect(lambda *_both: self.chosen_changed.emit())

    # What is chosen

    def chosen(self) -> list[PresetHead]:
        """The selected presets, as they stand in the list."""
        rows = sorted(self.selectionModel().selectedIndexes(), key=lambda index: index.row())
        return [head for head in map(self.presets.head, rows) if head is not None]

    def choose(self, path: str) -> bool:
        """Selects one preset, if it is in the list."""
        index = self.presets.index_of(path)
        if index.isValid():
            # By itself a list heeds keys that are held, as those of the shortcut that led here.
            alone = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, alone)
            self.scrollTo(index)
        return index.isValid()

    def folder_here(self) -> str:
        """The key of the folder that the keyboard is in."""
        return self._folder_at(self.currentIndex())

    def keep(self) -> _Kept:
        """Where selection and keyboard are, to be given back when there are other rows."""
        selected = [head.path for head in self.chosen()]
        return _Kept(self, selected, self.presets.key(self.currentIndex()))

    def _folder_at(self, index: QModelIndex) -> str:
        folder, head = self.presets.folder(index), self.presets.head(index)
        if folder is not None:
            return folder.key
        return head.folder if head is not None and not head.is_shipped else ""

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        if event.button() is Qt.MouseButton.LeftButton and index.isValid():
            head = self.presets.head(index)
            if head is None:
                self.setCurrentIndex(index)
                self._turn(index)
                return
            if star_place(self.visualRect(index)).contains(at):
                self.starred.emit(head.path, not self.presets.is_favourite(head))
                return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        # The second press of two on a star, or on a heading, is a press like the first.
        if self.presets.head(index) is None or star_place(self.visualRect(index)).contains(at):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def event(self, event: QEvent) -> bool:
        # These mean the list while the keyboard is in it, whatever the window means by them.
        if event.type() is QEvent.Type.ShortcutOverride and self._deed(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        deed = self._deed(event)
        if deed is not None:
            deed.emit()
        elif event.key() in _ENTER:
            self._on_enter(index)
        elif event.key() == Qt.Key.Key_Space and self.presets.folder(index) is not None:
            self._turn(index)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._fold(index, is_open=event.key() == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is event.Reason.Keyboard:
            rect = self.visualRect(self.currentIndex())
            self.menu_wished.emit(self.viewport().mapToGlobal(rect.center()))
            return
        index = self.indexAt(event.pos())
        if not self.selectionModel().isSelected(index):
            self.selectionModel().clearSelection()
            if index.isValid():
                self.setCurrentIndex(index)
        self.menu_wished.emit(event.globalPos())

    def _deed(self, event: QEvent) -> SignalInstance | None:
        """The signal that a key stands for."""
        assert isinstance(event, QKeyEvent)
        for key, signal in (
            (_Key.Delete, self.deletion_wished),
            (_Key.Copy, self.copy_wished),
            (_Key.Paste, self.paste_wished),
        ):
            if event.matches(key):
                return signal
        return None

    def _on_enter(self, index: QModelIndex) -> None:
        if self.presets.folder(index) is not None:
            self._turn(index)
        else:
            self._on_index_double_clicked(index)

    def _on_index_double_clicked(self, index: QModelIndex) -> None:
        head = self.presets.head(index)
        if head is not None:
            self.applied.emit(head.path)

    def _turn(self, index: QModelIndex) -> None:
        folder = self.presets.folder(index)
        if folder is not None:
            self._fold(index, is_open=not folder.is_open)

    def _fold(self, index: QModelIndex, *, is_open: bool) -> None:
        """A folder; from a preset, Left goes to the heading of its folder."""
        folder, head = self.presets.folder(index), self.presets.head(index)
        if folder is not None and folder.is_open is not is_open:
            kept = self.keep()
            self.presets.fold(folder.key, is_open=is_open)
            kept.give_back()
        elif head is not None and not is_open:
            heading = self.presets.heading_of(head)
            if heading.isValid():
                self.setCurrentIndex(heading)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        answer(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        answer(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if answer(event):
            at = self.indexAt(event.position().toPoint())
            self.dropped.emit(event.mimeData(), self._folder_at(at))


class _Kept:
    """Gives selection and keyboard back to the rows that are still there."""

    def __init__(self, view: PresetsView, selected: list[str], current: str) -> None:
        self._view = view
        self._selected = selected
        self._current = current
        self._offset = view.verticalScrollBar().value()

    def give_back(self) -> None:
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
        view.chosen_changed.emit()


def answer(event: QDragEnterEvent | QDragMoveEvent | QDropEvent) -> bool:
    """Whether presets can be made of what is dragged; the one who drags it is told."""
    data = event.mimeData()
    is_welcome = data.hasUrls() or data.hasText()
    if is_welcome:
        event.setDropAction(Qt.DropAction.CopyAction)
    event.setAccepted(is_welcome)
    return is_welcome
