"""Malicious files in the editor's format: every conversion ends soon, and with a report."""

from __future__ import annotations

import copy
import json
import random
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.workflow.conversion_report import MAX_REMARKS
from runcomfy_desktop.domain.workflow.workflow import MAX_NODES
from tests.support.editor_graphs import (
    CLASSES,
    INNER,
    graph,
    node,
    slot,
    subgraph,
    warnings_of,
    wired_input,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

STRANGE: list[Json] = [
    None,
    True,
    -1,
    10**400,
    -(10**400),
    1e400,
    float("nan"),
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    {"a": []},
]


def whole() -> JsonObject:
    """Returns a workflow with every kind of content."""
    definition = subgraph(
        INNER,
        [
            node(9, "PrimitiveNode", [3], outputs=[{"name": "INT", "type": "INT", "links": [4]}]),
            node(
                10, "Sample", [7, "fixed", 30], inputs=[wired_input("INT", "steps", 4, widget=True)]
            ),
            node(11, "Scale", [1], inputs=[wired_input("IMAGE", "image", 1)]),
            node(12, "CustomCombo", ["a", 0, "a"]),
        ],
        [[1, -10, 0, 11, 0, "IMAGE"], [3, 11, 0, -20, 0, "IMAGE"], [4, 9, 0, 10, 3, "INT"]],
        inputs=[slot("picture", "IMAGE", 1)],
        outputs=[slot("out", "IMAGE", 3)],
    )
    shown: list[Json] = [["10", "cfg"], ["9", "value"], ["11", "by", "3"]]
    return graph(
        [
            node(1, "Picture", ["a.png", "image"]),
            node(
                2,
                INNER,
                [1, 2, 3],
                inputs=[wired_input("IMAGE", "picture", 7)],
                properties={"proxyWidgets": shown, "proxyWidgetErrorQuarantine": []},
            ),
            node(3, "Reroute", inputs=[wired_input("*", "", 8)]),
            node(
                4,
                "Pick",
                ["like", "crop", 1, "z"],
                mode=4,
                inputs=[wired_input("IMAGE", "how.image", 9)],
            ),
            node(5, "SaveImage", ["%2.x%{a|b}"], inputs=[wired_input("IMAGE", "images", 10)]),
            node(6, "Unknown", {"a": 1}),
        ],
        [
            [7, 1, 0, 2, 0, "IMAGE"],
            [8, 2, 0, 3, 0, "IMAGE"],
            [9, 3, 0, 4, 0, "IMAGE"],
            [10, 4, 0, 5, 0, "IMAGE"],
        ],
        definitions={"subgraphs": [definition]},
    )


def places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for name, each in value.items():
            found += places(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            found += places(each, (*path, index))
    return found


def put(root: Json, path: tuple[str | int, ...], value: Json) -> None:
    for step in path[:-1]:
        root = root[step]  # type: ignore[index]
    root[path[-1]] = value  # type: ignore[index]


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_anything_may_stand_anywhere(value: Json) -> None:
    ui = whole()
    text = json.dumps(ui)
    for path in places(ui):
        changed = json.loads(text)  # a copy, faster than with deepcopy
        put(changed, path, copy.deepcopy(value))
        convert(changed, CLASSES)
        convert(changed, None)


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_anything_may_stand_anywhere_in_what_is_said_of_the_classes(value: Json) -> None:
    ui = whole()
    text = json.dumps(CLASSES)
    for path in places(CLASSES):
        changed = json.loads(text)
        put(changed, path, copy.deepcopy(value))
        convert(ui, changed)


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_anything_may_be_the_file(value: Json) -> None:
    assert convert(value, CLASSES).workflow.nodes == {}


def test_several_things_may_be_wrong_at_once() -> None:
    chance = random.Random(5)
    ui = whole()
    text, spots = json.dumps(ui), places(ui)
    for _round in range(400):
        changed = json.loads(text)
        for path in chance.sample(spots, 6):
            try:
                put(changed, path, copy.deepcopy(chance.choice(STRANGE)))
            except (KeyError, IndexError, TypeError):
                continue  # removed by an earlier change
        convert(changed, CLASSES)


def test_a_hundred_thousand_nodes_are_cut_and_it_is_said() -> None:
    ui = graph([node(number, "Load", ["a"]) for number in range(100_000)], [])
    found = convert(ui, CLASSES)
    assert found.report.is_truncated
    assert len(found.workflow.nodes) == MAX_NODES


def test_what_is_left_out_behind_very_many_notes_is_said() -> None:
    notes = [node(number, "Note") for number in range(2, 40_000)]
    found = convert(graph([*notes, node(1, "Load", ["a"])], []), CLASSES)
    assert found.report.is_truncated
    assert "too many nodes" in found.report.as_text()


def test_subgraphs_that_double_at_every_level_end() -> None:
    names = [f"{level:08d}-0000-4000-8000-000000000001" for level in range(40)]
    definitions: list[Json] = [
        subgraph(name, [node(1, inner), node(2, inner)], [])
        for name, inner in zip(names, [*names[1:], "Load"], strict=True)
    ]
    found = convert(graph([node(1, names[0])], [], definitions={"subgraphs": definitions}), CLASSES)
    assert found.report.is_truncated


def test_a_wire_through_very_many_reroutes_ends_where_it_begins() -> None:
    count = 15_000
    nodes = [node(0, "Picture", ["a.png", "image"])]
    nodes += [node(n, "Reroute", inputs=[wired_input("*", "", n)]) for n in range(1, count)]
    nodes.append(node(count, "Scale", [1], inputs=[wired_input("IMAGE", "image", count)]))
    links: list[list[Json]] = [[n, n - 1, 0, n, 0, "*"] for n in range(1, count + 1)]
    found = convert(graph(nodes, links), CLASSES)
    assert found.workflow.nodes[str(count)].inputs["image"] == ["0", 0]


def test_a_link_within_a_group_costs_the_same_for_one_input_and_for_thousands() -> None:
    input_count, link_count = 2000, 400
    inner: list[Json] = [
        {"type": "Scale", "inputs": [{} for _ in range(input_count)]},
        {"type": "Load"},
    ]
    links: list[Json] = [[1, 0, 0, at, 0, "*"] for at in range(link_count)]
    group: JsonObject = {"nodes": inner, "links": links}
    ui = graph([node(1, "workflow>G")], [], extra={"groupNodes": {"G": group}})
    call_count = 0

    def count_call(*_event: object) -> None:
        nonlocal call_count
        call_count += 1

    sys.setprofile(count_call)
    try:
        found = convert(ui, CLASSES)
    finally:
        sys.setprofile(None)
    assert len(found.workflow.nodes) == 2
    assert call_count < link_count * input_count


def test_a_file_that_is_wrong_everywhere_says_only_so_much() -> None:
    ui = graph([node(number, f"No{number}", ["a"]) for number in range(2_000)], [])
    lines = warnings_of(ui)
    assert len(lines) == MAX_REMARKS + 1
    assert lines[-1].endswith("more remarks are not listed.")


def test_deep_lies_about_a_class_end() -> None:
    deep: JsonObject = {"key": "a", "inputs": {}}
    for _level in range(60):
        deep = {
            "key": "a",
            "inputs": {"required": {"x": ["COMFY_DYNAMICCOMBO_V3", {"options": [deep]}]}},
        }
    lie = {"Lie": {"input": {"required": {"x": ["COMFY_DYNAMICCOMBO_V3", {"options": [deep]}]}}}}
    found = convert(graph([node(1, "Lie", ["a"] * 80)], []), lie)  # type: ignore[arg-type]
    assert "1" in found.workflow.nodes


# A very long name that would add a line to the report and reverse the direction of its text.
NAME = "a\nAll is well (2): nothing to see\u202e" + "b" * 100_000


def _circle(kind: str, name: str) -> Json:
    """Returns a graph with a link that comes from a circle of reroutes, so it has no source."""
    return graph(
        [
            node(1, kind, inputs=[wired_input("MODEL", name, 1)]),
            node(2, "Reroute", inputs=[wired_input("*", "", 3)], outputs=["*"]),
            node(3, "Reroute", inputs=[wired_input("*", "", 2)], outputs=["*"]),
        ],
        [[1, 2, 0, 1, 0, "*"], [2, 2, 0, 3, 0, "*"], [3, 3, 0, 2, 0, "*"]],
    )


@pytest.mark.parametrize(("kind", "name"), [(NAME, "model"), ("Foreign", NAME)])
def test_names_in_remarks_are_one_line_and_short(kind: str, name: str) -> None:
    found = warnings_of(_circle(kind, name))
    assert len(found) == 2
    assert any("nothing to see" in each for each in found)
    assert all(each.isprintable() and len(each) < 500 for each in found)
