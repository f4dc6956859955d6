"""Painter of grid cells: a picture or a state text, with Retry where it is possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.job_queue.jobs_model import thumbnail_path
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from PySide6.QtGui import QPalette
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.sweeps.grid_model import GridModel

_Index = QModelIndex | QPersistentModelIndex
_GAP = STEP // 2
_ICON_SIZE = 5 * STEP
_CENTRE_FLAGS = int(
    Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
)
_MAX_CACHE_BYTES = 64 * 1024 * 1024
_BYTES_PER_PIXEL = 4
_MAX_REASON_LINES = 3


@dataclass(frozen=True, slots=True)
class CellState:
    """Content of a cell without a picture.

    `icon` names an icon file, `colour_role` a colour of the theme.
    """

    text: str
    icon: str
    colour_role: str
    reason: str = ""
    can_retry: bool = False
    is_hovered: bool = False
    is_selected: bool = False


def _retry_text() -> str:
    return _("Retry")


class CellRenderer:
    """Renders cells without a picture, once for each state.

    Most cells of an incomplete grid look the same, and laying out text takes ten times as long as
    drawing it. The renderings are valid for one font, palette, device pixel ratio and size;
    `configure` sets them.
    """

    def __init__(self) -> None:
        self._cache_key: tuple[object, ...] = ()
        self._cache: dict[CellState, QPixmap] = {}
        self._max_cached = 1
        self._size = QSize()
        self._pixel_ratio = 1.0
        self._font = QFont()
        self._colours: Colours
        self.retry_rect = QRect()
        """Area of Retry within a cell's content."""

    @property
    def colours(self) -> Colours:
        return self._colours

    def configure(self, size: QSize, font: QFont, palette: QPalette, pixel_ratio: float) -> None:
        """Clears the cache if size, font, palette or device pixel ratio have changed."""
        cache_key = (size.toTuple(), font.key(), palette.cacheKey(), pixel_ratio)
        if cache_key == self._cache_key:
            return
        self._cache_key = cache_key
        self._cache.clear()
        self._size, self._pixel_ratio, self._font = QSize(size), pixel_ratio, QFont(font)
        self._colours = colours(palette)
        pixels = max(1, size.width() * size.height() * pixel_ratio * pixel_ratio)
        self._max_cached = max(64, int(_MAX_CACHE_BYTES / (pixels * _BYTES_PER_PIXEL)))
        self.retry_rect = _retry_rect(size, QFontMetrics(font))

    def draw(self, painter: QPainter, area: QRect, state: CellState) -> None:
        pixmap = self._cache.get(state)
        if pixmap is None:
            pixmap = self._render(state)
            if len(self._cache) >= self._max_cached:
                # Only the oldest half: dropping everything would make one frame slow.
                for old in list(self._cache)[: self._max_cached // 2]:
                    del self._cache[old]
            self._cache[state] = pixmap
        painter.drawPixmap(area.topLeft(), pixmap)

    def _render(self, state: CellState) -> QPixmap:
        pixmap = QPixmap(self._size * self._pixel_ratio)
        pixmap.setDevicePixelRatio(self._pixel_ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(0, 0, self._size.width(), self._size.height())
        painter.setPen(Qt.PenStyle.NoPen)
        background = self._colours.accent_soft if state.is_selected else self._colours.panel
        painter.setBrush(QColor(background))
        painter.drawRoundedRect(QRectF(area), RADIUS, RADIUS)
        if state.text:
            self._paint_text(painter, area, state)
        if state.can_retry:
            self._paint_retry(painter, is_hovered=state.is_hovered)
        painter.end()
        return pixmap

    def _paint_text(self, painter: QPainter, area: QRect, state: CellState) -> None:
        roles, small_font = self._colours, scaled(self._font, SMALL_FONT_SCALE)
        inner = area.adjusted(2 * STEP, 2 * STEP, -2 * STEP, -2 * STEP)
        if state.can_retry:
            inner.setBottom(self.retry_rect.top() - STEP)
        metrics, small_metrics = QFontMetrics(self._font), QFontMetrics(small_font)
        needed_height = metrics.boundingRect(inner, _CENTRE_FLAGS, state.text).height()
        text_height = min(needed_height, inner.height() - _ICON_SIZE - STEP)
        reason_space = inner.height() - _ICON_SIZE - 2 * STEP - text_height
        line_count = (
            min(_MAX_REASON_LINES, reason_space // small_metrics.height()) if state.reason else 0
        )
        reason_height = max(0, line_count) * small_metrics.height()
        height = _ICON_SIZE + STEP + text_height + (STEP + reason_height if reason_height else 0)
        top = inner.top() + max(0, (inner.height() - height) // 2)
        colour = getattr(roles, state.colour_role)
        icon_rect = QRect(inner.center().x() - _ICON_SIZE // 2, top, _ICON_SIZE, _ICON_SIZE)
        icons.icon(state.icon, colour).paint(painter, icon_rect)
        painter.setFont(self._font)
        painter.setPen(QColor(roles.text if state.colour_role == "muted" else colour))
        text_rect = QRect(inner.left(), icon_rect.bottom() + STEP, inner.width(), text_height)
        painter.drawText(text_rect, _CENTRE_FLAGS, state.text)
        if reason_height:
            painter.setFont(small_font)
            painter.setPen(QColor(roles.muted))
            reason_rect = QRect(
                inner.left(), text_rect.bottom() + STEP, inner.width(), reason_height
            )
            painter.drawText(reason_rect, _CENTRE_FLAGS, state.reason)

    def _paint_retry(self, painter: QPainter, *, is_hovered: bool) -> None:
        palette = self._colours
        painter.setPen(QPen(QColor(palette.accent if is_hovered else palette.muted), 1))
        painter.setBrush(QColor(palette.accent_soft if is_hovered else palette.field))
        outline = QRectF(self.retry_rect).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(outline, RADIUS, RADIUS)
        painter.setFont(self._font)
        painter.setPen(QColor(palette.text))
        painter.drawText(self.retry_rect, int(Qt.AlignmentFlag.AlignCenter), _retry_text())


def _retry_rect(size: QSize, metrics: QFontMetrics) -> QRect:
    width = min(metrics.horizontalAdvance(_retry_text()) + 5 * STEP, size.width() - 4 * STEP)
    rect = QRect(0, 0, width, metrics.height() + 2 * STEP)
    rect.moveCenter(QRect(0, 0, size.width(), size.height()).center())
    rect.moveBottom(size.height() - 3 * STEP)
    return rect


class CellDelegate(QStyledItemDelegate):
    """Delegate of the grid's cells; `hovered_retry_cell` is the cell whose Retry is hovered."""

    def __init__(self, model: GridModel, thumbnails: ThumbnailCache, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._view = parent
        self._renderer = CellRenderer()
        self.hovered_retry_cell: tuple[int, int] | None = None
        self._cells_by_path: dict[str, tuple[int, int]] = {}

    def cell_of_picture(self, path: str) -> tuple[int, int] | None:
        """Returns the cell that was last painted with this picture; None if there is none."""
        return self._cells_by_path.get(path)

    def retry_rect(self, cell: QRect, index: _Index) -> QRect:
        """Returns the area of Retry in a cell; empty if it has none."""
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
        """Returns the cell's picture, None if it has none, and the CellState to draw."""
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
            icon, colour_role = icons.output_icon_name(job.outputs[0].kind), "muted"
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
    """Paints the whole picture, uncropped, so that cells can be compared."""
    size = pixmap.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    rect = QRect(0, 0, size.width(), size.height())
    rect.moveCenter(area.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(rect, pixmap)
