"""Labels which show outside text as it is and take their colour from the palette."""

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
# A name of hundreds of letters without a space must not make a window as wide.
_MAX_WIDTH_CHARS = 60
_LONG_WORD = re.compile(r"\S{32,}")
_BREAK_POINT = re.compile(r"[^\W_]{16}|[\W_]+(?=[^\W_])")


class WrappedLabel(QLabel):
    """Lines of text that ask for the height they need at their width, and for no more.

    Qt's own label guesses a narrow shape, and that height then is the least a dialog can have:
    the rest is blank room between the lines of the dialog.
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
        # Before a layout has given it a width, this is only the least: the layout asks by width.
        if not self.testAttribute(Qt.WidgetAttribute.WA_Resized) or not self.text():
            return super().minimumSizeHint().height()
        return self.heightForWidth(self.width())


def plain_label(text: str, name: str, parent: QWidget, *, wrap: bool = False) -> QLabel:
    """A label that never takes its text for markup."""
    label = WrappedLabel(text, parent) if wrap else QLabel(text, parent)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        # A new policy forgets it, and Qt's label only remembers at its next text.
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
    return label


def muted_label(text: str, name: str, parent: QWidget, *, wrap: bool = False) -> QLabel:
    """The same in the muted colour, a little smaller."""
    label = plain_label(text, name, parent, wrap=wrap)
    label.setFont(scaled(parent.font(), SMALL_FONT_SCALE))
    # The palette's role, not a colour: it follows a change of the theme by itself.
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

    By the style sheet, which comes anew with another theme; a palette of its own would stay.
    """
    label.setProperty("tint", role)
    # Property rules of a style sheet are looked up again only when asked for.
    label.style().unpolish(label)
    label.style().polish(label)


def with_break_points(text: str) -> str:
    """`text` with places to break its longest words at: Qt's label would cut them off."""
    return _LONG_WORD.sub(lambda word: _BREAK_POINT.sub("\\g<0>\u200b", word.group()), text)


def tooltip(text: str) -> str:
    """`text` for setToolTip: Qt takes anything with a tag in it for markup, so it gets escaped."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if text else ""
