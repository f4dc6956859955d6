"""Layout of a graph's nodes: readable for real graphs, bounded for absurd ones."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from runcomfy_desktop.domain.workflow.graph_layers import MAX_BENDS, assign_layers
from runcomfy_desktop.domain.workflow.graph_layout import (
    GraphLayout,
    LayoutPoint,
    NodeSize,
    layout_graph,
)
from runcomfy_desktop.domain.workflow.graph_paths import linked_nodes
from tests.support.workflow_files import read_workflow

_ROOT = Path(__file__).parents[4]
FILES = sorted((_ROOT / "resources" / "workflows").glob("*.json"))
FILES += sorted((_ROOT.parent / "shared" / "corpus" / "api").glob("*.json"))
NODE = NodeSize(160, 40)
Links = list[tuple[str, str]]


def laid_out(names: str | list[str], links: Links) -> GraphLayout:
    return layout_graph(dict.fromkeys(names, NODE), links)


def overlapping(layout: GraphLayout, sizes: dict[str, NodeSize]) -> list[tuple[str, str]]:
    """Returns pairs of nodes that overlap."""
    boxes = sorted((place.x, name) for name, place in layout.positions.items())
    found = []
    for at, (x, name) in enumerate(boxes):
        for other_x, other in boxes[at + 1 :]:
            if other_x >= x + sizes[name].width:
                break
            upper, lower = sorted((name, other), key=lambda each: layout.positions[each].y)
            if layout.positions[lower].y < layout.positions[upper].y + sizes[upper].height:
                found.append((name, other))
    return found


def tangle(count: int, seed: int = 1) -> tuple[list[str], Links]:
    """Returns a graph like a large workflow: most links are short, some are long."""
    dice = random.Random(seed)
    links: dict[tuple[str, str], None] = {}
    for at in range(1, count):
        for _each in range(dice.choice((1, 1, 2))):
            near = max(0, at - dice.randint(1, 30))
            links[str(near if dice.random() < 0.9 else dice.randrange(at)), str(at)] = None
    return [str(at) for at in range(count)], list(links)


def test_work_goes_from_left_to_right() -> None:
    layout = laid_out("abcd", [("a", "b"), ("b", "c"), ("a", "d"), ("d", "c")])
    x = {name: place.x for name, place in layout.positions.items()}
    assert x["a"] < x["b"] == x["d"] < x["c"]


def test_a_chain_is_a_straight_line() -> None:
    layout = laid_out("abc", [("a", "b"), ("b", "c")])
    assert {place.y for place in layout.positions.values()} == {0}
    assert layout.size == NodeSize(3 * 160 + 2 * 48, 40)


def test_a_loader_stands_beside_what_uses_it_first() -> None:
    layout = laid_out("abcdv", [("a", "b"), ("b", "c"), ("c", "d"), ("v", "d")])
    assert layout.positions["v"].x == layout.positions["c"].x


def test_links_that_need_not_cross_do_not_cross() -> None:
    links = [("a", "4"), ("b", "3"), ("c", "2"), ("d", "1")]
    layout = laid_out("abcd1234", [*links, ("r", "a")] + [("r", each) for each in "bcd"])
    layout = layout_graph(
        dict.fromkeys("rabcd1234", NODE), [*links, *(("r", each) for each in "abcd")]
    )
    for source, target in links:
        assert layout.positions[source].y == layout.positions[target].y


def test_a_link_over_several_columns_runs_beside_the_nodes_between() -> None:
    links = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")]
    layout = laid_out("abcd", links)
    trunk = layout.trunks["a"]
    branch = layout.branches["a", "d"]
    assert branch.trunk_index == 4
    for at, name in ((1, "b"), (3, "c")):
        enters, leaves, box = trunk[at], trunk[at + 1], layout.positions[name]
        assert (enters.x, leaves.x) == (box.x, box.x + NODE.width)
        assert not box.y <= enters.y <= box.y + NODE.height
    assert layout.branches["a", "b"].trunk_index == 0


def test_a_link_ends_in_the_middle_of_the_sides() -> None:
    layout = laid_out("ab", [("a", "b")])
    assert layout.trunks["a"][0] == LayoutPoint(160, 20)
    assert layout.branches["a", "b"].end == LayoutPoint(160 + 48, 20)


def test_circles_and_links_to_nowhere_are_borne() -> None:
    links = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a"), ("x", "a"), ("a", "y"), ("a", "b")]
    layout = laid_out("abc", links)
    assert set(layout.positions) == set("abc")
    assert set(layout.branches) == {("a", "b"), ("b", "c"), ("c", "a")}
    x = {name: place.x for name, place in layout.positions.items()}
    assert x["a"] < x["b"] < x["c"]


def test_parts_that_have_nothing_to_do_with_each_other_lie_side_by_side() -> None:
    parts = "abcdefghijklmnopqrstuvwx"
    names = [f"{part}{at}" for part in parts for at in range(3)]
    links = [(f"{part}{at}", f"{part}{at + 1}") for part in parts for at in range(2)]
    layout = laid_out(names, links)
    assert overlapping(layout, dict.fromkeys(names, NODE)) == []
    assert layout.size.width > layout.size.height
    assert len({layout.positions[f"{part}0"].x for part in parts}) > 1


def test_an_empty_graph_is_empty() -> None:
    assert layout_graph({}, []) == GraphLayout(NodeSize(0, 0), {}, {}, {})


def test_nodes_of_different_sizes_never_touch() -> None:
    names, links = tangle(80)
    dice = random.Random(3)
    sizes = {name: NodeSize(dice.randint(40, 300), dice.randint(20, 200)) for name in names}
    assert overlapping(layout_graph(sizes, links), sizes) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem[-40:])
def test_real_workflows_lie_in_order(file: Path) -> None:
    workflow = read_workflow(file.read_bytes())
    sizes = dict.fromkeys(workflow.nodes, NODE)
    layout = layout_graph(sizes, linked_nodes(workflow))
    assert list(layout.positions) == list(workflow.nodes)
    assert overlapping(layout, sizes) == []
    for source, target in layout.branches:
        assert layout.positions[source].x < layout.positions[target].x


def test_few_links_of_a_large_graph_cross() -> None:
    """At most half as many links cross as in the order of the file."""
    names, links = tangle(300)
    number = {name: at for at, name in enumerate(names)}
    layers = assign_layers(300, [(number[a], number[b]) for a, b in links])
    sorted_ones = crossings(layers.columns, layers.successors)
    by_number = crossings([sorted(column) for column in layers.columns], layers.successors)
    assert sorted_ones * 2 < by_number


def crossings(columns: list[list[int]], after: list[list[int]]) -> int:
    total = 0
    for column, beyond in pairwise(columns):
        place = {node: at for at, node in enumerate(beyond)}
        ends = [place[each] for node in column for each in sorted(after[node], key=place.get)]  # type: ignore[arg-type]
        starts = [at for at, node in enumerate(column) for _each in after[node]]
        pairs = list(zip(starts, ends, strict=True))
        total += sum(
            1
            for at, (start, end) in enumerate(pairs)
            for other, its_end in pairs[at + 1 :]
            if start != other and end > its_end
        )
    return total


@pytest.mark.parametrize("kind", ["tangle", "chain", "chain and star", "star", "ring", "loose"])
def test_five_thousand_nodes_are_laid_out(kind: str) -> None:
    count = 5000
    names = [str(at) for at in range(count)]
    chain = list(pairwise(names))
    star = [("0", name) for name in names[1:]]
    links = {
        "tangle": tangle(count)[1],
        "chain": chain,
        "chain and star": chain + star,
        "star": star,
        "ring": [*chain, (names[-1], names[0])],
        "loose": [],
    }[kind]
    layout = laid_out(names, links)
    assert len(set(layout.positions.values())) == count
    assert set(layout.branches) == set(links)
    assert sum(map(len, layout.trunks.values())) <= 2 * MAX_BENDS + count


def test_links_too_long_for_their_number_go_without_bends() -> None:
    count = 1200
    names = [str(at) for at in range(count)]
    links = list(pairwise(names))
    links += [(names[at], names[-1]) for at in range(0, count - 2, 4)]
    layout = laid_out(names, links)
    assert sum(map(len, layout.trunks.values())) <= 2 * MAX_BENDS + count
    assert layout.branches["0", names[-1]].trunk_index == 0
