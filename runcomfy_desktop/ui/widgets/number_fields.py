"""Fields for whole numbers and amounts; invalid input is kept, and the error says what is valid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.domain.settings import MAX_USD
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

_MAX_DIGITS = 9
_FIELD_WIDTH = 22 * STEP
# A point or a comma, then at most four decimals; a dollar sign is optional.
_USD_PATTERN = re.compile(r"\$?\s*(\d{1,7}(?:[.,]\d{0,4})?|[.,]\d{1,4})\s*\$?")


class CountField(QLineEdit):
    """Field for a whole number; the arrow keys count, and invalid input is kept for correction."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setMaxLength(_MAX_DIGITS)
        self.setFixedWidth(_FIELD_WIDTH)

    @property
    def number(self) -> int | None:
        text = self.text().strip()
        return int(text) if text.isascii() and text.isdecimal() else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        number = self.number
        if step and number is not None and not self.isReadOnly():
            self.setText(str(max(0, number + step)))
            return
        super().keyPressEvent(event)


class UsdField(QLineEdit):
    """Field for an amount in USD; empty means no amount."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setMaxLength(16)
        self.setFixedWidth(_FIELD_WIDTH)

    def show_usd(self, usd: float) -> None:
        """Shows an amount; 0.0 shows an empty field."""
        exact = f"{usd:.4f}"
        cents = exact[:-2]
        self.setText((cents if exact.endswith("00") else exact) if usd else "")

    @property
    def usd(self) -> float | None:
        """The amount as typed; 0.0 if the field is empty, None if the text is invalid."""
        text = self.text().strip()
        if not text:
            return 0.0
        match = _USD_PATTERN.fullmatch(text)
        usd = float(match.group(1).replace(",", ".")) if match else None
        return usd if usd is not None and usd <= MAX_USD else None


def count_error(field: CountField, minimum: int, maximum: int) -> str:
    """Returns the error text for a number; "" if it is valid."""
    number = field.number
    if number is None or not minimum <= number <= maximum:
        return _("A whole number from %d to %d.") % (minimum, maximum)
    return ""


def usd_error(field: UsdField) -> str:
    if field.usd is None:
        return _("A sum in US dollars, for example 5.00; at most %d.") % MAX_USD
    return ""
