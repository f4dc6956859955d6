"""Paints a cell: its picture once it is done, else what it says, and Retry where it can be tried
again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from runcomfy_desktop.ui.job_queue.jobs_model import thumbnail_path
from runcomfy_desktop.ui.results.outputs_model import kind_icon
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import RADIUS, STEP
from runcomfy_desktop.ui.sweeps.cell_renderer import CellRenderer, CellState

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.sweeps.grid_model import GridModel
    from runcomfy_desktop.ui.sweeps.grid_thumbnails import GridThumbnailCache

_Index = QModelIndex | QPersistentModelIndex
_GAP = STEP // 2


class CellDelegate(QStyledItemDelegate):
    """`hovered_retry_cell` is the cell whose Retry is under the pointer."""

    def __init__(self, model: GridModel, thumbnails: GridThumbnailCache, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._view = parent
        self._renderer = CellRenderer()
        self.hovered_retry_cell: tuple[int, int] | None = None
        self._cells_by_path: dict[str, tuple[int, int]] = {}

    def cell_of_picture(self, path: str) -> tuple[int, int] | None:
        """The cell that was last painted with a picture."""
        return self._cells_by_path.get(path)

    def retry_rect(self, cell: QRect, index: _Index) -> QRect:
        """Where Retry is in a cell; empty where there is none."""
        if not self._model.can_retry(index):
            return QRect()
        area = _content_rect(cell)
        self._configure_renderer(area)
        return self._renderer.retry_rect.translated(area.topLeft())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        area, state = _content_rect(option.rect), option.state
        self._configure_renderer(area)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        pixmap, cell_state = self._cell_content(index, selected=selected)
        self._renderer.draw(painter, area, cell_state)
        if pixmap is not None:
            _paint_picture(painter, area, pixmap)
        accent = self._renderer.colours.accent
        if state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(painter, area, accent)
        elif selected:
            painter.setPen(QPen(QColor(accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize()

    def _configure_renderer(self, area: QRect) -> None:
        view = self._view
        self._renderer.configure(area.size(), view.font(), view.palette(), view.devicePixelRatioF())

    def _cell_content(self, index: _Index, *, selected: bool) -> tuple[QPixmap | None, CellState]:
        """A cell's picture, if it has one by now, and what it says else."""
        job = self._model.job_at(index)
        row_and_column = (index.row(), index.column())
        path = thumbnail_path(job) if job is not None else ""
        if path:
            self._cells_by_path[path] = row_and_column
            thumbnail = self._thumbnails.get(path)
            if thumbnail.pixmap is not None or thumbnail.is_loading:
                return thumbnail.pixmap, CellState("", "", "muted", is_selected=selected)
        state_text = self._model.state_text(index)
        icon, colour_role = f"state-{state_text.icon}", str(state_text.role)
        if job is not None and job.outputs and state_text.role == "ok":
            icon, colour_role = kind_icon(job.outputs[0].kind), "muted"
        cell_state = CellState(
            state_text.text,
            icon,
            colour_role,
            self._model.reason(index),
            self._model.can_retry(index),
            self.hovered_retry_cell == row_and_column,
            selected,
        )
        return None, cell_state


def _content_rect(cell: QRect) -> QRect:
    return cell.adjusted(_GAP, _GAP, -_GAP, -_GAP)


def _paint_picture(painter: QPainter, area: QRect, pixmap: QPixmap) -> None:
    """The whole of it: what is compared must not be cut."""
    size = pixmap.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    rect = QRect(0, 0, size.width(), size.height())
    rect.moveCenter(area.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(rect, pixmap)
