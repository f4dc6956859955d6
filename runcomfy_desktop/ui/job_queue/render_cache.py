"""Texts, icons and small pictures of the queue's rows, laid out once and drawn many times.

A table that is scrolled is painted whole, 60 times a second: to lay out a text takes ten times as
long as to draw it, and an icon or a rounded picture a hundred times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap, QStaticText

from runcomfy_desktop.ui.images.thumbnail_cache import paint_cover
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, Colours, colours

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPalette

# So many are kept of each kind; some screens full.
_MAX_TEXTS = 3000
_MAX_PIXMAPS = 400


class RenderCache:
    """For one font, palette and sharpness; `prepare` says which."""

    def __init__(self) -> None:
        self._style_key: tuple[object, ...] = ()
        self._texts: dict[tuple[str, bool, int], QStaticText] = {}
        self._titles: dict[tuple[str, int], tuple[QStaticText, int]] = {}
        self._pixmaps: dict[object, QPixmap] = {}
        self._ratio = 1.0
        self.fonts = (QFont(), QFont())
        """Plain and bold."""
        self.metrics = (QFontMetrics(QFont()), QFontMetrics(QFont()))
        self.roles: Colours
        self.qcolors: dict[str, QColor] = {}

    def prepare(self, font: QFont, palette: QPalette, ratio: float) -> None:
        """Forgets what was made for others."""
        style_key = (font.key(), palette.cacheKey(), ratio)
        if style_key == self._style_key:
            return
        self._style_key = style_key
        self._texts.clear()
        self._titles.clear()
        self._pixmaps.clear()
        self._ratio = ratio
        bold = QFont(font)
        bold.setBold(True)
        self.fonts = (QFont(font), bold)
        self.metrics = (QFontMetrics(self.fonts[0]), QFontMetrics(bold))
        self.roles = colours(palette)
        self.qcolors = {
            name: QColor(getattr(self.roles, name)) for name in Colours.__slots__ if name != "name"
        }

    def draw_text(
        self, painter: QPainter, area: QRect, text: str, role: str, *, bold: bool = False
    ) -> None:
        """One line in the middle of the height, shortened at its end where it has no room."""
        key = (text, bold, area.width())
        static = self._texts.get(key)
        if static is None:
            metrics = self.metrics[bold]
            static = _static_text(
                metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            )
            _store(self._texts, key, static, _MAX_TEXTS)
        self._draw(painter, area, static, role, bold=bold)

    def draw_title(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        shorten: Callable[[str, QFontMetrics, int], str],
    ) -> int:
        """The same for a title in bold that is shortened by a way of its own; returns its width."""
        key = (text, area.width())
        entry = self._titles.get(key)
        if entry is None:
            metrics = self.metrics[True]
            short = shorten(text, metrics, area.width())
            entry = _static_text(short), metrics.horizontalAdvance(short)
            _store(self._titles, key, entry, _MAX_TEXTS)
        self._draw(painter, area, entry[0], "text", bold=True)
        return entry[1]

    def draw_icon(self, painter: QPainter, area: QRect, name: str, role: str) -> None:
        key = (name, role, area.width())
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            icon = icons.icon(name, getattr(self.roles, role))
            pixmap = icon.pixmap(QSize(area.size()), self._ratio)
            _store(self._pixmaps, key, pixmap, _MAX_PIXMAPS)
        painter.drawPixmap(area, pixmap)

    def draw_thumbnail(self, painter: QPainter, area: QRect, picture: QPixmap | None) -> None:
        """A picture that covers a square with round corners; an empty one without a picture."""
        key = (0 if picture is None else picture.cacheKey(), area.width())
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            pixmap = self._rounded_pixmap(area.width(), picture)
            _store(self._pixmaps, key, pixmap, _MAX_PIXMAPS)
        painter.drawPixmap(area, pixmap)

    def _rounded_pixmap(self, side: int, picture: QPixmap | None) -> QPixmap:
        pixmap = QPixmap(QSize(side, side) * self._ratio)
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        area = QRect(0, 0, side, side)
        if picture is not None:
            paint_cover(painter, area, picture, RADIUS - 1)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.qcolors["panel"])
            painter.drawRoundedRect(area, RADIUS - 1, RADIUS - 1)
        painter.end()
        return pixmap

    def _draw(
        self, painter: QPainter, area: QRect, static: QStaticText, role: str, *, bold: bool
    ) -> None:
        painter.setFont(self.fonts[bold])
        painter.setPen(self.qcolors[role])
        top = area.y() + (area.height() - self.metrics[bold].height()) // 2
        painter.drawStaticText(QPointF(area.x(), top), static)


def _static_text(text: str) -> QStaticText:
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    return static


def _store(cache: dict, key: object, value: object, max_entries: int) -> None:  # type: ignore[type-arg]
    if len(cache) >= max_entries:
        # The oldest half: all at once would be one long frame.
        for old_key in list(cache)[: max_entries // 2]:
            del cache[old_key]
    cache[key] = value
