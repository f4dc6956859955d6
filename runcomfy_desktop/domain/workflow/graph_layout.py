"""Places every node of a workflow in columns from left to right, in the order of work.

Pure and bounded: a graph of 5,000 nodes takes a second or two, so call it on a worker thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.workflow.graph_layers import GraphLayers, assign_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Space between columns, between nodes of a column, and around the bend of a link.
_COLUMN_GAP, _NODE_GAP, _BEND_GAP = 48, 20, 10
_ROUNDS = 8
_MAX_STEPS = 400_000
# Weight for keeping a link level; highest for a trunk that runs through columns.
_NODE_PULL, _BEND_PULL = 1.0, 6.0
# Aspect ratio when parts are packed: a graph view is wider than high.
_ASPECT = 3.0


class NodeSize(NamedTuple):
    """Size of a node or of a part of the graph."""

    width: float
    height: float


class LayoutPoint(NamedTuple):
    """Position in the layout; y grows downwards."""

    x: float
    y: float


class LinkBranch(NamedTuple):
    """End of a link: it leaves its trunk at the point `trunk_index`, and ends at `end`."""

    trunk_index: int
    end: LayoutPoint


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """Positions of nodes (their top left corners) and routes of links.

    All links of a node begin as one trunk: at the node's right side, then two points for each
    column that is passed, where the trunk enters and where it leaves. Each link branches off at one
    of the points.
    """

    size: NodeSize
    positions: Mapping[str, LayoutPoint]
    trunks: Mapping[str, tuple[LayoutPoint, ...]]
    branches: Mapping[tuple[str, str], LinkBranch]


def layout_graph(sizes: Mapping[str, NodeSize], links: Iterable[tuple[str, str]]) -> GraphLayout:
    """Returns the layout of nodes and links; links to or from missing nodes are left out."""
    known = {
        (source, target): None
        for source, target in links
        if source in sizes and target in sizes and source != target
    }
    blocks = [
        _LayoutBlock(sizes, nodes, pairs) for nodes, pairs in _connected_components(sizes, known)
    ]
    corners, whole = _pack([block.size for block in blocks])
    positions: dict[str, LayoutPoint] = {}
    trunks: dict[str, tuple[LayoutPoint, ...]] = {}
    branches: dict[tuple[str, str], LinkBranch] = {}
    for block, corner in zip(blocks, corners, strict=True):
        for name, position in block.positions().items():
            positions[name] = _translated(position, corner)
        for name, points in block.trunks().items():
            trunks[name] = tuple(_translated(point, corner) for point in points)
        for pair, (trunk_index, end) in block.branches().items():
            branches[pair] = LinkBranch(trunk_index, _translated(end, corner))
    return GraphLayout(whole, {name: positions[name] for name in sizes}, trunks, branches)


def _translated(point: LayoutPoint, by: LayoutPoint) -> LayoutPoint:
    return LayoutPoint(point.x + by.x, point.y + by.y)


def _connected_components(
    names: Iterable[str], links: Iterable[tuple[str, str]]
) -> list[tuple[list[str], list[tuple[str, str]]]]:
    """Returns the groups of nodes connected directly or indirectly by links, each with its
    links."""
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    links = list(links)
    for source, target in links:
        root[find(target)] = find(source)
    components: dict[str, tuple[list[str], list[tuple[str, str]]]] = {}
    for name in root:
        components.setdefault(find(name), ([], []))[0].append(name)
    for pair in links:
        components[find(pair[0])][1].append(pair)
    return list(components.values())


class _LayoutBlock:
    """Part of the graph that is laid out by itself."""

    def __init__(
        self, sizes: Mapping[str, NodeSize], names: list[str], links: list[tuple[str, str]]
    ) -> None:
        self._names = names
        self._links = links
        self._sizes = [sizes[name] for name in names]
        self._index_of = {name: at for at, name in enumerate(names)}
        pairs = [(self._index_of[source], self._index_of[target]) for source, target in links]
        self._layers = assign_layers(len(names), pairs)
        self._column_left, self._column_widths = self._column_edges()
        bends = len(self._layers.column_of) - len(names)
        heights = [*(size.height for size in self._sizes), *[0.0] * bends]
        centers = _vertical_centers(self._layers, heights)
        pairs_of_y = list(zip(centers, heights, strict=True))
        top = min((middle - height / 2 for middle, height in pairs_of_y), default=0.0)
        bottom = max((middle + height / 2 for middle, height in pairs_of_y), default=0.0)
        self._centers = [middle - top for middle in centers]
        width = self._column_left[-1] + self._column_widths[-1] if self._column_left else 0.0
        self.size = NodeSize(width, bottom - top)

    def positions(self) -> dict[str, LayoutPoint]:
        columns = self._layers.column_of
        tops = [y - size.height / 2 for y, size in zip(self._centers, self._sizes, strict=False)]
        left = self._column_left
        return {n: LayoutPoint(left[columns[at]], tops[at]) for n, at in self._index_of.items()}

    def trunks(self) -> dict[str, list[LayoutPoint]]:
        sources = {source: self._index_of[source] for source, _target in self._links}
        return {name: self._trunk(at) for name, at in sources.items()}

    def branches(self) -> dict[tuple[str, str], LinkBranch]:
        return {pair: self._branch(*map(self._index_of.__getitem__, pair)) for pair in self._links}

    def _trunk(self, source: int) -> list[LayoutPoint]:
        columns = self._layers.column_of
        right = self._column_left[columns[source]] + self._sizes[source].width
        points = [LayoutPoint(right, self._centers[source])]
        for bend in self._layers.trunks.get(source, ()):
            left, y = self._column_left[columns[bend]], self._centers[bend]
            right = left + self._column_widths[columns[bend]]
            points += [LayoutPoint(left, y), LayoutPoint(right, y)]
        return points

    def _branch(self, source: int, target: int) -> LinkBranch:
        columns = self._layers.column_of
        passed = columns[target] - columns[source] - 1
        bends = len(self._layers.trunks.get(source, ()))
        end = LayoutPoint(self._column_left[columns[target]], self._centers[target])
        return LinkBranch(2 * passed if 0 < passed <= bends else 0, end)

    def _column_edges(self) -> tuple[list[float], list[float]]:
        """Returns the left side and width of each column."""
        left, widths, x = [], [], 0.0
        for column in self._layers.columns:
            nodes = [self._sizes[each].width for each in column if each < len(self._names)]
            left.append(x)
            widths.append(max(nodes, default=0.0))
            x += widths[-1] + _COLUMN_GAP
        return left, widths


def _vertical_centers(layers: GraphLayers, heights: list[float]) -> list[float]:
    """Returns the vertical centre of each node and bend, level with its neighbours if possible."""
    centers = [0.0] * len(heights)
    columns = [
        (column, _column_offsets(column, layers.count, heights)) for column in layers.columns
    ]
    for column, offsets in columns:
        for node, offset in zip(column, offsets, strict=True):
            centers[node] = offset - offsets[-1] / 2
    steps = sum(map(len, layers.successors)) + len(heights)
    rounds = max(2, min(_ROUNDS, _MAX_STEPS // max(steps, 1)))
    for _round in range(rounds):
        for column, offsets in columns:
            _align_column(column, offsets, layers.predecessors, layers.count, centers)
        for column, offsets in reversed(columns):
            _align_column(column, offsets, layers.successors, layers.count, centers)
    return centers


def _column_offsets(column: list[int], count: int, heights: list[float]) -> list[float]:
    """Returns the minimum distance of each item of a column below the first one."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        is_bend = upper >= count or lower >= count
        gap = _BEND_GAP if is_bend else _NODE_GAP
        offsets.append(offsets[-1] + (heights[upper] + heights[lower]) / 2 + gap)
    return offsets


