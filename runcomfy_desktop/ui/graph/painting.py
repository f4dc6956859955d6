"""How the graph looks: boxes with names, calm curves; drawn in the theme's colours.

The smaller it is, the less is drawn: first the classes go, then the names, then round corners.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from runcomfy_desktop.domain.graph_layout import Size
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.graph.faces import Mark
from runcomfy_desktop.ui.theme import RADIUS, STEP, Colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QPainterPath

    from runcomfy_desktop.ui.graph.camera import Camera
    from runcomfy_desktop.ui.graph.faces import Face

_LETTERS = 24
_PAD = 2 * STEP
_DOT = 6.0
_ICON = 14
# From which scale on something is drawn.
_CLASSES_FROM = 0.62
_NAMES_FROM = 0.3
_CORNERS_FROM = 0.1
_ASIDE = 0.35
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)


def node_size(font: QFont) -> Size:
    """How large every node is, in units of the graph: two lines of text."""
    metrics, small = QFontMetrics(font), QFontMetrics(scaled(font, SMALL))
    width = _LETTERS * metrics.averageCharWidth() + 4 * _PAD
    return Size(float(width), float(metrics.height() + small.height() + 2 * STEP + STEP))


@dataclass(slots=True)
class Look:
    """What of the graph stands out. `path` is None while everything looks alike."""

    current_id: str | None = None
    cursor_id: str | None = None
    path: frozenset[str] | None = None
    near: Collection[int] = field(default_factory=set)
    """The strands to and from the current node."""
    on_path: Collection[int] = field(default_factory=set)


class GraphPainter:
    """Paints a part of the graph; remembers fonts and cut names at one scale."""

    def __init__(self) -> None:
        self._font_key: tuple[str, float] = ("", 0.0)
        self._bold = QFont()
        self._small = QFont()
        self._cut: dict[tuple[str, int, bool], str] = {}

    def set_font(self, font: QFont, scale: float) -> None:
        key = (font.toString(), scale)
        if key == self._font_key:
            return
        self._font_key = key
        self._cut.clear()
        share = scale if scale >= _CLASSES_FROM else max(scale * 1.35, 0.62)
        self._bold = scaled(font, share)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._small = scaled(font, max(scale, _CLASSES_FROM) * SMALL)

    def links(self, painter: QPainter, path: QPainterPath, camera: Camera, pen: QPen) -> None:
        painter.save()
        painter.translate(-camera.corner.x(), -camera.corner.y())
        painter.scale(camera.scale, camera.scale)
        pen.setWidthF(pen.widthF() / camera.scale)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.restore()

    def node(self, painter: QPainter, rect: QRectF, face: Face, stand: Stand) -> None:
        """One node in a rectangle of the screen."""
        roles, scale = stand.roles, stand.scale
        painter.setOpacity(_ASIDE if stand.is_aside else 1.0)
        fill, border, width = _dress(face, stand)
        if scale < _CORNERS_FROM:
            painter.fillRect(rect, QColor(fill if face.is_output else border))
            painter.setOpacity(1.0)
            return
        painter.setPen(QPen(QColor(border), width))
        painter.setBrush(QColor(fill))
        inset, radius = width / 2, RADIUS * min(scale, 1.0)
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        if scale >= _NAMES_FROM:
            self._words(painter, rect, face, stand)
        elif face.is_changed:
            _dot(painter, rect.center(), max(_DOT * scale * 1.6, 3.0), roles.accent)
        painter.setOpacity(1.0)

    def _words(self, painter: QPainter, rect: QRectF, face: Face, stand: Stand) -> None:
        scale, roles = stand.scale, stand.roles
        pad = _PAD * min(scale, 1.0)
        line = rect.adjusted(pad, 0, -pad, 0).toRect()
        if scale >= _CLASSES_FROM:
            inner = rect.adjusted(pad, pad * 0.6, -pad, -pad * 0.6)
            middle = inner.top() + inner.height() * 0.53
            line = QRectF(inner.left(), inner.top(), inner.width(), middle - inner.top()).toRect()
            below = QRectF(inner.left(), middle, inner.width(), inner.bottom() - middle).toRect()
            self._second_line(painter, below, face, roles)
        line.setRight(self._signs(painter, line, face, stand))
        if face.is_output:
            size = round(_ICON * max(scale, 0.7))
            box = QRect(line.left(), line.center().y() - size // 2, size, size)
            icons.icon("output", roles.text).paint(painter, box)
            line.setLeft(box.right() + round(pad * 0.7))
        painter.setFont(self._bold)
        painter.setPen(QColor(roles.text))
        painter.drawText(line, _LEFT, self._elided(face.title, line.width(), is_bold=True))

    def _second_line(self, painter: QPainter, line: QRect, face: Face, roles: Colours) -> None:
        painter.setFont(self._small)
        painter.setPen(QColor(roles.muted))
        number = self._elided(face.number, line.width() // 3, is_bold=False)
        painter.drawText(line, _RIGHT, number)
        if face.class_type != face.title:
            taken = QFontMetrics(self._small).horizontalAdvance(number) + STEP
            room = line.adjusted(0, 0, -taken, 0)
            painter.drawText(
                room, _LEFT, self._elided(face.class_type, room.width(), is_bold=False)
            )

    def _signs(self, painter: QPainter, line: QRect, face: Face, stand: Stand) -> int:
        """Paints what is wrong and what is changed at the end of a line; where it begins."""
        right = line.right()
        if face.mark is not Mark.NONE:
            side = round(_ICON * max(stand.scale, 0.7))
            box = QRect(right - side, line.center().y() - side // 2, side, side)
            name, colour = _sign(face.mark, stand.roles)
            icons.icon(name, colour).paint(painter, box)
            right = box.left() - STEP // 2
        if face.is_changed:
            size = _DOT * min(max(stand.scale, 0.8), 1.3)
            at = QPointF(right - size / 2, line.center().y() + 0.5)
            _dot(painter, at, size, stand.roles.accent)
            right = round(at.x() - size / 2) - STEP
        return right

    def _elided(self, text: str, width: int, *, is_bold: bool) -> str:
        key = (text, width, is_bold)
        if key not in self._cut:
            metrics = QFontMetrics(self._bold if is_bold else self._small)
            self._cut[key] = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        return self._cut[key]


@dataclass(frozen=True, slots=True)
class Stand:
    """How one node stands among the others."""

    roles: Colours
    scale: float
    is_current: bool = False
    is_aside: bool = False


def _dress(face: Face, stand: Stand) -> tuple[str, str, float]:
    """Fill, border and its width."""
    roles = stand.roles
    fill = roles.accent_soft if stand.is_current else roles.field
    is_small = stand.scale < _NAMES_FROM
    if is_small and face.is_output and not stand.is_current:
        # Small boxes are seen by their edge, and outputs by being full.
        fill = roles.muted
    if face.mark is not Mark.NONE:
        # A thick edge would be all that is left of a small box.
        return fill, _sign(face.mark, roles)[1], 1.0 if is_small else 2.0
    if stand.is_current:
        return fill, roles.accent, 2.0
    if is_small:
        return fill, roles.muted, 1.0
    return fill, roles.muted if face.is_output else roles.line, 1.0


def _sign(mark: Mark, roles: Colours) -> tuple[str, str]:
    return ("error", roles.error) if mark is Mark.ERROR else ("warning", roles.warning)


def _dot(painter: QPainter, at: QPointF, size: float, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(at, size / 2, size / 2)


def link_pen(roles: Colours, scale: float, *, is_lit: bool, is_aside: bool = False) -> QPen:
    """Thin lines that step back behind the nodes; those that stand out are in the accent."""
    colour = QColor(roles.accent if is_lit else roles.muted)
    if not is_lit:
        colour.setAlphaF(0.15 if is_aside else 0.5)
    pen = QPen(colour, min(max(1.6 * scale, 1.0), 2.0) * (1.4 if is_lit else 1.0))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
