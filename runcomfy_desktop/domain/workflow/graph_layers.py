"""Sorts a graph into columns from left to right, and each column so that few links cross.

Nodes are numbers here. A link over several columns gets a bend in each column between, so that it
has its own place there; all long links of one node share their bends, as one trunk.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass

# Bends slow down a graph with many long links; links that would exceed the limit are left out.
MAX_BENDS = 15_000
# Limit on sorting steps, one per link and sweep: it bounds the time for a large graph.
_MAX_STEPS = 400_000
_MAX_SWEEPS = 24


@dataclass(frozen=True, slots=True)
class GraphLayers:
    """Nodes and bends (numbers from `count` on) in columns.

    `successors` and `predecessors` connect neighbouring columns only. `trunks` has the bends of a
    node, starting in the column after it.
    """

    count: int
    columns: list[list[int]]
    column_of: list[int]
    successors: list[list[int]]
    predecessors: list[list[int]]
    trunks: dict[int, list[int]]


def assign_layers(count: int, links: list[tuple[int, int]]) -> GraphLayers:
    """Puts `count` nodes into columns and sorts them.

    `links` are distinct pairs of different nodes. A link that would close a cycle is left out, and
    so is one too long for bends.
    """
    forward = _without_cycles(count, links)
    column_of = _assign_columns(count, forward)
    layers = _add_bends(count, forward, column_of)
    _order_columns(layers)
    return layers


def _neighbours(count: int, links: list[tuple[int, int]]) -> tuple[list[list[int]], ...]:
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        after[source].append(target)
        before[target].append(source)
    return after, before


def _without_cycles(count: int, links: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the links, except those that lead back into the current walk."""
    after, before = _neighbours(count, links)
    forward: list[tuple[int, int]] = []
    fresh, open_, done = 0, 1, 2
    state = [fresh] * count
    starts = [node for node in range(count) if not before[node]]
    for start in (*starts, *range(count)):
        if state[start] != fresh:
            continue
        state[start] = open_
        stack = [(start, iter(after[start]))]
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                state[node] = done
                stack.pop()
                continue
            if state[target] != open_:
                forward.append((node, target))
            if state[target] == fresh:
                state[target] = open_
                stack.append((target, iter(after[target])))
    return forward


def _assign_columns(count: int, links: list[tuple[int, int]]) -> list[int]:
    """Returns the column of each node: as far left as the nodes before it allow.

    A node with more successors than predecessors, above all a loader, then moves right, next to the
    first node that uses it.
    """
    after, before = _neighbours(count, links)
    missing = [len(each) for each in before]
    order = [node for node in range(count) if not missing[node]]
    column = [0] * count
    for node in order:
        for target in after[node]:
            column[target] = max(column[target], column[node] + 1)
            missing[target] -= 1
            if not missing[target]:
                order.append(target)
    for node in reversed(order):
        if after[node] and len(before[node]) < len(after[node]):
            column[node] = min(column[target] for target in after[node]) - 1
    return column


