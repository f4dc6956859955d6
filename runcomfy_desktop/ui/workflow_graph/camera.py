"""Visible part and scale of the graph, as plain arithmetic.

The corner is kept in whole screen pixels, so that painted content can be scrolled.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize

MAX_SCALE = 2.0
_MIN_SCALE = 0.1
_MARGIN = 16
# Size of the part of the graph that always stays visible, in pixels.
_MIN_VISIBLE = 64


class GraphCamera:
    """Maps between the graph and the view. `scale` is screen pixels per graph unit."""

    def __init__(self) -> None:
        self.scale = 1.0
        self.corner = QPoint()
        self.is_fitted = True
        self._graph_rect = QRectF()
        self._view_size = QSize()

    def set_graph_rect(self, rect: QRectF) -> None:
        self._graph_rect = rect
        self._clamp_corner()

    def set_view_size(self, view_size: QSize) -> None:
        """Sets the size of the view; a graph that was fitted is fitted again."""
        middle = self.to_graph(QPointF(self._view_size.width() / 2, self._view_size.height() / 2))
        self._view_size = view_size
        if self.is_fitted:
            self.fit()
        else:
            self._align(middle, QPointF(view_size.width() / 2, view_size.height() / 2))

    def fit(self) -> None:
        """Fits the whole graph into the view, at a scale of at most 1."""
        self.scale = min(self.fitting_scale(), 1.0)
        self.is_fitted = True
        self._align(
            self._graph_rect.center(),
            QPointF(self._view_size.width() / 2, self._view_size.height() / 2),
        )

    def fitting_scale(self) -> float:
        width = max(self._view_size.width() - 2 * _MARGIN, 1)
        height = max(self._view_size.height() - 2 * _MARGIN, 1)
        if self._graph_rect.isEmpty():
            return 1.0
        return min(width / self._graph_rect.width(), height / self._graph_rect.height())

    def zoom_to(self, scale: float, at: QPointF) -> None:
        """Sets the scale; the graph point at the view position `at` stays there."""
        min_scale = min(_MIN_SCALE, self.fitting_scale())
        graph_point = self.to_graph(at)
        self.scale = min(max(scale, min_scale), MAX_SCALE)
        self.is_fitted = False
        self._align(graph_point, at)

    def pan(self, by: QPoint) -> None:
        """Moves the graph, within its limits."""
        self.corner = self.corner - by
        self.is_fitted = False
        self._clamp_corner()

    def ensure_visible(self, rect: QRectF) -> None:
        """Moves as little as needed to show `rect` with a margin."""
        screen_rect = self.to_screen_rect(rect).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        dx = max(-screen_rect.left(), 0.0) or min(
            self._view_size.width() - screen_rect.right(), 0.0
        )
        dy = max(-screen_rect.top(), 0.0) or min(
            self._view_size.height() - screen_rect.bottom(), 0.0
        )
        if dx or dy:
            self.pan(QPoint(round(dx), round(dy)))

    def to_graph(self, at: QPointF) -> QPointF:
        return (at + QPointF(self.corner)) / self.scale

    def to_screen_rect(self, rect: QRectF) -> QRectF:
        scale = self.scale
        return QRectF(
            rect.x() * scale - self.corner.x(),
            rect.y() * scale - self.corner.y(),
            rect.width() * scale,
            rect.height() * scale,
        )

    def to_graph_rect(self, rect: QRectF) -> QRectF:
        """Returns the part of the graph that a rectangle of the view shows."""
        return QRectF(self.to_graph(rect.topLeft()), self.to_graph(rect.bottomRight()))

    def _align(self, point: QPointF, at: QPointF) -> None:
        """Moves so that the graph point `point` is at the view position `at`."""
        self.corner = (point * self.scale - at).toPoint()
        self._clamp_corner()

    def _clamp_corner(self) -> None:
        """Limits the corner so that a part of the graph always stays visible."""
        x, y = self.corner.x(), self.corner.y()
        graph = QRectF(
            self._graph_rect.topLeft() * self.scale, self._graph_rect.size() * self.scale
        )
        min_visible = min(_MIN_VISIBLE, self._view_size.width() / 2)
        left, right = (
            graph.left() - self._view_size.width() + min_visible,
            graph.right() - min_visible,
        )
        min_visible = min(_MIN_VISIBLE, self._view_size.height() / 2)
        top, bottom = (
            graph.top() - self._view_size.height() + min_visible,
            graph.bottom() - min_visible,
        )
        self.corner = QPoint(round(min(max(x, left), right)), round(min(max(y, top), bottom)))
