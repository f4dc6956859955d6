"""Handles clicks in the tree and drags of its sliders, which are painted instead of widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import slider_groove_rect
from runcomfy_desktop.ui.input_tree.rows.number_values import fraction_of, value_at_fraction
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.input_tree.value_rollback import ValueRollback

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.input_commands import InputCommands
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.input_tree.row_view import RowView
    from runcomfy_desktop.ui.input_tree.tree_states import RowKey, TreeStates

_FINE_DIVISOR = 10


@dataclass(frozen=True, slots=True)
class _MousePress:
    """Place of a mouse press: the row, its part, and the position inside the cell."""

    row_key: RowKey
    column: InputColumn
    part: RowPart | None
    at: QPoint
    offset: QPoint

    def index_in(self, model: InputsModel) -> QModelIndex:
        return self.row_key.index_in(model).siblingAtColumn(self.column)


class MouseHandler:
    """Handles presses, moves and releases of the mouse on the view."""

    def __init__(self, view: RowView, tree_states: TreeStates, commands: InputCommands) -> None:
        self._view = view
        self._tree_states = tree_states
        self._commands = commands
        self._mouse_press: _MousePress | None = None
        self._slider_drag = SliderDrag(view, commands)

    def press(self, event: QMouseEvent) -> None:
        # The pressed row is found before the tree takes the focus, because an open editor then
        # closes and rows move up. Qt's own handling would look afterwards and find a different row.
        model, pressed = self._view.inputs, self._press_at(event.position().toPoint())
        self._view.setFocus(Qt.FocusReason.MouseFocusReason)
        index = QModelIndex() if pressed is None else pressed.index_in(model)
        if index.isValid():
            selection = self._view.selectionModel()
            selection.setCurrentIndex(index, selection.SelectionFlag.NoUpdate)
        is_left = event.button() is Qt.MouseButton.LeftButton
        self._mouse_press = pressed if is_left else None
        if self._mouse_press is not None and self._mouse_press.part is RowPart.SLIDER:
            self._slider_drag.begin(self._mouse_press.index_in(model), event)

    def mark_double_click(self) -> None:
        """Marks the last press as the second of a double click."""
        self._slider_drag.is_double_click = True

    def move(self, event: QMouseEvent) -> bool:
        """Moves a dragged slider and returns True, or else updates the mouse cursor."""
        if self._slider_drag.move(event):
            return True
        self._commands.update_cursor(event.position().toPoint())
        return False

    def release(self, event: QMouseEvent) -> None:
        pressed, self._mouse_press = self._mouse_press, None
        is_left = event.button() is Qt.MouseButton.LeftButton
        if self._slider_drag.end() or pressed is None or not is_left:
            return
        distance = event.position().toPoint() - pressed.at
        index = pressed.index_in(self._view.inputs)
        if not index.isValid() or distance.manhattanLength() >= QApplication.startDragDistance():
            return
        if not self._view.row_selection.handle_click(index, event.modifiers()):
            at = self._view.visualRect(index).topLeft() + pressed.offset
            self._commands.click(index, pressed.part, at)

    def cancel_drag(self) -> bool:
        """Undoes the slider drag in progress; returns True if there was one."""
        return self._slider_drag.cancel()

    def _press_at(self, at: QPoint) -> _MousePress | None:
        index = self._view.indexAt(at)
        row_key = self._tree_states.row_key(index)
        if row_key is None:
            return None
        rect = self._view.visualRect(index)
        part = self._view.delegate.part_at(index, rect, at)
        return _MousePress(row_key, InputColumn(index.column()), part, at, at - rect.topLeft())


class SliderDrag:
    """Drag of a slider, recorded as one undo step.

    With Shift, the knob moves a tenth of the mouse's distance, in fine steps. Escape undoes the
    drag. A double click opens the number's editor.
    """

    def __init__(self, view: RowView, commands: InputCommands) -> None:
        self._view = view
        self._commands = commands
        self._key: InputKey | None = None
        self._merge = object()
        self._rollback = ValueRollback()
        self._origin_x = 0.0
        self._origin_fraction = 0.0
        self.is_double_click = False

    def begin(self, index: QModelIndex, event: QMouseEvent) -> None:
        self._key = self._view.inputs.key_at(index)
        if self._key is None:
            return
        self._rollback = ValueRollback()
        self._merge = object()
        self.is_double_click = False
        if not self._is_fine(event):
            self._set_fraction(self._fraction_at(event.position().x()), is_fine=False)
        self._set_origin(event)

    def move(self, event: QMouseEvent) -> bool:
        """Moves the knob; returns True if a drag is in progress."""
        if self._key is None:
            return False
        if self._is_fine(event):
            groove = self._groove()
            delta = (event.position().x() - self._origin_x) / max(groove.width(), 1)
            self._set_fraction(self._origin_fraction + delta / _FINE_DIVISOR, is_fine=True)
        else:
            self._set_fraction(self._fraction_at(event.position().x()), is_fine=False)
            self._set_origin(event)
        return True

    def end(self) -> bool:
        """Ends the drag; returns True if there was one."""
        key, self._key = self._key, None
        if key is not None and self.is_double_click:
            self._commands.open_editor(self._view.inputs.index_of(key))
        self.is_double_click = False
        return key is not None

    def cancel(self) -> bool:
        """Undoes the drag and leaves no undo step; returns True if there was a drag."""
        key, self._key = self._key, None
        if key is None or not self._view.inputs.index_of(key).isValid():
            return False
        values = self._rollback.values_to_restore(self._view.inputs.draft)
        if values:
            label = _("Change %s") % self._view.inputs.name_of(key)
            self._view.inputs.edit_all(values, label, merge=self._merge)
        return True

    def _set_origin(self, event: QMouseEvent) -> None:
        """Sets the origin from which a fine drag is measured."""
        if self._key is not None:
            row = self._view.inputs.input_row_of(self._key)
            self._origin_x = event.position().x()
            self._origin_fraction = fraction_of(row.value, row.spec)

    def _is_fine(self, event: QMouseEvent) -> bool:
        return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def _groove(self) -> QRect:
        assert self._key is not None
        index = self._view.inputs.index_of(self._key)
        cell = self._view.visualRect(index)
        part = self._view.delegate.part_rect(index, cell, RowPart.SLIDER)
        return slider_groove_rect(part).toRect()

    def _fraction_at(self, x: float) -> float:
        groove = self._groove()
        return (x - groove.left()) / max(groove.width(), 1)

    def _set_fraction(self, fraction: float, *, is_fine: bool) -> None:
        key = self._key
        if key is None or not self._view.inputs.index_of(key).isValid():
            return
        value = value_at_fraction(self._view.inputs.spec_of(key), fraction, is_fine=is_fine)
        label = _("Change %s") % self._view.inputs.name_of(key)
        before = self._view.inputs.draft
        self._view.inputs.edit(key, value, label, merge=self._merge)
        self._rollback.record(before, self._view.inputs.draft)
