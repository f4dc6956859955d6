"""List of stored drafts: read from the heads only, newest first, unreadable files by name."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store import draft_summaries
from runcomfy_desktop.store.draft_summaries import (
    DraftSummaries,
    UnreadableDraft,
    draft_path,
    read_summaries,
    summary_of,
    with_known_summaries,
)
from runcomfy_desktop.store.drafts import FORMAT, DraftStore

if TYPE_CHECKING:
    from pathlib import Path

SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")
WORKFLOW = Workflow(
    {
        "31": Node("31", "KSampler", "", {"seed": 1}),
        "6": Node("6", "CLIPTextEncode", "", {"text": "a"}),
    }
)
DRAFT = Draft(WORKFLOW, DraftSource("bike", "/a/bike.json", content="c0"), "one").with_values(
    {SEED: 5}
)


def silent(_error: Exception) -> None:
    raise AssertionError("nothing was expected to fail")


async def store(folder: Path, *drafts: Draft) -> None:
    store = DraftStore(folder, silent)
    for age_s, draft in enumerate(drafts):
        store.save(draft)
        await store.flush()
        os.utime(draft_path(folder, draft.key), (1000 - age_s, 1000 - age_s))


def listed(folder: Path) -> DraftSummaries:
    return read_summaries(folder, FORMAT)


async def test_each_draft_is_told_without_its_changes(tmp_path: Path) -> None:
    further = replace(DRAFT, draft_id="b", title="Blue", preset="p/blue.json")
    await store(tmp_path, DRAFT, further.with_values({TEXT: "b"}))
    first, second = listed(tmp_path).summaries
    assert replace(first, workflow_hash="") == summary_of(DRAFT, 1000.0)
    assert (second.key, second.title, second.preset) == ("draft:b", "Blue", "p/blue.json")
    assert second.change_count == 2
    assert first.workflow_hash == second.workflow_hash != ""


async def test_of_a_huge_draft_only_the_head_is_read(tmp_path: Path) -> None:
    await store(tmp_path, DRAFT.with_values({TEXT: "x" * 200_000}))
    path = draft_path(tmp_path, DRAFT.key)
    # Data after the head are not read, so the rest of the file can be missing.
    path.write_bytes(path.read_bytes()[:100_000])
    (head,) = listed(tmp_path).summaries
    assert head.change_count == 2


def test_a_draft_of_before_is_counted(tmp_path: Path) -> None:
    text = "x" * 50_000
    old = {
        "format": 1,
        "key": "one",
        "deployment_id": "one",
        "changes": {"31": {"seed": 3, "text": text}, "7": "odd"},
    }
    draft_path(tmp_path, "one").write_text(json.dumps(old, indent=1))
    (head,) = listed(tmp_path).summaries
    assert (head.key, head.change_count) == ("one", 2)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"key": 5}', "[" * 100_000])
def test_what_is_damaged_is_named(tmp_path: Path, content: str) -> None:
    draft_path(tmp_path, "one").write_text(content)
    found = listed(tmp_path)
    assert found.summaries == ()
    assert [each.name for each in found.unreadable] == [draft_path(tmp_path, "one").name]


def test_what_was_put_aside_and_what_is_newer_is_named(tmp_path: Path) -> None:
    (tmp_path / f"{'a' * 64}.broken-1.json").write_text("{")
    newer = {"format": FORMAT + 1, "key": "one"}
    draft_path(tmp_path, "one").write_text(json.dumps(newer))
    draft_path(tmp_path, "two").write_text(json.dumps({"format": 1, "key": "another"}))
    (tmp_path / "notes.json").write_text("{")
    (tmp_path / f"{'b' * 64}.json").mkdir()
    found = listed(tmp_path).unreadable
    assert len(found) == 3
    assert [each.name for each in found if each.is_newer] == [draft_path(tmp_path, "one").name]


async def test_there_is_an_end_to_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed(tmp_path / "nowhere") == DraftSummaries()
    monkeypatch.setattr(draft_summaries, "MAX_LISTED", 2)
    await store(tmp_path, *(replace(DRAFT, draft_id=str(number)) for number in range(5)))
    found = listed(tmp_path)
    assert [head.key for head in found.summaries] == ["draft:0", "draft:1"]
    assert found.omitted_count == 3


async def test_values_without_a_place_are_counted_apart(tmp_path: Path) -> None:
    left = (OrphanedValue(InputKey("9", "text"), "a" * 20_000), OrphanedValue(SEED, 7, "Other"))
    draft = replace(DRAFT, changes={}, orphaned=left)
    await store(tmp_path, draft)
    (head,) = read_summaries(tmp_path, FORMAT).summaries
    assert (head.change_count, head.orphaned_count) == (0, 2)
    assert replace(head, workflow_hash="") == summary_of(draft, 1000)


async def test_what_the_disk_does_not_give_is_as_it_was_known(tmp_path: Path) -> None:
    drafts = [replace(DRAFT, draft_id=each) for each in "abc"]
    await store(tmp_path, *drafts)
    before = listed(tmp_path)
    path = draft_path(tmp_path, drafts[1].key)
    odd = UnreadableDraft(path.name, modified_s=999.0, is_io_error=True)
    found = DraftSummaries((before.summaries[0], before.summaries[2]), (odd,), 4)
    assert with_known_summaries(found, tmp_path, before.summaries) == replace(
        before, omitted_count=4
    )
    assert with_known_summaries(found, tmp_path, ()) == found
    damaged = replace(found, unreadable=(replace(odd, is_io_error=False),))
    assert with_known_summaries(damaged, tmp_path, before.summaries) == damaged
