"""Paints a cell: its picture once it is done, else what it says, and Retry where it can be tried
again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from runcomfy_desktop.ui.models.jobs import picture_of
from runcomfy_desktop.ui.models.outputs import kind_icon
from runcomfy_desktop.ui.sweep.grid.faces import Face, Faces
from runcomfy_desktop.ui.theme import RADIUS, STEP
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.sweep.grid.model import GridModel
    from runcomfy_desktop.ui.sweep.grid.pictures import GridPictures

_Index = QModelIndex | QPersistentModelIndex
_GAP = STEP // 2


class CellPainter(QStyledItemDelegate):
    """`hovered` is the cell whose Retry is under the pointer."""

    def __init__(self, model: GridModel, pictures: GridPictures, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._pictures = pictures
        self._view = parent
        self._faces = Faces()
        self.hovered: tuple[int, int] | None = None
        self._places: dict[str, tuple[int, int]] = {}

    def place_of(self, path: str) -> tuple[int, int] | None:
        """The cell that was last painted with a picture."""
        return self._places.get(path)

    def retry_rect(self, cell: QRect, index: _Index) -> QRect:
        """Where Retry is in a cell; empty where there is none."""
        if not self._model.can_retry(index):
            return QRect()
        area = _area(cell)
        self._suit(area)
        return self._faces.retry.translated(area.topLeft())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        area, state = _area(option.rect), option.state
        self._suit(area)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        pixmap, face = self._look(index, selected=selected)
        self._faces.draw(painter, area, face)
        if pixmap is not None:
            _paint_picture(painter, area, pixmap)
        accent = self._faces.roles.accent
        if state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(painter, area, accent)
        elif selected:
            painter.setPen(QPen(QColor(accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize()

    def _suit(self, area: QRect) -> None:
        view = self._view
        self._faces.suit(area.size(), view.font(), view.palette(), view.devicePixelRatioF())

    def _look(self, index: _Index, *, selected: bool) -> tuple[QPixmap | None, Face]:
        """A cell's picture, if it has one by now, and what it says else."""
        job = self._model.job(index)
        place = (index.row(), index.column())
        path = picture_of(job) if job is not None else ""
        if path:
            self._places[path] = place
            found = self._pictures.get(path)
            if found.pixmap is not None or found.loading:
                return found.pixmap, Face("", "", "muted", is_selected=selected)
        words = self._model.words(index)
        icon, role = f"state-{words.icon}", str(words.role)
        if job is not None and job.outputs and words.role == "ok":
            icon, role = kind_icon(job.outputs[0].kind), "muted"
        face = Face(
            words.text,
            icon,
            role,
            self._model.reason(index),
            self._model.can_retry(index),
            self.hovered == place,
            selected,
        )
        return None, face


def _area(cell: QRect) -> QRect:
    return cell.adjusted(_GAP, _GAP, -_GAP, -_GAP)


def _paint_picture(painter: QPainter, area: QRect, pixmap: QPixmap) -> None:
    """The whole of it: what is compared must not be cut."""
    size = pixmap.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(0, 0, size.width(), size.height())
    place.moveCenter(area.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(place, pixmap)
