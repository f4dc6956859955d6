"""The editor's own format becomes the graph that is run, with a report of what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.class_defs import ClassDefs, input_def
from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.conversion.editor_json import as_id, as_slot, as_text, read_links
from runcomfy_desktop.domain.workflow.workflow import is_editor_format
from tests.support.editor_graphs import graph, inputs_of, node, warnings_of, wired_input

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


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
