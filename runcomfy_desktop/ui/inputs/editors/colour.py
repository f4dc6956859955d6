"""The editor for a colour: its six digits. The swatch beside it is painted by the tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs.editors.hint import tell
from runcomfy_desktop.ui.inputs.editors.line import LineEditor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.schema import InputSpec

_LETTERS = 7
_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
_SHORT = re.compile(r"#?([0-9a-fA-F]{3})")


class ColourEditor(LineEditor):
    """Takes `#ff8800`, `ff8800` and `#f80`; anything else is no value yet."""

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.setPlaceholderText("#rrggbb")
        self.touched.connect(self._on_touched)

    def value(self) -> str | None:  # type: ignore[override] # a text may be no colour
        text = super().value()
        return text if self.is_untouched else read_colour(text)

    def _on_touched(self) -> None:
        if len(self.text()) >= _LETTERS and self.value() is None:
            tell(self, _("A colour is written as # and six digits, such as #ff8800."))


def read_colour(text: str) -> str | None:
    """The colour that was typed, as ComfyUI writes it."""
    whole, short = _COLOUR.fullmatch(text.strip()), _SHORT.fullmatch(text.strip())
    if whole is not None:
        return f"#{whole.group(1)}"
    return None if short is None else "#" + "".join(2 * each for each in short.group(1))
