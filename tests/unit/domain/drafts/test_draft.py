"""Drafts: the changes are exactly the differences, and they survive storing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.drafts.draft import (
    Draft,
    DraftSource,
    SeedMode,
    Value,
    changes_from_json,
    changes_to_json,
    media_files,
    same_value,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.workflow_files import SAMPLES, api_files, read_workflow

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json

PICTURE = MediaFile("bike.png", "ab.png", "ab", "image/png", 10, 3, 2, path="/bike.png")
SEED = InputKey("3", "seed")


def draft_of(path: Path = SAMPLES / "api" / "many-kinds.json") -> Draft:
    return Draft(read_workflow(path.read_bytes()), DraftSource(path.name, str(path)))


async def sent(draft: Draft, folder: Path) -> Json:
    """Returns the body of a run, assembled from its pieces."""
    body = SubmitBody(draft.changes, folder)
    content: Json = json.loads(b"".join([piece async for piece in body.chunks()]))
    return content


def other_than(value: Json) -> Json:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "!"
    return "something else"


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-60:])
async def test_an_untouched_file_sends_the_empty_set_of_overrides(
    path: Path, tmp_path: Path
) -> None:
    draft = draft_of(path)
    assert await sent(draft, tmp_path) == {"overrides": {}}
    # Setting every value to itself is not a change.
    same = {key: draft.workflow.value(key) for key in draft.workflow.input_keys()}
    assert await sent(draft.with_values(same), tmp_path) == {"overrides": {}}


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-60:])
async def test_one_changed_input_sends_exactly_that_change(path: Path, tmp_path: Path) -> None:
    draft = draft_of(path)
    for key in draft.workflow.input_keys():
        node = draft.workflow.nodes[key.node_id]
        if not input_spec(None, node, key.name).kind.is_editable:
            continue
        value = other_than(draft.workflow.value(key))
        changed = draft.with_values({key: value})
        expected = {"overrides": {key.node_id: {"inputs": {key.name: value}}}}
        assert await sent(changed, tmp_path) == expected
        back = changed.with_values({key: draft.workflow.value(key)})
        assert back.changes == {}


def test_a_value_is_the_change_or_else_the_workflows() -> None:
    draft = draft_of().with_values({SEED: 5})
    assert draft.value(SEED) == 5
    assert draft.value(InputKey("3", "steps")) == 20
    assert draft.with_values({SEED: 2**64 - 1}).changes == {}


def test_true_is_a_change_of_one_but_one_point_zero_is_not() -> None:
    cfg, tiled = InputKey("3", "cfg"), InputKey("3", "tiled")
    assert draft_of().with_values({cfg: 7.0}).changes == {}
    assert draft_of().with_values({cfg: True}).changes == {cfg: True}
    assert draft_of().with_values({tiled: 0}).changes == {tiled: 0}


def test_a_draft_is_not_touched_by_the_next_one() -> None:
    first = draft_of()
    first.with_values({SEED: 5}).with_seed_mode(SEED, SeedMode.RANDOM)
    assert (first.changes, first.seed_modes) == ({}, {})


def test_keep_is_no_seed_mode_to_remember() -> None:
    draft = draft_of().with_seed_mode(SEED, SeedMode.COUNT_UP)
    assert draft.seed_modes == {SEED: SeedMode.COUNT_UP}
    assert draft.with_seed_mode(SEED, SeedMode.KEEP).seed_modes == {}


def test_a_key_for_each_deployment_and_each_file() -> None:
    workflow = draft_of().workflow
    assert Draft(workflow, DraftSource("a"), "0b7e").key == "0b7e"
    assert Draft(workflow, DraftSource("a", "/a.json"), "0b7e").key == "file:/a.json"
    assert Draft(workflow, DraftSource("a", "/a.json")).source.is_file


@pytest.mark.parametrize(
    "value",
    [
        {"$media": {"name": "a.png", "stored_name": f"{'0' * 64}.png", "size_bytes": 10}},
        {"$media": {}},
        {"$plain": 5},
        {"$plain": {"$media": {}}},
    ],
)
def test_a_value_from_outside_never_becomes_a_file_of_this_computer(value: Json) -> None:
    changes: dict[InputKey, Value] = {SEED: value}
    assert changes_from_json(json.loads(json.dumps(changes_to_json(changes)))) == changes


@pytest.mark.parametrize(
    "name", ["../token.txt", "/etc/hostname", "..", "a/b.png", "C:a.png", "a\\b.png", "a.png:b"]
)
def test_a_stored_file_lies_in_the_media_folder_or_nowhere(name: str) -> None:
    media = changes_from_json({"9": {"image": {"$media": {"stored_name": name}}}})
    assert media == {InputKey("9", "image"): MediaFile("", "", "", "", 0, 0, 0)}


def test_a_picture_that_was_sent_anyway_is_read_as_any_other() -> None:
    tree = changes_to_json({InputKey("9", "image"): PICTURE})
    older = json.loads(json.dumps(tree).replace('"path"', '"send_large": true, "path"'))
    assert older != tree
    assert changes_from_json(older) == {InputKey("9", "image"): PICTURE}


def test_media_files_are_the_same_only_when_all_is() -> None:
    assert same_value(PICTURE, replace(PICTURE))
    assert not same_value(PICTURE, replace(PICTURE, path=""))
    assert not same_value(PICTURE, "ab.png")
    assert not same_value(None, PICTURE)


def test_changes_survive_being_written_down() -> None:
    changes: dict[InputKey, Value] = {
        SEED: 2**64 - 1,
        InputKey("3", "tiled"): True,
        InputKey("192:42", "resize_type.width"): 5,
        InputKey("7", "➕ Add Lora"): "x\n\ud800",
        InputKey("7", "lora_1"): {"on": False, "$media": "no picture"},
        InputKey("7", "nothing"): None,
        InputKey("9", "image"): PICTURE,
    }
    text = json.dumps(changes_to_json(changes))
    assert "base64" not in text
    assert changes_from_json(json.loads(text)) == changes


@pytest.mark.parametrize("tree", [None, [], "x", {"3": None, "4": ["a"]}, {}])
def test_what_is_no_tree_of_changes_is_none(tree: Json) -> None:
    assert changes_from_json(tree) == {}


def test_where_a_file_came_from_is_written_down_too() -> None:
    film = replace(PICTURE, path="/home/me/fi\udcfflm.mp4", mtime_ns=5, length_s=2.5)
    changes: dict[InputKey, Value] = {InputKey("9", "file"): film}
    text = json.dumps(changes_to_json(changes))
    assert changes_from_json(json.loads(text)) == changes
    assert media_files(draft_of().with_values({SEED: film})) == [film]


def test_a_file_of_an_older_program_has_no_origin() -> None:
    tree = json.loads(json.dumps(changes_to_json({InputKey("9", "image"): PICTURE})))
    for name in ("path", "mtime_ns", "length_s"):
        del tree["9"]["image"]["$media"][name]
    assert changes_from_json(tree) == {InputKey("9", "image"): replace(PICTURE, path="")}


@pytest.mark.parametrize("length", [True, "9", -1.0, 1e30, None, [2]])
def test_a_length_that_is_none_is_not_believed(length: Json) -> None:
    tree: Json = {"9": {"a": {"$media": {"path": 5, "mtime_ns": "x", "length_s": length}}}}
    media = changes_from_json(tree)[InputKey("9", "a")]
    assert media == MediaFile("", "", "", "", 0, 0, 0)


def test_a_broken_picture_entry_is_an_empty_one() -> None:
    tree: Json = {"9": {"image": {"$media": {"name": 5, "size_bytes": "x", "width": True}}}}
    media = changes_from_json(tree)[InputKey("9", "image")]
    assert media == MediaFile("5", "", "", "", 0, 0, 0)
