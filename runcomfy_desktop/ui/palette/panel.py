"""The palette on screen: a box to type in, and below it what fits."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QCursor, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from runcomfy_desktop.domain.fuzzy import MAX_QUERY
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.inputs.marks import NO_MARKS, Marks
from runcomfy_desktop.ui.palette.entries import Goals, spoken
from runcomfy_desktop.ui.palette.ranking import Ranking
from runcomfy_desktop.ui.palette.rows import EntryDelegate, EntryModel
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.roles import speak_as

_WIDTH = 160 * STEP
_ROWS = 12
_LEAST_ROWS = 3
_EDGE = 2 * STEP
_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Tab: 1,
    Qt.Key.Key_Backtab: -1,
    Qt.Key.Key_PageDown: _ROWS - 1,
    Qt.Key.Key_PageUp: 1 - _ROWS,
}


class Palette(QFrame):
    """Lies over `window` until something is chosen, Escape is pressed, or the keyboard leaves.

    `chosen` has the entry; the keyboard is back where it was by then.
    """

    chosen = Signal(object)

    def __init__(self, window: QWidget, title: str = "", wanted: str = "") -> None:
        """`title` and `wanted` say what it is for; without them it leads to anything."""
        super().__init__(window)
        self._window = window
        self._title = title or _("Jump to anything")
        self._wanted = wanted or _("Deployment, node, input or action…")
        self._ranking = Ranking(Goals())
        self._before: QWidget | None = None
        self._pointer = QPoint()
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("palette")
        self.setAccessibleName(self._title)
        speak_as(self, QAccessible.Role.Dialog)
        self._box = QLineEdit(self)
        self._box.setObjectName("palette_box")
        self._box.setAccessibleName(self._title)
        self._box.setPlaceholderText(self._wanted)
        self._box.setMaxLength(MAX_QUERY)
        self._box.installEventFilter(self)
        self._rows = EntryModel(self)
        self._list = QListView(self)
        self._list.setObjectName("palette_list")
        self._list.setAccessibleName(_("What fits"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setItemDelegate(EntryDelegate(self._list))
        self._list.setModel(self._rows)
        self._none = muted_label(_("Nothing fits."), "palette_nothing", self)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        column.setSpacing(_EDGE)
        column.addWidget(self._box)
        column.addWidget(self._list, 1)
        column.addWidget(self._none, 1)
        self.hide()

    def _connect(self) -> None:
        self._box.textChanged.connect(self._on_box_text_changed)
        self._list.clicked.connect(self._choose)
        self._list.entered.connect(self._on_list_entered)
        self._list.selectionModel().currentChanged.connect(self._on_list_current_changed)
        self._window.installEventFilter(self)

    # Opening and closing

    def open_with(self, goals: Goals) -> None:
        """Shows what there is to go to, with an empty box."""
        self._ranking = Ranking(goals)
        self._before = self._window.focusWidget()
        self._box.blockSignals(True)
        self._box.clear()
        self._box.blockSignals(False)
        self._look()
        self._place()
        self._pointer = QCursor.pos()
        self.show()
        self.raise_()
        self._box.setFocus(Qt.FocusReason.PopupFocusReason)

    def leave(self) -> None:
        """Goes, and gives the keyboard back."""
        before, self._before = self._before, None
        had_keyboard = self._box.hasFocus()
        self.hide()
        self._rows.show([], NO_MARKS)
        self._ranking = Ranking(Goals())
        if had_keyboard and before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self) -> None:
        window = self._window
        width = min(_WIDTH, window.width() - 8 * STEP)
        rows = min(max(self._rows.rowCount(), _LEAST_ROWS), _ROWS)
        hint = self._list.sizeHintForRow(0) if self._rows.rowCount() else 8 * STEP
        height = self._box.sizeHint().height() + rows * hint + 4 * _EDGE
        top = max(4 * STEP, window.height() // 10)
        height = min(height, window.height() - top - 4 * STEP)
        self.resize(width, height)
        self.move(QPoint((window.width() - width) // 2, top))

    # Looking

    def _on_box_text_changed(self, _text: str) -> None:
        self._look()
        self._place()
        count = self._rows.rowCount()
        if QAccessible.isActive():
            announce(self._box, n_("%d result", "%d results", count) % count)
            self._say_current()

    def _look(self) -> None:
        entries, terms, is_loose = self._ranking.best(self._box.text())
        self._rows.show(entries, Marks(terms, is_loose) if terms else NO_MARKS)
        self._list.setVisible(bool(entries))
        self._none.setVisible(not entries)
        self._list.setCurrentIndex(self._rows.index(0))
        self._list.scrollToTop()

    def _on_list_entered(self, index: QModelIndex) -> None:
        """The pointer chooses while it moves; rows that scroll beneath it do not."""
        before, self._pointer = self._pointer, QCursor.pos()
        if before != self._pointer:
            self._list.setCurrentIndex(index)

    def _on_list_current_changed(self, _now: QModelIndex, before: QModelIndex) -> None:
        if before.isValid() and QAccessible.isActive():
            self._say_current()

    def _say_current(self) -> None:
        entry = self._rows.entry(self._list.currentIndex())
        if entry is not None:
            announce(self._box, spoken(entry))

    def _move(self, way: int) -> None:
        count = self._rows.rowCount()
        self._pointer = QCursor.pos()
        if count:
            at = self._list.currentIndex().row() + way
            # One step goes round the end, a page stops there.
            at = at % count if abs(way) == 1 else min(max(at, 0), count - 1)
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self._list.selectionModel().setCurrentIndex(self._rows.index(at), flag)

    def _choose(self, index: QModelIndex) -> None:
        entry = self._rows.entry(index)
        if entry is not None:
            self.leave()
            self.chosen.emit(entry)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() is QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            if self._window.isActiveWindow():
                self.leave()
            return False
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _MOVES:
            self._move(_MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            return False
        return True
