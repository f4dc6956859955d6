"""Lists of custom choices: the index of the choice in the list is sent."""

from __future__ import annotations

from tests.support.editor_graphs import graph, inputs_of, node, slot, subgraph, wired_input


def test_a_list_of_own_choices_knows_its_place() -> None:
    ui = graph([node(1, "CustomCombo", ["two", 0, "one", "two", ""])], [])
    assert inputs_of(ui)["1"] == {
        "choice": "two",
        "index": 1,
        "option1": "one",
        "option2": "two",
        "option3": "",
    }


def test_a_choice_that_is_none_of_the_options_has_no_place() -> None:
    ui = graph([node(1, "CustomCombo", ["three", 0, "one", "", "two"])], [])
    found = inputs_of(ui)["1"]
    assert (found["index"], found["option2"], "option3" in found) == (-1, "", False)


def test_a_choice_that_is_made_outside_its_subgraph_does_not_move_its_place() -> None:
    """The index is that of the choice made inside, as in the editor."""
    inner = "11111111-0000-4000-8000-000000000001"
    combo = node(
        10,
        "CustomCombo",
        ["one", 0, "one", "two"],
        inputs=[wired_input("COMBO", "choice", 1, widget=True)],
    )
    definition = subgraph(
        inner, [combo], [[1, -10, 0, 10, 0, "COMBO"]], inputs=[slot("which", "COMBO", 1)]
    )
    ui = graph([node(2, inner, ["two"])], [], definitions={"subgraphs": [definition]})
    found = inputs_of(ui)["2:10"]
    assert (found["choice"], found["index"]) == ("two", 0)


def test_null_is_the_first_option_and_stays_where_an_option_is_null() -> None:
    first = inputs_of(graph([node(1, "CustomCombo", [None, 0, "one", "two", ""])], []))["1"]
    assert (first["choice"], first["index"]) == ("one", 0)
    none = inputs_of(graph([node(1, "CustomCombo", [None, 0, None, "two"])], []))["1"]
    assert none == {"choice": None, "index": 0, "option1": None}
