"""The rules by which ComfyUI validates the nodes of a graph, each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from tests.support.expected_validation import REFUSED, expected_validation

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

K = IssueKind
SCHEMA = NodeSchema(
    {
        "Number": {
            "input": {"required": {"value": ["INT", {"min": 0, "max": 9}]}},
            "output": ["INT"],
        },
        "Any": {"input": {"optional": {"a": ["*"], "b": ["*"]}}, "output": ["*", "INT"]},
        "Mixed": {
            "input": {
                "required": {"x": ["FLOAT,INT", {"min": 0.0}]},
                "optional": {"names": ["COMBO", {"options": ["a", "b"], "multiselect": True}]},
            },
            "output": ["STRING"],
        },
        "LoadImage": {
            "input": {"required": {"image": [["a.png"], {"image_upload": True}]}},
            "output": ["IMAGE", "MASK"],
        },
        "Show": {"input": {"required": {"it": ["*"]}}, "output": [], "output_node": True},
        "ShowInt": {
            "input": {"required": {"it": ["INT", {"max": 5}]}, "optional": {"more": ["INT"]}},
            "output": ["INT"],
            "output_node": True,
        },
    }
)


def node(class_type: str, **inputs: Json) -> Json:
    return {"class_type": class_type, "inputs": dict(inputs)}


def issues_of(**graph: Json) -> set[tuple[str, str, IssueKind]]:
    return {
        (each.node_id, each.name, each.kind) for each in expected_validation(graph, SCHEMA).issues
    }


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5, None),
        ("5", None),
        (" 5 ", None),
        (5.9, None),
        (True, None),
        ({"__value__": 5}, None),
        (-1, K.BELOW_MINIMUM),
        ("-1", K.BELOW_MINIMUM),
        (9.99, None),
        (10, K.ABOVE_MAXIMUM),
        ("5.5", K.INVALID_INPUT_TYPE),
        ("", K.INVALID_INPUT_TYPE),
        (None, K.INVALID_INPUT_TYPE),
        ({}, K.INVALID_INPUT_TYPE),
        ({"__value__": [5]}, K.INVALID_INPUT_TYPE),
        (float("nan"), K.INVALID_INPUT_TYPE),
        (float("inf"), K.INVALID_INPUT_TYPE),
        ([5], K.BAD_LINKED_INPUT),
        ([], K.BAD_LINKED_INPUT),
    ],
)
def test_a_number_is_converted_before_it_is_compared(value: Json, kind: IssueKind | None) -> None:
    found = issues_of(a=node("Number", value=value), z=node("Show", it=["a", 0]))
    assert found == (set() if kind is None else {("a", "value", kind)})


@pytest.mark.parametrize(
    "link",
    [["nobody", 0], ["n", 9], ["n", -9], ["n", "0"], ["n", None], ["n", 0.0], [5, 0], [{}, 0]],
)
def test_a_link_that_leads_nowhere_breaks_the_check(link: Json) -> None:
    graph: JsonObject = {"n": node("Number", value=1), "z": node("Show", it=link)}
    assert issues_of(**graph) == {("z", "", K.EXCEPTION)}
    graph["m"] = node("Any", a=link)
    graph["z"] = node("Show", it=["m", 0])
    assert issues_of(**graph) == {("m", "it", K.INNER_EXCEPTION)}


@pytest.mark.parametrize("link", [["n", -1], ["n", True], ["n", 1]])
def test_a_slot_is_counted_as_python_counts(link: Json) -> None:
    assert not issues_of(n=node("Any"), z=node("ShowInt", it=link))


def test_types_join_and_any_fits() -> None:
    number, text = node("Number", value=1), node("Mixed", x=["n", 0])
    assert not issues_of(n=number, z=node("Show", it=["m", 0]), m=text)
    mixed = issues_of(n=number, m=text, z=node("ShowInt", it=["m", 0]))
    assert mixed == {("z", "it", K.RETURN_TYPE_MISMATCH)}
    # ComfyUI does not check the nodes behind a link that does not fit.
    assert not {
        each
        for each in issues_of(m=node("Mixed"), z=node("ShowInt", it=["m", 0]))
        if each[0] == "m"
    }
    # The value of an input of several types is not converted: a value that cannot be compared with
    # the limit breaks the check.
    assert issues_of(m=node("Mixed", x="much"), z=node("Show", it=["m", 0])) == {
        ("m", "it", K.INNER_EXCEPTION)
    }
    assert issues_of(m=node("Mixed", x=-1), z=node("Show", it=["m", 0])) == {
        ("m", "x", K.BELOW_MINIMUM)
    }


def test_several_choices_are_each_looked_up() -> None:
    def names(value: Json) -> set[tuple[str, str, IssueKind]]:
        return issues_of(m=node("Mixed", x=1, names=value), z=node("Show", it=["m", 0]))

    assert not names({"__value__": ["a", "b"]})
    assert not names({"__value__": []})
    assert not names("a")
    assert names({"__value__": ["a", "c"]}) == {("m", "names", K.NOT_IN_LIST)}
    assert names({"a": 1}) == {("m", "names", K.NOT_IN_LIST)}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a.png", None),
        ("a.png [input]", None),
        ("b.png", K.CUSTOM_VALIDATION),
        ("a.png [output]", K.CUSTOM_VALIDATION),
        ("https://a.example/a.png", K.CUSTOM_VALIDATION),
        (5, K.INNER_EXCEPTION),
        (None, K.INNER_EXCEPTION),
        (["n", 0], K.INNER_EXCEPTION),
        (["a", "b", "c"], K.INNER_EXCEPTION),
    ],
)
def test_a_class_that_loads_a_file_looks_for_it_itself(value: Json, kind: IssueKind | None) -> None:
    number, show = node("Number", value=1), node("Show", it=["i", 0])
    found = issues_of(n=number, i=node("LoadImage", image=value), z=show)
    assert {each[2] for each in found} == ({kind} if kind else set())


def test_a_check_of_its_own_breaks_where_its_input_is_missing() -> None:
    found = issues_of(i=node("LoadImage"), z=node("Show", it=["i", 0]))
    assert found == {("i", "it", K.INNER_EXCEPTION)}


@pytest.mark.parametrize("inputs", [None, 5, [], ""])
def test_inputs_that_are_no_object_break_the_check_of_all(inputs: Json) -> None:
    number: Json = {"class_type": "Number", "inputs": inputs}
    validation = expected_validation({"n": number, "z": node("Show", it="x")}, SCHEMA)
    assert (validation.status, validation.issues) == (500, ())


def test_inputs_that_are_none() -> None:
    assert issues_of(n=node("Number"), z=node("Show", it=["n", 0])) == {
        ("n", "value", K.REQUIRED_INPUT_MISSING)
    }
    assert issues_of(n={"class_type": "Number"}, z=node("Show", it=["n", 0])) == {
        ("n", "it", K.INNER_EXCEPTION)
    }


_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
_VALUE = _JSON | st.sampled_from([["a", 0], ["b", 0], ["b", 1], ["c", 0], {"__value__": ["a"]}])
_NODE = st.fixed_dictionaries(
    {
        "class_type": st.sampled_from(
            ["Number", "Any", "Mixed", "LoadImage", "Show", "ShowInt", "?"]
        )
    },
    optional={
        "inputs": _JSON
        | st.dictionaries(
            st.sampled_from(["value", "a", "b", "x", "names", "image", "it"]), _VALUE, max_size=4
        ),
        "_meta": _JSON,
    },
)


@given(st.dictionaries(st.sampled_from("abcd"), _NODE | _JSON, max_size=4))
def test_nothing_in_a_graph_raises(graph: dict[str, Json]) -> None:
    validation = expected_validation(graph, SCHEMA)
    assert validation.status in (200, 400, 500)
    assert (validation.error == REFUSED) <= bool(validation.issues)
