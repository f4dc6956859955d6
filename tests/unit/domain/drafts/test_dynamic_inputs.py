"""Current inputs of a node with dynamic inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.dynamic_inputs import (
    active_names,
    active_spec,
    choice_changes,
    needs_inline,
    sent_changes,
    sent_names,
    sent_workflow,
)
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

_NODE = Node("1", "Sampler", "", {"seed": 3, "steps": 20})
_DRAFT = Draft(Workflow({"1": _NODE}), DraftSource("a"))

_RATE: Json = ["INT", {"default": 8, "min": 1, "max": 60}]
_MP4: Json = {
    "required": {
        "codec": [
            "COMFY_DYNAMICCOMBO_V3",
            {
                "options": [
                    {"key": "h264", "inputs": {"required": {"crf": ["FLOAT", {"default": 23.0}]}}},
                    {"key": "av1", "inputs": {"required": {"speed": ["INT", {"default": 6}]}}},
                ]
            },
        ],
        "rate": _RATE,
    }
}
_GIF: Json = {
    "required": {"rate": ["INT", {"default": 5, "min": 1, "max": 10}], "image": ["IMAGE"]}
}
_SCHEMA = NodeSchema(
    {
        "Sampler": {"input": {"required": {"model": ["MODEL"], "seed": ["INT"], "steps": ["INT"]}}},
        "Save": {
            "input": {
                "required": {
                    "name": ["STRING", {}],
                    "format": [
                        "COMFY_DYNAMICCOMBO_V3",
                        {
                            "options": [
                                {"key": "mp4", "inputs": _MP4},
                                {"key": "gif", "inputs": _GIF},
                                {"key": "auto", "inputs": {}},
                            ]
                        },
                    ],
                    "end": ["STRING", {}],
                },
                "optional": {"note": ["STRING", {}]},
            }
        },
    }
)
_SAVED: dict[str, Json] = {
    "name": "a",
    "format": "mp4",
    "format.codec": "h264",
    "format.codec.crf": 20,
    "format.rate": 24,
    "end": "z",
}
_SAVE = Node("2", "Save", "", _SAVED)
_VIDEO = Draft(Workflow({"2": _SAVE}), DraftSource("a"))
_FORMAT = InputKey("2", "format")


def test_changed_values_alone_are_overrides() -> None:
    draft = _DRAFT.with_values({InputKey("1", "seed"): 4})
    assert active_names(_NODE, draft, None) == ("seed", "steps")
    assert not needs_inline(draft, None)
    assert sent_workflow(draft, None) == draft.workflow


def test_an_input_that_is_added_goes_with_the_whole_workflow() -> None:
    draft = _DRAFT.with_values({InputKey("1", "steps.extra"): "a"})
    assert active_names(_NODE, draft, None) == ("seed", "steps", "steps.extra")
    assert needs_inline(draft, None)
    assert list(sent_workflow(draft, None).nodes["1"].inputs) == [
        "seed",
        "steps",
        "steps.extra",
    ]


def test_a_required_input_that_is_missing_is_shown_at_its_place_and_not_sent() -> None:
    assert active_names(_NODE, _DRAFT, _SCHEMA) == ("model", "seed", "steps")
    assert sent_names(_NODE, _DRAFT, _SCHEMA) == ("seed", "steps")
    assert not needs_inline(_DRAFT.with_values({InputKey("1", "seed"): 4}), _SCHEMA)
    node = Node("1", "Sampler", "", {"model": ["4", 0], "seed": 1})
    draft = Draft(Workflow({"1": node}), DraftSource("a"))
    assert active_names(node, draft, _SCHEMA) == ("model", "seed", "steps")
    cured = draft.with_values({InputKey("1", "steps"): 20})
    assert sent_names(node, cured, _SCHEMA) == ("model", "seed", "steps")
    assert needs_inline(cured, _SCHEMA)


def test_children_of_the_saved_choice_are_there() -> None:
    assert active_names(_SAVE, _VIDEO, _SCHEMA) == tuple(_SAVED)


def test_another_choice_brings_its_children_with_their_defaults_in_one_step() -> None:
    values = choice_changes(InputKey("2", "format.codec"), "av1", _VIDEO, _SCHEMA)
    assert values == {InputKey("2", "format.codec"): "av1", InputKey("2", "format.codec.speed"): 6}
    draft = _VIDEO.with_values(values)
    assert active_names(_SAVE, draft, _SCHEMA) == (
        "name",
        "format",
        "format.codec",
        "format.codec.speed",
        "format.rate",
        "end",
    )
    assert needs_inline(draft, _SCHEMA)
    inputs = sent_workflow(draft, _SCHEMA).nodes["2"].inputs
    assert "format.codec.crf" not in inputs
    assert inputs["format.codec.speed"] is None
    assert sent_changes(draft, _SCHEMA) == draft.changes


def test_a_choice_takes_away_what_is_below_it_however_deep() -> None:
    draft = _VIDEO.with_values({_FORMAT: "auto"})
    assert active_names(_SAVE, draft, _SCHEMA) == ("name", "format", "end")


def test_a_child_of_both_choices_keeps_its_value_where_it_is_allowed() -> None:
    values = choice_changes(_FORMAT, "gif", _VIDEO, _SCHEMA)
    assert values == {_FORMAT: "gif", InputKey("2", "format.rate"): 5}
    low = _VIDEO.with_values({InputKey("2", "format.rate"): 7})
    assert choice_changes(_FORMAT, "gif", low, _SCHEMA) == {_FORMAT: "gif"}
    # An input that has to be linked is shown, too: the node cannot run without it.
    draft = _VIDEO.with_values(values)
    assert active_names(_SAVE, draft, _SCHEMA)[-3:] == ("format.rate", "format.image", "end")
    assert "format.image" not in sent_workflow(draft, _SCHEMA).nodes["2"].inputs


def test_back_at_the_saved_choice_nothing_is_changed() -> None:
    draft = _VIDEO.with_values(choice_changes(_FORMAT, "gif", _VIDEO, _SCHEMA))
    back = draft.with_values(choice_changes(_FORMAT, "mp4", draft, _SCHEMA))
    assert dict(back.changes) == {InputKey("2", "format.rate"): 5}
    typed = _VIDEO.with_values({InputKey("2", "format.codec.crf"): 30})
    assert (
        InputKey("2", "format.codec.crf")
        not in typed.with_values(choice_changes(_FORMAT, "gif", typed, _SCHEMA)).changes
    )


def test_the_defaults_of_a_choice_within_a_choice_come_too() -> None:
    auto = Node("2", "Save", "", {"name": "a", "format": "auto", "end": "z"})
    draft = Draft(Workflow({"2": auto}), DraftSource("a"))
    values = choice_changes(_FORMAT, "mp4", draft, _SCHEMA)
    assert values == {
        _FORMAT: "mp4",
        InputKey("2", "format.codec"): "h264",
        InputKey("2", "format.codec.crf"): 23.0,
        InputKey("2", "format.rate"): 8,
    }
    spec = active_spec(InputKey("2", "format.codec.crf"), draft.with_values(values), _SCHEMA)
    assert spec.kind is InputKind.FLOAT


def test_what_was_typed_into_an_input_that_is_gone_is_not_sent() -> None:
    draft = _VIDEO.with_values({InputKey("2", "format.codec.crf"): 30, _FORMAT: "auto"})
    assert dict(sent_changes(draft, _SCHEMA)) == {_FORMAT: "auto"}
    assert dict(sent_changes(draft.with_values({InputKey("9", "x"): 1}), _SCHEMA)) == {
        _FORMAT: "auto"
    }


def test_an_input_that_is_not_dynamic_is_changed_alone() -> None:
    name = InputKey("2", "name")
    assert choice_changes(name, "b", _VIDEO, _SCHEMA) == {name: "b"}
    assert choice_changes(name, "b", _VIDEO, None) == {name: "b"}
    assert choice_changes(InputKey("7", "x"), 1, _VIDEO, _SCHEMA) == {InputKey("7", "x"): 1}


def test_a_value_that_was_mended_gets_the_editor_of_its_type() -> None:
    key = InputKey("1", "steps")
    draft = Draft(Workflow({"1": Node("1", "Sampler", "", {"steps": "STEPS"})}), DraftSource("a"))
    assert active_spec(key, draft, _SCHEMA).kind is InputKind.OTHER
    assert active_spec(key, draft.with_values({key: 20}), _SCHEMA).kind is InputKind.INT
    assert active_spec(InputKey("1", "seed"), draft, _SCHEMA).kind is InputKind.INT


@pytest.mark.parametrize("schema", [None, _SCHEMA])
@pytest.mark.parametrize("choice", ["mp4", "gif", "auto", None])
@pytest.mark.parametrize("extra", [{}, {"note": "n"}, {"name": "b"}, {"format.image": "x"}])
def test_sent_is_what_is_live_and_has_a_value(
    schema: NodeSchema | None, choice: str | None, extra: dict[str, Json]
) -> None:
    inputs = {name: value for name, value in _SAVED.items() if name not in ("end", "format.rate")}
    node = Node("2", "Save", "", {"stranger": 1, **inputs})
    chosen = {} if choice is None else {"format": choice}
    values = {InputKey("2", name): value for name, value in {**chosen, **extra}.items()}
    draft = Draft(Workflow({"2": node}), DraftSource("a")).with_values(values)
    assert sent_names(node, draft, schema) == tuple(
        name
        for name in active_names(node, draft, schema)
        if name in node.inputs or InputKey("2", name) in draft.changes
    )


def test_a_choice_counts_at_its_own_node_alone() -> None:
    other = Node("3", "Save", "", _SAVED)
    rates = [InputKey(node_id, "format.rate") for node_id in ("2", "3")]
    draft = Draft(Workflow({"2": _SAVE, "3": other}), DraftSource("a")).with_values(
        {_FORMAT: "gif"}
    )
    assert [active_spec(key, draft, _SCHEMA).maximum for key in rates] == [10, 60]
    assert active_spec(InputKey("2", "name"), draft, _SCHEMA).kind is InputKind.STRING
