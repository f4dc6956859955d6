"""Labels that show external text verbatim and take their colour from the palette."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy

from runcomfy_desktop.ui.style.theme import scaled

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

SMALL_FONT_SCALE = 0.88
# A name of hundreds of characters without a space must not widen the window to its length.
_MAX_WIDTH_CHARS = 60
_LONG_WORD = re.compile(r"\S{32,}")
_BREAK_POINT = re.compile(r"[^\W_]{16}|[\W_]+(?=[^\W_])")


class WrappedLabel(QLabel):
    """Label with line wrap that requests exactly the height it needs at its width.

    QLabel assumes a narrow shape, and its height then becomes the dialog's minimum, which leaves
    blank space between the texts.
    """

    def sizeHint(self) -> QSize:
        return QSize(self._bounded_width(super().sizeHint()), self._needed_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._bounded_width(super().minimumSizeHint()), self._needed_height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def _bounded_width(self, hint: QSize) -> int:
        return min(hint.width(), _MAX_WIDTH_CHARS * self.fontMetrics().averageCharWidth())

    def _needed_height(self) -> int:
        # Before the layout has set a width, this is only the minimum: the layout queries by width.
        if not self.testAttribute(Qt.WidgetAttribute.WA_Resized) or not self.text():
            return super().minimumSizeHint().height()
        return self.heightForWidth(self.width())


def plain_label(text: str, name: str, parent: QWidget, *, wrap: bool = False) -> QLabel:
    """Creates a label that never interprets its text as markup."""
    label = WrappedLabel(text, parent) if wrap else QLabel(text, parent)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        # A new policy resets this flag, and QLabel would set it again only with its next text.
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
    return label


def muted_label(text: str, name: str, parent: QWidget, *, wrap: bool = False) -> QLabel:
    """Creates a plain label in the muted colour and a slightly smaller font."""
    label = plain_label(text, name, parent, wrap=wrap)
    label.setFont(scaled(parent.font(), SMALL_FONT_SCALE))
    # A palette role, not a colour: it follows a change of the theme by itself.
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def heading_label(
    text: str, name: str, parent: QWidget, factor: float = 1.25, *, wrap: bool = False
) -> QLabel:
    label = plain_label(text, name, parent, wrap=wrap)
    label.setFont(scaled(parent.font(), factor, bold=True))
    return label


def set_colour_role(label: QLabel, role: str) -> None:
    """Colours a label by a role of `theme.Colours`: `error`, `warning`, `ok`, and so on.

    The colour comes from the style sheet, which is replaced when the theme changes; a palette set
    on the label would stay.
    """
    label.setProperty("tint", role)
    # Property rules of a style sheet are evaluated again only on request.
    label.style().unpolish(label)
    label.style().polish(label)


def with_break_points(text: str) -> str:
    """Returns `text` with break points in its longest words, which QLabel would cut off."""
    return _LONG_WORD.sub(lambda word: _BREAK_POINT.sub("\\g<0>\u200b", word.group()), text)


def tooltip(text: str) -> str:
    """Returns `text` escaped for setToolTip, because Qt treats any text with a tag as markup."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if text else ""
