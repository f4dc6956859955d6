"""The dialog in which a colour is chosen; the tree shows each colour that is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.models.before import Before

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.view import InputsView


class ColourDialog(QColorDialog):
    """Colours of one input. What was tried is one step of undo, and none when it is cancelled."""

    def __init__(self, view: InputsView, key: InputKey) -> None:
        super().__init__(view.window())
        self._view = view
        self._key = key
        self._aim = view.inputs.aim()
        self._keys = view.inputs.alike(key)
        self._label = _("Change %s") % view.inputs.name_of(key)
        self._merge = object()
        self._before = Before()
        now = view.inputs.row_of(key).value
        self.setObjectName("colour_dialog")
        self.setWindowTitle(_("Colour of %s") % view.inputs.name_of(key))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = QColor(now) if isinstance(now, str) else QColor()
        if shown.isValid():
            self.setCurrentColor(shown)
        self.currentColorChanged.connect(self._on_tried)
        self.rejected.connect(self._take_back)

    @classmethod
    def open_for(cls, view: InputsView, key: InputKey) -> ColourDialog:
        dialog = cls(view, key)
        dialog.open()
        return dialog

    def _on_tried(self, colour: QColor) -> None:
        aim = self._aim
        if not colour.isValid() or aim is None:
            return
        before = aim.draft
        if not aim.is_in_view:
            aim.edit(dict.fromkeys(self._keys, colour.name()), self._label, merge=self._merge)
        elif self._view.inputs.index_of(self._key).isValid():
            self._view.inputs.edit(self._key, colour.name(), self._label, merge=self._merge)
        self._before.note(before, aim.draft)

    def _take_back(self) -> None:
        values = {} if self._aim is None else self._before.taken_back(self._aim.draft)
        if values and self._aim is not None:
            self._aim.edit(values, self._label, merge=self._merge)
