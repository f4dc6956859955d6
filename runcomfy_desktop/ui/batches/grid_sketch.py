"""A small drawing of the grid to come: the heads of its first columns and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL
from runcomfy_desktop.ui.widgets.roles import speak_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from runcomfy_desktop.domain.sweep.sweep import Axis

_COLUMNS, _ROWS = 6, 4
_ROW = 6 * STEP
_HEAD = 26 * STEP
_GAP = STEP // 2
_MIDDLE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)


class GridSketch(QWidget):
    """Nothing can be done in it; `accessibleName` says the same in words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("grid_sketch")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        speak_as(self, QAccessible.Role.Graphic)
        self._columns: list[str] = []
        self._rows: list[str] = []
        self.hide()

    def show_axes(self, axes: Sequence[Axis], *, is_zip: bool) -> None:
        """Hidden without axes."""
        heads = [[point.label for point in axis.points] for axis in axes]
        if is_zip and heads:
            heads = [[" · ".join(each) for each in zip(*heads, strict=False)]]
        columns, rows, pages = (*heads, [""], [""], [""])[:3]
        self._columns, self._rows = _cut(columns, _COLUMNS), _cut(rows, _ROWS)
        self.setAccessibleName(_said(len(columns), len(rows), len(pages)))
        self.setVisible(bool(heads) and bool(columns))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100 * STEP, (len(self._rows) + 1) * _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled(self.font(), SMALL))
        left = _HEAD if any(self._rows) else 0
        wide = max(1, (self.width() - left) // max(1, len(self._columns)))
        for at, text in enumerate(self._columns):
            self._head(painter, QRect(left + at * wide, 0, wide - _GAP, _ROW), text, _MIDDLE)
        for row, text in enumerate(self._rows, 1):
            top = row * _ROW
            if left:
                self._head(painter, QRect(0, top, left - 2 * STEP, _ROW), text, _RIGHT)
            for at, column in enumerate(self._columns):
                cell = QRect(left + at * wide, top, wide - _GAP, _ROW - _GAP)
                self._cell(painter, cell, is_more="…" in (text, column))

    def _head(self, painter: QPainter, rect: QRect, text: str, flags: int) -> None:
        painter.setPen(QColor(colours(self.palette()).muted))
        room = rect.width() - STEP
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect, flags, shown)

    def _cell(self, painter: QPainter, rect: QRect, *, is_more: bool) -> None:
        roles = colours(self.palette())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.panel if is_more else roles.accent_soft))
        painter.drawRoundedRect(rect, RADIUS - 2, RADIUS - 2)


def _cut(heads: Sequence[str], most: int) -> list[str]:
    return list(heads) if len(heads) <= most else [*heads[: most - 1], "…"]


def _said(columns: int, rows: int, pages: int) -> str:
    text = n_("A grid of %d column", "A grid of %d columns", columns) % columns
    text += n_(" and %d row", " and %d rows", rows) % rows
    return text if pages < 2 else text + _(", on %d pages") % pages
