"""Orphaned values: stored, read back, limited, and shown as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.drafts.draft_rebase import rebase_draft
from runcomfy_desktop.domain.drafts.orphaned_text import orphaned_text
from runcomfy_desktop.domain.drafts.orphaned_values import (
    MAX_CHARS,
    MAX_ORPHANED,
    OrphanedValue,
    orphaned_from_json,
    orphaned_to_json,
    within_limits,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value

TEXT = OrphanedValue(InputKey("6", "text"), "one\ntwo", "CLIPTextEncode", "Prompt", expands=True)
SEED = OrphanedValue(InputKey("31", "seed"), 2**64 - 1, "KSampler", seed_mode=SeedMode.RANDOM)
PHOTO = OrphanedValue(InputKey("9", "image"), MediaFile("me.png", "", "", "image/png", 10, 1, 1))


def test_they_survive_being_written_down() -> None:
    values = (TEXT, SEED, PHOTO, OrphanedValue(TEXT.key, {"$media": {}}, "Other"))
    assert orphaned_from_json(json.loads(json.dumps(orphaned_to_json(values)))) == values


@pytest.mark.parametrize(
    "tree",
    [
        None,
        {},
        "left",
        [None, 5, [], {}, {"values": 5}, {"values": {"6": 5}}],
        [{"class_type": "A", "title": "B", "seed_mode": "keep", "expands": True}],
    ],
)
def test_what_is_no_such_thing_is_left_out(tree: Json) -> None:
    assert orphaned_from_json(tree) == ()


def test_strange_facts_about_a_value_never_cost_the_value() -> None:
    tree: Json = [
        {"values": {"6": {"text": "mine"}}, "class_type": 5, "seed_mode": [], "expands": "yes"},
        {"values": {"7": {"text": "too"}}, "seed_mode": "backwards"},
    ]
    assert orphaned_from_json(tree) == (
        OrphanedValue(InputKey("6", "text"), "mine"),
        OrphanedValue(InputKey("7", "text"), "too"),
    )


def test_the_last_ones_are_kept_when_there_are_too_many() -> None:
    many = [OrphanedValue(InputKey("6", str(number)), number) for number in range(MAX_ORPHANED + 2)]
    assert within_limits(many) == tuple(many[2:])
    assert orphaned_from_json(orphaned_to_json(many)) == tuple(many[2:])


def test_the_last_ones_are_kept_when_they_are_too_large() -> None:
    large = OrphanedValue(InputKey("6", "text"), "a" * (MAX_CHARS - 1000))
    assert within_limits((large, SEED)) == (large, SEED)
    larger = OrphanedValue(InputKey("7", "text"), "a" * 1000)
    assert within_limits((large, SEED, larger)) == (SEED, larger)


def test_they_can_be_read_and_copied_with_their_line_breaks() -> None:
    assert orphaned_text((SEED, TEXT, PHOTO)) == (
        f"#31 KSampler · seed: {2**64 - 1}\n"
        "#6 Prompt (CLIPTextEncode) · text:\none\ntwo\n\n"
        "#9 · image: me.png\n"
    )
    assert orphaned_text((TEXT,), 5) == "#6 Prompt (CLIPTextEncode) · text:\none\nt…\n"


def test_a_large_workflow_that_was_replaced_leaves_all_that_was_typed() -> None:
    def draft(node_id: str, changes: dict[InputKey, Value]) -> Draft:
        workflow = Workflow({node_id: Node(node_id, "KSampler", "", {})})
        return Draft(workflow, DraftSource("Flux"), "dep", changes)

    typed: dict[InputKey, Value] = {InputKey("1", f"x{at}"): at for at in range(12_000)}
    carried = rebase_draft(draft("1", typed), draft("2", {}))
    assert {each.key: each.value for each in carried.orphaned} == typed


def test_yes_and_one_are_two_values() -> None:
    workflow = Workflow({"2": Node("2", "KSampler", "", {})})
    left = tuple(OrphanedValue(InputKey("1", "on"), value, "K") for value in (1, True))
    draft = Draft(workflow, DraftSource("Flux"), "dep", orphaned=left)
    assert [type(each.value) for each in rebase_draft(draft, draft).orphaned] == [int, bool]


def test_one_entry_of_a_file_brings_no_more_than_all_may() -> None:
    values: Json = {"6": {str(number): number for number in range(MAX_ORPHANED + 2)}}
    assert len(orphaned_from_json([{"values": values}])) == MAX_ORPHANED


def test_one_that_is_too_large_takes_no_other_with_it() -> None:
    huge = OrphanedValue(InputKey("6", "text"), "a" * (MAX_CHARS + 1))
    assert within_limits((SEED, huge, TEXT)) == (SEED, TEXT)
