"""Painting of the graph: named boxes and curved links in the theme's colours.

The smaller the scale, the less is drawn: first the classes disappear, then the names, then the
round corners.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from runcomfy_desktop.domain.workflow.graph_layout import NodeSize
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, Colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE
from runcomfy_desktop.ui.workflow_graph.graph_nodes import NodeSeverity

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QPainterPath

    from runcomfy_desktop.ui.workflow_graph.camera import GraphCamera
    from runcomfy_desktop.ui.workflow_graph.graph_nodes import GraphNode

_WIDTH_CHARS = 24
_PAD = 2 * STEP
_DOT_SIZE = 6.0
_ICON_SIZE = 14
# Minimum scale at which each detail is drawn.
_MIN_CLASS_SCALE = 0.62
_MIN_NAME_SCALE = 0.3
_MIN_ROUNDED_SCALE = 0.1
_DIMMED_OPACITY = 0.35
_ALIGN_LEFT = int(
    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)
_ALIGN_RIGHT = int(
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)


def node_size(font: QFont) -> NodeSize:
    """Returns the size of every node in graph units: two lines of text."""
    metrics, small = QFontMetrics(font), QFontMetrics(scaled(font, SMALL_FONT_SCALE))
    width = _WIDTH_CHARS * metrics.averageCharWidth() + 4 * _PAD
    return NodeSize(float(width), float(metrics.height() + small.height() + 2 * STEP + STEP))


@dataclass(slots=True)
class GraphViewState:
    """Highlights of the graph. `path_node_ids` is None if no path is shown."""

    current_id: str | None = None
    cursor_id: str | None = None
    path_node_ids: frozenset[str] | None = None
    current_segments: Collection[int] = field(default_factory=set)
    """Segments of the links to and from the current node."""
    path_segments: Collection[int] = field(default_factory=set)


class GraphPainter:
    """Paints a part of the graph; caches fonts and elided names at one scale."""

    def __init__(self) -> None:
        self._font_key: tuple[str, float] = ("", 0.0)
        self._bold = QFont()
        self._small = QFont()
        self._elided_cache: dict[tuple[str, int, bool], str] = {}

    def set_font(self, font: QFont, scale: float) -> None:
        key = (font.toString(), scale)
        if key == self._font_key:
            return
        self._font_key = key
        self._elided_cache.clear()
        font_scale = scale if scale >= _MIN_CLASS_SCALE else max(scale * 1.35, 0.62)
        self._bold = scaled(font, font_scale)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._small = scaled(font, max(scale, _MIN_CLASS_SCALE) * SMALL_FONT_SCALE)

    def draw_links(
        self, painter: QPainter, path: QPainterPath, camera: GraphCamera, pen: QPen
    ) -> None:
        painter.save()
        painter.translate(-camera.corner.x(), -camera.corner.y())
        painter.scale(camera.scale, camera.scale)
        pen.setWidthF(pen.widthF() / camera.scale)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.restore()

    def draw_node(
        self, painter: QPainter, rect: QRectF, graph_node: GraphNode, style: NodeStyle
    ) -> None:
        """Draws one node into a screen rectangle."""
        roles, scale = style.roles, style.scale
        painter.setOpacity(_DIMMED_OPACITY if style.is_dimmed else 1.0)
        fill, border, width = _node_colours(graph_node, style)
        if scale < _MIN_ROUNDED_SCALE:
            painter.fillRect(rect, QColor(fill if graph_node.is_output else border))
            painter.setOpacity(1.0)
            return
        painter.setPen(QPen(QColor(border), width))
        painter.setBrush(QColor(fill))
        inset, radius = width / 2, RADIUS * min(scale, 1.0)
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        if scale >= _MIN_NAME_SCALE:
            self._draw_texts(painter, rect, graph_node, style)
        elif graph_node.is_changed:
            _draw_dot(painter, rect.center(), max(_DOT_SIZE * scale * 1.6, 3.0), roles.accent)
        painter.setOpacity(1.0)

    def _draw_texts(
        self, painter: QPainter, rect: QRectF, graph_node: GraphNode, style: NodeStyle
    ) -> None:
        scale, roles = style.scale, style.roles
        pad = _PAD * min(scale, 1.0)
        line = rect.adjusted(pad, 0, -pad, 0).toRect()
        if scale >= _MIN_CLASS_SCALE:
            inner = rect.adjusted(pad, pad * 0.6, -pad, -pad * 0.6)
            middle = inner.top() + inner.height() * 0.53
            line = QRectF(inner.left(), inner.top(), inner.width(), middle - inner.top()).toRect()
            below = QRectF(inner.left(), middle, inner.width(), inner.bottom() - middle).toRect()
            self._draw_class(painter, below, graph_node, roles)
        line.setRight(self._draw_badges(painter, line, graph_node, style))
        if graph_node.is_output:
            size = round(_ICON_SIZE * max(scale, 0.7))
            box = QRect(line.left(), line.center().y() - size // 2, size, size)
            icons.icon("output", roles.text).paint(painter, box)
            line.setLeft(box.right() + round(pad * 0.7))
        painter.setFont(self._bold)
        painter.setPen(QColor(roles.text))
        painter.drawText(
            line, _ALIGN_LEFT, self._elided(graph_node.title, line.width(), is_bold=True)
        )

    def _draw_class(
        self, painter: QPainter, line: QRect, graph_node: GraphNode, roles: Colours
    ) -> None:
        painter.setFont(self._small)
        painter.setPen(QColor(roles.muted))
        id_text = self._elided(graph_node.id_text, line.width() // 3, is_bold=False)
        painter.drawText(line, _ALIGN_RIGHT, id_text)
        if graph_node.class_type != graph_node.title:
            id_width = QFontMetrics(self._small).horizontalAdvance(id_text) + STEP
            class_rect = line.adjusted(0, 0, -id_width, 0)
            painter.drawText(
                class_rect,
                _ALIGN_LEFT,
                self._elided(graph_node.class_type, class_rect.width(), is_bold=False),
            )

    def _draw_badges(
        self, painter: QPainter, line: QRect, graph_node: GraphNode, style: NodeStyle
    ) -> int:
        """Draws the issue icon and the change dot at the end of a line; returns their left edge."""
        right = line.right()
        if graph_node.severity is not NodeSeverity.NONE:
            side = round(_ICON_SIZE * max(style.scale, 0.7))
            box = QRect(right - side, line.center().y() - side // 2, side, side)
            name, colour = _severity_icon(graph_node.severity, style.roles)
            icons.icon(name, colour).paint(painter, box)
            right = box.left() - STEP // 2
        if graph_node.is_changed:
            size = _DOT_SIZE * min(max(style.scale, 0.8), 1.3)
            at = QPointF(right - size / 2, line.center().y() + 0.5)
            _draw_dot(painter, at, size, style.roles.accent)
            right = round(at.x() - size / 2) - STEP
        return right

    def _elided(self, text: str, width: int, *, is_bold: bool) -> str:
        key = (text, width, is_bold)
        if key not in self._elided_cache:
            metrics = QFontMetrics(self._bold if is_bold else self._small)
            self._elided_cache[key] = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        return self._elided_cache[key]


@dataclass(frozen=True, slots=True)
class NodeStyle:
    """Style of one node: theme, scale and highlights."""

    roles: Colours
    scale: float
    is_current: bool = False
    is_dimmed: bool = False


def _node_colours(graph_node: GraphNode, style: NodeStyle) -> tuple[str, str, float]:
    """Returns the fill colour, the border colour and the border width."""
    roles = style.roles
    fill = roles.accent_soft if style.is_current else roles.field
    is_small = style.scale < _MIN_NAME_SCALE
    if is_small and graph_node.is_output and not style.is_current:
        # Small boxes are recognized by their border, and outputs by a solid fill.
        fill = roles.muted
    if graph_node.severity is not NodeSeverity.NONE:
        # A thick border would hide the rest of a small box.
        return fill, _severity_icon(graph_node.severity, roles)[1], 1.0 if is_small else 2.0
    if style.is_current:
        return fill, roles.accent, 2.0
    if is_small:
        return fill, roles.muted, 1.0
    return fill, roles.muted if graph_node.is_output else roles.line, 1.0


def _severity_icon(severity: NodeSeverity, roles: Colours) -> tuple[str, str]:
    return ("error", roles.error) if severity is NodeSeverity.ERROR else ("warning", roles.warning)


def _draw_dot(painter: QPainter, at: QPointF, size: float, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(at, size / 2, size / 2)


def link_pen(
    roles: Colours, scale: float, *, is_highlighted: bool, is_dimmed: bool = False
) -> QPen:
    """Returns a pen for links: thin and muted behind the nodes, or in the accent colour."""
    colour = QColor(roles.accent if is_highlighted else roles.muted)
    if not is_highlighted:
        colour.setAlphaF(0.15 if is_dimmed else 0.5)
    pen = QPen(colour, min(max(1.6 * scale, 1.0), 2.0) * (1.4 if is_highlighted else 1.0))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
