"""Sorts a graph into columns from left to right, and each column so that few links cross.

Nodes are numbers here. A link over several columns gets a bend in each column between, so that it
has a place of its own there; all long links of one node share their bends, as one trunk.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass

# Bends are what a graph of many long links is slow by; links longer than fits go without.
MAX_BENDS = 15_000
# Steps of sorting, one for each link in each sweep: what bounds the time a large graph takes.
_STEPS = 400_000
_MOST_SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Layers:
    """Nodes and bends (numbers from `count` on) in columns.

    `after` and `before` join neighbouring columns only. `trunks` names the bends of a node, from
    the column after it on.
    """

    count: int
    columns: list[list[int]]
    column_of: list[int]
    after: list[list[int]]
    before: list[list[int]]
    trunks: dict[int, list[int]]


def layers_of(count: int, links: list[tuple[int, int]]) -> Layers:
    """Puts `count` nodes into columns and sorts them. `links` are pairs of different nodes, each
    once; one that would close a circle is left out, and so is one too long for bends."""
    forward = _without_circles(count, links)
    column_of = _columns(count, forward)
    layers = _with_bends(count, forward, column_of)
    _sort(layers)
    return layers


def _neighbours(count: int, links: list[tuple[int, int]]) -> tuple[list[list[int]], ...]:
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        after[source].append(target)
        before[target].append(source)
    return after, before


def _without_circles(count: int, links: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The links but those that lead back to where the walk came from."""
    after, before = _neighbours(count, links)
    kept: list[tuple[int, int]] = []
    fresh, open_, done = 0, 1, 2
    state = [fresh] * count
    starts = [node for node in range(count) if not before[node]]
    for start in (*starts, *range(count)):
        if state[start] != fresh:
            continue
        state[start] = open_
        walk = [(start, iter(after[start]))]
        while walk:
            node, ahead = walk[-1]
            target = next(ahead, None)
            if target is None:
                state[node] = done
                walk.pop()
                continue
            if state[target] != open_:
                kept.append((node, target))
            if state[target] == fresh:
                state[target] = open_
                walk.append((target, iter(after[target])))
    return kept


def _columns(count: int, links: list[tuple[int, int]]) -> list[int]:
    """The column of each node: as far left as what leads to it allows.

    A node that more is made of than it is made of, a loader above all, then moves right, close to
    the first that uses it.
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


def _with_bends(count: int, links: list[tuple[int, int]], column_of: list[int]) -> Layers:
    span = _longest_bent(links, column_of)
    columns: list[list[int]] = [[] for _ in range(max(column_of, default=-1) + 1)]
    for node in range(count):
        columns[column_of[node]].append(node)
    places = list(column_of)
    trunks: dict[int, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for source, target in links:
        way = column_of[target] - column_of[source]
        if way > span:
            continue
        trunk = trunks.setdefault(source, []) if way > 1 else []
        while len(trunk) < way - 1:
            bend, column = len(places), column_of[source] + len(trunk) + 1
            pairs.append((trunk[-1] if trunk else source, bend))
            trunk.append(bend)
            places.append(column)
            columns[column].append(bend)
        pairs.append((trunk[way - 2] if way > 1 else source, target))
    after, before = _neighbours(len(places), pairs)
    return Layers(count, columns, places, after, before, trunks)


def _longest_bent(links: list[tuple[int, int]], column_of: list[int]) -> int:
    """How many columns a link may cross so that all bends together are not too many."""
    span = max((column_of[target] - column_of[source] for source, target in links), default=0)
    while span > 1:
        longest: dict[int, int] = {}
        for source, target in links:
            way = column_of[target] - column_of[source]
            if longest.get(source, 0) < way <= span:
                longest[source] = way
        if sum(longest.values()) - len(longest) <= MAX_BENDS:
            break
        span = span * 2 // 3
    return span


# The order within the columns


def _sort(layers: Layers) -> None:
    """Sweeps to and fro, each column sorted by the middle of its neighbours; keeps the best."""
    columns = layers.columns
    _begin(layers)
    places = [0] * len(layers.column_of)
    _note(columns, places)
    steps = sum(map(len, layers.after)) + len(places)
    sweeps = max(2, min(_MOST_SWEEPS, _STEPS // max(steps, 1)))
    best, crossings = [list(each) for each in columns], _crossings(layers, places)
    for sweep in range(sweeps):
        if not crossings:
            break
        _sweep(layers, places, rightwards=sweep % 2 == 0)
        now = _crossings(layers, places)
        if now < crossings:
            best, crossings = [list(each) for each in columns], now
    columns[:] = best
    if crossings and steps < _STEPS // _MOST_SWEEPS:
        _note(columns, places)
        _exchange(layers, places)


def _begin(layers: Layers) -> None:
    """The first order is that of a walk along the links, which keeps together what is joined."""
    columns: list[list[int]] = [[] for _ in layers.columns]
    seen = [False] * len(layers.column_of)
    for start in layers.columns[0] if layers.columns else ():
        _walk(layers, start, seen, columns)
    for column in layers.columns:
        for node in column:
            _walk(layers, node, seen, columns)
    layers.columns[:] = columns


def _walk(layers: Layers, start: int, seen: list[bool], columns: list[list[int]]) -> None:
    ahead = [start]
    while ahead:
        node = ahead.pop()
        if seen[node]:
            continue
        seen[node] = True
        columns[layers.column_of[node]].append(node)
        ahead += reversed(layers.after[node])


def _note(columns: list[list[int]], places: list[int]) -> None:
    for column in columns:
        for place, node in enumerate(column):
            places[node] = place


def _sweep(layers: Layers, places: list[int], *, rightwards: bool) -> None:
    columns = layers.columns if rightwards else layers.columns[::-1]
    sides = layers.before if rightwards else layers.after
    for column in columns[1:]:
        wanted = {}
        for node in column:
            near = sides[node]
            # Without neighbours on this side a node stays about where it is.
            wanted[node] = sum(places[each] for each in near) / len(near) if near else places[node]
        column.sort(key=wanted.__getitem__)
        for place, node in enumerate(column):
            places[node] = place


def _crossings(layers: Layers, places: list[int]) -> int:
    """How many pairs of links cross."""
    total = 0
    for column in layers.columns:
        seen: list[int] = []
        for node in column:
            ends = sorted(places[each] for each in layers.after[node])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _exchange(layers: Layers, places: list[int]) -> None:
    """Exchanges neighbours in a column wherever that takes crossings away."""
    for _round in range(8):
        is_better = False
        for column in layers.columns:
            for at in range(len(column) - 1):
                upper, lower = column[at], column[at + 1]
                gain = _gain(layers.before, places, upper, lower)
                if gain + _gain(layers.after, places, upper, lower) > 0:
                    column[at], column[at + 1] = lower, upper
                    places[upper], places[lower] = at + 1, at
                    is_better = True
        if not is_better:
            return


def _gain(sides: list[list[int]], places: list[int], upper: int, lower: int) -> int:
    """Crossings that go, less those that come, when `lower` stands above `upper`."""
    ends = [places[each] for each in sides[lower]]
    gain = 0
    for place in (places[each] for each in sides[upper]):
        for end in ends:
            gain += (end < place) - (end > place)
    return gain
