"""The faces of cells that have no picture, laid out once and drawn many times: most of a grid that
fills says the same, and to lay out a text takes ten times as long as to draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from PySide6.QtGui import QPalette

_ICON_SIZE = 5 * STEP
_CENTRE_FLAGS = int(
    Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
)
_MAX_CACHE_BYTES = 64 * 1024 * 1024
_BYTES_PER_PIXEL = 4
_MAX_REASON_LINES = 3


@dataclass(frozen=True, slots=True)
class CellState:
    """What a cell without a picture says; `icon` is the name of a file, `colour_role` that of a
    colour."""

    text: str
    icon: str
    colour_role: str
    reason: str = ""
    can_retry: bool = False
    is_hovered: bool = False
    is_selected: bool = False


def retry_text() -> str:
    return _("Retry")


class CellRenderer:
    """For one font, palette, sharpness and size; `configure` says which."""

    def __init__(self) -> None:
        self._cache_key: tuple[object, ...] = ()
        self._cache: dict[CellState, QPixmap] = {}
        self._max_cached = 1
        self._size = QSize()
        self._pixel_ratio = 1.0
        self._font = QFont()
        self._colours: Colours
        self.retry_rect = QRect()
        """Where Retry is within a cell's own area."""

    @property
    def colours(self) -> Colours:
        return self._colours

    def configure(self, size: QSize, font: QFont, palette: QPalette, pixel_ratio: float) -> None:
        """Forgets what was made for others."""
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
                # The oldest half: all at once would be one long frame.
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
        painter.drawText(self.retry_rect, int(Qt.AlignmentFlag.AlignCenter), retry_text())


def _retry_rect(size: QSize, metrics: QFontMetrics) -> QRect:
    width = min(metrics.horizontalAdvance(retry_text()) + 5 * STEP, size.width() - 4 * STEP)
    rect = QRect(0, 0, width, metrics.height() + 2 * STEP)
    rect.moveCenter(QRect(0, 0, size.width(), size.height()).center())
    rect.moveBottom(size.height() - 3 * STEP)
    return rect
