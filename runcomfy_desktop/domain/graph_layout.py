"""Finds a place for every node of a workflow: columns from left to right, in the order of work.

Pure and bounded: a graph of 5,000 nodes takes a second or two, so a window asks on a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.graph_layers import Layers, layers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ROUNDS = 8
_MOST_STEPS = 400_000
# How much a link wants to be level: a trunk that runs through columns most of all.
_NODE_PULL, _BEND_PULL = 1.0, 6.0
# The shape of the whole when parts are packed: a place for graphs is wider than high.
_ASPECT = 3.0


class Size(NamedTuple):
    """How large something is."""

    width: float
    height: float


class Point(NamedTuple):
    """A place; y grows downwards."""

    x: float
    y: float


class Gaps(NamedTuple):
    """Room between columns, between nodes of a column, around the bend of a link."""

    across: float = 48
    down: float = 20
    bend: float = 10


GAPS = Gaps()


class Branch(NamedTuple):
    """The end of a link: it leaves its trunk at a point of that number, and ends at `end`."""

    leaves: int
    end: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """Where nodes lie (their top left corners) and how links run.

    All links of a node begin as one trunk: at its right side, then two points for each column that
    is passed, where the trunk enters and where it leaves. Each link branches off it somewhere.
    """

    size: Size
    places: Mapping[str, Point]
    trunks: Mapping[str, tuple[Point, ...]]
    branches: Mapping[tuple[str, str], Branch]


def lay_out(
    sizes: Mapping[str, Size], links: Iterable[tuple[str, str]], gaps: Gaps = GAPS
) -> Layout:
    """Lays out nodes, in their order; links to or from nodes that are not there are left out."""
    known = {
        (source, target): None
        for source, target in links
        if source in sizes and target in sizes and source != target
    }
    blocks = [_Block(sizes, nodes, pairs, gaps) for nodes, pairs in _parts(sizes, known)]
    corners, whole = _packed([block.size for block in blocks], gaps)
    places: dict[str, Point] = {}
    trunks: dict[str, tuple[Point, ...]] = {}
    branches: dict[tuple[str, str], Branch] = {}
    for block, corner in zip(blocks, corners, strict=True):
        for name, place in block.places().items():
            places[name] = _moved(place, corner)
        for name, points in block.trunks().items():
            trunks[name] = tuple(_moved(point, corner) for point in points)
        for pair, (leaves, end) in block.branches().items():
            branches[pair] = Branch(leaves, _moved(end, corner))
    return Layout(whole, {name: places[name] for name in sizes}, trunks, branches)


def _moved(point: Point, by: Point) -> Point:
    return Point(point.x + by.x, point.y + by.y)


def _parts(
    names: Iterable[str], links: Iterable[tuple[str, str]]
) -> list[tuple[list[str], list[tuple[str, str]]]]:
    """Nodes that are joined, over any number of links, with their links."""
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    links = list(links)
    for source, target in links:
        root[find(target)] = find(source)
    parts: dict[str, tuple[list[str], list[tuple[str, str]]]] = {}
    for name in root:
        parts.setdefault(find(name), ([], []))[0].append(name)
    for pair in links:
        parts[find(pair[0])][1].append(pair)
    return list(parts.values())


class _Block:
    """One part of the graph, laid out by itself."""

    def __init__(
        self,
        sizes: Mapping[str, Size],
        names: list[str],
        links: list[tuple[str, str]],
        gaps: Gaps,
    ) -> None:
        self._names = names
        self._links = links
        self._gaps = gaps
        self._sizes = [sizes[name] for name in names]
        self._number = {name: at for at, name in enumerate(names)}
        pairs = [(self._number[source], self._number[target]) for source, target in links]
        self._layers = layers_of(len(names), pairs)
        self._left, self._widths = self._across()
        self._middle = _levels(self._layers, self._heights(), gaps)
        tops = [
            middle - size.height / 2
            for middle, size in zip(self._middle, self._sizes, strict=False)
        ]
        top = min([*tops, *self._middle], default=0.0)
        self._middle = [middle - top for middle in self._middle]
        bottoms = [
            middle + size.height / 2
            for middle, size in zip(self._middle, self._sizes, strict=False)
        ]
        width = self._left[-1] + self._widths[-1] if self._left else 0.0
        self.size = Size(width, max([*bottoms, *self._middle], default=0.0))

    def places(self) -> dict[str, Point]:
        columns = self._layers.column_of
        return {
            name: Point(self._left[columns[at]], self._middle[at] - self._sizes[at].height / 2)
            for name, at in self._number.items()
        }

    def trunks(self) -> dict[str, list[Point]]:
        sources = {source: self._number[source] for source, _target in self._links}
        return {name: self._trunk(at) for name, at in sources.items()}

    def branches(self) -> dict[tuple[str, str], Branch]:
        return {pair: self._branch(*map(self._number.__getitem__, pair)) for pair in self._links}

    def _trunk(self, source: int) -> list[Point]:
        columns = self._layers.column_of
        right = self._left[columns[source]] + self._sizes[source].width
        points = [Point(right, self._middle[source])]
        for bend in self._layers.trunks.get(source, ()):
            left, y = self._left[columns[bend]], self._middle[bend]
            points += [Point(left, y), Point(left + self._widths[columns[bend]], y)]
        return points

    def _branch(self, source: int, target: int) -> Branch:
        columns = self._layers.column_of
        passed = columns[target] - columns[source] - 1
        bends = len(self._layers.trunks.get(source, ()))
        end = Point(self._left[columns[target]], self._middle[target])
        return Branch(2 * passed if 0 < passed <= bends else 0, end)

    def _heights(self) -> list[float]:
        bends = len(self._layers.column_of) - len(self._names)
        return [size.height for size in self._sizes] + [0.0] * bends

    def _across(self) -> tuple[list[float], list[float]]:
        """Left side and width of each column."""
        left, widths, x = [], [], 0.0
        for column in self._layers.columns:
            nodes = [self._sizes[each].width for each in column if each < len(self._names)]
            left.append(x)
            widths.append(max(nodes, default=0.0))
            x += widths[-1] + self._gaps.across
        return left, widths


def _levels(layers: Layers, heights: list[float], gaps: Gaps) -> list[float]:
    """How far down the middle of each node and bend is: level with its neighbours where it can."""
    middle = [0.0] * len(heights)
    apart = [_distances(column, layers.count, heights, gaps) for column in layers.columns]
    for column, offsets in zip(layers.columns, apart, strict=True):
        for node, offset in zip(column, offsets, strict=True):
            middle[node] = offset - offsets[-1] / 2
    steps = sum(map(len, layers.after)) + len(heights)
    rounds = max(2, min(_ROUNDS, _MOST_STEPS // max(steps, 1)))
    columns = list(zip(layers.columns, apart, strict=True))
    for _round in range(rounds):
        for column, offsets in columns:
            _level(column, offsets, layers.before, layers.count, middle)
        for column, offsets in reversed(columns):
            _level(column, offsets, layers.after, layers.count, middle)
    return middle


def _distances(column: list[int], count: int, heights: list[float], gaps: Gaps) -> list[float]:
    """How far each thing in a column is at least below the first."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        is_bend = upper >= count or lower >= count
        gap = gaps.bend if is_bend else gaps.down
        offsets.append(offsets[-1] + (heights[upper] + heights[lower]) / 2 + gap)
    return offsets


