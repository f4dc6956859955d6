"""Dragging the knob of a number's slider in the tree, which has no widget of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, Qt

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.input_row_painter import slider_groove_rect
from runcomfy_desktop.ui.input_tree.number_values import fraction_of, value_at_fraction
from runcomfy_desktop.ui.input_tree.row_layout import RowPart
from runcomfy_desktop.ui.input_tree.value_rollback import ValueRollback

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView

_FINE_DIVISOR = 10


class SliderDrag:
    """One drag is one step of undo. With Shift the knob moves a tenth of the way, in fine steps.

    Escape takes it back. A double click opens the number to be typed.
    """

    def __init__(self, view: InputsView) -> None:
        self._view = view
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
        """Whether the move belongs to a drag."""
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
        """Whether there was a drag that has ended now."""
        key, self._key = self._key, None
        if key is not None and self.is_double_click:
            self._view.commands.open_editor(self._view.inputs.index_of(key))
        self.is_double_click = False
        return key is not None

    def cancel(self) -> bool:
        """Takes a drag back as if it had never begun; whether there was one."""
        key, self._key = self._key, None
        if key is None or not self._view.inputs.index_of(key).isValid():
            return False
        values = self._rollback.values_to_restore(self._view.inputs.draft)
        if values:
            label = _("Change %s") % self._view.inputs.name_of(key)
            self._view.inputs.edit_all(values, label, merge=self._merge)
        return True

    def _set_origin(self, event: QMouseEvent) -> None:
        """From here on a fine drag is measured."""
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
