"""The editor for a colour: its six digits. The swatch beside it is painted by the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.editors.hint import show_hint
from runcomfy_desktop.ui.input_tree.editors.line import LineEditor
from runcomfy_desktop.ui.input_tree.value_parser import parse_colour

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.schema.schema import InputSpec

_COLOUR_CHARS = 7


class ColourEditor(LineEditor):
    """Takes `#ff8800`, `ff8800` and `#f80`; anything else is no value yet."""

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.setPlaceholderText("#rrggbb")
        self.edited.connect(self._on_edited)

    def value(self) -> str | None:  # type: ignore[override] # a text may be no colour
        text = super().value()
        return text if self.is_unedited else parse_colour(text)

    def _on_edited(self) -> None:
        if len(self.text()) >= _COLOUR_CHARS and self.value() is None:
            show_hint(self, _("A colour is written as # and six digits, such as #ff8800."))
