"""Wrapped plain text in a painted row, with search terms highlighted."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextLayout, QTextOption

from runcomfy_desktop.ui.style.highlights import draw_highlights
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.fuzzy import Span
    from runcomfy_desktop.ui.style.theme import Colours

_BREAK = "\u2028"


class TextBlock:
    """Wrapped plain text with a maximum number of lines; the last is elided if there is more."""

    def __init__(self, text: str, font: QFont, width: int, max_lines: int) -> None:
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        broken = text.replace("\r\n", "\n").replace("\n", _BREAK)
        self._layout = QTextLayout(broken, font)
        self._layout.setTextOption(option)
        self.height = 0
        self.shown_chars = 0
        """Number of characters that fit."""
        self._elided_line = ""
        """Last line ending with an ellipsis, if there is more text."""
        self._lay_out(max(width, STEP), max_lines)

    @property
    def is_truncated(self) -> bool:
        return bool(self._elided_line)

    def _lay_out(self, width: int, max_lines: int) -> None:
        top, begin, end = 0.0, 0, 0
        self._layout.beginLayout()
        for _number in range(max_lines):
            line = self._layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            line.setPosition(QPointF(0, top))
            top += line.height()
            begin, end = line.textStart(), line.textStart() + line.textLength()
        self._layout.endLayout()
        self.height = round(top)
        text = self._layout.text()
        self.shown_chars = end
        if end < len(text.rstrip(_BREAK)):
            metrics = QFontMetrics(self._layout.font())
            last = text[begin:].partition(_BREAK)[0] + " …"
            self._elided_line = metrics.elidedText(last, Qt.TextElideMode.ElideRight, width)

    @property
    def text(self) -> str:
        return self._layout.text()

    def draw_highlights(
        self, painter: QPainter, at: tuple[int, int], highlights: tuple[Span, ...], roles: Colours
    ) -> None:
        """Draws the backgrounds of highlighted characters below the text."""
        for number in range(self._layout.lineCount()) if highlights else ():
            draw_highlights(painter, self._layout.lineAt(number), at, highlights, roles)

    @property
    def end_position(self) -> tuple[int, int]:
        """Right end of the last line, and its top."""
        count = self._layout.lineCount()
        if not count:
            return 0, 0
        line = self._layout.lineAt(count - 1)
        if self._elided_line:
            width = QFontMetrics(self._layout.font()).horizontalAdvance(self._elided_line)
            return width, round(line.y())
        return ceil(line.naturalTextWidth()), round(line.y())

    def draw(self, painter: QPainter, x: int, y: int, colour: str) -> None:
        painter.setPen(QColor(colour))
        full_lines = self._layout.lineCount() - (1 if self._elided_line else 0)
        for number in range(full_lines):
            self._layout.lineAt(number).draw(painter, QPointF(x, y))
        if self._elided_line:
            font = self._layout.font()
            painter.setFont(font)
            top = y + self._layout.lineAt(full_lines).y()
            painter.drawText(QPointF(x, top + QFontMetrics(font).ascent()), self._elided_line)


@lru_cache(maxsize=128)
def text_block(text: str, font_key: str, width: int, max_lines: int) -> TextBlock:
    return TextBlock(text, font_of(font_key), width, max_lines)


@lru_cache(maxsize=8)
def font_of(font_key: str) -> QFont:
    """Returns the font that a `QFont.toString()` describes."""
    font = QFont()
    font.fromString(font_key)
    return font
