"""Proposals for a preset: each entry becomes a change, a guess to be checked, or a conflict.

Exactly the chosen proposals are applied.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.capture import preset_of
from runcomfy_desktop.domain.presets.conflicts import PresetConflict
from runcomfy_desktop.domain.presets.graph_positions import GraphPositions
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind
from runcomfy_desktop.domain.presets.proposal import (
    PresetProposal,
    apply_proposals,
    reset_proposals,
)
from runcomfy_desktop.domain.presets.proposal_builder import build_proposals, similar_names
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow, link_of
from tests.support.renumbered_workflow import renumber
from tests.support.workflow_files import api_files, read_workflow

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Value

_SCHEMA = NodeSchema(
    {
        "Sampler": {
            "input": {
                "required": {
                    "model": ["MODEL"],
                    "noise_seed": ["INT", {"min": 0, "max": 2**64 - 1}],
                    "steps": ["INT", {"default": 20, "min": 1, "max": 100}],
                    "sampler_name": [["euler", "dpm"]],
                },
                "optional": {"denoise": ["FLOAT", {"min": 0.0, "max": 1.0}]},
            },
            "output": ["LATENT"],
            "output_node": True,
        },
        "Loader": {"input": {"required": {"file": ["STRING", {}]}}, "output": ["MODEL"]},
        "Image": {
            "input": {"required": {"image": [["a.png"], {"image_upload": True}]}},
            "output": ["IMAGE"],
        },
        "Mode": {
            "input": {
                "required": {
                    "kind": [
                        "COMFY_DYNAMICCOMBO_V3",
                        {
                            "options": [
                                {"key": "plain", "inputs": {}},
                                {
                                    "key": "big",
                                    "inputs": {
                                        "required": {
                                            "size": ["INT", {"default": 8, "min": 1, "max": 9}],
                                            "edge": ["INT", {"default": 3, "min": 1, "max": 9}],
                                        }
                                    },
                                },
                            ]
                        },
                    ]
                }
            },
            "output": ["IMAGE"],
        },
    }
)
_NODES = (
    Node(
        "3",
        "Sampler",
        "Draw",
        {"model": ["4", 0], "noise_seed": 1, "steps": 20, "sampler_name": "euler"},
    ),
    Node("4", "Loader", "Load", {"file": "base.ckpt"}),
    Node("5", "Image", "Picture", {"image": "https://example.com/a.png"}),
    Node("6", "Mode", "Mode", {"kind": "plain"}),
)
_WORKFLOW = Workflow({node.node_id: node for node in _NODES})
_DRAFT = Draft(_WORKFLOW, DraftSource("bike"), "0b7e")
_SHA = "ab" * 32
_PICTURE = MediaFile("bike.png", f"{_SHA}.png", _SHA, "image/png", 1000, 20, 10)
_STEPS, _SEED = InputKey("3", "steps"), InputKey("3", "noise_seed")
_NODE = Node(
    "3",
    "Sampler",
    "",
    {"noise_seed": 1, "start_step": 0, "text": "a", "sampler": "euler", "on": True, "kind": "x"},
)


def _entry(
    key: InputKey, value: Value = None, workflow: Workflow = _WORKFLOW, **more: object
) -> PresetEntry:
    node = workflow.nodes.get(key.node_id, Node(key.node_id, "Gone", "", {}))
    place = GraphPositions(workflow).features_of(key.node_id)
    return PresetEntry(key, node.class_type, node.title, value, position=place, **more)  # type: ignore[arg-type]


def _plan(
    *entries: PresetEntry, draft: Draft = _DRAFT, **more: object
) -> tuple[PresetProposal, ...]:
    return build_proposals(Preset("night", entries), draft, _SCHEMA, **more)  # type: ignore[arg-type]


def _one(entry: PresetEntry, draft: Draft = _DRAFT, **more: object) -> PresetProposal:
    (proposal,) = _plan(entry, draft=draft, **more)
    return proposal


def test_a_value_that_fits_is_ticked_with_what_is_there_and_what_comes() -> None:
    found = _one(_entry(_STEPS, 35))
    assert (found.key, found.old, found.new) == (_STEPS, 20, 35)
    assert (found.match_kind, found.conflict, found.reason) == (MatchKind.SAME, None, "")
    assert found.is_ticked
    assert found.has_effect
    assert found.is_possible


def test_a_value_that_is_there_already_changes_nothing() -> None:
    found = _one(_entry(_STEPS, 35), _DRAFT.with_values({_STEPS: 35}))
    assert not found.has_effect
    assert not found.is_ticked
    assert not found.is_possible


@pytest.mark.parametrize(
    ("entry", "conflict", "said"),
    [
        (PresetEntry(InputKey("99", "x"), "Upscale", "", 1), PresetConflict.NODE_GONE, "Upscale"),
        (PresetEntry(InputKey("99", "x"), "", "", 1), PresetConflict.NODE_GONE, "#99"),
        (
            PresetEntry(InputKey("3", "steps"), "OldSampler", "", 1),
            PresetConflict.CLASS_CHANGED,
            "OldSampler",
        ),
        (_entry(InputKey("3", "cfg"), 7.5), PresetConflict.INPUT_GONE, "cfg"),
        (_entry(InputKey("3", "seed"), 7), PresetConflict.INPUT_RENAMED, "noise_seed"),
        (_entry(InputKey("3", "model"), "x"), PresetConflict.IS_LINKED, "linked"),
        (_entry(_STEPS, ["4", 0]), PresetConflict.BRINGS_LINK, "link"),
        (_entry(_STEPS, 1000), PresetConflict.NOT_ALLOWED, "100"),
        (_entry(InputKey("3", "sampler_name"), "eulr"), PresetConflict.NOT_ALLOWED, "eulr"),
    ],
)
def test_what_cannot_simply_be_applied_is_not_ticked_and_says_why(
    entry: PresetEntry, conflict: PresetConflict, said: str
) -> None:
    found = _one(entry)
    assert found.conflict is conflict
    assert said in found.reason
    assert not found.is_ticked
    assert found.is_possible is (
        conflict in (PresetConflict.INPUT_RENAMED, PresetConflict.NOT_ALLOWED)
    )
    assert apply_proposals(_DRAFT, [found], "").changes == (
        {found.key: found.new} if found.is_possible else {}
    )


def test_an_optional_input_that_is_not_saved_can_be_set() -> None:
    found = _one(_entry(InputKey("3", "denoise"), 0.5))
    assert found.conflict is None
    assert not found.is_there


def test_a_file_that_was_found_nowhere_is_left_out() -> None:
    entry = _entry(InputKey("5", "image"), _PICTURE)
    assert _one(entry).conflict is None
    lost = _one(entry, missing={_SHA})
    assert lost.conflict is PresetConflict.NO_MEDIA
    assert "bike.png" in lost.reason
    assert not lost.is_possible


@pytest.mark.parametrize("missing", [(), {_SHA}])
@pytest.mark.parametrize("key", [_STEPS, InputKey("3", "sampler_name"), InputKey("4", "file")])
def test_an_input_that_takes_no_files_gets_none_be_it_there_or_not(
    key: InputKey, missing: Collection[str]
) -> None:
    found, other = _plan(_entry(key, _PICTURE), _entry(_SEED, 7), missing=missing)
    assert found.conflict is PresetConflict.WRONG_FILE
    assert found.reason == "This input takes no files, so bike.png cannot go there."
    assert not found.is_possible
    assert apply_proposals(_DRAFT, [found, other], "").changes == {_SEED: 7}


@pytest.mark.parametrize(
    ("mime", "width", "why"),
    [
        (
            "application/octet-stream",
            0,
            "bike.png is a file of another kind and not a picture (PNG) as its name says. "
            "This input takes pictures.",
        ),
        ("image/png", 0, "bike.png is damaged or cut off."),
    ],
)
def test_what_is_no_picture_goes_to_no_input_for_pictures(mime: str, width: int, why: str) -> None:
    file = replace(_PICTURE, mime=mime, width=width)
    found = _one(_entry(InputKey("5", "image"), file))
    assert (found.conflict, found.reason) == (PresetConflict.WRONG_FILE, why)
    assert not found.is_possible


@pytest.mark.parametrize(
    ("file", "missing", "conflict"),
    [
        (_PICTURE, (), PresetConflict.INPUT_RENAMED),
        (_PICTURE, {_SHA}, PresetConflict.NO_MEDIA),
        (replace(_PICTURE, mime="text/plain"), (), PresetConflict.WRONG_FILE),
    ],
)
def test_a_file_for_an_input_that_was_renamed_is_looked_at_as_well(
    file: MediaFile, missing: Collection[str], conflict: PresetConflict
) -> None:
    found = _one(_entry(InputKey("5", "images"), file), missing=missing)
    assert found.conflict is conflict
    assert found.is_possible is (conflict is PresetConflict.INPUT_RENAMED)


def test_a_file_that_lies_elsewhere_is_the_same_file() -> None:
    key = InputKey("5", "image")
    draft = _DRAFT.with_values({key: _PICTURE})
    elsewhere = MediaFile(
        "copy.png", _PICTURE.stored_name, _SHA, "image/png", 1000, 20, 10, path="/tmp/copy.png"
    )
    assert not _one(_entry(key, elsewhere), draft).has_effect


def test_a_seed_comes_with_its_mode() -> None:
    found = _one(_entry(_SEED, 7, seed_mode=SeedMode.RANDOM))
    assert (found.old_mode, found.new_mode) == (SeedMode.KEEP, SeedMode.RANDOM)
    after = apply_proposals(_DRAFT, [found], "night.json")
    assert after.changes == {_SEED: 7}
    assert after.seed_modes == {_SEED: SeedMode.RANDOM}
    assert after.preset == "night.json"


def test_a_mode_alone_leaves_the_value() -> None:
    draft = _DRAFT.with_values({_SEED: 9})
    entry = _entry(_SEED, has_value=False, seed_mode=SeedMode.COUNT_UP)
    after = apply_proposals(draft, _plan(entry, draft=draft), "")
    assert after.changes == {_SEED: 9}
    assert after.seed_modes == {_SEED: SeedMode.COUNT_UP}
    back = _entry(_SEED, has_value=False, seed_mode=SeedMode.KEEP)
    assert apply_proposals(after, _plan(back, draft=after), "").seed_modes == {}


def test_an_input_that_is_no_seed_gets_the_value_alone() -> None:
    found = _one(_entry(_STEPS, 35, seed_mode=SeedMode.RANDOM))
    assert found.conflict is PresetConflict.NO_SEED
    assert found.is_ticked
    after = apply_proposals(_DRAFT, [found], "")
    assert (after.changes, after.seed_modes) == ({_STEPS: 35}, {})


def test_a_seed_that_is_drawn_anew_here_says_that_the_value_will_not_last() -> None:
    draft = _DRAFT.with_seed_mode(_SEED, SeedMode.RANDOM)
    found = _one(_entry(_SEED, 7), draft)
    assert found.conflict is PresetConflict.SEED_CHANGES
    assert found.is_ticked


def test_alternatives_are_switched_with_the_text() -> None:
    key = InputKey("4", "file")
    on = apply_proposals(_DRAFT, _plan(_entry(key, "{a|b}", expands=True)), "")
    assert on.dynamic_prompt_inputs == {key}
    assert (
        apply_proposals(on, _plan(_entry(key, "plain"), draft=on), "").dynamic_prompt_inputs
        == frozenset()
    )


def test_a_choice_brings_its_inputs_with_it() -> None:
    kind, size, edge = (InputKey("6", name) for name in ("kind", "kind.size", "kind.edge"))
    plan = _plan(_entry(kind, "big"), _entry(size, 5))
    assert {each.conflict for each in plan} == {None}
    after = apply_proposals(_DRAFT, plan, "", _SCHEMA)
    assert after.changes == {kind: "big", size: 5, edge: 3}


def test_the_input_of_a_choice_that_is_not_made_is_gone() -> None:
    assert _one(_entry(InputKey("6", "kind.size"), 5)).conflict is PresetConflict.INPUT_GONE


def test_a_limit_counts_with_the_choice_that_comes() -> None:
    plan = _plan(_entry(InputKey("6", "kind"), "big"), _entry(InputKey("6", "kind.size"), 99))
    assert plan[0].conflict is PresetConflict.NOT_ALLOWED
    assert plan[0].entry.key.name == "kind.size"


def test_conflicts_come_first_then_guesses_then_what_is_plain_then_what_changes_nothing() -> None:
    workflow = Workflow({**_WORKFLOW.nodes, "14": Node("14", "Other", "T", {"x": 1})})
    draft = Draft(workflow, DraftSource("bike"), "0b7e")
    plan = _plan(
        _entry(_SEED, 1),
        _entry(_STEPS, 35),
        PresetEntry(InputKey("9", "x"), "Other", "T", 5),
        PresetEntry(InputKey("99", "x"), "Gone", "", 1),
        draft=draft,
    )
    assert [each.entry.key.name for each in plan] == ["x", "x", "steps", "noise_seed"]
    assert plan[0].conflict is PresetConflict.NODE_GONE
    assert plan[1].match_kind is MatchKind.TITLE
    assert plan[1].is_ticked
    assert "#9" in plan[1].reason
    assert "#14" in plan[1].reason


def test_the_person_chooses_where_several_can_be_meant() -> None:
    nodes = {f"{n}": Node(f"{n}", "Text", "Prompt", {"text": "", "more": ""}) for n in (11, 12, 13)}
    draft = Draft(Workflow(nodes), DraftSource("bike"))
    text, more = InputKey("1", "text"), InputKey("1", "more")
    entries = [PresetEntry(key, "Text", "Prompt", "a bike") for key in (text, more)]
    plan = _plan(*entries, draft=draft)
    assert {each.conflict for each in plan} == {PresetConflict.SEVERAL_NODES}
    assert [each.node_id for each in plan[0].candidates] == ["11", "12", "13"]
    chosen = _plan(*entries, draft=draft, targets={text: InputKey("12", "text")})
    settled = next(each for each in chosen if each.match_kind is MatchKind.CHOSEN)
    assert settled.key == InputKey("12", "text")
    assert settled.is_ticked
    assert len(settled.candidates) == 3


def test_a_class_that_changed_can_be_overruled() -> None:
    entry = PresetEntry(_STEPS, "OldSampler", "", 35)
    assert _one(entry).candidates == (_STEPS,)
    assert _one(entry, targets={_STEPS: _STEPS}).is_ticked


def test_two_values_for_one_input_are_not_both_applied() -> None:
    entries = [_entry(_STEPS, 35), PresetEntry(InputKey("99", "steps"), "Gone", "", 50)]
    plan = _plan(*entries, targets={entries[1].key: _STEPS})
    assert [each.conflict for each in plan] == [PresetConflict.DUPLICATE, None]
    assert apply_proposals(_DRAFT, plan, "").changes == {_STEPS: 50}


def test_what_the_preset_does_not_name_stays_unless_it_is_reset() -> None:
    key = InputKey("4", "file")
    draft = _DRAFT.with_values({key: "mine.ckpt", _STEPS: 50})
    draft = draft.with_seed_mode(_SEED, SeedMode.RANDOM)
    plan = _plan(_entry(_STEPS, 35), draft=draft)
    assert apply_proposals(draft, plan, "").changes == {key: "mine.ckpt", _STEPS: 35}
    resets = reset_proposals(draft, plan)
    assert {each.key for each in resets} == {key, _SEED}
    after = apply_proposals(draft, [*plan, *resets], "")
    assert (after.changes, after.seed_modes) == ({_STEPS: 35}, {})


def test_only_an_id_from_this_deployment_is_believed_without_a_class() -> None:
    entry = PresetEntry(_STEPS, "", "", 35)
    ours = build_proposals(Preset("", (entry,), deployment_id="0b7e"), _DRAFT, _SCHEMA)
    assert ours[0].match_kind is MatchKind.SAME
    strange = build_proposals(Preset("", (entry,)), _DRAFT, _SCHEMA)
    assert strange[0].match_kind is MatchKind.ID
    assert strange[0].reason


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-40:])
def test_a_preset_of_a_real_workflow_is_found_again_under_other_ids(path: Path) -> None:
    before = read_workflow(path.read_bytes())
    after, ids = renumber(before, 11)
    draft = Draft(after, DraftSource("file"))
    keys = [key for key in before.input_keys() if link_of(before.value(key)) is None]
    entries = tuple(_entry(key, _other(before.value(key)), before) for key in keys)
    plan = build_proposals(Preset("all", entries), draft, None)
    assert len(plan) == len(entries)
    for each in plan:
        assert each.key == InputKey(ids[each.entry.key.node_id], each.entry.key.name)
        moved = each.key.node_id != each.entry.key.node_id
        assert each.is_guess or not moved
        assert bool(each.reason) is each.is_guess or each.conflict is not None
    home = build_proposals(Preset("all", entries), Draft(before, DraftSource("file")), None)
    assert {each.match_kind for each in home} <= {MatchKind.SAME}


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-40:])
def test_a_preset_that_was_saved_and_read_finds_a_real_workflow_again(path: Path) -> None:
    before = read_workflow(path.read_bytes())
    after, ids = renumber(before, 4)
    keys = [key for key in before.input_keys() if link_of(before.value(key)) is None]
    changes = {key: _other(before.value(key)) for key in keys}
    made = preset_of(Draft(before, DraftSource("file")).with_values(changes), "All")
    draft = Draft(after, DraftSource("file"))
    plan = build_proposals(read_preset(write_preset(made)), draft, None)
    done = apply_proposals(draft, [each for each in plan if each.is_possible], "all.json")
    assert done.changes == {key._replace(node_id=ids[key.node_id]): changes[key] for key in keys}


def _other(value: object) -> Value:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value} and more" if isinstance(value, str) else "another"


_VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=9),
    st.just(_PICTURE),
    st.just(["4", 0]),
    st.just({"__value__": [1]}),
)


_KEYS = st.builds(
    InputKey,
    st.sampled_from(["3", "4", "5", "6", "99", ""]),
    st.sampled_from(["steps", "noise_seed", "seed", "model", "kind", "kind.size", "image", ""]),
)


_ENTRIES = st.builds(
    PresetEntry,
    _KEYS,
    st.sampled_from(["Sampler", "Loader", "Image", "Mode", "Gone", ""]),
    st.sampled_from(["Draw", "Load", ""]),
    _VALUES,
    st.booleans(),
    st.sampled_from([None, *SeedMode]),
    st.booleans(),
    position=st.sampled_from([(), ("model<Loader",), ("1/2",)]),
)


@given(st.lists(_ENTRIES, max_size=8), st.dictionaries(_KEYS, _VALUES, max_size=4), st.integers())
def test_whatever_a_preset_says_only_what_was_chosen_changes(
    entries: list[PresetEntry], changes: dict[InputKey, Value], seed: int
) -> None:
    draft = _DRAFT.with_values(changes)
    plan = _plan(*entries, draft=draft)
    assert sorted(map(id, (each.entry for each in plan))) == sorted(map(id, entries))
    draw = random.Random(seed)
    chosen = [each for each in plan if each.is_possible and draw.random() < 0.7]
    keys = {each.key for each in chosen if each.key is not None}
    after = apply_proposals(draft, chosen, "night.json")
    for key in {*draft.changes, *after.changes}:
        if key not in keys:
            assert after.changes.get(key) == draft.changes.get(key) or _is_nan(draft, key)
            assert (key in after.changes) is (key in draft.changes)
    # The proposals ticked by default cut no link and add none.
    ticked = apply_proposals(draft, [each for each in plan if each.is_ticked], "")
    for key in ticked.changes.keys() - draft.changes.keys():
        assert link_of(_WORKFLOW.value(key)) is None
        assert isinstance(ticked.changes[key], MediaFile) or link_of(ticked.value(key)) is None  # type: ignore[arg-type]


def _is_nan(draft: Draft, key: InputKey) -> bool:
    value = draft.changes.get(key)
    return isinstance(value, float) and value != value


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("seed", 7, ("noise_seed",)),
        ("start_at_step", 3, ("start_step",)),
        ("Text", "b", ("text",)),
        ("sampler_name", "dpm", ("sampler",)),
        ("seed", "seven", ()),
        ("cfg", 7.5, ()),
        ("kind.size", "x", ()),
        ("x" * 100_000, 7, ()),
    ],
)
def test_a_name_is_offered_that_is_like_it_and_fits(
    name: str, value: Value, expected: tuple[str, ...]
) -> None:
    entry = PresetEntry(InputKey("3", name), "Sampler", "", value)
    assert similar_names(entry, tuple(_NODE.inputs), _NODE, None) == expected
