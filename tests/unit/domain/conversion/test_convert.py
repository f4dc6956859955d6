"""The whole conversion: ids of nodes, order of subgraphs, and the graph that is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.class_defs import ClassDefs, input_def
from runcomfy_desktop.domain.conversion.convert import convert, unique_node_ids
from runcomfy_desktop.domain.conversion.editor_json import as_id, as_slot, as_text, read_links
from runcomfy_desktop.domain.workflow.workflow import is_editor_format
from tests.support.editor_graphs import (
    INNER,
    OUTER,
    convert_graph,
    graph,
    inputs_of,
    node,
    scaling,
    slot,
    subgraph,
    subgraph_instance,
    warnings_of,
    wired_input,
    workflow,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def test_an_id_that_is_taken_is_replaced_by_the_next_free_one() -> None:
    first = subgraph("a", [node(1, "X"), node(7, "X")], [])
    second = subgraph("b", [node(7, "X")], [])
    ui = graph([node(1, "X"), node(2, "X")], [], last_node_id=6)
    # The next free id may belong to a later node, which then gets another one.
    assert unique_node_ids(ui, [first, second]) == {"a": {"1": "7", "7": "8"}, "b": {"7": "9"}}


def test_texts_and_lies_keep_their_ids() -> None:
    definitions = [subgraph("a", [node("1", "X"), node(None, "X"), node(-5, "X")], [])]
    assert unique_node_ids(graph([node(1, "X")], []), definitions) == {}


def test_inner_nodes_are_named_by_the_way_to_them() -> None:
    found = inputs_of(workflow(subgraph_instance(2, [])))
    assert set(found) == {"1", "2:10", "3"}
    assert found["2:10"] == {"by": 0.25, "image": ["1", 0]}
    assert found["3"]["images"] == ["2:10", 0]


def test_subgraphs_in_subgraphs() -> None:
    outer = subgraph(
        OUTER,
        [
            node(
                20,
                INNER,
                [0.5],
                inputs=[
                    wired_input("IMAGE", "picture", 1),
                    wired_input("FLOAT", "amount", 2, widget=True),
                ],
            )
        ],
        [
            [1, -10, 0, 20, 0, "IMAGE"],
            [2, -10, 1, 20, 1, "FLOAT"],
            [3, 20, 0, -20, 0, "IMAGE"],
        ],
        inputs=[slot("picture", "IMAGE", 1), slot("how much", "FLOAT", 2)],
        outputs=[slot("scaled", "IMAGE", 3)],
    )
    instance = {**subgraph_instance(2, [0.9]), "type": OUTER}
    found = inputs_of(workflow(instance, definitions=[outer, scaling()]))
    assert found["2:20:10"] == {"by": 0.9, "image": ["1", 0]}
    assert found["3"]["images"] == ["2:20:10", 0]


@pytest.mark.parametrize("is_outer_first", [True, False])
def test_values_of_a_subgraph_that_is_used_twice_depend_on_the_order(is_outer_first: bool) -> None:
    """Inner values depend on the order of the definitions in the file, as in the editor."""
    outer = subgraph(OUTER, [node(20, INNER, [0.5]), node(21, INNER, [0.75])], [])
    definitions: list[Json] = [outer, scaling()] if is_outer_first else [scaling(), outer]
    ui = graph([node(2, OUTER)], [], definitions={"subgraphs": definitions})
    found = inputs_of(ui)
    received = [line for line in warnings_of(ui) if "Its own values are not used" in line]
    if is_outer_first:
        assert (found["2:20:10"]["by"], found["2:21:10"]["by"]) == (0.25, 0.25)
        assert len(received) == 2
    else:
        assert (found["2:20:10"]["by"], found["2:21:10"]["by"]) == (0.5, 0.75)
        assert not received


def test_a_bypassed_subgraph_passes_on_and_its_nodes_are_gone() -> None:
    found = inputs_of(workflow(subgraph_instance(2, [], mode=4)))
    assert set(found) == {"1", "3"}
    assert found["3"]["images"] == ["1", 0]


@pytest.mark.parametrize("mode", [2, 4])
def test_a_subgraph_that_is_off_in_another_one_is_sent_as_the_editor_does_it(mode: int) -> None:
    outer = subgraph(OUTER, [node(20, INNER, [0.5], mode=mode)], [], inputs=[], outputs=[])
    instance = {**subgraph_instance(2, []), "type": OUTER}
    ui = workflow(instance, definitions=[outer, scaling()])
    assert inputs_of(ui)["2:20:10"] == {"by": 0.5}
    assert [line for line in warnings_of(ui) if "2:20" in line and "switched off" in line]


def test_inner_nodes_with_the_id_of_an_outer_one_get_another() -> None:
    definition = scaling()
    assert isinstance(definition["nodes"], list)
    assert isinstance(definition["nodes"][0], dict)
    definition["nodes"][0]["id"] = 3
    assert isinstance(definition["links"], list)
    for link in definition["links"]:
        assert isinstance(link, dict)
        for end in ("origin_id", "target_id"):
            link[end] = 3 if link[end] == 10 else link[end]
    ui = {**workflow(subgraph_instance(2, [0.5]), definitions=[definition]), "last_node_id": 40}
    assert inputs_of(ui)["2:41"] == {"by": 0.5, "image": ["1", 0]}


def test_a_subgraph_that_is_not_in_the_file_is_told() -> None:
    ui = workflow({**subgraph_instance(2, []), "type": OUTER})
    assert any("subgraph that is not in the file" in line for line in warnings_of(ui))


def test_a_subgraph_that_contains_itself_ends() -> None:
    definition = subgraph(INNER, [node(10, INNER), node(11, "Load", ["a"])], [])
    ui = graph([node(2, INNER)], [], definitions={"subgraphs": [definition]})
    assert set(inputs_of(ui)) == {"2:11"}
    assert any("contain" in line for line in warnings_of(ui))


def test_a_list_is_wrapped_so_that_it_is_no_link() -> None:
    ui = graph([node(1, "Many", [["ink", "oil"]])], [])
    assert inputs_of(ui) == {"1": {"styles": {"__value__": ["ink", "oil"]}}}


def test_a_link_takes_the_place_of_a_widget() -> None:
    ui = graph(
        [
            node(1, "Number", [12]),
            node(
                2, "Sample", [7, "fixed", 30], inputs=[wired_input("INT", "steps", 1, widget=True)]
            ),
        ],
        [[1, 1, 0, 2, 0, "INT"]],
    )
    assert inputs_of(ui)["2"]["steps"] == ["1", 0]


def test_alternatives_in_a_prompt_give_their_first_and_are_told() -> None:
    ui = graph(
        [node(1, "Text", ["a {red|blue {big|small}} cat // not this\n/* nor this */end"])], []
    )
    assert inputs_of(ui)["1"]["text"] == "a red cat \nend"
    assert any("alternatives of text" in line for line in warnings_of(ui))
    plain = graph([node(1, "Text", [r"a \{cat\}"])], [])
    assert inputs_of(plain)["1"]["text"] == "a {cat}"
    assert warnings_of(plain) == []


def test_a_file_name_takes_the_values_that_it_names() -> None:
    ui = graph(
        [
            node(1, "Sample", [7, "fixed", 30], title="My sampler"),
            node(2, "SaveImage", ["%My sampler.seed%_%nobody.x%_%date:yyyy%"]),
        ],
        [],
    )
    assert inputs_of(ui)["2"]["filename_prefix"] == "7_%nobody.x%_%date:yyyy%"
    assert any("date" in line for line in warnings_of(ui))


def test_notes_are_left_out_and_counted() -> None:
    ui = graph([node(1, "Note", ["read me"]), node(2, "MarkdownNote"), node(3, "Load")], [])
    found = convert_graph(ui)
    assert list(found.workflow.nodes) == ["3"]
    assert (found.report.node_count, found.report.skipped_count, found.report.remarks) == (1, 2, ())


def test_values_of_another_version_of_the_class_are_told_by_their_inputs() -> None:
    ui = graph([node(1, "Sample", ["flow", "fixed", True, "euler", None])], [])
    assert warnings_of(ui) == [
        "Sample (1): The file was made with another version of this node: "
        "seed, steps, cfg may be wrong."
    ]
    choice = graph([node(1, "Pick", ["no such choice", "end"])], [])
    assert [line for line in warnings_of(choice) if "how may be wrong" in line]


def test_values_that_fit_no_names_are_told_and_not_guessed() -> None:
    ui = graph([node(1, "Foreign", [5, 6, 7])], [])
    assert inputs_of(ui)["1"] == {}
    assert any("not named in the file" in line for line in warnings_of(ui))
    named = graph(
        [node(1, "Foreign", {"a": 1}), node(2, "Foreign", [9], widgets_values_named={"b": 2})], []
    )
    assert inputs_of(named) == {"1": {"a": 1}, "2": {"b": 2}}


def test_a_node_that_is_none_is_told() -> None:
    ui: Json = {"nodes": [None, "x", node(1, "Load", ["a"])], "links": []}
    assert list(inputs_of(ui)) == ["1"]
    assert warnings_of(ui) == ["A node without an id or a class was left out."]


def test_without_classes_links_and_names_are_kept_and_it_is_said() -> None:
    ui = graph(
        [
            node(1, "Load", ["a"]),
            node(2, "Sample", [7, "fixed"], inputs=[wired_input("MODEL", "model", 1)]),
            node(3, "Note", ["x"]),
        ],
        [[1, 1, 0, 2, 0, "MODEL"]],
    )
    found = convert(ui, None)
    assert found.report.lacks_schema
    assert dict(found.workflow.nodes["2"].inputs) == {"model": ["1", 0]}
    assert "not known" in found.report.as_text()


def test_the_editors_format_is_told_by_its_list_of_nodes() -> None:
    assert is_editor_format({"nodes": []})
    others: list[Json] = [{}, [], {"nodes": {}}, {"1": {"class_type": "A"}}, None, "nodes"]
    assert not any(map(is_editor_format, others))


def test_links_are_read_in_both_spellings() -> None:
    listed = read_links({"links": [[1, 2, 0, 3, 1, "A"], None, [1], {"id": 4}]})
    spelt = read_links(
        {"links": [{"id": 1, "origin_id": 2, "origin_slot": 0, "target_id": 3, "target_slot": 1}]}
    )
    assert listed == spelt
    assert [as_id(each) for each in (5, "5", 5.0, True, None, float("nan"))] == [
        "5",
        "5",
        "5",
        "",
        "",
        "",
    ]
    assert (as_slot("7"), as_slot("x"), as_slot(None, 3), as_text(["a"])) == (7, -1, 3, "COMBO")


def test_classes_are_read_in_their_own_order() -> None:
    known = ClassDefs(
        {"A": {"input": {"required": {"b": ["INT"], "a": ["INT"]}}, "input_order": 5}}
    )
    found = known.get("A")
    assert found is not None
    assert [each.name for each in found.inputs] == ["b", "a"]
    assert known.get("B") is None
    assert input_def("x", [["p", "q"], {"default": "q"}]).choices == ("p", "q")
