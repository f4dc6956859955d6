"""Labels which show outside text as it is and take their colour from the palette."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy

from runcomfy_desktop.ui.theme import scaled

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

SMALL = 0.88


def plain_label(text: str, name: str, parent: QWidget, *, wrap: bool = False) -> QLabel:
    """A label that never takes its text for markup."""
    label = QLabel(text, parent)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if wrap:
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def muted_label(text: str, name: str, parent: QWidget, *, wrap: bool = False) -> QLabel:
    """The same in the muted colour, a little smaller."""
    label = plain_label(text, name, parent, wrap=wrap)
    label.setFont(scaled(parent.font(), SMALL))
    # The palette's role, not a colour: it follows a change of the theme by itself.
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def heading_label(text: str, name: str, parent: QWidget, factor: float = 1.25) -> QLabel:
    label = plain_label(text, name, parent)
    label.setFont(scaled(parent.font(), factor, bold=True))
    return label


def tooltip(text: str) -> str:
    """`text` for setToolTip: Qt takes anything with a tag in it for markup, so it gets escaped."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if text else ""