def _level(
    column: list[int],
    offsets: list[float],
    sides: list[list[int]],
    count: int,
    middle: list[float],
) -> None:
    """Moves a column as near as can be to where the neighbours on one side want it.

    The order and the distances stay; what is left is a best rising line, by pooling neighbours
    that contradict one another.
    """
    pools: list[tuple[float, float, int]] = []  # where, how much it pulls, how many
    for node, offset in zip(column, offsets, strict=True):
        near = sides[node]
        pull = _BEND_PULL if near and (node >= count) else _NODE_PULL
        wanted = _nearest(middle[node], [middle[each] for each in near])
        where, weight, many = wanted - offset, pull if near else 0.1, 1
        while pools and pools[-1][0] > where:
            other, its_weight, its_many = pools.pop()
            where = (where * weight + other * its_weight) / (weight + its_weight)
            weight, many = weight + its_weight, many + its_many
        pools.append((where, weight, many))
    at = 0
    for where, _weight, many in pools:
        for _each in range(many):
            middle[column[at]] = where + offsets[at]
            at += 1


def _nearest(now: float, wanted: list[float]) -> float:
    """The place in the middle of those wanted; between two of them, the nearest to `now`."""
    if not wanted:
        return now
    wanted.sort()
    half = len(wanted) // 2
    low, high = wanted[half if len(wanted) % 2 else half - 1], wanted[half]
    return min(max(now, low), high)


def _packed(sizes: list[Size], gaps: Gaps) -> tuple[list[Point], Size]:
    """Corners for parts that have nothing to do with each other: on shelves, the highest first."""
    room = [Size(size.width + gaps.across, size.height + 2 * gaps.down) for size in sizes]
    area = sum(size.width * size.height for size in room)
    widest = max((size.width for size in room), default=0.0)
    shelf = max(widest, (area * _ASPECT) ** 0.5)
    corners = [Point(0.0, 0.0)] * len(sizes)
    x = y = deep = 0.0
    for at in sorted(range(len(room)), key=lambda each: -room[each].height):
        if x and x + room[at].width > shelf:
            x, y, deep = 0.0, y + deep, 0.0
        corners[at] = Point(x, y)
        x, deep = x + room[at].width, max(deep, room[at].height)
    right = max((c.x + s.width for c, s in zip(corners, sizes, strict=True)), default=0.0)
    bottom = max((c.y + s.height for c, s in zip(corners, sizes, strict=True)), default=0.0)
    return corners, Size(right, bottom)
