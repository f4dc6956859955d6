"""Validation of one node by itself: findings, and the links that are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration, nearest_float
from runcomfy_desktop.domain.schema.node_class import NodeClass
from runcomfy_desktop.domain.validation.custom_validation import (
    CUSTOM_VALIDATIONS,
    custom_validation,
    unwrap_value,
)
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.validation.node_validation import (
    NodeValidation,
    accepted_issue,
    check_value,
    types_can_link,
    validate_node,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

EXPECTED_ISSUES = NodeClass(
    "A",
    {
        "input": {
            "required": {"a": ["IMAGE"], "b": ["INT", {"min": 0}]},
            "optional": {"c": ["*"]},
            "hidden": {"prompt": "PROMPT"},
        }
    },
)


class NodeContextStub:
    """Context with one node, `n`, that outputs a picture."""

    def output_types(self, node_id: str) -> tuple[Json, ...] | None:
        return {"n": ("IMAGE",), "unknown": None}[node_id]

    def file_exists(self, file: str) -> bool:
        return True

    def accepts(self, declaration: InputDeclaration, value: Json) -> bool:
        return value == "anything"


def node_validation(**inputs: Json) -> NodeValidation:
    return validate_node(inputs, EXPECTED_ISSUES, NodeContextStub())


def test_what_is_linked_is_gone_on_along() -> None:
    seen = node_validation(a=["n", 0], b=["unknown", 5], c=["nobody", 0])
    assert seen.followed_links == (("a", "n"), ("b", "unknown"))
    assert seen.breaks_check_early
    assert [each.name for each in seen.issues] == ["c"]


def test_a_link_that_does_not_fit_is_a_link_all_the_same() -> None:
    seen = node_validation(a=["n", 0], b=["n", 0])
    assert seen.followed_links == (("a", "n"),)
    assert seen.sources == ("n", "n")
    assert not seen.breaks_check


def test_strangers_are_named_unless_the_server_or_an_old_editor_put_them_there() -> None:
    seen = node_validation(a=["n", 0], b=1, prompt={}, upload="image", audioUI="", extra=5)
    assert [(each.name, each.is_accepted) for each in seen.issues] == [("extra", True)]


def test_what_the_context_takes_is_not_checked() -> None:
    assert not node_validation(a=["n", 0], b="anything").issues
    (finding,) = node_validation(a=["n", 0], b="something").issues
    assert finding.kind is IssueKind.INVALID_INPUT_TYPE


def declared(
    kind: str | list[Json], facts: JsonObject, *, required: bool = True
) -> InputDeclaration:
    return InputDeclaration("A", "x", kind, facts, required)


@pytest.mark.parametrize(
    ("kind", "facts", "value", "made"),
    [
        ("INT", {}, 20, ...),
        ("INT", {}, 20.0, ...),
        ("INT", {}, 20.7, 20),
        ("INT", {}, " 7 ", 7),
        ("INT", {}, False, 0),
        ("FLOAT", {}, 1, ...),
        ("FLOAT", {}, "1e3", 1000.0),
        ("FLOAT", {}, True, 1.0),
        ("FLOAT", {}, float("inf"), None),
        ("STRING", {}, 5, None),
        ("STRING", {}, "5", ...),
        ("BOOLEAN", {}, "false", True),
        ("BOOLEAN", {}, 0, ...),
        ("BOOLEAN", {}, None, False),
        ("BOOLEAN", {}, 2, True),
        ("MODEL", {}, "text", None),
        ("MODEL", {}, None, ...),
        ("*", {}, "text", ...),
        ("FLOAT,INT", {}, "text", ...),
        ("WEBCAM", {}, "text", ...),
        ("CURVE", {}, {"points": []}, ...),
        ("ODD", {"socketless": True}, 1, ...),
        ("COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a", "inputs": {}}]}, "a", ...),
        ("COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a", "inputs": {}}]}, "b", None),
        ("COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a", "inputs": {}}]}, ["4", 0], None),
    ],
)
def test_what_is_taken_by_mistake(kind: str, facts: JsonObject, value: Json, made: object) -> None:
    told = declared(kind, facts)
    assert check_value(told, value, has_custom_validation=False) is None
    finding = accepted_issue(told, value)
    if finding is None:
        assert made is ...
    else:
        assert finding.is_accepted
        assert finding.limit == made


def test_a_check_of_the_class_takes_the_place_of_limits() -> None:
    told = declared("INT", {"max": 5})
    assert check_value(told, 9, has_custom_validation=True) is None
    refused = check_value(told, 9, has_custom_validation=False)
    assert refused is not None
    assert (refused.kind, refused.limit) == (IssueKind.ABOVE_MAXIMUM, 5)
    text = check_value(told, "a", has_custom_validation=True)
    assert text is not None
    assert text.kind is IssueKind.INVALID_INPUT_TYPE


def test_choices_are_compared_as_python_compares() -> None:
    told = declared([1, "a", None, {"b": 1}, ["c"]], {})
    same: list[Json] = [1, 1.0, True, "a", None, {"b": 1}, {"__value__": ["c"]}]
    assert not [each for each in same if check_value(told, each, has_custom_validation=False)]
    others: list[Json] = ["1", 2, {}, {"__value__": []}]
    assert all(check_value(told, each, has_custom_validation=False) for each in others)
    assert unwrap_value({"__value__": 3}) == 3


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        ("IMAGE", "IMAGE", True),
        ("IMAGE", "MASK", False),
        ("*", "MASK", True),
        ("IMAGE", "IMAGE, MASK", True),
        ("INT,FLOAT", "STRING,FLOAT", True),
        ("INT", "*,MASK", True),
        ("COMFY_MATCHTYPE_V3", "MASK", True),
        (["a"], "COMBO", True),
        (["a"], ["a"], True),
        (["a"], ["b"], False),
        ("COMBO", ["a"], False),
        (None, "MASK", False),
    ],
)
def test_which_types_may_be_linked(given: Json, wanted: str | list[Json], fits: bool) -> None:
    assert types_can_link(given, wanted) is fits


def test_a_class_that_takes_everything_checks_every_input() -> None:
    assert CUSTOM_VALIDATIONS["CustomCombo"].covers("anything")
    assert CUSTOM_VALIDATIONS["SelectVAEDevice"].covers("device")
    assert CUSTOM_VALIDATIONS["LoadImage"].covers("image")
    assert not CUSTOM_VALIDATIONS["LoadImage"].covers("other")
    assert not custom_validation("Nobody", {}).covers("image")


_NUMBERS = st.one_of(st.integers(), st.floats(), st.just(10**400), st.booleans())


@given(
    st.sampled_from(["INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "*", "IMAGE"]),
    st.dictionaries(
        st.sampled_from(["min", "max"]), st.one_of(_NUMBERS, st.none(), st.text(max_size=2))
    ),
    st.one_of(_NUMBERS, st.text(max_size=3), st.none(), st.lists(st.none(), max_size=1)),
)
def test_what_a_glance_lets_pass_passes_a_closer_look(
    kind: str, facts: JsonObject, value: Json
) -> None:
    told = declared(kind, facts)
    if told.is_plainly_valid(value):
        assert check_value(told, value, has_custom_validation=False) is None
        assert accepted_issue(told, value) is None


@pytest.mark.parametrize(
    ("value", "kind", "nearest"),
    [
        (-(2**63) + 1, IssueKind.BELOW_MINIMUM, -9223372036854774784.0),
        (float(-(2**63) + 1), IssueKind.BELOW_MINIMUM, -9223372036854774784.0),
        (2**63 - 1, IssueKind.ABOVE_MAXIMUM, 9223372036854774784.0),
        (-(2**62), None, None),
        (0, None, None),
    ],
)
def test_a_limit_is_compared_with_the_value_as_a_float(
    value: Json, kind: IssueKind | None, nearest: float | None
) -> None:
    told = declared("FLOAT", {"min": -(2**63) + 1, "max": 2**63 - 1})
    assert told.is_plainly_valid(value) is (kind is None)
    finding = check_value(told, value, has_custom_validation=False)
    assert (finding and finding.kind) is kind
    if finding is not None:
        # The corrected value is allowed, and is also a limit in the input's editor.
        assert finding.limit == nearest
        assert check_value(told, finding.limit, has_custom_validation=False) is None
        assert nearest in (told.spec.minimum, told.spec.maximum)


def test_a_limit_that_is_a_float_stays_as_it_is() -> None:
    for limit in (0, 0.5, -3, 10**299):
        low = check_value(declared("FLOAT", {"min": limit}), limit - 1, has_custom_validation=False)
        assert low is None or low.limit in (limit, float(limit))
    assert nearest_float(7, is_max=True) == 7
    assert isinstance(nearest_float(7, is_max=True), int)
    assert nearest_float(10**400, is_max=True) == 10**400


def test_a_glance_is_enough_for_most_values() -> None:
    assert declared("INT", {"min": 0, "max": 2**64 - 1}).is_plainly_valid(2**64 - 1)
    assert declared("FLOAT", {"min": 0.0, "max": 1}).is_plainly_valid(1)
    assert declared("STRING", {"multiline": True}).is_plainly_valid("a bike")
    assert declared("BOOLEAN", {}).is_plainly_valid(False)
