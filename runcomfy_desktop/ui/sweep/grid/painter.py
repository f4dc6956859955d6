"""Paints a cell: its picture once it is done, else icon, words and reason, and Retry where it can
be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.models.jobs import picture_of
from runcomfy_desktop.ui.models.outputs import kind_icon
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours, scaled
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.widgets.labels import SMALL

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.sweep.grid.model import GridModel
    from runcomfy_desktop.ui.sweep.grid.pictures import GridPictures
    from runcomfy_desktop.ui.theme import Colours

_Index = QModelIndex | QPersistentModelIndex
_GAP = STEP // 2
_ICON = 5 * STEP
_CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)


def retry_text() -> str:
    return _("Retry")


class CellPainter(QStyledItemDelegate):
    """`hovered` is the cell whose Retry is under the pointer."""

    def __init__(self, model: GridModel, pictures: GridPictures, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._pictures = pictures
        self.hovered: tuple[int, int] | None = None
        self._places: dict[str, tuple[int, int]] = {}

    def place_of(self, path: str) -> tuple[int, int] | None:
        """The cell that was last painted with a picture."""
        return self._places.get(path)

    def retry_rect(self, area: QRect, index: _Index, widget: QWidget) -> QRect:
        """Where Retry is in a cell; empty where there is none."""
        if not self._model.can_retry(index):
            return QRect()
        metrics = widget.fontMetrics()
        width = metrics.horizontalAdvance(retry_text()) + 5 * STEP
        height = metrics.height() + 2 * STEP
        width = min(width, area.width() - 4 * STEP)
        place = QRect(0, 0, width, height)
        place.moveCenter(area.center())
        place.moveBottom(area.bottom() - 3 * STEP)
        return place

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        roles = colours(option.palette)
        area = option.rect.adjusted(_GAP, _GAP, -_GAP, -_GAP)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.setClipRect(option.rect)
        job = self._model.job(index)
        path = picture_of(job) if job is not None else ""
        found = self._pictures.get(path) if path else None
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._paint_ground(painter, area, roles, selected=selected)
        if path:
            self._places[path] = (index.row(), index.column())
        if found is not None and found.pixmap is not None:
            _paint_picture(painter, area, found.pixmap)
        elif not (found is not None and found.loading):
            self._paint_words(painter, area, index, option, job)
        if option.state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(painter, area, roles.accent)
        elif selected:
            painter.setPen(QPen(QColor(roles.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, area: QRect, roles: Colours, *, selected: bool
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.accent_soft if selected else roles.panel))
        painter.drawRoundedRect(QRectF(area), RADIUS, RADIUS)

    def _paint_words(
        self,
        painter: QPainter,
        area: QRect,
        index: _Index,
        option: QStyleOptionViewItem,
        job: Job | None,
    ) -> None:
        roles, words = colours(option.palette), self._model.words(index)
        inner = area.adjusted(2 * STEP, 2 * STEP, -2 * STEP, -2 * STEP)
        retry = self.retry_rect(option.rect, index, option.widget)
        if not retry.isEmpty():
            inner.setBottom(retry.top() - STEP)
        reason = self._model.reason(index)
        small = scaled(option.font, SMALL)
        line, small_line = option.fontMetrics.height(), option.fontMetrics.height()
        room = inner.height() - _ICON - STEP - 2 * line
        reason_lines = max(0, min(3, room // small_line)) if reason else 0
        height = _ICON + STEP + 2 * line + reason_lines * small_line
        top = inner.top() + max(0, (inner.height() - height) // 2)
        colour = getattr(roles, words.role)
        square = QRect(inner.center().x() - _ICON // 2, top, _ICON, _ICON)
        name = f"state-{words.icon}"
        if job is not None and job.outputs and words.role == "ok":
            name, colour = kind_icon(job.outputs[0].kind), roles.muted
        icons.icon(name, colour).paint(painter, square)
        painter.setPen(QColor(roles.text if words.role == "muted" else colour))
        painter.setFont(option.font)
        below = QRect(inner.left(), square.bottom() + STEP, inner.width(), 2 * line)
        painter.drawText(below, _CENTRE, words.text)
        if reason_lines:
            painter.setPen(QColor(roles.muted))
            painter.setFont(small)
            rest = QRect(inner.left(), below.bottom(), inner.width(), reason_lines * small_line)
            painter.drawText(rest, _CENTRE, reason)
        if not retry.isEmpty():
            hovered = self.hovered == (index.row(), index.column())
            _paint_button(painter, retry, option, roles, hovered=hovered)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize()


def _paint_picture(painter: QPainter, area: QRect, pixmap: QPixmap) -> None:
    """The whole of it: what is compared must not be cut."""
    size = pixmap.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(0, 0, size.width(), size.height())
    place.moveCenter(area.center())
    painter.drawPixmap(place, pixmap)


def _paint_button(
    painter: QPainter, place: QRect, option: QStyleOptionViewItem, roles: Colours, *, hovered: bool
) -> None:
    painter.setPen(QPen(QColor(roles.accent if hovered else roles.muted), 1))
    painter.setBrush(QColor(roles.accent_soft if hovered else roles.field))
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    painter.setPen(QColor(roles.text))
    painter.setFont(option.font)
    painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), retry_text())
