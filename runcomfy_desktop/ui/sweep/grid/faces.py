"""The faces of cells that have no picture, laid out once and drawn many times: most of a grid that
fills says the same, and to lay out a text takes ten times as long as to draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import RADIUS, STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL

if TYPE_CHECKING:
    from PySide6.QtGui import QPalette

_ICON = 5 * STEP
_CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
_KEPT_BYTES = 64 * 1024 * 1024
_PIXEL_BYTES = 4
_MOST_REASON_LINES = 3


@dataclass(frozen=True, slots=True)
class Face:
    """What a cell without a picture says; `icon` is the name of a file, `role` that of a colour."""

    text: str
    icon: str
    role: str
    reason: str = ""
    can_retry: bool = False
    is_hovered: bool = False
    is_selected: bool = False


def retry_text() -> str:
    return _("Retry")


class Faces:
    """For one font, palette, sharpness and size; `suit` says which."""

    def __init__(self) -> None:
        self._made_for: tuple[object, ...] = ()
        self._kept: dict[Face, QPixmap] = {}
        self._most = 1
        self._size = QSize()
        self._ratio = 1.0
        self._font = QFont()
        self._roles: Colours
        self.retry = QRect()
        """Where Retry is within a cell's own area."""

    @property
    def roles(self) -> Colours:
        return self._roles

    def suit(self, size: QSize, font: QFont, palette: QPalette, ratio: float) -> None:
        """Forgets what was made for others."""
        made_for = (size.toTuple(), font.key(), palette.cacheKey(), ratio)
        if made_for == self._made_for:
            return
        self._made_for = made_for
        self._kept.clear()
        self._size, self._ratio, self._font = QSize(size), ratio, QFont(font)
        self._roles = colours(palette)
        pixels = max(1, size.width() * size.height() * ratio * ratio)
        self._most = max(64, int(_KEPT_BYTES / (pixels * _PIXEL_BYTES)))
        self.retry = _retry_rect(size, QFontMetrics(font))

    def draw(self, painter: QPainter, area: QRect, face: Face) -> None:
        pixmap = self._kept.get(face)
        if pixmap is None:
            pixmap = self._made(face)
            if len(self._kept) >= self._most:
                # The oldest half: all at once would be one long frame.
                for old in list(self._kept)[: self._most // 2]:
                    del self._kept[old]
            self._kept[face] = pixmap
        painter.drawPixmap(area.topLeft(), pixmap)

    def _made(self, face: Face) -> QPixmap:
        pixmap = QPixmap(self._size * self._ratio)
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(0, 0, self._size.width(), self._size.height())
        painter.setPen(Qt.PenStyle.NoPen)
        ground = self._roles.accent_soft if face.is_selected else self._roles.panel
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(QRectF(area), RADIUS, RADIUS)
        if face.text:
            self._paint_words(painter, area, face)
        if face.can_retry:
            self._paint_retry(painter, is_hovered=face.is_hovered)
        painter.end()
        return pixmap

    def _paint_words(self, painter: QPainter, area: QRect, face: Face) -> None:
        roles, small = self._roles, scaled(self._font, SMALL)
        inner = area.adjusted(2 * STEP, 2 * STEP, -2 * STEP, -2 * STEP)
        if face.can_retry:
            inner.setBottom(self.retry.top() - STEP)
        metrics, small_metrics = QFontMetrics(self._font), QFontMetrics(small)
        needed = metrics.boundingRect(inner, _CENTRE, face.text).height()
        tall = min(needed, inner.height() - _ICON - STEP)
        room = inner.height() - _ICON - 2 * STEP - tall
        lines = min(_MOST_REASON_LINES, room // small_metrics.height()) if face.reason else 0
        reason = max(0, lines) * small_metrics.height()
        height = _ICON + STEP + tall + (STEP + reason if reason else 0)
        top = inner.top() + max(0, (inner.height() - height) // 2)
        colour = getattr(roles, face.role)
        square = QRect(inner.center().x() - _ICON // 2, top, _ICON, _ICON)
        icons.icon(face.icon, colour).paint(painter, square)
        painter.setFont(self._font)
        painter.setPen(QColor(roles.text if face.role == "muted" else colour))
        below = QRect(inner.left(), square.bottom() + STEP, inner.width(), tall)
        painter.drawText(below, _CENTRE, face.text)
        if reason:
            painter.setFont(small)
            painter.setPen(QColor(roles.muted))
            rest = QRect(inner.left(), below.bottom() + STEP, inner.width(), reason)
            painter.drawText(rest, _CENTRE, face.reason)

    def _paint_retry(self, painter: QPainter, *, is_hovered: bool) -> None:
        roles = self._roles
        painter.setPen(QPen(QColor(roles.accent if is_hovered else roles.muted), 1))
        painter.setBrush(QColor(roles.accent_soft if is_hovered else roles.field))
        place = QRectF(self.retry).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(place, RADIUS, RADIUS)
        painter.setFont(self._font)
        painter.setPen(QColor(roles.text))
        painter.drawText(self.retry, int(Qt.AlignmentFlag.AlignCenter), retry_text())


def _retry_rect(size: QSize, metrics: QFontMetrics) -> QRect:
    width = min(metrics.horizontalAdvance(retry_text()) + 5 * STEP, size.width() - 4 * STEP)
    place = QRect(0, 0, width, metrics.height() + 2 * STEP)
    place.moveCenter(QRect(0, 0, size.width(), size.height()).center())
    place.moveBottom(size.height() - 3 * STEP)
    return place
