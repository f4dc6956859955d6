"""The inputs and results that an author chose in ComfyUI's App mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.editor_graphs import (
    INNER,
    convert_graph,
    graph,
    node,
    slot,
    subgraph,
    wired_input,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow.workflow import AuthorChoices

GRAPH_ID = "33333333-0000-4000-8000-000000000003"


def _choices(inputs: Json, outputs: Json = None) -> AuthorChoices | None:
    """Returns the choices of a workflow: node 2 stands for a subgraph, which shows `steps`."""
    sampler = node(
        10,
        "Sample",
        [7, "fixed", 30, "heun", 4.0],
        inputs=[wired_input("INT", "steps", 1, widget=True)],
    )
    definition = subgraph(
        INNER,
        [sampler],
        [[1, -10, 0, 10, 0, "INT"]],
        inputs=[slot("quality", "INT", 1)],
        outputs=[slot("out", "IMAGE")],
    )
    outer = node(2, INNER, [55], inputs=[wired_input("INT", "quality", None)])
    data: JsonObject = {"inputs": inputs, "outputs": outputs}
    ui = graph(
        [outer, node(3, "Picture", ["a.png"]), node(4, "Picture", ["b.png"], mode=2)],
        [],
        id=GRAPH_ID,
        definitions={"subgraphs": [definition]},
        extra={"linearData": data},
    )
    return convert_graph(ui).workflow.author_choices


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        pytest.param([3, "image"], ("3", "image"), id="number"),
        pytest.param(["3", "image", {"height": 80}], ("3", "image"), id="text with options"),
        pytest.param(["2", "quality"], ("2:10", "steps"), id="widget shown on a subgraph's node"),
        pytest.param(["10", "cfg"], ("2:10", "cfg"), id="inner node"),
        pytest.param([f"{GRAPH_ID}:3:image", "image"], ("3", "image"), id="widget id"),
        pytest.param(
            [f"{GRAPH_ID}:2:quality", "quality"], ("2:10", "steps"), id="widget id of a subgraph"
        ),
    ],
)
def test_an_entry_names_an_input_of_the_exported_workflow(
    entry: Json, key: tuple[str, str]
) -> None:
    choices = _choices([entry])
    assert choices is not None
    assert choices.inputs == (InputKey(*key),)


def test_the_order_is_the_authors_and_nothing_is_listed_twice() -> None:
    choices = _choices([["10", "cfg"], ["3", "image"], ["10", "cfg"]], ["10", 3, 3])
    assert choices is not None
    assert choices.inputs == (InputKey("2:10", "cfg"), InputKey("3", "image"))
    assert choices.output_ids == ("2:10", "3")


@pytest.mark.parametrize(
    "entry",
    [["99", "image"], ["3", "gone"], ["4", "image"], ["3"], [None, None], "99", {}, 7, None],
    ids=str,
)
def test_entries_of_deleted_nodes_and_malformed_ones_are_left_out(entry: Json) -> None:
    choices = _choices([entry], [entry])
    assert choices is not None
    assert (choices.inputs, choices.output_ids) == ((), ())


def test_widgets_shown_on_the_node_of_a_subgraph_are_promoted() -> None:
    choices = _choices([])
    assert choices is not None
    assert choices.promoted_inputs == (InputKey("2:10", "steps"),)


@pytest.mark.parametrize("extra", [None, [], {}, {"linearData": None}, {"linearData": []}], ids=str)
def test_a_file_without_choices_has_none(extra: Json) -> None:
    ui = graph([node(3, "Picture", ["a.png"])], [], extra=extra)
    assert convert_graph(ui).workflow.author_choices is None