def _align_column(
    column: list[int],
    offsets: list[float],
    sides: list[list[int]],
    count: int,
    centers: list[float],
) -> None:
    """Moves a column as close as possible to the positions wanted by the neighbours on one side.

    Order and minimum distances are kept. The result is the best increasing sequence, found by
    pooling neighbours that contradict one another.
    """
    pools: list[tuple[float, float, int]] = []  # target, weight, count
    for node, offset in zip(column, offsets, strict=True):
        near = sides[node]
        pull = _BEND_PULL if near and (node >= count) else _NODE_PULL
        wanted = _closest_median(centers[node], [centers[each] for each in near])
        target, weight, pooled_count = wanted - offset, pull if near else 0.1, 1
        while pools and pools[-1][0] > target:
            other, last_weight, last_count = pools.pop()
            target = (target * weight + other * last_weight) / (weight + last_weight)
            weight, pooled_count = weight + last_weight, pooled_count + last_count
        pools.append((target, weight, pooled_count))
    at = 0
    for target, _weight, pooled_count in pools:
        for _each in range(pooled_count):
            centers[column[at]] = target + offsets[at]
            at += 1


def _closest_median(now: float, wanted: list[float]) -> float:
    """Returns the median of the wanted positions; between two of them, the one nearest to `now`."""
    if not wanted:
        return now
    wanted.sort()
    half = len(wanted) // 2
    low, high = wanted[half if len(wanted) % 2 else half - 1], wanted[half]
    return min(max(now, low), high)


def _pack(sizes: list[NodeSize]) -> tuple[list[LayoutPoint], NodeSize]:
    """Returns corners for unconnected parts: packed in rows, the tallest first."""
    padded = [NodeSize(size.width + _COLUMN_GAP, size.height + 2 * _NODE_GAP) for size in sizes]
    area = sum(size.width * size.height for size in padded)
    widest = max((size.width for size in padded), default=0.0)
    row_width = max(widest, (area * _ASPECT) ** 0.5)
    corners = [LayoutPoint(0.0, 0.0)] * len(sizes)
    x = y = row_height = 0.0
    for at in sorted(range(len(padded)), key=lambda each: -padded[each].height):
        if x and x + padded[at].width > row_width:
            x, y, row_height = 0.0, y + row_height, 0.0
        corners[at] = LayoutPoint(x, y)
        x, row_height = x + padded[at].width, max(row_height, padded[at].height)
    right = max((c.x + s.width for c, s in zip(corners, sizes, strict=True)), default=0.0)
    bottom = max((c.y + s.height for c, s in zip(corners, sizes, strict=True)), default=0.0)
    return corners, NodeSize(right, bottom)
