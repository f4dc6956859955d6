"""Workflow files: every real one opens completely, everything else gets a specific error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.workflow.workflow import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INPUTS,
    MAX_NAMED_ENTRIES,
    MAX_NODES,
    MAX_VALUES,
    InputKey,
    NodeLink,
    link_of,
    unread_entries_report,
    workflow_from_json,
    workflow_to_json,
)
from tests.support.workflow_files import SAMPLES, api_files, editor_files, read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

GRAPH = {"1": {"class_type": "EmptyLatentImage", "inputs": {"width": 512}}}
NODE: JsonObject = {"class_type": "Load", "inputs": {"x": 1}}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def nested(depth: int) -> bytes:
    return b'{"1": {"class_type": "A", "inputs": {"x": ' + b"[" * depth + b"]" * depth + b"}}}"


def graph_in(value: Json) -> dict[str, dict[str, Json]]:
    """Returns the graph in a file, found without the tested code: the largest object of nodes."""
    found: list[dict[str, dict[str, Json]]] = []

    def look(each: Json) -> None:
        if isinstance(each, dict):
            nodes = {
                key: node
                for key, node in each.items()
                if isinstance(node, dict) and isinstance(node.get("class_type"), str)
            }
            if nodes:
                found.append(nodes)
            else:
                for inner in each.values():
                    look(inner)

    look(value)
    return max(found, key=len)


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-60:])
def test_a_real_file_opens_with_every_node_and_value(path: Path) -> None:
    data = path.read_bytes()
    workflow = read_workflow(data)
    graph = graph_in(json.loads(data))
    assert list(workflow.nodes) == list(graph)
    for node_id, raw in graph.items():
        node = workflow.nodes[node_id]
        assert (node.node_id, node.class_type) == (node_id, raw["class_type"])
        inputs = raw.get("inputs", {})
        assert isinstance(inputs, dict)
        assert list(node.inputs.items()) == list(inputs.items())


@pytest.mark.parametrize("path", editor_files(), ids=lambda path: path.stem[-60:])
def test_a_file_of_the_editor_says_how_to_export(path: Path) -> None:
    with pytest.raises(Problem) as caught:
        workflow_from_json(json.loads(path.read_bytes()))
    assert "editor's own format" in caught.value.title
    assert "Export (API)" in caught.value.advice


def test_there_are_files_to_test_with() -> None:
    assert len(api_files()) >= 10
    assert len(editor_files()) >= 3


def test_titles_ids_and_odd_values_are_kept() -> None:
    workflow = read_workflow((SAMPLES / "api" / "many-kinds.json").read_bytes())
    assert "note" not in workflow.nodes
    assert workflow.nodes["3"].title == "Prøve 🎨"
    assert workflow.nodes["4"].title == ""
    assert workflow.value(InputKey("3", "seed")) == 2**64 - 1
    assert workflow.value(InputKey("192:42", "resize_type.width")) == 768
    assert workflow.value(InputKey("7", "odd list")) == [1, 2, 3]
    assert InputKey("7", "nothing") in workflow
    assert workflow.value(InputKey("7", "nothing")) is None
    assert InputKey("7", "absent") not in workflow
    assert InputKey("absent", "seed") not in workflow
    assert workflow.value(InputKey("absent", "seed")) is None
    assert len(list(workflow.input_keys())) == 20


@pytest.mark.parametrize(
    "wrapped",
    [
        {"prompt": GRAPH},
        {"workflow_api_json": GRAPH},
        {"payload": {"workflow_api_json": GRAPH}},
        {"input": {"workflow": GRAPH}},
        {"input": {"workflow_json": GRAPH}},
        {"input": {"prompt": GRAPH}},
        {"workflow": GRAPH},
        {"prompt": GRAPH, "workflow": {"nodes": []}},
        {"graph": GRAPH, "_meta": {"name": "a"}},
        {"api_graph": GRAPH, "bindings": {"seed": {"node_id": "1"}}},
        {"api_graph": {"output": GRAPH}, "workflow": {"nodes": []}},
        {"workflow": {"nodes": []}, "output": GRAPH},
        {"nodes": [], "links": [], "workflow_api": GRAPH},
        {"api_workflow": GRAPH, "ui_workflow": {"nodes": []}},
        {"workflow_id": "a", "api_prompt": GRAPH},
        {"workflow": {"nodes": []}, "prompt_api": GRAPH},
        {"name": "a", "workflow_json": GRAPH},
        {"prompt_override_node": "6", "comfy_workflow": GRAPH},
    ],
)
def test_wrapped_files_are_unwrapped(wrapped: Json) -> None:
    assert workflow_from_json(wrapped) == workflow_from_json(GRAPH)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "codec",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"],
)
def test_byte_order_marks_do_not_matter(codec: str) -> None:
    text = json.dumps({"1": {"class_type": "é", "inputs": {}}}, ensure_ascii=False)
    assert read_workflow(text.encode(codec)).nodes["1"].class_type == "é"


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"", "This file is empty."),
        (b"\n \t", "This file is empty."),
        (b"{", "This file is not JSON."),
        (b"\xff\xfe\x00", "This file is not JSON."),
        (b"\x89PNG\r\n\x1a\n\x00", "This file is not JSON."),
        (b"9" * 5000, "This file holds a number that is too long to be read."),
        (b"null", "This JSON file is not a ComfyUI workflow."),
        (b"[]", "This JSON file is not a ComfyUI workflow."),
        (b"{}", "This JSON file is not a ComfyUI workflow."),
        (b'{"1": {"inputs": {}}}', "This JSON file is not a ComfyUI workflow."),
        (b'{"1": {"class_type": 3}}', "This JSON file is not a ComfyUI workflow."),
        (b'{"name": "package", "version": "1.0"}', "This JSON file is not a ComfyUI workflow."),
        (b'{"prompt": {}, "input": []}', "This JSON file is not a ComfyUI workflow."),
        ('{"1": {"class_type": "é"}}'.encode("latin-1"), "not written in UTF-8"),
        (nested(MAX_DEPTH + 1), "nested too deeply"),
        (nested(200_000), "nested too deeply"),
    ],
)
def test_everything_else_is_a_problem_with_an_advice(data: bytes, title: str) -> None:
    with pytest.raises(Problem) as caught:
        read_workflow(data)
    assert title in caught.value.title
    assert caught.value.advice


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b'{"1":\n x', "Reading stopped in line 2, column 2."),
        (b"\x89PNG\r\n\x1a\n", ""),
        ('{"1": {"class_type": "é"}}'.encode("latin-1"), "Reading stopped at byte 22."),
    ],
)
def test_where_reading_stopped_is_said_without_python_s_own_words(data: bytes, detail: str) -> None:
    with pytest.raises(Problem) as caught:
        read_workflow(data)
    assert caught.value.detail == detail
    assert caught.value.technical


def test_a_file_above_the_limit_is_not_parsed() -> None:
    with pytest.raises(Problem, match="larger than a workflow can be"):
        read_workflow(b" " * (MAX_BYTES + 1))


def wide(nodes: int, inputs: int) -> bytes:
    node = {"class_type": "A", "inputs": {f"i{number}": number for number in range(inputs)}}
    return encoded({str(number): node for number in range(nodes)})


def test_a_workflow_as_large_as_may_be_opens() -> None:
    assert len(read_workflow(wide(MAX_NODES, 4)).nodes) == MAX_NODES
    assert len(list(read_workflow(wide(1000, 20)).input_keys())) == MAX_INPUTS


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: wide(MAX_NODES + 1, 1), "It has 5001 nodes and 5001 inputs"),
        (lambda: wide(1000, 21), "It has 1000 nodes and 21000 inputs"),
        (lambda: encoded({**GRAPH, "list": [0] * MAX_VALUES}), "It has more than 200000."),
        (lambda: encoded([[]] * MAX_VALUES), "It has more than 200000."),
    ],
    ids=["nodes", "inputs", "values", "lists"],
)
def test_more_than_can_be_shown_is_refused(made: Callable[[], bytes], words: str) -> None:
    data = made()
    with pytest.raises(Problem) as caught:
        read_workflow(data)
    assert words in caught.value.detail
    with pytest.raises(Problem):
        workflow_from_json(json.loads(data))


def test_a_key_that_comes_twice_counts_as_comfyui_counts_it() -> None:
    twice = b'{"1": {"class_type": "A"}, "1": {"class_type": "B", "inputs": {"x": 1, "x": 2}}}'
    workflow = read_workflow(twice)
    assert workflow.nodes["1"].class_type == "B"
    assert workflow.value(InputKey("1", "x")) == 2


def test_a_picture_written_into_an_input_opens() -> None:
    large = "data:image/png;base64," + "A" * 28_000_000
    workflow = read_workflow(encoded({"1": {"class_type": "A", "inputs": {"image": large}}}))
    assert workflow.value(InputKey("1", "image")) == large


def test_deep_but_real_values_are_kept() -> None:
    assert "1" in read_workflow(nested(50)).nodes


def test_strange_parts_of_a_node_do_not_matter() -> None:
    raw: Json = {
        "1": {"class_type": "A", "inputs": None, "_meta": "x"},
        "2": {"class_type": "B", "_meta": {"title": 5}},
        "3": None,
    }
    workflow = workflow_from_json(raw)
    assert {key: (dict(node.inputs), node.title) for key, node in workflow.nodes.items()} == {
        "1": ({}, ""),
        "2": ({}, ""),
    }


@pytest.mark.parametrize(
    ("value", "link"),
    [
        (["4", 0], NodeLink("4", 0)),
        (["192:6", 2], NodeLink("192:6", 2)),
        ([4, 1], NodeLink("4", 1)),
        (["4", True], None),
        (["4"], None),
        (["4", 0, 1], None),
        (["4", "0"], None),
        ([0.5, 1], None),
        ("4", None),
        ({"__value__": ["4", 0]}, None),
        (None, None),
    ],
)
def test_links(value: Json, link: NodeLink | None) -> None:
    assert link_of(value) == link


def lines_of(graph: JsonObject) -> list[str]:
    report = unread_entries_report(graph)
    assert report is not None
    return [remark.line() for remark in report.remarks]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("made by me", "“k” is text, not a node."),
        (None, "“k” is null, not a node."),
        (0.4, "“k” is a number, not a node."),
        (True, "“k” is true or false, not a node."),
        ([], "“k” is a list, not a node."),
        ({"title": "a"}, "“k” has no class_type, so it is not a node."),
        ({"class_type": None}, "The class_type of “k” is null, not text, so it is not a node."),
        ({"class_type": {}}, "The class_type of “k” is an object, not text, so it is not a node."),
        (
            {"class_type": "Save", "inputs": None},
            "Save (k): Its inputs are null, not an object, so it has none here.",
        ),
        (
            {"class_type": "Save", "inputs": ["x"]},
            "Save (k): Its inputs are a list, not an object, so it has none here.",
        ),
    ],
)
def test_what_comfyui_refuses_is_named_by_its_key_and_why(entry: Json, words: str) -> None:
    assert lines_of({"1": NODE, "k": entry}) == [words]


@pytest.mark.parametrize(
    "entry", [{"class_type": "A"}, {"class_type": "A", "inputs": {}, "_meta": None}]
)
def test_what_loses_nothing_is_not_told(entry: Json) -> None:
    assert unread_entries_report({"1": NODE, "k": entry}) is None


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-60:])
def test_of_real_files_only_what_is_no_node_is_told(path: Path) -> None:
    report = read_workflow(path.read_bytes()).conversion_report
    received = [] if report is None else [remark.line() for remark in report.remarks]
    assert received == (["“note” is text, not a node."] if path.stem == "many-kinds" else [])


def test_all_are_counted_and_the_first_are_named() -> None:
    notes: JsonObject = {f"n{number}": "x" for number in range(10_000)}
    report = unread_entries_report({**notes, "1": NODE, "2": NODE})
    assert report is not None
    assert (report.node_count, report.skipped_count, report.is_converted) == (2, 10_000, False)
    assert len(report.remarks) == MAX_NAMED_ENTRIES + 1
    assert report.remarks[0].text == "“n0” is text, not a node."
    assert report.remarks[-1].text == "9980 more are not listed."


def test_a_hostile_key_is_a_short_line() -> None:
    entries: list[Json] = ["x", None, {"class_type": 5}, {"class_type": "x" * 9999, "inputs": 5}]
    for key in ("a\n\u202eb" * 1000, "<b>" * 1000, "\x00" * 1000, ""):
        for entry in entries:
            (line,) = lines_of({key: entry, "1": NODE})
            assert len(line) < 700
            assert line.isprintable()


def test_a_run_sends_only_the_nodes_and_the_workflow_is_the_same_one() -> None:
    whole = workflow_from_json({"1": NODE})
    noted = workflow_from_json({"_comment": "hello", "1": NODE, "2": None})
    assert noted.conversion_report is not None
    assert workflow_to_json(noted) == {"1": NODE}
    assert noted == whole
