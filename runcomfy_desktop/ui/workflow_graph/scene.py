"""The laid out graph as boxes and curves, with a search for the items in a given area.

The search uses vertical stripes: every curve except those that close a cycle runs between two
columns, so a stripe holds only a few items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runcomfy_desktop.domain.workflow.graph_layout import GraphLayout, LayoutPoint, NodeSize

_STRIPE_WIDTH = 512.0
# An item in more stripes than this is checked on every search instead.
_MAX_STRIPES = 32
_MIN_CONTROL_OFFSET = 40.0


class LinkSegment(NamedTuple):
    """Piece of one or more links: a level piece runs through a column, other pieces are curves."""

    start: QPointF
    end: QPointF
    is_level: bool


class GraphScene:
    """Boxes by node id, and link segments by number; a scene may be empty."""

    def __init__(self, layout: GraphLayout, node_size: NodeSize) -> None:
        self.boxes = {
            node_id: QRectF(position.x, position.y, node_size.width, node_size.height)
            for node_id, position in layout.positions.items()
        }
        self.rect = QRectF(0, 0, layout.size.width, layout.size.height)
        self.segments: list[LinkSegment] = []
        self._trunks: dict[str, range] = {}
        self._branches: dict[tuple[str, str], tuple[int, int]] = {}
        self._add_segments(layout)
        self._box_index = _StripeIndex((box, node_id) for node_id, box in self.boxes.items())
        self._segment_index = _StripeIndex(
            (_bounds(each), at) for at, each in enumerate(self.segments)
        )
        self.targets: dict[str, list[str]] = {}
        self.sources: dict[str, list[str]] = {}
        for source, target in layout.branches:
            self.targets.setdefault(source, []).append(target)
            self.sources.setdefault(target, []).append(source)

    def nodes_in(self, area: QRectF) -> list[str]:
        return self._box_index.intersecting(area)

    def node_at(self, at: QPointF) -> str | None:
        """Returns the node under a point; None if there is none ("" is a valid node id)."""
        return next(iter(self.nodes_in(QRectF(at.x(), at.y(), 0.0, 0.0))), None)

    def segments_in(self, area: QRectF) -> list[int]:
        return self._segment_index.intersecting(area)

    def segments_of(self, links: Iterable[tuple[str, str]]) -> set[int]:
        """Returns the segments of the given links."""
        found: set[int] = set()
        for source, target in links:
            branch, trunk_index = self._branches.get((source, target), (-1, 0))
            if branch >= 0:
                found.add(branch)
                found.update(self._trunks[source][:trunk_index])
        return found

    def links_of(self, node_id: str) -> Iterator[tuple[str, str]]:
        """Yields all links to and from a node."""
        yield from ((source, node_id) for source in self.sources.get(node_id, ()))
        yield from ((node_id, target) for target in self.targets.get(node_id, ()))

    def segments_path(self, numbers: Iterable[int]) -> QPainterPath:
        """Returns the segments as one path; consecutive segments of a trunk form one line."""
        path, at = QPainterPath(), QPointF()
        for number in sorted(numbers):
            start, end, is_level = self.segments[number]
            if start != at or path.isEmpty():
                path.moveTo(start)
            at = end
            if is_level or start.y() == end.y():
                path.lineTo(end)
            else:
                offset = _control_offset(start, end)
                path.cubicTo(
                    QPointF(start.x() + offset, start.y()), QPointF(end.x() - offset, end.y()), end
                )
        return path

    def neighbour(self, node_id: str, dx: int, dy: int) -> str | None:
        """Returns the node that an arrow key leads to; None if there is none.

        Left and right follow the links; up and down lead to the nearest node above or below.
        """
        if dx:
            linked = (self.targets if dx > 0 else self.sources).get(node_id, ())
            return min(linked, key=lambda each: self._distance(node_id, each), default=None)
        here = self.boxes[node_id].center()
        candidates = (
            other
            for other, box in self.boxes.items()
            if (box.center().y() - here.y()) * dy > 0
            and box.left() < self.boxes[node_id].right()
            and box.right() > self.boxes[node_id].left()
        )
        return min(candidates, key=lambda each: self._distance(node_id, each), default=None)

    def _distance(self, one: str, other: str) -> float:
        a, b = self.boxes[one].center(), self.boxes[other].center()
        return abs(a.y() - b.y()) + abs(a.x() - b.x()) / 4

    def _add_segments(self, layout: GraphLayout) -> None:
        points = {
            source: [_point(each) for each in trunk] for source, trunk in layout.trunks.items()
        }
        needed: dict[str, int] = {}
        for (source, _target), branch in layout.branches.items():
            needed[source] = max(needed.get(source, 0), branch.trunk_index)
        for source, trunk in points.items():
            first = len(self.segments)
            for index in range(needed.get(source, 0)):
                self.segments.append(
                    LinkSegment(trunk[index], trunk[index + 1], is_level=index % 2 == 1)
                )
            self._trunks[source] = range(first, len(self.segments))
        for pair, branch in layout.branches.items():
            self._branches[pair] = (len(self.segments), branch.trunk_index)
            start = points[pair[0]][branch.trunk_index]
            self.segments.append(LinkSegment(start, _point(branch.end), is_level=False))


class _StripeIndex:
    """Finds items by their position."""

    def __init__(self, rects: Iterable[tuple[QRectF, object]]) -> None:
        self._stripes: dict[int, list[tuple[float, float, float, float, object]]] = {}
        self._wide: list[tuple[float, float, float, float, object]] = []
        for rect, item in rects:
            entry = (rect.left(), rect.right(), rect.top(), rect.bottom(), item)
            first, last = int(rect.left() // _STRIPE_WIDTH), int(rect.right() // _STRIPE_WIDTH)
            if last - first > _MAX_STRIPES:
                self._wide.append(entry)
                continue
            for stripe in range(first, last + 1):
                self._stripes.setdefault(stripe, []).append(entry)

    def intersecting(self, area: QRectF) -> list:  # type: ignore[type-arg]
        first, last = int(area.left() // _STRIPE_WIDTH), int(area.right() // _STRIPE_WIDTH)
        stripes = [self._wide]
        stripes += [self._stripes[at] for at in range(first, last + 1) if at in self._stripes]
        left, right, top, bottom = area.left(), area.right(), area.top(), area.bottom()
        # A dictionary removes duplicates of items that are in two stripes.
        return list(
            {
                item: None
                for stripe in stripes
                for x1, x2, y1, y2, item in stripe
                if x1 <= right and x2 >= left and y1 <= bottom and y2 >= top
            }
        )


def _point(point: LayoutPoint) -> QPointF:
    return QPointF(point.x, point.y)


def _control_offset(start: QPointF, end: QPointF) -> float:
    """Returns how far a curve extends before it turns; a backward link makes a wider turn."""
    distance = end.x() - start.x()
    return (
        max(distance / 2, _MIN_CONTROL_OFFSET)
        if distance > 0
        else min(-distance / 2, 4 * _MIN_CONTROL_OFFSET) + _MIN_CONTROL_OFFSET
    )


def _bounds(segment: LinkSegment) -> QRectF:
    rect = QRectF(segment.start, segment.end).normalized()
    offset = (
        0.0 if segment.end.x() > segment.start.x() else _control_offset(segment.start, segment.end)
    )
    return rect.adjusted(-offset, -1, offset, 1)
