"""Highlights of search matches in painted texts: a subtle background and an underline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QTextLayout

from runcomfy_desktop.domain.base.fuzzy import SearchTerm, Span, spans

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QFont, QPainter, QTextLine

    from runcomfy_desktop.ui.style.theme import Colours

_ELLIPSIS = "…"
_EXCERPT_LEAD_CHARS = 60
_MAX_EXCERPT_CHARS = 1200


@dataclass(frozen=True, slots=True)
class Highlights:
    """Search terms to highlight; with `is_fuzzy` also matches with gaps between the characters."""

    terms: tuple[SearchTerm, ...] = ()
    is_fuzzy: bool = False

    def spans_in(self, text: str) -> tuple[Span, ...]:
        """Returns the spans of a text that are highlighted."""
        return spans(self.terms, text, is_loose=self.is_fuzzy) if self.terms else ()


NO_HIGHLIGHTS = Highlights()


def excerpt(text: str, highlights: Highlights, shown_chars: int) -> str:
    """Returns the part of a long text around its first match.

    The result is "" if that match is within the first `shown_chars` characters, or if there is
    none.
    """
    found = highlights.spans_in(text)
    if not found or found[0][0] < shown_chars:
        return ""
    start = max(found[0][0] - _EXCERPT_LEAD_CHARS, 0)
    # Starts with a whole word if possible.
    start += text[start : found[0][0]].find(" ") + 1
    return f"{_ELLIPSIS} {text[start : start + _MAX_EXCERPT_CHARS]}"


def elided(text: str, font: QFont, width: int) -> tuple[str, int]:
    """Returns the part of a line that fits, and its length without the ellipsis."""
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
    is_cut = shown != text and shown.endswith(_ELLIPSIS)
    return shown, len(shown) - is_cut


def draw_highlighted_line(
    painter: QPainter,
    rect: QRect,
    shown: str,
    font: QFont,
    highlights: tuple[Span, ...],
    roles: Colours,
) -> None:
    """Draws the highlights of one line that is vertically centred and left-aligned in `rect`."""
    layout = QTextLayout(shown, font)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(max(rect.width(), 1) * 2)
    layout.endLayout()
    y = rect.top() + (rect.height() - line.height()) / 2
    draw_highlights(painter, line, (rect.left(), y), highlights, roles)


def draw_highlights(
    painter: QPainter,
    line: QTextLine,
    at: tuple[float, float],
    highlights: tuple[Span, ...],
    roles: Colours,
) -> None:
    """Draws the highlights on one line of a text layout that is placed `at` a point."""
    begin, end = line.textStart(), line.textStart() + line.textLength()
    left, top = at[0], at[1] + line.y()
    for start, stop in highlights:
        first, last = max(start, begin), min(stop, end)
        if first >= last:
            continue
        edges = sorted((line.cursorToX(first)[0], line.cursorToX(last)[0]))  # type: ignore[index]
        background = QRectF(left + edges[0], top, edges[1] - edges[0], line.height())
        painter.fillRect(background, QColor(roles.mark))
        underline = QRectF(background.left(), background.bottom() - 1, background.width(), 1)
        painter.fillRect(underline, QColor(roles.accent))
