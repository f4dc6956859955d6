"""What of a graph is not read: entries that are no nodes, inputs that are no object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.workflow.graph_entries import MAX_NAMED, unread_entries_report
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json, workflow_to_json
from tests.support.workflow_files import api_files, read_workflow

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

NODE: JsonObject = {"class_type": "Load", "inputs": {"x": 1}}


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
    assert len(report.remarks) == MAX_NAMED + 1
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
