"""The exported graph: lists wrapped, links before values, texts as they are sent."""

from __future__ import annotations

from tests.support.editor_graphs import (
    convert_graph,
    graph,
    inputs_of,
    node,
    warnings_of,
    wired_input,
)


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
