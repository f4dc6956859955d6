"""A small drawing of the grid to come: the heads of its first columns and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours, scaled
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from runcomfy_desktop.domain.sweeps.sweep import Axis

_MAX_COLUMNS, _MAX_ROWS = 6, 4
_ROW_HEIGHT = 6 * STEP
_ROW_HEADER_WIDTH = 26 * STEP
_GAP = STEP // 2
_CENTRE_FLAGS = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)
_RIGHT_FLAGS = int(
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)


class GridPreview(QWidget):
    """Nothing can be done in it; `accessibleName` says the same in words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("grid_sketch")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_accessible_role(self, QAccessible.Role.Graphic)
        self._columns: list[str] = []
        self._rows: list[str] = []
        self.hide()

    def show_axes(self, axes: Sequence[Axis], *, is_zip: bool) -> None:
        """Hidden without axes."""
        labels = [[point.label for point in axis.points] for axis in axes]
        if is_zip and labels:
            labels = [[" · ".join(each) for each in zip(*labels, strict=False)]]
        columns, rows, pages = (*labels, [""], [""], [""])[:3]
        self._columns, self._rows = _truncate(columns, _MAX_COLUMNS), _truncate(rows, _MAX_ROWS)
        self.setAccessibleName(_accessible_text(len(columns), len(rows), len(pages)))
        self.setVisible(bool(labels) and bool(columns))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100 * STEP, (len(self._rows) + 1) * _ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled(self.font(), SMALL_FONT_SCALE))
        left = _ROW_HEADER_WIDTH if any(self._rows) else 0
        column_width = max(1, (self.width() - left) // max(1, len(self._columns)))
        for column_number, text in enumerate(self._columns):
            self._paint_header(
                painter,
                QRect(left + column_number * column_width, 0, column_width - _GAP, _ROW_HEIGHT),
                text,
                _CENTRE_FLAGS,
            )
        for row, text in enumerate(self._rows, 1):
            top = row * _ROW_HEIGHT
            if left:
                self._paint_header(
                    painter, QRect(0, top, left - 2 * STEP, _ROW_HEIGHT), text, _RIGHT_FLAGS
                )
            for column_number, column in enumerate(self._columns):
                cell = QRect(
                    left + column_number * column_width,
                    top,
                    column_width - _GAP,
                    _ROW_HEIGHT - _GAP,
                )
                self._paint_cell(painter, cell, has_more="…" in (text, column))

    def _paint_header(self, painter: QPainter, rect: QRect, text: str, flags: int) -> None:
        painter.setPen(QColor(colours(self.palette()).muted))
        available_width = rect.width() - STEP
        elided_text = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, available_width
        )
        painter.drawText(rect, flags, elided_text)

    def _paint_cell(self, painter: QPainter, rect: QRect, *, has_more: bool) -> None:
        roles = colours(self.palette())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.panel if has_more else roles.accent_soft))
        painter.drawRoundedRect(rect, RADIUS - 2, RADIUS - 2)


def _truncate(labels: Sequence[str], max_count: int) -> list[str]:
    return list(labels) if len(labels) <= max_count else [*labels[: max_count - 1], "…"]


def _accessible_text(columns: int, rows: int, pages: int) -> str:
    text = n_("A grid of %d column", "A grid of %d columns", columns) % columns
    text += n_(" and %d row", " and %d rows", rows) % rows
    return text if pages < 2 else text + _(", on %d pages") % pages
