"""Values of inputs that no longer exist stay with the draft, over edits and restarts."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.drafts.difference_text import difference_text
from runcomfy_desktop.domain.drafts.draft import (
    Draft,
    DraftSource,
    SeedMode,
    is_edited,
    is_worth_keeping,
)
from runcomfy_desktop.domain.presets.capture import is_changed, preset_of
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.unit.core.editor.test_draft_editor import BIKE, GRAPH, SEED, TEXT, draft_of, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value

STYLE = InputKey("9", "style")
OLD: JsonObject = {**GRAPH, "9": {"class_type": "Styler", "inputs": {"style": "plain"}}}
OTHER: JsonObject = {**GRAPH, "9": {"class_type": "Poser", "inputs": {"style": "stand"}}}


@asynccontextmanager
async def started(folder: Path, graph: JsonObject) -> AsyncIterator[DraftEditor]:
    """Yields the editor after a restart, with a deployment whose workflow is `graph`."""
    store, draft_editor = DraftStore(folder, failed), DraftEditor()
    draft_editor.edited.subscribe(store.save)
    changes_to(draft_editor, graph, await store.load(BIKE.deployment_id))
    yield draft_editor
    await store.close()


@asynccontextmanager
async def started_with_file(
    folder: Path, graph: JsonObject, content: str
) -> AsyncIterator[DraftEditor]:
    """Yields the editor after a restart, with a file whose workflow is `graph`."""
    store, draft_editor = DraftStore(folder, failed), DraftEditor()
    draft_editor.edited.subscribe(store.save)
    source = DraftSource("bike.json", "/bike.json", content=content)
    draft = Draft(workflow_from_json(graph), source)
    draft_editor.open_draft(draft, await store.load(draft.key))
    yield draft_editor
    await store.close()


def failed(error: Exception) -> None:
    raise AssertionError(error)


def changes_to(
    draft_editor: DraftEditor, graph: JsonObject, stored_value: Draft | None = None
) -> None:
    assert BIKE.payload is not None
    payload = replace(BIKE.payload, workflow=graph)
    draft_editor.open_deployment(replace(BIKE, payload=payload), stored_value)


def orphaned(draft_editor: DraftEditor) -> list[tuple[InputKey, Value]]:
    return [(each.key, each.value) for each in draft_of(draft_editor).orphaned]


def changes(draft_editor: DraftEditor) -> dict[InputKey, Value]:
    return dict(draft_of(draft_editor).changes)


def stored(folder: Path) -> str:
    return "".join(each.read_text() for each in folder.glob("*.json"))


async def test_a_value_without_a_place_outlives_edits_and_starts(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as harness:
        harness.edit({STYLE: "ink on paper", TEXT: "a car"}, "Edit")
    async with started(tmp_path, GRAPH) as harness:
        assert changes(harness) == {TEXT: "a car"}
        harness.edit({SEED: 7}, "Edit")
    assert "ink on paper" in stored(tmp_path)
    for _start in range(2):
        async with started(tmp_path, GRAPH) as harness:
            assert orphaned(harness) == [(STYLE, "ink on paper")]
            assert changes(harness) == {TEXT: "a car", SEED: 7}
            harness.edit({SEED: 8}, "Edit")
            harness.edit({SEED: 7}, "Edit")


async def test_it_is_no_change_and_is_neither_sent_nor_put_into_presets(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as harness:
        harness.edit({STYLE: "ink on paper"}, "Edit")
    async with started(tmp_path, GRAPH) as harness:
        draft = draft_of(harness)
        assert orphaned(harness) == [(STYLE, "ink on paper")]
        assert not is_edited(draft)
        assert run(harness).changes == {}
        assert harness.state.issues == {}
        assert not harness.state.blocked_reason
        preset = preset_of(draft, "Night")
        assert preset.entries == ()
        assert not is_changed(draft, preset)
        assert "ink" not in difference_text(draft, "bike")
        harness.reset_all()
        assert orphaned(harness) == [(STYLE, "ink on paper")]


async def test_a_draft_with_nothing_else_is_kept_for_it(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as harness:
        harness.edit({STYLE: "ink on paper"}, "Edit")
    async with started(tmp_path, GRAPH) as harness:
        harness.edit({SEED: 7}, "Edit")
        harness.edit({SEED: draft_of(harness).workflow.value(SEED)}, "Reset")
        assert is_worth_keeping(draft_of(harness))
    async with started(tmp_path, GRAPH) as harness:
        assert orphaned(harness) == [(STYLE, "ink on paper")]


async def test_it_is_a_change_again_when_its_place_is_back(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as harness:
        harness.edit({STYLE: "{ink|chalk}"}, "Edit")
        harness.set_expands(STYLE, on=True)
        harness.set_seed_mode(STYLE, SeedMode.COUNT_UP)
    async with started(tmp_path, GRAPH) as harness:
        harness.edit({SEED: 7}, "Edit")
    async with started(tmp_path, OTHER) as harness:
        assert orphaned(harness) == [(STYLE, "{ink|chalk}")], "of another class it is no home"
        harness.edit({SEED: 8}, "Edit")
    async with started(tmp_path, OLD) as harness:
        assert orphaned(harness) == []
        assert changes(harness) == {SEED: 8, STYLE: "{ink|chalk}"}
        assert draft_of(harness).dynamic_prompt_inputs == {STYLE}
        assert draft_of(harness).seed_modes == {STYLE: SeedMode.COUNT_UP}


async def test_what_was_typed_there_since_is_not_written_over(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as harness:
        harness.edit({STYLE: "ink on paper"}, "Edit")
    async with started(tmp_path, OTHER) as harness:
        harness.edit({STYLE: "sit"}, "Edit")
        changes_to(harness, OLD)
        assert changes(harness) == {STYLE: "ink on paper"}
        assert orphaned(harness) == [(STYLE, "sit")]
        harness.edit({STYLE: "oil"}, "Edit")
        changes_to(harness, OTHER)
        assert changes(harness) == {STYLE: "sit"}
        assert orphaned(harness) == [(STYLE, "oil")]


async def test_a_file_whose_earlier_workflow_is_not_known_any_more_drops_nothing(
    tmp_path: Path,
) -> None:
    async with started_with_file(tmp_path, OLD, "one") as harness:
        harness.edit({STYLE: "ink on paper", SEED: 7}, "Edit")
    shutil.rmtree(tmp_path / "workflows")
    async with started_with_file(tmp_path, GRAPH, "two") as harness:
        assert changes(harness) == {SEED: 7}
        assert orphaned(harness) == [(STYLE, "ink on paper")]
        harness.edit({TEXT: "a car"}, "Edit")
    async with started_with_file(tmp_path, GRAPH, "two") as harness:
        assert orphaned(harness) == [(STYLE, "ink on paper")]
    async with started_with_file(tmp_path, OTHER, "three") as harness:
        harness.use_current_file()
        assert changes(harness) == {SEED: 7, TEXT: "a car"}, "nobody knows what its node was"
        assert orphaned(harness) == [(STYLE, "ink on paper")]


async def test_a_file_taken_as_it_is_now_is_one_step_that_undo_takes_back(tmp_path: Path) -> None:
    async with started_with_file(tmp_path, OLD, "one") as harness:
        harness.edit({STYLE: "ink on paper"}, "Edit")
    async with started_with_file(tmp_path, GRAPH, "two") as harness:
        assert (changes(harness), orphaned(harness)) == ({STYLE: "ink on paper"}, [])
        harness.use_current_file()
        assert (changes(harness), orphaned(harness)) == ({}, [(STYLE, "ink on paper")])
        harness.undo()
        assert (changes(harness), orphaned(harness)) == ({STYLE: "ink on paper"}, [])


async def test_what_was_let_go_of_stays_away_unless_it_is_undone(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as harness:
        harness.edit({STYLE: "ink on paper", SEED: 7}, "Edit")
    async with started(tmp_path, GRAPH) as harness:
        harness.replace_draft(replace(draft_of(harness), orphaned=()), "Discard")
        harness.undo()
        assert orphaned(harness) == [(STYLE, "ink on paper")]
        harness.redo()
        assert orphaned(harness) == []
    assert "ink on paper" not in stored(tmp_path)
    async with started(tmp_path, OLD) as harness:
        assert changes(harness) == {SEED: 7}
