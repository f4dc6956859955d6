"""Which part of the graph is seen, and how large. Plain arithmetic.

The corner is kept in whole pixels of the screen, so that what is painted can be moved.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize

LARGEST = 2.0
_SMALLEST = 0.1
_MARGIN = 16
# How much of it cannot be moved out of sight.
_KEPT = 64


class Camera:
    """`scale` is pixels of the screen for one unit of the graph."""

    def __init__(self) -> None:
        self.scale = 1.0
        self.corner = QPoint()
        self.is_fitted = True
        self._graph = QRectF()
        self._room = QSize()

    def set_graph(self, rect: QRectF) -> None:
        self._graph = rect
        self._keep_in()

    def set_room(self, room: QSize) -> None:
        """The place has another size; what was fitted still is."""
        middle = self.to_graph(QPointF(self._room.width() / 2, self._room.height() / 2))
        self._room = room
        if self.is_fitted:
            self.fit()
        else:
            self._put(middle, QPointF(room.width() / 2, room.height() / 2))

    def fit(self) -> None:
        """All of it, but never larger than it is."""
        self.scale = min(self.fitting_scale(), 1.0)
        self.is_fitted = True
        self._put(self._graph.center(), QPointF(self._room.width() / 2, self._room.height() / 2))

    def fitting_scale(self) -> float:
        width = max(self._room.width() - 2 * _MARGIN, 1)
        height = max(self._room.height() - 2 * _MARGIN, 1)
        if self._graph.isEmpty():
            return 1.0
        return min(width / self._graph.width(), height / self._graph.height())

    def zoom_to(self, scale: float, at: QPointF) -> None:
        """Another scale; the point `at` of the place keeps what it shows."""
        least = min(_SMALLEST, self.fitting_scale())
        under = self.to_graph(at)
        self.scale = min(max(scale, least), LARGEST)
        self.is_fitted = False
        self._put(under, at)

    def pan(self, by: QPoint) -> None:
        """Moves the graph over the place, as far as the graph goes."""
        self.corner = self.corner - by
        self.is_fitted = False
        self._keep_in()

    def bring_in(self, rect: QRectF) -> None:
        """Moves as little as is needed to show a part with some room around it."""
        seen = self.to_screen(rect).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        dx = max(-seen.left(), 0.0) or min(self._room.width() - seen.right(), 0.0)
        dy = max(-seen.top(), 0.0) or min(self._room.height() - seen.bottom(), 0.0)
        if dx or dy:
            self.pan(QPoint(round(dx), round(dy)))

    def to_graph(self, at: QPointF) -> QPointF:
        return (at + QPointF(self.corner)) / self.scale

    def to_screen(self, rect: QRectF) -> QRectF:
        scale = self.scale
        return QRectF(
            rect.x() * scale - self.corner.x(),
            rect.y() * scale - self.corner.y(),
            rect.width() * scale,
            rect.height() * scale,
        )

    def part(self, rect: QRectF) -> QRectF:
        """What of the graph a rectangle of the place shows."""
        return QRectF(self.to_graph(rect.topLeft()), self.to_graph(rect.bottomRight()))

    def _put(self, point: QPointF, at: QPointF) -> None:
        """Moves so that `point` of the graph is seen at `at`."""
        self.corner = (point * self.scale - at).toPoint()
        self._keep_in()

    def _keep_in(self) -> None:
        """A part of the graph always stays in sight."""
        x, y = self.corner.x(), self.corner.y()
        graph = QRectF(self._graph.topLeft() * self.scale, self._graph.size() * self.scale)
        kept = min(_KEPT, self._room.width() / 2)
        left, right = graph.left() - self._room.width() + kept, graph.right() - kept
        kept = min(_KEPT, self._room.height() / 2)
        top, bottom = graph.top() - self._room.height() + kept, graph.bottom() - kept
        self.corner = QPoint(round(min(max(x, left), right)), round(min(max(y, top), bottom)))
