"""The node and input tree: its events, its layout, its memory. The delegate paints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QApplication,
    QFrame,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs import clipboard, row_menu
from runcomfy_desktop.ui.inputs.caret import show_caret
from runcomfy_desktop.ui.inputs.cures import is_cure_key
from runcomfy_desktop.ui.inputs.deeds import Deeds
from runcomfy_desktop.ui.inputs.delegate import InputsDelegate
from runcomfy_desktop.ui.inputs.drop_tree import DropTree
from runcomfy_desktop.ui.inputs.editors import TextEditor
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.measure import RowMeasure
from runcomfy_desktop.ui.inputs.memory import Spot, TreeMemory
from runcomfy_desktop.ui.inputs.painting import NAME_INDENT
from runcomfy_desktop.ui.inputs.rebuilds import Rebuilds
from runcomfy_desktop.ui.inputs.selection import RowSelection
from runcomfy_desktop.ui.inputs.slide import Slide
from runcomfy_desktop.ui.inputs.tree_access import TreeItems
from runcomfy_desktop.ui.inputs.ways import Ways
from runcomfy_desktop.ui.models.inputs import Column, InputsModel
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.pin_desk import PinDesk
    from runcomfy_desktop.ui.media.desk import MediaDesk

_RESET_WIDTH = 10 * STEP
_NAMES_SHARE = 0.32
_LEAST_NAMES = 40 * STEP
_MOST_NAMES = 72 * STEP
_NO_KEYS = Qt.KeyboardModifier.NoModifier
_UP_DOWN = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_HINT = QAbstractItemDelegate.EndEditHint


@dataclass(frozen=True, slots=True)
class _Press:
    """Where a mouse button went down: the row, its part, and the place inside the cell."""

    spot: Spot
    column: Column
    part: Part | None
    at: QPoint
    inside: QPoint

    def index_in(self, model: InputsModel) -> QModelIndex:
        return self.spot.index_in(model).siblingAtColumn(self.column)


class InputsView(DropTree):
    """Shows an InputsModel. The wishes that it cannot carry out itself are signals.

    `well_wished(key, last)` wants the keyboard in a picture's well, `paste_wished(key)` the
    clipboard's picture in it, `told` has a sentence for the person. `scrolled` and `laid_out`
    follow every change of what stands where, but for those in the midst of a rebuild. `passed`
    says that an arrow leads on beyond the last row, or (False) above the first.
    """

    well_wished = Signal(object, bool)
    paste_wished = Signal(object)
    sweep_wished = Signal(object)
    told = Signal(str)
    laid_out = Signal()
    scrolled = Signal()
    editing_ended = Signal()
    passed = Signal(bool)

    def __init__(self, model: InputsModel, parent: QWidget, ways: Ways | None = None) -> None:
        super().__init__(model, parent)
        self.media: MediaDesk | None = None
        self.pins: PinDesk | None = None
        self._delegate = InputsDelegate(self, model)
        self._measure = self._made_measure()
        self._memory = TreeMemory(self, model)
        self._pressed: _Press | None = None
        self._rebuilds = Rebuilds(self, self._memory)
        self.deeds = Deeds(self)
        self._slide = Slide(self)
        self.chosen = RowSelection(self)
        self._build()
        self.access = TreeItems(self)
        self._connect()
        # A view of some of the inputs leads to all others by the ways of the whole tree.
        self.ways = Ways(self) if ways is None else ways

    def _made_measure(self) -> RowMeasure:
        return RowMeasure(self.inputs, self._delegate, self.room)

    def _build(self) -> None:
        self.setObjectName("inputs_tree")
        self.setAccessibleName(_("Nodes and inputs of the workflow"))
        self.measure = self._measure
        self.setModel(self.inputs)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # Tab leaves the tree; from an open editor it goes to the next input.
        self.setTabKeyNavigation(False)
        # A click takes the focus as well, but only after it has been understood.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAcceptDrops(True)
        self.viewport().setMouseTracking(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)

    def _connect(self) -> None:
        self.inputs.together = self.chosen.together
        self._delegate.selected = self.chosen
        self._delegate.cure_wished.connect(self.deeds.cure)
        self._delegate.caret_moved.connect(lambda: show_caret(self))
        self.chosen.changed.connect(self.viewport().update)
        self.chosen.told.connect(self.told)
        self.inputs.many_changed.connect(self._on_model_many_changed)
        self.expanded.connect(lambda index: self._on_fold_changed(index, is_folded=False))
        self.collapsed.connect(lambda index: self._on_fold_changed(index, is_folded=True))

    # What others ask of it

    @property
    def delegate(self) -> InputsDelegate:
        return self._delegate

    def settle(self) -> None:
        """Takes over what stands in an open editor."""
        self._delegate.settle()
        self.deeds.settle()

    def go_to(self, index: QModelIndex, *, take_focus: bool = True) -> None:
        """Makes a row current and brings it into view, unfolding its node."""
        if not index.isValid():
            return
        if index.parent().isValid():
            self.expand(index.parent())
        self.setCurrentIndex(index.siblingAtColumn(Column.NAME))
        hint = QAbstractItemView.ScrollHint
        self.scrollTo(index.siblingAtColumn(Column.NAME), hint.PositionAtCenter)
        if take_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to_node(self, node_id: str, *, take_focus: bool = True) -> None:
        index = self.inputs.index_of_node(node_id)
        if index.isValid():
            self.expand(index)
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
            if take_focus:
                self.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to_first(self) -> None:
        """The keyboard goes to the first input that is shown."""
        first = self.inputs.index(0, Column.NAME)
        below = self.index_below(first)
        if first.isValid():
            self.go_to(below if below.isValid() else first)

    def reset_current(self) -> None:
        key = self.inputs.key_at(self.currentIndex())
        if key is None:
            # On a header, too, what is selected is meant.
            key = next(iter(self.chosen.in_order()), None)
        if key is not None:
            self.inputs.reset_input(key)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # Found before the focus comes here: that closes an open editor, and rows move up. Qt's
        # own handling would look again afterwards, and mean another row.
        at = event.position().toPoint()
        index = self.indexAt(at)
        self._pressed = self._press_at(index, at)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._pressed is not None:
            here = self._pressed.index_in(self.inputs)
            if here.isValid():
                self._make_current(here)
        if event.button() is not Qt.MouseButton.LeftButton:
            self._pressed = None
        if self._pressed is not None and self._pressed.part is Part.SLIDER:
            self._slide.begin(self._pressed.index_in(self.inputs), event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Two quick clicks are two clicks.
        self.mousePressEvent(event)
        self._slide.is_double = True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if self._slide.end() or pressed is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        way = event.position().toPoint() - pressed.at
        index = pressed.index_in(self.inputs)
        if not index.isValid() or way.manhattanLength() >= QApplication.startDragDistance():
            return
        if not self.chosen.take_click(index, event.modifiers()):
            self.deeds.click(index, pressed.part, self.visualRect(index).topLeft() + pressed.inside)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._slide.move(event):
            return
        self.deeds.show_cursor(event.position().toPoint())
        super().mouseMoveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        if by_key:
            where = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        else:
            where = event.globalPos()
        row_menu.popup_for(self, index, where)

    def _press_at(self, index: QModelIndex, at: QPoint) -> _Press | None:
        spot = self._memory.spot(index)
        if spot is None:
            return None
        rect = self.visualRect(index)
        part = self._delegate.part_at(index, rect, at)
        return _Press(spot, Column(index.column()), part, at, at - rect.topLeft())

    def _make_current(self, index: QModelIndex) -> None:
        selection = self.selectionModel()
        selection.setCurrentIndex(index, selection.SelectionFlag.NoUpdate)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        key = self.inputs.key_at(index)
        if event.key() == Qt.Key.Key_Escape and self._slide.cancel():
            return
        is_taken = self.chosen.take_key(event, index) or clipboard.take_key(self, event)
        if is_taken or self.deeds.take_key(event, key):
            return
        if index.isValid() and self._on_key(event, index, key):
            return
        super().keyPressEvent(event)
        is_plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NO_KEYS
        if is_plain and event.key() in _UP_DOWN and self.currentIndex() == index:
            self.passed.emit(event.key() == Qt.Key.Key_Down)

    def _on_key(self, event: QKeyEvent, index: QModelIndex, key: InputKey | None) -> bool:
        code = event.key()
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NO_KEYS
        if plain and code in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2, Qt.Key.Key_Space):
            if key is None:
                self.set_expanded(index, not self.is_expanded(index))
            else:
                self.deeds.activate(index, key, code)
            return True
        if key is None:
            return False
        ctrl = Qt.KeyboardModifier.ControlModifier
        if code == Qt.Key.Key_Backspace and event.modifiers() == ctrl:
            self.inputs.reset_input(key)
            return True
        if is_cure_key(event):
            self.deeds.cure(key)
            return True
        if plain or event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            return self.deeds.type_on(index, event)
        return False

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        key = self._delegate.editing_key
        moves = hint in (_HINT.EditNextItem, _HINT.EditPreviousItem)
        focus = QApplication.focusWidget()
        was_inside = focus is not None and editor.isAncestorOf(focus)
        super().closeEditor(editor, _HINT.NoHint if moves else hint)
        if was_inside:
            # Qt gives the keyboard back from the editor itself, not from a field in it.
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if key is not None:
            # A long text is higher while it is edited.
            self.inputs.touch(key)
        self.editing_ended.emit()
        start = QModelIndex() if key is None else self.inputs.index_of(key)
        if moves and start.isValid():
            self.deeds.open_next(start, forwards=hint is _HINT.EditNextItem)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.access.tell_focus(self.currentIndex())

    # Layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Asked only on screen: rows are measured then, and not before.
        row = self.row_rect(self.currentIndex()) if self.isVisible() else QRect()
        super().resizeEvent(event)
        self.fit_columns()
        room, before = event.size().height(), event.oldSize().height()
        # Of a prompt that is higher than what is left, any part will do.
        edge = row.bottom() if row.height() <= room else row.top()
        if room != before:
            self.fit_editor()
        if row.top() >= 0 and room <= edge < before:
            # A part of the window has opened over the row that the keyboard is on.
            self.scrollTo(self.currentIndex())
        show_caret(self)

    def room(self) -> int:
        """Returns the greatest height at which a row is still seen as a whole."""
        return self.viewport().height()

    def fit_editor(self) -> None:
        """An open prompt has another room now."""
        if isinstance(self._delegate.editor, TextEditor) and self._delegate.editing_key is not None:
            self.inputs.touch(self._delegate.editing_key)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._delegate.forget_metrics()
            self.fit_columns()
            self.lay_out_again()

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if not self._rebuilds.is_on:
            show_caret(self)
            self.laid_out.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if not self._rebuilds.is_on:
            self.scrolled.emit()

    def fit_columns(self) -> None:
        """Names get what the longest of them needs, within bounds; values get the rest."""
        # The bar's room is kept free when it is not there: values must not move sideways.
        width = self.width() - self.verticalScrollBar().sizeHint().width()
        longest = QFontMetrics(self.font()).horizontalAdvance(self.inputs.longest_name())
        names = max(longest + NAME_INDENT + 4 * STEP, _LEAST_NAMES)
        names = min(names, _MOST_NAMES, int(width * _NAMES_SHARE))
        values = max(width - names - _RESET_WIDTH, 1)
        self.set_column_width(Column.NAME, names)
        self.set_column_width(Column.VALUE, values)
        self.set_column_width(Column.RESET, _RESET_WIDTH)
        if values != self._delegate.cell_width or width != self._measure.width:
            self._measure.width = width
            self._delegate.cell_width = values
            self.lay_out_again()

    def _on_model_many_changed(self, keys: Collection[InputKey]) -> None:
        self.lay_out_again()
        editing = self._delegate.editing_key
        if editing is not None and editing in keys:
            self.inputs.touch(editing)

    def _on_fold_changed(self, index: QModelIndex, *, is_folded: bool) -> None:
        draft, node = self.inputs.draft, self.inputs.node_at(index)
        self.laid_out.emit()
        is_by_hand = not self._rebuilds.is_on and not self.inputs.is_filtered
        if draft is not None and node is not None and is_by_hand:
            self._memory.set_folded(draft.key, node.node_id, is_folded=is_folded)
