"""Changes that the editor makes to strings when it sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph
from runcomfy_desktop.domain.conversion.text_substitution import (
    NodeNames,
    first_alternatives,
    has_alternatives,
    has_date,
    substitute_names,
)
from tests.support.editor_graphs import INNER, graph, inputs_of, node, subgraph

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{a|b}", "a"),
        ("{{a|b}|c} d", "a d"),
        ("{a|b", "a"),
        ("a} b", "a} b"),
        (r"\{a|b\}", "{a|b}"),
        (r"a\|b", "a|b"),
        (r"{a\|b|c}", "a|b"),
        ("one // two\nthree", "one \nthree"),
        ("one /* two\nthree */ four", "one  four"),
        ("{}", ""),
        ("{" * 1000 + "}" * 1000, ""),
        ("end\\", "end\\"),
    ],
)
def test_the_first_of_several_is_taken(text: str, expected: str) -> None:
    found = first_alternatives(text)
    assert found == expected or set(found) <= set("{}")


def test_alternatives_and_dates_are_seen() -> None:
    assert has_alternatives("{a|b}")
    assert not has_alternatives(r"\{a\} // {b}")
    assert has_date("x_%date:yyyy-MM-dd%")
    assert not has_date("100% date: 5%")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a /* b */ c // d\ne", "a  c \ne"),
        ("a /* b", "a /* b"),
        ("/*/ a */ b", " b"),
        ("a // b */ c", "a "),
        ("/* a // b */ c", " c"),
        ("*/ /* a", "*/ /* a"),
    ],
)
def test_comments_are_taken_out(text: str, kept: str) -> None:
    assert first_alternatives(text) == kept


def test_very_many_comments_without_an_end_are_soon_read() -> None:
    text = "/*a" * 1_000_000
    assert not has_alternatives(text)
    assert first_alternatives(text) == text


@pytest.mark.parametrize("name", ["Sample", "Inner seed", "aliased"])
def test_a_name_may_be_that_of_a_class_a_title_or_an_alias_in_a_subgraph(name: str) -> None:
    more: JsonObject = {"title": name} if name == "Inner seed" else {}
    if name == "aliased":
        more["properties"] = {"Node name for S&R": name}
    definition = subgraph(INNER, [node(10, "Sample", [7, "fixed", 30], **more)], [])
    ui = graph(
        [node(2, INNER), node(3, "SaveImage", [f"a_%{name}.steps%"])],
        [],
        definitions={"subgraphs": [definition]},
    )
    assert inputs_of(ui)["3"]["filename_prefix"] == "a_30"


def test_what_is_too_long_for_a_file_names_no_widgets() -> None:
    assert (
        substitute_names(NodeNames(EditorGraph("", "", {})), "%a.b%" * 1_000_000)
        == "%a.b%" * 1_000_000
    )
