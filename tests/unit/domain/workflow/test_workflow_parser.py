"""Files and pictures of all kinds: the API-format graph if there is one, else the editor's."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.workflow.workflow import MAX_VALUES, Workflow
from runcomfy_desktop.domain.workflow.workflow_parser import (
    EditorWorkflow,
    parse_image_workflow,
    parse_workflow_file,
    parse_workflow_json,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

GRAPH: Json = {"1": {"class_type": "A", "inputs": {"x": 1}}}
UI: Json = {"nodes": [{"id": 1, "type": "A"}], "links": []}


def test_the_graph_that_is_run_is_opened_as_it_is() -> None:
    found = parse_workflow_json({"prompt": GRAPH, "workflow": UI})
    assert isinstance(found, Workflow)
    assert list(found.nodes) == ["1"]


@pytest.mark.parametrize(
    "value",
    [
        UI,
        {"workflow": UI},
        {"prompt": {}, "workflow": UI},
        {"prompt": {"1": "x"}, "extra_data": {"extra_pnginfo": {"workflow": UI}}},
        {"input": {"workflow": UI}},
        {"workflow": json.dumps(UI), "prompt": "a cat"},
        {"graph": UI},
        {"graph": {}, "workflow_json": UI},
    ],
)
def test_the_editors_graph_is_found_in_what_others_put_around_it(value: Json) -> None:
    assert parse_workflow_json(value) == EditorWorkflow(
        {"nodes": [{"id": 1, "type": "A"}], "links": []}
    )


def test_a_graph_that_is_spelt_out_as_a_text_is_read() -> None:
    text = json.dumps(GRAPH)
    beside: list[Json] = [{"prompt": text}, {"graph": text}, {"input": {"workflow_json": text}}]
    for value in (*beside, text):
        assert isinstance(parse_workflow_json(value), Workflow)


def test_a_graph_is_looked_for_in_one_wrapper_and_no_deeper() -> None:
    deeper: list[Json] = [
        {"graph": {"graph": GRAPH}},
        {"prompt": json.dumps(json.dumps(GRAPH))},
        {"graph": [GRAPH]},
    ]
    for value in deeper:
        with pytest.raises(Problem):
            parse_workflow_json(value)


def test_other_json_says_that_it_is_no_workflow() -> None:
    others: list[Json] = [{}, {"workflow": 5}, [1], {"prompt": "{"}]
    for value in others:
        with pytest.raises(Problem) as caught:
            parse_workflow_json(value)
        assert "not a ComfyUI workflow" in caught.value.title


def test_an_editors_file_may_hold_more_values_than_a_graph() -> None:
    large: Json = {"nodes": [{"id": 1, "type": "A", "pos": [0] * MAX_VALUES}]}
    assert isinstance(parse_workflow_file(json.dumps(large).encode()), EditorWorkflow)
    # Data next to the graph in the API format is ignored.
    assert isinstance(
        parse_workflow_file(json.dumps({"prompt": GRAPH, "workflow": large}).encode()), Workflow
    )
    with pytest.raises(Problem):
        parse_workflow_file(json.dumps({"1": {"class_type": "A", "inputs": {"x": large}}}).encode())


def test_a_number_that_is_none_is_tolerated_as_comfyui_writes_it() -> None:
    found = parse_image_workflow({"prompt": '{"1": {"class_type": "A", "inputs": {"x": NaN}}}'})
    assert isinstance(found, Workflow)
    value = found.nodes["1"].inputs["x"]
    assert isinstance(value, float)
    assert math.isnan(value)


def test_a_picture_gives_what_is_run_else_what_the_editor_had() -> None:
    graph, ui = json.dumps(GRAPH), json.dumps(UI)
    assert isinstance(parse_image_workflow({"prompt": graph, "workflow": ui}), Workflow)
    assert isinstance(parse_image_workflow({"prompt": "a cat", "workflow": ui}), EditorWorkflow)
    assert isinstance(parse_image_workflow({"prompt": "{}", "workflow": ui}), EditorWorkflow)
    assert isinstance(parse_image_workflow({"": json.dumps({"prompt": GRAPH})}), Workflow)
    # Some tools write the API-format graph under the editor's name.
    assert isinstance(parse_image_workflow({"workflow": graph}), Workflow)


def test_a_picture_without_one_says_so() -> None:
    for texts in ({}, {"prompt": "a cat"}, {"workflow": "[" * 5_000}, {"": '{"a": 1}'}):
        with pytest.raises(Problem) as caught:
            parse_image_workflow(texts)
        assert caught.value.title == "This picture carries no workflow."


def test_a_number_that_cannot_be_read_is_named_wherever_it_stands() -> None:
    graph = '{"1": {"class_type": "A", "inputs": {"x": %s}}}' % ("9" * 5_000)
    for texts in ({"prompt": graph}, {"": graph}, {"prompt": "{}", "workflow": graph}):
        with pytest.raises(Problem) as caught:
            parse_image_workflow(texts)
        assert caught.value.title == "This file holds a number that is too long to be read."
