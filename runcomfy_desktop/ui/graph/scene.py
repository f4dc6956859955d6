"""The laid out graph as shapes: boxes and curves, and which of them lie in a part of the plane.

Shapes are found by stripes of the plane from left to right: every curve but those that close a
circle runs between two columns, so a stripe holds few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runcomfy_desktop.domain.graph_layout import Layout, Point, Size

_STRIPE = 512.0
# What lies in more stripes than this is looked at each time instead.
_WIDE = 32
_LEAST_BOW = 40.0


class Strand(NamedTuple):
    """A piece of one or more links. Level pieces run through a column, others swing."""

    start: QPointF
    end: QPointF
    is_level: bool


class Scene:
    """Boxes by node id, and strands by number. An empty one has neither."""

    def __init__(self, layout: Layout, node: Size) -> None:
        self.boxes = {
            node_id: QRectF(place.x, place.y, node.width, node.height)
            for node_id, place in layout.places.items()
        }
        self.rect = QRectF(0, 0, layout.size.width, layout.size.height)
        self.strands: list[Strand] = []
        self._trunks: dict[str, range] = {}
        self._branches: dict[tuple[str, str], tuple[int, int]] = {}
        self._add_strands(layout)
        self._boxes_in = _Stripes((box, node_id) for node_id, box in self.boxes.items())
        self._strands_in = _Stripes((_bounds(each), at) for at, each in enumerate(self.strands))
        self.after: dict[str, list[str]] = {}
        self.before: dict[str, list[str]] = {}
        for source, target in layout.branches:
            self.after.setdefault(source, []).append(target)
            self.before.setdefault(target, []).append(source)

    def boxes_in(self, part: QRectF) -> list[str]:
        return self._boxes_in.found(part)

    def node_at(self, at: QPointF) -> str | None:
        """The node under a point, None where there is none; "" is a name like others."""
        return next(iter(self.boxes_in(QRectF(at.x(), at.y(), 0.0, 0.0))), None)

    def strands_in(self, part: QRectF) -> list[int]:
        return self._strands_in.found(part)

    def strands_of(self, links: Iterable[tuple[str, str]]) -> set[int]:
        """The strands that some links consist of."""
        found: set[int] = set()
        for source, target in links:
            branch, leaves = self._branches.get((source, target), (-1, 0))
            if branch >= 0:
                found.add(branch)
                found.update(self._trunks[source][:leaves])
        return found

    def links_of(self, node_id: str) -> Iterator[tuple[str, str]]:
        """All links to and from a node."""
        yield from ((source, node_id) for source in self.before.get(node_id, ()))
        yield from ((node_id, target) for target in self.after.get(node_id, ()))

    def curves(self, numbers: Iterable[int]) -> QPainterPath:
        """Strands as one path; what belongs to one trunk is one line."""
        path, at = QPainterPath(), QPointF()
        for number in sorted(numbers):
            start, end, is_level = self.strands[number]
            if start != at or path.isEmpty():
                path.moveTo(start)
            at = end
            if is_level or start.y() == end.y():
                path.lineTo(end)
            else:
                bow = _bow(start, end)
                path.cubicTo(
                    QPointF(start.x() + bow, start.y()), QPointF(end.x() - bow, end.y()), end
                )
        return path

    def neighbour(self, node_id: str, dx: int, dy: int) -> str | None:
        """The node that an arrow key leads to: along the links to the sides, else the nearest
        above or below; None when there is none."""
        if dx:
            linked = (self.after if dx > 0 else self.before).get(node_id, ())
            return min(linked, key=lambda each: self._distance(node_id, each), default=None)
        here = self.boxes[node_id].center()
        beyond = (
            other
            for other, box in self.boxes.items()
            if (box.center().y() - here.y()) * dy > 0
            and box.left() < self.boxes[node_id].right()
            and box.right() > self.boxes[node_id].left()
        )
        return min(beyond, key=lambda each: self._distance(node_id, each), default=None)

    def _distance(self, one: str, other: str) -> float:
        a, b = self.boxes[one].center(), self.boxes[other].center()
        return abs(a.y() - b.y()) + abs(a.x() - b.x()) / 4

    def _add_strands(self, layout: Layout) -> None:
        points = {
            source: [_point(each) for each in trunk] for source, trunk in layout.trunks.items()
        }
        needed: dict[str, int] = {}
        for (source, _target), branch in layout.branches.items():
            needed[source] = max(needed.get(source, 0), branch.leaves)
        for source, trunk in points.items():
            first = len(self.strands)
            for at in range(needed.get(source, 0)):
                self.strands.append(Strand(trunk[at], trunk[at + 1], is_level=at % 2 == 1))
            self._trunks[source] = range(first, len(self.strands))
        for pair, branch in layout.branches.items():
            self._branches[pair] = (len(self.strands), branch.leaves)
            start = points[pair[0]][branch.leaves]
            self.strands.append(Strand(start, _point(branch.end), is_level=False))


class _Stripes:
    """Finds things by where they are."""

    def __init__(self, things: Iterable[tuple[QRectF, object]]) -> None:
        self._stripes: dict[int, list[tuple[float, float, float, float, object]]] = {}
        self._wide: list[tuple[float, float, float, float, object]] = []
        for rect, thing in things:
            entry = (rect.left(), rect.right(), rect.top(), rect.bottom(), thing)
            first, last = int(rect.left() // _STRIPE), int(rect.right() // _STRIPE)
            if last - first > _WIDE:
                self._wide.append(entry)
                continue
            for at in range(first, last + 1):
                self._stripes.setdefault(at, []).append(entry)

    def found(self, part: QRectF) -> list:  # type: ignore[type-arg]
        first, last = int(part.left() // _STRIPE), int(part.right() // _STRIPE)
        near = [self._wide]
        near += [self._stripes[at] for at in range(first, last + 1) if at in self._stripes]
        left, right, top, bottom = part.left(), part.right(), part.top(), part.bottom()
        # A dictionary, for what lies in two stripes.
        return list(
            {
                thing: None
                for stripe in near
                for x1, x2, y1, y2, thing in stripe
                if x1 <= right and x2 >= left and y1 <= bottom and y2 >= top
            }
        )


def _point(point: Point) -> QPointF:
    return QPointF(point.x, point.y)


def _bow(start: QPointF, end: QPointF) -> float:
    """How far a curve swings out before it turns; one that runs back goes around more."""
    way = end.x() - start.x()
    return max(way / 2, _LEAST_BOW) if way > 0 else min(-way / 2, 4 * _LEAST_BOW) + _LEAST_BOW


def _bounds(strand: Strand) -> QRectF:
    rect = QRectF(strand.start, strand.end).normalized()
    bow = 0.0 if strand.end.x() > strand.start.x() else _bow(strand.start, strand.end)
    return rect.adjusted(-bow, -1, bow, 1)
