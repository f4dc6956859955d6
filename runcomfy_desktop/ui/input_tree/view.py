"""The node and input tree: its events, its layout, its memory. The delegate paints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QRect, Qt, Signal
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
from runcomfy_desktop.ui.input_tree import clipboard, row_menu
from runcomfy_desktop.ui.input_tree.caret import ensure_caret_visible
from runcomfy_desktop.ui.input_tree.delegate import InputsDelegate
from runcomfy_desktop.ui.input_tree.drop_tree import DropTree
from runcomfy_desktop.ui.input_tree.editors import MultilineTextEditor
from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation
from runcomfy_desktop.ui.input_tree.input_commands import InputCommands
from runcomfy_desktop.ui.input_tree.input_row_painter import NAME_INDENT
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn, InputsModel
from runcomfy_desktop.ui.input_tree.mouse_handler import MouseHandler
from runcomfy_desktop.ui.input_tree.rebuild_restorer import RebuildRestorer
from runcomfy_desktop.ui.input_tree.row_measurer import RowMeasurer
from runcomfy_desktop.ui.input_tree.row_selection import RowSelection
from runcomfy_desktop.ui.input_tree.tree_accessibility import TreeAccessibility
from runcomfy_desktop.ui.input_tree.tree_states import TreeStates
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.image_tools.image_tools_controller import ImageToolsController
    from runcomfy_desktop.ui.pins.pin_controller import PinController

_RESET_WIDTH = 10 * STEP
_NAME_WIDTH_SHARE = 0.32
_MIN_NAME_WIDTH = 40 * STEP
_MAX_NAME_WIDTH = 72 * STEP
_NO_MODIFIERS = Qt.KeyboardModifier.NoModifier
_UP_DOWN_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_EndEditHint = QAbstractItemDelegate.EndEditHint


class InputsView(DropTree):
    """Shows an InputsModel. The wishes that it cannot carry out itself are signals.

    `media_field_requested(key, last)` wants the keyboard in a picture's well,
    `paste_requested(key)` the clipboard's picture in it, `message_sent` has a sentence for the
    person. `scrolled` and `laid_out` follow every change of what stands where, but for those in the
    midst of a rebuild. `edge_passed` says that an arrow leads on beyond the last row, or (False)
    above the first.
    """

    media_field_requested = Signal(object, bool)
    paste_requested = Signal(object)
    sweep_requested = Signal(object)
    message_sent = Signal(str)
    laid_out = Signal()
    scrolled = Signal()
    editing_ended = Signal()
    edge_passed = Signal(bool)

    def __init__(
        self, model: InputsModel, parent: QWidget, navigation: GraphNavigation | None = None
    ) -> None:
        super().__init__(model, parent)
        self.image_tools_controller: ImageToolsController | None = None
        self.pin_controller: PinController | None = None
        self._delegate = InputsDelegate(self, model, self.row_geometry)
        self._row_measurer = self._create_row_measurer()
        self._tree_states = TreeStates(self, model, self.row_geometry)
        self._rebuild_restorer = RebuildRestorer(self, self._tree_states)
        self.commands = InputCommands(self)
        self._mouse_handler = MouseHandler(self, self._tree_states)
        self.row_selection = RowSelection(self, model, self.row_geometry)
        self._build()
        self.accessibility = TreeAccessibility(self)
        self._connect()
        # A view of some of the inputs leads to all others by the ways of the whole tree.
        self.navigation = GraphNavigation(self) if navigation is None else navigation

    def _create_row_measurer(self) -> RowMeasurer:
        return RowMeasurer(self.inputs, self._delegate, self.max_row_height)

    def _build(self) -> None:
        self.setObjectName("inputs_tree")
        self.setAccessibleName(_("Nodes and inputs of the workflow"))
        self.row_geometry.height_source = self._row_measurer
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
        self.inputs.keys_edited_with = self.row_selection.keys_edited_with
        self._delegate.selected_keys = self.row_selection
        self._delegate.quick_fix_requested.connect(self.commands.apply_quick_fix)
        self._delegate.caret_moved.connect(lambda: ensure_caret_visible(self))
        self.row_selection.changed.connect(self.viewport().update)
        self.row_selection.message_sent.connect(self.message_sent)
        self.inputs.many_rows_changed.connect(self._on_model_many_rows_changed)
        self.expanded.connect(lambda index: self._on_collapsed_changed(index, is_collapsed=False))
        self.collapsed.connect(lambda index: self._on_collapsed_changed(index, is_collapsed=True))

    # What others ask of it

    @property
    def delegate(self) -> InputsDelegate:
        return self._delegate

    def commit_pending_edits(self) -> None:
        """Takes over what stands in an open editor."""
        self._delegate.commit_pending_edits()
        self.commands.commit_pending_edits()

    def go_to(self, index: QModelIndex, *, take_focus: bool = True) -> None:
        """Makes a row current and brings it into view, unfolding its node."""
        if not index.isValid():
            return
        if index.parent().isValid():
            self.expand(index.parent())
        self.setCurrentIndex(index.siblingAtColumn(InputColumn.NAME))
        hint = QAbstractItemView.ScrollHint
        self.scrollTo(index.siblingAtColumn(InputColumn.NAME), hint.PositionAtCenter)
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
        first = self.inputs.index(0, InputColumn.NAME)
        below = self.row_geometry.index_below(first)
        if first.isValid():
            self.go_to(below if below.isValid() else first)

    def reset_current(self) -> None:
        key = self.inputs.key_at(self.currentIndex())
        if key is None:
            # On a header, too, what is selected is meant.
            key = next(iter(self.row_selection.keys_in_order()), None)
        if key is not None:
            self.inputs.reset_input(key)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse_handler.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Two quick clicks are two clicks.
        self.mousePressEvent(event)
        self._mouse_handler.mark_double_click()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._mouse_handler.release(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._mouse_handler.move(event):
            super().mouseMoveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_keyboard else self.indexAt(event.pos())
        if not index.isValid():
            return
        if is_by_keyboard:
            position = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        else:
            position = event.globalPos()
        row_menu.popup_row_menu(self, index, position)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Escape and self._mouse_handler.cancel_drag():
            return
        is_taken = self.row_selection.handle_key(event, index) or clipboard.handle_key(self, event)
        if is_taken or self.commands.handle_key(event, index):
            return
        super().keyPressEvent(event)
        is_plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NO_MODIFIERS
        if is_plain and event.key() in _UP_DOWN_KEYS and self.currentIndex() == index:
            self.edge_passed.emit(event.key() == Qt.Key.Key_Down)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        key = self._delegate.editing_key
        is_moving_on = hint in (_EndEditHint.EditNextItem, _EndEditHint.EditPreviousItem)
        focus = QApplication.focusWidget()
        was_inside = focus is not None and editor.isAncestorOf(focus)
        super().closeEditor(editor, _EndEditHint.NoHint if is_moving_on else hint)
        if was_inside:
            # Qt gives the keyboard back from the editor itself, not from a field in it.
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if key is not None:
            # A long text is higher while it is edited.
            self.inputs.refresh_row(key)
        self.editing_ended.emit()
        start = QModelIndex() if key is None else self.inputs.index_of(key)
        if is_moving_on and start.isValid():
            self.commands.open_next(start, forward=hint is _EndEditHint.EditNextItem)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.accessibility.notify_focus(self.currentIndex())

    # Layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Asked only on screen: rows are measured then, and not before.
        row = self.row_rect(self.currentIndex()) if self.isVisible() else QRect()
        super().resizeEvent(event)
        self.fit_columns()
        height, before = event.size().height(), event.oldSize().height()
        # Of a prompt that is higher than what is left, any part will do.
        edge = row.bottom() if row.height() <= height else row.top()
        if height != before:
            self.fit_editor()
        if row.top() >= 0 and height <= edge < before:
            # A part of the window has opened over the row that the keyboard is on.
            self.scrollTo(self.currentIndex())
        ensure_caret_visible(self)

    def max_row_height(self) -> int:
        """Returns the greatest height at which a row is still seen as a whole."""
        return self.viewport().height()

    def fit_editor(self) -> None:
        """An open prompt has another room now."""
        if (
            isinstance(self._delegate.editor, MultilineTextEditor)
            and self._delegate.editing_key is not None
        ):
            self.inputs.refresh_row(self._delegate.editing_key)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._delegate.forget_metrics()
            self.fit_columns()
            self.relayout()

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if not self._rebuild_restorer.is_active:
            ensure_caret_visible(self)
            self.laid_out.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if not self._rebuild_restorer.is_active:
            self.scrolled.emit()

    def fit_columns(self) -> None:
        """Names get what the longest of them needs, within bounds; values get the rest."""
        # The bar's room is kept free when it is not there: values must not move sideways.
        width = self.width() - self.verticalScrollBar().sizeHint().width()
        longest = QFontMetrics(self.font()).horizontalAdvance(self.inputs.longest_name())
        names = max(longest + NAME_INDENT + 4 * STEP, _MIN_NAME_WIDTH)
        names = min(names, _MAX_NAME_WIDTH, int(width * _NAME_WIDTH_SHARE))
        values = max(width - names - _RESET_WIDTH, 1)
        for column, column_width in (
            (InputColumn.NAME, names),
            (InputColumn.VALUE, values),
            (InputColumn.RESET, _RESET_WIDTH),
        ):
            if self.row_geometry.set_column_width(column, column_width):
                self.viewport().update()
        if values != self._delegate.cell_width or width != self._row_measurer.width:
            self._row_measurer.width = width
            self._delegate.cell_width = values
            self.relayout()

    def _on_model_many_rows_changed(self, keys: Collection[InputKey]) -> None:
        self.relayout()
        editing = self._delegate.editing_key
        if editing is not None and editing in keys:
            self.inputs.refresh_row(editing)

    def _on_collapsed_changed(self, index: QModelIndex, *, is_collapsed: bool) -> None:
        draft, node = self.inputs.draft, self.inputs.node_at(index)
        self.laid_out.emit()
        is_by_hand = not self._rebuild_restorer.is_active and not self.inputs.is_filtered
        if draft is not None and node is not None and is_by_hand:
            self._tree_states.set_collapsed(draft.key, node.node_id, is_collapsed=is_collapsed)
