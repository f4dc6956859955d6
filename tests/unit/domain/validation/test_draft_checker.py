"""The check of a draft: blocking issues and warnings, their texts, and their quick fixes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.dynamic_inputs import choice_changes
from runcomfy_desktop.domain.media.media import INLINE_CAP_BYTES, INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.draft_checker import WHOLE_WORKFLOW, DraftChecker
from runcomfy_desktop.domain.validation.input_issue import InputIssue, IssueKind
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value

CHOICE: Json = [
    "COMFY_DYNAMICCOMBO_V3",
    {
        "options": [
            {"key": "auto", "inputs": {"required": {}}},
            {
                "key": "mp4",
                "inputs": {"required": {"crf": ["FLOAT", {"default": 23.0, "max": 51}]}},
            },
            {"key": "raw", "inputs": {"required": {"alpha": ["MASK"]}}},
        ]
    },
]
CLASSES: JsonObject = {
    "Sampler": {
        "input": {
            "required": {
                "seed": ["INT", {"min": 0, "max": 2**64 - 1}],
                "steps": ["INT", {"default": 20, "min": 1, "max": 100}],
                "cfg": ["FLOAT", {"default": 8.0, "min": 0.0, "max": 30.0}],
                "sampler": [["euler", "euler_ancestral", "dpmpp_2m", "ddim", "lcm"], {}],
                "tiled": ["BOOLEAN", {"default": False}],
                "text": ["STRING", {"multiline": True}],
                "image": ["IMAGE"],
            },
            "optional": {"remote": ["COMBO", {"options": []}], "mask": ["MASK"]},
        },
        "output": ["IMAGE"],
        "output_node": False,
    },
    "LoadImage": {
        "input": {"required": {"image": [["a.png"], {"image_upload": True}]}},
        "output": ["IMAGE", "MASK"],
        "output_node": False,
    },
    "Save": {
        "input": {"required": {"images": ["IMAGE"], "format": CHOICE}},
        "output": [],
        "output_node": True,
    },
}
SCHEMA = NodeSchema(CLASSES)
GRAPH: JsonObject = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "mine.png"}},
    "2": {
        "class_type": "Sampler",
        "inputs": {
            "seed": 1,
            "steps": 20,
            "cfg": 8,
            "sampler": "euler",
            "tiled": False,
            "text": "a bike",
            "image": ["1", 0],
            "remote": "anything",
        },
    },
    "3": {"class_type": "Save", "inputs": {"images": ["2", 0], "format": "auto"}},
}
PICTURE = MediaFile("bike.png", "ab.png", "ab", "image/png", 10, 3, 2)
IMAGE = InputKey("1", "image")


def draft_of(graph: JsonObject) -> Draft:
    return Draft(workflow_from_json(graph), DraftSource("a"), "0b7e")


def with_node(node_id: str, class_type: str, **inputs: Json) -> JsonObject:
    """Returns GRAPH with one node added or replaced."""
    return {**GRAPH, node_id: {"class_type": class_type, "inputs": dict(inputs)}}


def with_inputs(node_id: str, without: tuple[str, ...] = (), **inputs: Json) -> JsonObject:
    """Returns GRAPH with other values in one of its nodes."""
    node = GRAPH[node_id]
    assert isinstance(node, dict)
    assert isinstance(node["inputs"], dict)
    merged = {**node["inputs"], **inputs}
    stored = {name: value for name, value in merged.items() if name not in without}
    return {**GRAPH, node_id: {**node, "inputs": stored}}


def faults_of(draft: Draft, schema: NodeSchema | None = SCHEMA) -> Mapping[InputKey, InputIssue]:
    return DraftChecker().issues(draft, schema)


def test_a_workflow_in_order_has_no_fault() -> None:
    assert not faults_of(draft_of(GRAPH))
    assert not faults_of(draft_of(GRAPH), None)


@pytest.mark.parametrize(
    ("name", "value", "kind", "words", "cure"),
    [
        ("steps", 0, IssueKind.BELOW_MINIMUM, "0 is below the minimum. Set it to 1 or more.", 1),
        ("steps", 101, IssueKind.ABOVE_MAXIMUM, "101 is above the maximum", 100),
        ("seed", -1, IssueKind.BELOW_MINIMUM, "-1 is below the minimum", 0),
        ("seed", 2**64, IssueKind.ABOVE_MAXIMUM, "is above the maximum", 2**64 - 1),
        ("seed", 10**90, IssueKind.ABOVE_MAXIMUM, "more than 60 digits", 2**64 - 1),
        ("cfg", 30.5, IssueKind.ABOVE_MAXIMUM, "30.5 is above the maximum. Set it to 30.0", 30.0),
        ("cfg", float("nan"), IssueKind.INVALID_INPUT_TYPE, "“nan” is not a number.", 8.0),
        ("cfg", float("inf"), IssueKind.INVALID_INPUT_TYPE, "“inf” is not a number.", 8.0),
        ("cfg", "much", IssueKind.INVALID_INPUT_TYPE, "“much” is not a number.", 8.0),
        ("steps", "many", IssueKind.INVALID_INPUT_TYPE, "“many” is not a whole number.", 20),
        ("steps", None, IssueKind.INVALID_INPUT_TYPE, "“null” is not a whole number.", 20),
        ("sampler", "eulr", IssueKind.NOT_IN_LIST, "“eulr” is not one of: euler, ", "euler"),
        ("sampler", "DDIM ", IssueKind.NOT_IN_LIST, "“DDIM” is not one of", "ddim"),
        ("sampler", "zzz", IssueKind.NOT_IN_LIST, "dpmpp_2m, ddim, …", None),
        ("sampler", None, IssueKind.NOT_IN_LIST, "“null” is not one of", None),
        ("image", [1, 2, 3], IssueKind.BAD_LINKED_INPUT, "a list of 3 entries", None),
        ("image", ["9", 0], IssueKind.BAD_LINKED_INPUT, "Comes from node #9, which is not", None),
        ("image", ["1", 9], IssueKind.BAD_LINKED_INPUT, "output 9 of node #1", None),
        ("image", ["1", 1], IssueKind.RETURN_TYPE_MISMATCH, "is MASK, and only IMAGE", None),
    ],
)
def test_what_comfyui_refuses_blocks_where_the_person_did_it_and_warns_elsewhere(
    name: str, value: Json, kind: IssueKind, words: str, cure: Json
) -> None:
    key = InputKey("2", name)
    fault = faults_of(draft_of(GRAPH).with_values({key: value}))[key]
    assert (fault.kind, fault.blocks) == (kind, True)
    assert words in fault.text
    assert (None if fault.quick_fix is None else fault.quick_fix.value) == cure
    saved = draft_of(with_inputs("2", (), **{name: value}))
    assert not faults_of(saved)[key].blocks
    assert faults_of(saved)[key].text == fault.text
    assert faults_of(replace(saved, runs_file=True))[key].blocks


@pytest.mark.parametrize(
    ("name", "value", "words", "cure"),
    [
        ("steps", 20.7, "ComfyUI runs 20 in place of “20.7”.", 20),
        ("steps", "20", "ComfyUI runs 20 in place of “20”.", 20),
        ("steps", True, "ComfyUI runs 1 in place of “true”.", 1),
        ("cfg", "7.5", "ComfyUI runs 7.5 in place of “7.5”.", 7.5),
        ("tiled", "false", "ComfyUI takes it for “on”", False),
        ("text", 42, "“42” is no text", "42"),
        ("text", {"a": 1}, "is no text", None),
        ("image", "a.png", "a value where a link belongs", None),
        ("stranger", 5, "no input of this name", None),
    ],
)
def test_what_comfyui_takes_by_mistake_is_a_warning(
    name: str, value: Json, words: str, cure: Json
) -> None:
    key = InputKey("2", name)
    for draft in (
        draft_of(GRAPH).with_values({key: value}),
        replace(draft_of(with_inputs("2", (), **{name: value})), runs_file=True),
    ):
        fault = faults_of(draft)[key]
        assert not fault.blocks
        assert words in fault.text
        if fault.quick_fix is not None or cure is not None:
            assert fault.quick_fix is not None
            assert fault.quick_fix.value == cure


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 20.0),
        ("steps", 50),
        ("cfg", 8),
        ("tiled", 1),
        ("remote", "not listed"),
        ("sampler", "lcm"),
        ("image", ["1", 0]),
        ("mask", None),
    ],
)
def test_what_is_fine_is_not_named(name: str, value: Json) -> None:
    assert not faults_of(draft_of(GRAPH).with_values({InputKey("2", name): value}))


def test_a_quick_fix_is_named_by_what_it_does() -> None:
    draft = draft_of(GRAPH).with_values(
        {
            InputKey("2", "steps"): 500,
            InputKey("2", "sampler"): "eular",
            InputKey("2", "tiled"): "no",
        }
    )
    cures = {key.name: fault.quick_fix for key, fault in faults_of(draft).items()}
    labels = {name: None if cure is None else cure.label for name, cure in cures.items()}
    assert labels == {"steps": "Set to 100", "sampler": "Use euler", "tiled": "Turn it off"}


def test_a_missing_input_is_cured_by_the_default_of_its_class() -> None:
    draft = draft_of(with_inputs("2", without=("steps", "image")))
    faults = faults_of(draft)
    steps, image = faults[InputKey("2", "steps")], faults[InputKey("2", "image")]
    assert (steps.kind, image.kind) == (IssueKind.REQUIRED_INPUT_MISSING,) * 2
    assert steps.quick_fix is not None
    assert (steps.quick_fix.label, steps.quick_fix.value) == ("Set to 20", 20)
    assert image.quick_fix is None
    assert "Nothing is linked here" in image.text
    cured = draft.with_values({InputKey("2", "steps"): steps.quick_fix.value})
    assert InputKey("2", "steps") not in faults_of(cured)


def test_what_a_choice_asks_for_blocks_as_the_choice_was_made_here() -> None:
    key = InputKey("3", "format")
    draft = draft_of(GRAPH)
    chosen = draft.with_values(choice_changes(key, "raw", draft, SCHEMA))
    fault = faults_of(chosen)[InputKey("3", "format.alpha")]
    assert (fault.kind, fault.blocks) == (IssueKind.REQUIRED_INPUT_MISSING, True)
    high = draft.with_values(
        {**choice_changes(key, "mp4", draft, SCHEMA), InputKey("3", "format.crf"): 60}
    )
    assert faults_of(high)[InputKey("3", "format.crf")].kind is IssueKind.ABOVE_MAXIMUM
    wrong = faults_of(draft.with_values({key: "mp5"}))[key]
    assert (wrong.kind, wrong.blocks) == (IssueKind.NOT_IN_LIST, False)
    assert wrong.quick_fix is not None
    assert wrong.quick_fix.value == "mp4"


def test_values_that_are_gone_with_a_choice_are_not_checked() -> None:
    inputs: JsonObject = {"format": "mp4", "format.crf": 99}
    graph = with_inputs("3", (), **inputs)
    crf, choice = InputKey("3", "format.crf"), InputKey("3", "format")
    assert crf in faults_of(draft_of(graph))
    assert crf not in faults_of(draft_of(graph).with_values({choice: "auto"}))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "No picture is chosen."),
        ("bike.png", ""),
        ("data:image/png;base64,AAAA", ""),
        ("data:image/png;base64," + "A" * (INLINE_CAP_BYTES * 4 // 3), ""),
        ("data:image/png;base64," + "A" * (INLINE_CAP_BYTES * 2), "Use an address instead"),
        ("https://files.example.org/bike.png", ""),
        ("ftp://files.example.org/bike.png", "begins with https://"),
        ("http://192.168.1.2/bike.png", "inside your own network"),
        ("http://localhost/bike.png", "inside your own network"),
        (PICTURE, ""),
        (replace(PICTURE, size_bytes=INLINE_LIMIT_BYTES + 1), ""),
        (replace(PICTURE, size_bytes=INLINE_CAP_BYTES + 1), "or use an address"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "picture",
)
@pytest.mark.parametrize("schema", [SCHEMA, None], ids=["schema", "none"])
def test_files_and_addresses(value: Value, words: str, schema: NodeSchema | None) -> None:
    faults = faults_of(draft_of(GRAPH).with_values({IMAGE: value}), schema)
    if words:
        assert words in faults[IMAGE].text
        assert faults[IMAGE].blocks
    else:
        assert not faults


def test_without_a_schema_a_cut_wire_and_a_strange_seed_are_named() -> None:
    draft = draft_of(with_inputs("2", image=["9", 0], steps=-5))
    faults = faults_of(draft, None)
    assert set(faults) == {InputKey("2", "image")}
    assert "#9" in faults[InputKey("2", "image")].text
    seed = InputKey("2", "seed")
    for value, cure in ((-1, 0), (2**64, 2**64 - 1)):
        fault = faults_of(draft.with_values({seed: value}), None)[seed]
        assert not fault.blocks
        assert fault.quick_fix is not None
        assert fault.quick_fix.value == cure


def test_what_leads_to_no_result_is_not_run_and_blocks_nothing() -> None:
    graph = with_node("9", "Sampler", steps=0)
    assert not faults_of(replace(draft_of(graph), runs_file=True))
    steps = InputKey("9", "steps")
    fault = faults_of(draft_of(graph).with_values({steps: -1}))[steps]
    assert not fault.blocks


def test_a_workflow_without_a_result_is_named_as_a_whole() -> None:
    draft = draft_of({key: GRAPH[key] for key in ("1", "2")})
    fault = faults_of(draft)[WHOLE_WORKFLOW]
    assert (fault.kind, fault.blocks) == (IssueKind.NO_OUTPUTS, False)
    assert faults_of(replace(draft, runs_file=True))[WHOLE_WORKFLOW].blocks
    assert WHOLE_WORKFLOW not in faults_of(draft, None)
    # A schema that does not declare output nodes causes no issue.
    silent: JsonObject = {name: {"input": {}} for name in CLASSES}
    assert WHOLE_WORKFLOW not in faults_of(draft, NodeSchema(silent))


def test_a_node_of_an_unknown_kind_is_named() -> None:
    graph = with_node("9", "Zoom\n<b>", x=["2", 0])
    fault = faults_of(draft_of(graph))[InputKey("9", "")]
    assert (fault.kind, fault.blocks) == (IssueKind.MISSING_NODE_TYPE, False)
    assert fault.text.endswith("Zoom <b>.")
    assert faults_of(replace(draft_of(graph), runs_file=True))[InputKey("9", "")].blocks


def test_a_link_to_an_entry_that_is_no_node_leads_nowhere() -> None:
    graph: JsonObject = {
        "_comment": "made by me",
        "1": {"inputs": {"image": "a.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    }
    draft = Draft(workflow_from_json(graph), DraftSource("a", "a.json"), runs_file=True)
    fault = faults_of(draft)[InputKey("2", "images")]
    assert fault.blocks
    assert fault.kind is IssueKind.BAD_LINKED_INPUT
    assert fault.text == "Comes from node #1, which is not in this workflow."


def test_a_choice_of_a_custom_pack_may_be_taken_all_the_same() -> None:
    """The pack's class may have its own check, which is unknown."""
    pack: JsonObject = {"python_module": "custom_nodes.pack"}
    lists: list[list[Json]] = [["a", "b"], [1]]
    for choices in lists:
        inputs: JsonObject = {"required": {"mode": [choices, {}], "size": ["INT", {"max": 5}]}}
        packed: JsonObject = {**pack, "input": inputs, "output": [], "output_node": True}
        schema = NodeSchema({"Pack": packed})
        graph: JsonObject = {"1": {"class_type": "Pack", "inputs": {"mode": "c", "size": 9}}}
        draft = Draft(workflow_from_json(graph), DraftSource("a", "a.json"), runs_file=True)
        faults = faults_of(draft, schema)
        mode = faults[InputKey("1", "mode")]
        assert (mode.kind, mode.blocks) == (IssueKind.NOT_IN_LIST, False)
        assert mode.text.startswith("“c” is not one of: ")
        assert mode.text.endswith("after the machine has started, which is billed.")
        # Limits count for classes of packs as usual.
        assert faults[InputKey("1", "size")].blocks
        known = NodeSchema({"Pack": {**packed, "python_module": "nodes"}})
        assert faults_of(draft, known)[InputKey("1", "mode")].blocks


