"""Dragging the knob of a number's slider in the tree, which has no widget of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, Qt

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.numbers import share_of, slid
from runcomfy_desktop.ui.inputs.painting import slider_groove
from runcomfy_desktop.ui.models.before import Before

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.view import InputsView

_FINELY = 10


class Slide:
    """One drag is one step of undo. With Shift the knob moves a tenth of the way, in fine steps.

    Escape takes it back. A double click opens the number to be typed.
    """

    def __init__(self, view: InputsView) -> None:
        self._view = view
        self._key: InputKey | None = None
        self._merge = object()
        self._before = Before()
        self._from_x = 0.0
        self._from_share = 0.0
        self.is_double = False

    def begin(self, index: QModelIndex, event: QMouseEvent) -> None:
        self._key = self._view.inputs.key_at(index)
        if self._key is None:
            return
        self._before = Before()
        self._merge = object()
        self.is_double = False
        if not self._is_fine(event):
            self._set(self._share_at(event.position().x()), fine=False)
        self._hold(event)

    def move(self, event: QMouseEvent) -> bool:
        """Whether the move belongs to a drag."""
        if self._key is None:
            return False
        if self._is_fine(event):
            groove = self._groove()
            way = (event.position().x() - self._from_x) / max(groove.width(), 1)
            self._set(self._from_share + way / _FINELY, fine=True)
        else:
            self._set(self._share_at(event.position().x()), fine=False)
            self._hold(event)
        return True

    def end(self) -> bool:
        """Whether there was a drag that has ended now."""
        key, self._key = self._key, None
        if key is not None and self.is_double:
            self._view.deeds.open_editor(self._view.inputs.index_of(key))
        self.is_double = False
        return key is not None

    def cancel(self) -> bool:
        """Takes a drag back as if it had never begun; whether there was one."""
        key, self._key = self._key, None
        if key is None or not self._view.inputs.index_of(key).isValid():
            return False
        values = self._before.taken_back(self._view.inputs.draft)
        if values:
            label = _("Change %s") % self._view.inputs.name_of(key)
            self._view.inputs.edit_all(values, label, merge=self._merge)
        return True

    def _hold(self, event: QMouseEvent) -> None:
        """From here on a fine drag is measured."""
        if self._key is not None:
            row = self._view.inputs.row_of(self._key)
            self._from_x = event.position().x()
            self._from_share = share_of(row.value, row.spec)

    def _is_fine(self, event: QMouseEvent) -> bool:
        return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def _groove(self) -> QRect:
        assert self._key is not None
        index = self._view.inputs.index_of(self._key)
        cell = self._view.visualRect(index)
        part = self._view.delegate.part_rect(index, cell, Part.SLIDER)
        return slider_groove(part).toRect()

    def _share_at(self, x: float) -> float:
        groove = self._groove()
        return (x - groove.left()) / max(groove.width(), 1)

    def _set(self, share: float, *, fine: bool) -> None:
        key = self._key
        if key is None or not self._view.inputs.index_of(key).isValid():
            return
        value = slid(self._view.inputs.spec_of(key), share, fine=fine)
        label = _("Change %s") % self._view.inputs.name_of(key)
        before = self._view.inputs.draft
        self._view.inputs.edit(key, value, label, merge=self._merge)
        self._before.note(before, self._view.inputs.draft)