def _add_bends(count: int, links: list[tuple[int, int]], column_of: list[int]) -> GraphLayers:
    span = _max_bent_span(links, column_of)
    columns: list[list[int]] = [[] for _ in range(max(column_of, default=-1) + 1)]
    for node in range(count):
        columns[column_of[node]].append(node)
    column_by_node = list(column_of)
    trunks: dict[int, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for source, target in links:
        length = column_of[target] - column_of[source]
        if length > span:
            continue
        trunk = trunks.setdefault(source, []) if length > 1 else []
        while len(trunk) < length - 1:
            bend, column = len(column_by_node), column_of[source] + len(trunk) + 1
            pairs.append((trunk[-1] if trunk else source, bend))
            trunk.append(bend)
            column_by_node.append(column)
            columns[column].append(bend)
        pairs.append((trunk[length - 2] if length > 1 else source, target))
    after, before = _neighbours(len(column_by_node), pairs)
    return GraphLayers(count, columns, column_by_node, after, before, trunks)


def _max_bent_span(links: list[tuple[int, int]], column_of: list[int]) -> int:
    """Returns the maximum length of a link, in columns, that keeps the bends within MAX_BENDS."""
    span = max((column_of[target] - column_of[source] for source, target in links), default=0)
    while span > 1:
        longest: dict[int, int] = {}
        for source, target in links:
            length = column_of[target] - column_of[source]
            if longest.get(source, 0) < length <= span:
                longest[source] = length
        if sum(longest.values()) - len(longest) <= MAX_BENDS:
            break
        span = span * 2 // 3
    return span


# The order within the columns


def _order_columns(layers: GraphLayers) -> None:
    """Sweeps back and forth, sorting columns by the mean of neighbours; keeps the best order."""
    columns = layers.columns
    _initial_order(layers)
    positions = [0] * len(layers.column_of)
    _store_positions(columns, positions)
    steps = sum(map(len, layers.successors)) + len(positions)
    sweeps = max(2, min(_MAX_SWEEPS, _MAX_STEPS // max(steps, 1)))
    best, crossings = [list(each) for each in columns], _crossings(layers, positions)
    for sweep in range(sweeps):
        if not crossings:
            break
        _sweep(layers, positions, rightwards=sweep % 2 == 0)
        now = _crossings(layers, positions)
        if now < crossings:
            best, crossings = [list(each) for each in columns], now
    columns[:] = best
    if crossings and steps < _MAX_STEPS // _MAX_SWEEPS:
        _store_positions(columns, positions)
        _swap_neighbours(layers, positions)


def _initial_order(layers: GraphLayers) -> None:
    """Sets the initial order by a walk along the links, which keeps connected nodes together."""
    columns: list[list[int]] = [[] for _ in layers.columns]
    visited = [False] * len(layers.column_of)
    for start in layers.columns[0] if layers.columns else ():
        _visit(layers, start, visited, columns)
    for column in layers.columns:
        for node in column:
            _visit(layers, node, visited, columns)
    layers.columns[:] = columns


def _visit(layers: GraphLayers, start: int, visited: list[bool], columns: list[list[int]]) -> None:
    pending = [start]
    while pending:
        node = pending.pop()
        if visited[node]:
            continue
        visited[node] = True
        columns[layers.column_of[node]].append(node)
        pending += reversed(layers.successors[node])


def _store_positions(columns: list[list[int]], positions: list[int]) -> None:
    for column in columns:
        for position, node in enumerate(column):
            positions[node] = position


def _sweep(layers: GraphLayers, positions: list[int], *, rightwards: bool) -> None:
    columns = layers.columns if rightwards else layers.columns[::-1]
    sides = layers.predecessors if rightwards else layers.successors
    for column in columns[1:]:
        wanted = {}
        for node in column:
            # Without neighbours on this side a node stays about where it is.
            near = sides[node] or [node]
            wanted[node] = sum(positions[each] for each in near) / len(near)
        column.sort(key=wanted.__getitem__)
        _store_positions([column], positions)


def _crossings(layers: GraphLayers, positions: list[int]) -> int:
    """Returns the number of pairs of links that cross."""
    total = 0
    for column in layers.columns:
        ends_above: list[int] = []
        for node in column:
            ends = sorted(positions[each] for each in layers.successors[node])
            total += sum(len(ends_above) - bisect_right(ends_above, end) for end in ends)
            for end in ends:
                insort(ends_above, end)
    return total


def _swap_neighbours(layers: GraphLayers, positions: list[int]) -> None:
    """Swaps neighbours in a column wherever that reduces the crossings."""
    for _round in range(8):
        is_better = False
        for column in layers.columns:
            for at in range(len(column) - 1):
                upper, lower = column[at], column[at + 1]
                gain = _swap_gain(layers.predecessors, positions, upper, lower)
                if gain + _swap_gain(layers.successors, positions, upper, lower) > 0:
                    column[at], column[at + 1] = lower, upper
                    positions[upper], positions[lower] = at + 1, at
                    is_better = True
        if not is_better:
            return


def _swap_gain(sides: list[list[int]], positions: list[int], upper: int, lower: int) -> int:
    """Returns the number of crossings saved when `lower` is placed above `upper`."""
    ends = [positions[each] for each in sides[lower]]
    gain = 0
    for position in (positions[each] for each in sides[upper]):
        for end in ends:
            gain += (end < position) - (end > position)
    return gain