def test_links_that_go_round_are_named_at_each_node_of_the_circle() -> None:
    graph = with_inputs("2", image=["4", 0])
    node = graph["2"]
    assert isinstance(node, dict)
    assert isinstance(node["inputs"], dict)
    graph["4"] = {"class_type": "Sampler", "inputs": {**node["inputs"], "image": ["2", 0]}}
    faults = faults_of(replace(draft_of(graph), runs_file=True))
    circle = {key.node_id for key, fault in faults.items() if fault.kind is IssueKind.CYCLE}
    assert circle == {"2", "4"}
    assert faults[InputKey("2", "")].blocks
    assert "#2 ← #4 ← #2" in faults[InputKey("2", "")].text


def test_a_value_for_a_node_that_is_gone_can_be_taken_away() -> None:
    gone = InputKey("77", "text")
    draft = replace(draft_of(GRAPH), changes={gone: "b"})
    fault = faults_of(draft)[gone]
    assert (fault.kind, fault.blocks) == (IssueKind.UNKNOWN_INPUT, True)
    assert fault.quick_fix is not None
    assert gone not in draft.with_values({gone: fault.quick_fix.value}).changes
    added = InputKey("2", "stranger")
    fault = faults_of(draft_of(GRAPH).with_values({added: 1}))[added]
    assert fault.quick_fix is not None
    assert fault.quick_fix.label == "Remove it"


