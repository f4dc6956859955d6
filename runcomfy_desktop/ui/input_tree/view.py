"""Node and input tree: its rows, and everything the user does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QApplication, QWidget

from runcomfy_desktop.ui.input_tree import clipboard
from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation
from runcomfy_desktop.ui.input_tree.input_commands import InputCommands
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn, InputsModel
from runcomfy_desktop.ui.input_tree.mouse_handler import MouseHandler
from runcomfy_desktop.ui.input_tree.rebuild_restorer import RebuildRestorer
from runcomfy_desktop.ui.input_tree.row_menu import RowMenu
from runcomfy_desktop.ui.input_tree.row_view import RowView
from runcomfy_desktop.ui.input_tree.tree_accessibility import TreeAccessibility
from runcomfy_desktop.ui.input_tree.tree_states import TreeStates

if TYPE_CHECKING:
    from runcomfy_desktop.ui.base.session_scope import SessionScope

_EndEditHint = QAbstractItemDelegate.EndEditHint


class InputsView(RowView):
    """Tree with its commands, menus, navigation, mouse, keyboard and accessibility.

    The view emits signals for what it cannot do itself. Drags are accepted by the widget around it.

    `value_entries_requested` and `row_entries_requested` carry the context menu of an input while
    it is filled, and the input's InputRow: slots add their entries after those that change the
    value, or at the end.
    `media_field_requested(key, last)` requests the focus for a media field, `paste_requested(key)`
    the clipboard's picture, `jump_requested(key)` a jump of the navigation, `message_sent` carries
    a sentence for the user.
    """

    editing_ended = Signal()

    def __init__(
        self,
        scope: SessionScope,
        model: InputsModel,
        parent: QWidget,
        navigation: GraphNavigation | None = None,
    ) -> None:
        super().__init__(scope, model, parent)
        self.commands = InputCommands(self)
        self._tree_states = TreeStates(self, model, self.row_geometry)
        self._rebuild_restorer = RebuildRestorer(self, self._tree_states, self.commands)
        self._mouse_handler = MouseHandler(self, self._tree_states, self.commands)
        self.accessibility = TreeAccessibility(self, self.commands)
        self.delegate.quick_fix_requested.connect(self.commands.apply_quick_fix)
        self.expanded.connect(lambda index: self._on_collapsed_changed(index, is_collapsed=False))
        self.collapsed.connect(lambda index: self._on_collapsed_changed(index, is_collapsed=True))
        # A view of only some inputs shares the whole tree's navigation, which leads to all others.
        self.navigation = GraphNavigation(self) if navigation is None else navigation
        self.jump_requested.connect(self.navigation.jump_to)
        # The model may have rows already.
        self._rebuild_restorer.restore()

    # Public interface

    def commit_pending_edits(self) -> None:
        """Commits the contents of open editors."""
        self.commands.commit_pending_edits()

    def go_to_first(self) -> None:
        """Moves the focus to the first visible input."""
        first = self.inputs.index(0, InputColumn.NAME)
        below = self.row_geometry.index_below(first)
        if first.isValid():
            self.go_to(below if below.isValid() else first)

    def reset_current(self) -> None:
        key = self.inputs.key_at(self.currentIndex())
        if key is None:
            # If a header is current, the selected inputs are reset.
            key = next(iter(self.row_selection.keys_in_order()), None)
        if key is not None:
            self.inputs.reset_input(key)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse_handler.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Two quick clicks count as two clicks.
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
        RowMenu(self, index, self.commands, self.navigation).popup(position)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Escape and self._mouse_handler.cancel_drag():
            return
        is_taken = self.row_selection.handle_key(event, index) or clipboard.handle_key(self, event)
        if is_taken or self.commands.handle_key(event, index):
            return
        super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        key = self.delegate.editing_key
        is_moving_on = hint in (_EndEditHint.EditNextItem, _EndEditHint.EditPreviousItem)
        focus = QApplication.focusWidget()
        was_inside = focus is not None and editor.isAncestorOf(focus)
        super().closeEditor(editor, _EndEditHint.NoHint if is_moving_on else hint)
        if was_inside:
            # Qt returns the focus from the editor itself, but not from a field inside it.
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if key is not None:
            # Long text is taller while it is edited.
            self.inputs.refresh_row(key)
        self.editing_ended.emit()
        start = QModelIndex() if key is None else self.inputs.index_of(key)
        if is_moving_on and start.isValid():
            self.commands.open_next(start, forward=hint is _EndEditHint.EditNextItem)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.accessibility.notify_focus(self.currentIndex())

    def _on_collapsed_changed(self, index: QModelIndex, *, is_collapsed: bool) -> None:
        draft, node = self.inputs.draft, self.inputs.node_at(index)
        self.laid_out.emit()
        is_by_hand = not self.is_rebuilding and not self.inputs.is_filtered
        if draft is not None and node is not None and is_by_hand:
            self._tree_states.set_collapsed(draft.key, node.node_id, is_collapsed=is_collapsed)
