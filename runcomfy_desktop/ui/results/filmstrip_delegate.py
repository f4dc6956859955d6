"""Painting of one thumbnail of the filmstrip, with its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache, paint_cover
from runcomfy_desktop.ui.results.outputs_model import OutputRole, Result
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.progress_ring import paint_progress_ring

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

CELL_SIDE = 10 * STEP + 2
_ICON_SIDE = 5 * STEP
_RING_SIDE = 5 * STEP
_RADIUS = 3
_OUTLINE_WIDTH = 2
_LINE_DISTANCE = STEP + 2
_LINE_OVERLAP = 2 * STEP


class FilmstripDelegate(QStyledItemDelegate):
    """Draws one thumbnail with its state: picture, kind, loading, broken, not fetched, preview.

    `share_of` returns the share of a job that is done, None if it is unknown.
    """

    def __init__(
        self, thumbnails: ThumbnailCache, share_of: Callable[[Job], float | None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._share_of = share_of
        self._strip = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(CELL_SIDE, CELL_SIDE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        result: Result = index.data(OutputRole.RESULT)
        roles, square = colours(option.palette), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if result.output is None:
            _paint_ring(painter, square, self._share_of(result.job), roles)
        else:
            self._paint_inside(painter, square, result.output, roles)
            if result.output.is_preview:
                _paint_badge(painter, square, roles)
        if result.count > 1:
            _paint_job_line(painter, square, result, roles)
        if option.state & QStyle.StateFlag.State_Selected:
            _paint_outline(painter, square, roles, is_strong=self._strip.hasFocus())
        painter.restore()

    def _paint_inside(
        self, painter: QPainter, square: QRect, output: Output, roles: Colours
    ) -> None:
        if output.fault or output.is_damaged:
            _paint_icon(painter, square, "state-failed", roles.error, roles)
        elif not output.is_picture:
            _paint_icon(painter, square, icons.output_icon_name(output.kind), roles.muted, roles)
        elif not output.path:
            _paint_icon(painter, square, "state-fetching", roles.muted, roles)
        else:
            self._paint_thumbnail(painter, square, output.path, roles)

    def _paint_thumbnail(self, painter: QPainter, square: QRect, path: str, roles: Colours) -> None:
        thumbnail = self._thumbnails.get(path)
        if thumbnail.pixmap is not None:
            paint_cover(painter, square, thumbnail.pixmap, _RADIUS)
        elif thumbnail.is_loading:
            _paint_background(painter, square, roles)
        else:
            _paint_icon(painter, square, "state-failed", roles.error, roles)


def _paint_background(painter: QPainter, square: QRect, roles: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.panel))
    painter.drawRoundedRect(QRectF(square), _RADIUS, _RADIUS)


def _paint_icon(painter: QPainter, square: QRect, name: str, colour: str, roles: Colours) -> None:
    _paint_background(painter, square, roles)
    icon_rect = QRect(0, 0, _ICON_SIDE, _ICON_SIDE)
    icon_rect.moveCenter(square.center())
    icons.icon(name, colour).paint(painter, icon_rect)


def _paint_ring(painter: QPainter, square: QRect, share: float | None, roles: Colours) -> None:
    _paint_background(painter, square, roles)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(roles.line))
    painter.drawRoundedRect(QRectF(square).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
    circle = QRectF(0, 0, _RING_SIDE, _RING_SIDE)
    circle.moveCenter(QRectF(square).center())
    paint_progress_ring(painter, circle, share, roles)


def _paint_job_line(painter: QPainter, square: QRect, result: Result, roles: Colours) -> None:
    """Paints the part below one cell of the line that the outputs of a job have in common."""
    right = square.right() + (0 if result.position == result.count - 1 else _LINE_OVERLAP)
    y = square.bottom() + _LINE_DISTANCE
    painter.fillRect(QRect(QPoint(square.left(), y), QPoint(right, y)), QColor(roles.muted))


def _paint_badge(painter: QPainter, square: QRect, roles: Colours) -> None:
    font = scaled(painter.font(), 0.65)
    painter.setFont(font)
    height = painter.fontMetrics().height()
    band = QRect(square.x(), square.bottom() - height + 1, square.width(), height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.panel))
    painter.drawRoundedRect(QRectF(band), _RADIUS, _RADIUS)
    painter.setPen(QColor(roles.text))
    painter.drawText(band, Qt.AlignmentFlag.AlignCenter, _("Preview"))


def _paint_outline(painter: QPainter, square: QRect, roles: Colours, *, is_strong: bool) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(roles.accent), _OUTLINE_WIDTH))
    painter.drawRoundedRect(QRectF(square).adjusted(-2, -2, 2, 2), _RADIUS + 2, _RADIUS + 2)
    if is_strong:
        # A second line inside shows that the strip has the focus. A line in the window's colour
        # separates the two, so that they are visible on every picture.
        inside = QRectF(square)
        for inset, width, colour in ((1, 2, roles.window), (2.5, 1, roles.accent)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRoundedRect(inside.adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)