def test_a_schema_that_lies_changes_nothing_and_warns() -> None:
    lying: JsonObject = {
        **CLASSES,
        "Sampler": {
            "input": {
                "required": {
                    "seed": ["INT", {"min": 9, "max": 3}],
                    "steps": ["FLOAT", {"min": float("nan"), "max": "many"}],
                    "sampler": [[], {}],
                    "cfg": ["BOOLEAN", {"options": 5}],
                    "text": "odd",
                    "image": [],
                }
            },
            "output": ["IMAGE"],
        },
    }
    draft = draft_of(GRAPH)
    faults = faults_of(draft, NodeSchema(lying))
    assert all(not fault.blocks for fault in faults.values())
    assert draft.workflow == workflow_from_json(GRAPH)


_VALUES: st.SearchStrategy[Json] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["euler", "mp4", "raw", "auto", ["1", 0], ["2", 0], ["9", 0], ["1", 7]]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["__value__", "a"]), st.integers(), max_size=2),
)
_KEYS = st.sampled_from(
    [
        *(InputKey("2", name) for name in ("seed", "steps", "sampler", "image", "text", "mask")),
        *(InputKey("3", name) for name in ("images", "format", "format.crf", "format.alpha")),
        InputKey("1", "image"),
        InputKey("9", "gone"),
    ]
)


@given(st.lists(st.dictionaries(_KEYS, _VALUES, max_size=3), max_size=6))
def test_step_by_step_it_finds_what_it_would_find_at_once(
    edits: list[dict[InputKey, Json]],
) -> None:
    checker, draft = DraftChecker(), draft_of(GRAPH)
    checker.issues(draft, SCHEMA)
    for values in edits:
        draft = draft.with_values(values)
        assert dict(checker.issues(draft, SCHEMA)) == dict(faults_of(draft))


def test_an_edit_looks_at_its_own_node_only() -> None:
    checker, draft = DraftChecker(), draft_of(GRAPH)
    before = checker.issues(draft, SCHEMA)
    assert checker.issues(draft, SCHEMA) is before
    wrong = draft.with_values({InputKey("2", "steps"): 0})
    assert set(checker.issues(wrong, SCHEMA)) == {InputKey("2", "steps")}
    assert not checker.issues(draft, SCHEMA)
    assert checker.issues(wrong, None) == {}
