"""Colour dialog whose choice is previewed live in the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.value_rollback import ValueRollback

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView


class ColourDialog(QColorDialog):
    """Chooses the colour of an input, and of the inputs of its kind selected with it.

    All colours tried form one undo step. Cancelling restores the previous colours and leaves no
    undo step.
    """

    def __init__(self, view: InputsView, key: InputKey) -> None:
        super().__init__(view.dialog_parent)
        self._view = view
        self._key = key
        self._draft_target = view.inputs.draft_target()
        self._keys = view.inputs.same_kind_keys(key)
        self._label = _("Change %s") % view.inputs.name_of(key)
        self._merge = object()
        self._rollback = ValueRollback()
        now = view.inputs.input_row_of(key).value
        self.setObjectName("colour_dialog")
        self.setWindowTitle(_("Colour of %s") % view.inputs.name_of(key))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = QColor(now) if isinstance(now, str) else QColor()
        if shown.isValid():
            self.setCurrentColor(shown)
        self.currentColorChanged.connect(self._on_current_colour_changed)
        self.rejected.connect(self._undo_preview)

    @classmethod
    def open_for(cls, view: InputsView, key: InputKey) -> ColourDialog:
        dialog = cls(view, key)
        dialog.open()
        return dialog

    def _on_current_colour_changed(self, colour: QColor) -> None:
        draft_target = self._draft_target
        if not colour.isValid():
            return
        before = draft_target.draft
        if not draft_target.is_in_view:
            draft_target.edit(
                dict.fromkeys(self._keys, colour.name()), self._label, merge_key=self._merge
            )
        elif self._view.inputs.index_of(self._key).isValid():
            self._view.inputs.edit(self._key, colour.name(), self._label, merge=self._merge)
        self._rollback.record(before, draft_target.draft)

    def _undo_preview(self) -> None:
        values = self._rollback.values_to_restore(self._draft_target.draft)
        if values:
            self._draft_target.edit(values, self._label, merge_key=self._merge)
