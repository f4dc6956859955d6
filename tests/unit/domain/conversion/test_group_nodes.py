"""Group nodes of older editors: several nodes in one, opened as a subgraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.class_defs import ClassDefs
from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.conversion.group_nodes import GroupNode, read_group
from tests.support.editor_graphs import CLASSES

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject


def _group() -> JsonObject:
    """Returns a group of two text nodes with widgets, and a sampler whose steps became an input."""
    return {
        "nodes": [
            {
                "type": "Text",
                "index": 0,
                "inputs": [{"name": "clip", "type": "CLIP", "link": None}],
                "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING", "links": []}],
                "widgets_values": ["inner"],
            },
            {
                "type": "Text",
                "title": "Second",
                "index": 1,
                "inputs": [{"name": "clip", "type": "CLIP", "link": None}],
                "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING", "links": []}],
                "widgets_values": ["other"],
            },
            {
                "type": "Sample",
                "index": 2,
                "inputs": [
                    {"name": "model", "type": "MODEL", "link": None},
                    {"name": "positive", "type": "CONDITIONING", "link": 7},
                    {"name": "steps", "type": "INT", "link": None, "widget": {"name": "steps"}},
                ],
                "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": []}],
                "widgets_values": [1, "fixed", 20, "euler", 8.0],
            },
        ],
        "links": [[0, 0, 2, 1, 5, "CONDITIONING"], [None, 0, 0, 0, 9, "CLIP"]],
        "external": [],
    }


def _ui(kind: str = "workflow>Draw", **changes: Json) -> JsonObject:
    node: JsonObject = {
        "id": 3,
        "type": kind,
        "inputs": [
            {"name": "clip", "type": "CLIP", "link": 1},
            {"name": "Second clip", "type": "CLIP", "link": None},
            {"name": "model", "type": "MODEL", "link": 2},
        ],
        "outputs": [
            {"name": "CONDITIONING", "type": "CONDITIONING", "links": []},
            {"name": "IMAGE", "type": "IMAGE", "links": [3]},
        ],
        "widgets_values": ["a cat", "a dog", 77, "fixed", "heun", 4.5, 12],
        **changes,
    }
    return {
        "last_node_id": 10,
        "nodes": [
            {"id": 1, "type": "Load", "outputs": [{}, {}], "widgets_values": ["b.safetensors"]},
            node,
            {
                "id": 4,
                "type": "SaveImage",
                "inputs": [{"name": "images", "type": "IMAGE", "link": 3}],
                "widgets_values": ["out"],
            },
        ],
        "links": [
            [1, 1, 1, 3, 0, "CLIP"],
            [2, 1, 0, 3, 2, "MODEL"],
            [3, 3, 1, 4, 0, "IMAGE"],
        ],
        "extra": {"groupNodes": {"Draw": _group()}},
    }


@pytest.mark.parametrize("kind", ["workflow>Draw", "workflow/Draw"])
def test_a_group_node_becomes_its_inner_nodes_with_the_values_entered_on_it(kind: str) -> None:
    found = convert(_ui(kind), CLASSES)
    inputs = {each.node_id: each.inputs for each in found.workflow.nodes.values()}
    assert [each.node_id for each in found.report.remarks] == ["14"]
    assert "group node" in found.report.as_text()
    assert inputs == {
        "1": {"name": "b.safetensors"},
        "14:11": {"text": "a cat", "clip": ["1", 1]},
        "14:12": {"text": "a dog"},
        "14:13": {
            "seed": 77,
            "steps": 12,
            "sampler": "heun",
            "cfg": 4.5,
            "model": ["1", 0],
            "positive": ["14:11", 0],
        },
        "4": {"images": ["14:13", 0], "filename_prefix": "out"},
    }


def test_a_group_node_that_is_switched_off_is_left_out_and_told() -> None:
    found = convert(_ui(mode=4), CLASSES)
    assert "14:13" not in found.workflow.nodes
    assert "would send its nodes all the same" in found.report.as_text()


def test_each_group_node_has_its_own_values() -> None:
    ui = _ui()
    nodes = ui["nodes"]
    assert isinstance(nodes, list)
    assert isinstance(nodes[1], dict)
    nodes.append({**nodes[1], "id": 5, "inputs": [], "widgets_values": ["a bird"]})
    texts = {
        each.node_id: each.inputs["text"]
        for each in convert(ui, CLASSES).workflow.nodes.values()
        if each.class_type == "Text"
    }
    assert texts["14:11"] == "a cat"
    assert texts["18:15"] == "a bird"


def test_a_primitive_in_a_group_is_a_widget_of_it() -> None:
    group = _group()
    nodes, links = group["nodes"], group["links"]
    assert isinstance(nodes, list)
    assert isinstance(links, list)
    nodes.append({"type": "PrimitiveNode", "title": "Number", "outputs": [{"type": "INT"}]})
    links.append([3, 0, 2, 2, 8, "INT"])
    ui = _ui(widgets_values=["a", "b", 1, "fixed", "euler", 4.5, 33, "fixed"])
    ui["extra"] = {"groupNodes": {"Draw": group}}
    sampler = convert(ui, CLASSES).workflow.nodes["15:13"]
    assert sampler.inputs["steps"] == 33


def test_a_reroute_at_the_edge_of_a_group_is_an_input_of_it() -> None:
    group: JsonObject = {
        "nodes": [
            {"type": "Reroute", "inputs": [{"name": "", "type": "*"}], "outputs": [{"type": "*"}]},
            {"type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE"}]},
        ],
        "links": [[0, 0, 1, 0, 1, "IMAGE"]],
    }
    ui: JsonObject = {
        "nodes": [
            {"id": 1, "type": "Picture", "outputs": [{"type": "IMAGE"}]},
            {
                "id": 2,
                "type": "workflow>Keep",
                "inputs": [{"name": "IMAGE", "type": "IMAGE", "link": 1}],
                "widgets_values": ["kept"],
            },
        ],
        "links": [[1, 1, 0, 2, 0, "IMAGE"]],
        "extra": {"groupNodes": {"Keep": group}},
    }
    saver = convert(ui, CLASSES).workflow.nodes["5:4"]
    assert saver.inputs == {"images": ["1", 0], "filename_prefix": "kept"}


@pytest.mark.parametrize(
    "group",
    [
        None,
        [],
        {"nodes": []},
        {"nodes": ["no node"], "links": None},
        {"nodes": [{"type": "NoSuchClass"}], "links": []},
    ],
)
def test_a_group_that_cannot_be_read_is_told(group: Json) -> None:
    ui = _ui()
    ui["extra"] = {"groupNodes": {"Draw": group}}
    report = convert(ui, CLASSES).report
    assert [each.node_id for each in report.remarks] == ["3"]


@pytest.mark.parametrize(
    "links", [None, 3, [[]], [[0, 0, 99, 0]], [["a", {}, [], None, 1]], [[2, 0, 2, 0, 1]]]
)
def test_strange_wires_of_a_group_harm_nothing(links: Json) -> None:
    ui = _ui()
    ui["extra"] = {"groupNodes": {"Draw": {**_group(), "links": links, "external": [[1], 3]}}}
    assert "14:13" in convert(ui, CLASSES).workflow.nodes


def test_very_many_group_nodes_end() -> None:
    ui = _ui()
    group = _group()
    nodes = group["nodes"]
    assert isinstance(nodes, list)
    group["nodes"] = nodes * 500
    ui["nodes"] = [{"id": number, "type": "workflow>Draw"} for number in range(2000)]
    ui["extra"] = {"groupNodes": {"Draw": group}}
    found = convert(ui, CLASSES)
    assert len(found.workflow.nodes) <= 5000
    assert found.report.remarks


def _read(nodes: list[Json], links: list[Json], **more: Json) -> GroupNode:
    group = read_group({"nodes": nodes, "links": links, **more}, ClassDefs(CLASSES))
    assert group is not None
    return group


def test_the_second_of_a_name_has_its_title_before_it_and_the_third_a_number() -> None:
    text: Json = {"type": "Text", "title": "T"}
    names = list(_read([text, text, text], []).inputs)
    assert [each for each in names if "text" in each] == ["text", "T text", "T 2 text"]


def test_labels_and_a_persons_own_names_are_taken() -> None:
    nodes: list[Json] = [
        {"type": "Text", "inputs": [{"name": "clip", "type": "CLIP", "label": "Words"}]}
    ]
    config: Json = {"0": {"input": {"text": {"name": "Prompt"}}}}
    assert list(_read(nodes, [], config=config).inputs) == ["Prompt", "Words"]


def test_hidden_inputs_and_outputs_are_not_outside() -> None:
    config: Json = {
        "0": {"input": {"clip": {"visible": False}}, "output": {"0": {"visible": False}}}
    }
    group = _read([{"type": "Text"}], [], config=config)
    assert list(group.inputs) == ["text"]
    assert group.outputs == []


def test_what_is_wired_inside_is_not_outside_unless_it_is_used_there() -> None:
    nodes: list[Json] = [
        {"type": "Picture"},
        {"type": "Scale", "inputs": [{"name": "image", "type": "IMAGE"}]},
    ]
    links: list[Json] = [[0, 0, 1, 0, 4, "IMAGE"]]
    inside = _read(nodes, links)
    assert inside.inner_of == {"image": (0, "image"), "by": (1, "by")}
    assert inside.outputs == [(0, 1), (1, 0)]
    assert _read(nodes, links, external=[[0, 0, "IMAGE"]]).outputs == [(0, 0), (0, 1), (1, 0)]


def test_reroutes_at_the_edge_carry_what_runs_through_them() -> None:
    reroute: Json = {"type": "Reroute", "inputs": [{"name": ""}], "outputs": [{"type": "*"}]}
    into: list[Json] = [reroute, {"type": "Scale", "inputs": [{"name": "image", "type": "IMAGE"}]}]
    assert _read(into, [[0, 0, 1, 0]]).inner_of["IMAGE"] == (0, "IMAGE")
    out: list[Json] = [{"type": "Picture", "outputs": [{"type": "IMAGE"}]}, reroute]
    assert _read(out, [[0, 0, 1, 0]]).outputs == [(0, 1), (1, 0)]
    alone = _read([reroute], [], external=[[0, 0, "MASK"]])
    assert list(alone.inputs) == ["MASK"]
