"""What was typed into inputs that are gone stays with the draft, over edits and starts."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.difference_text import difference_text
from runcomfy_desktop.domain.draft import Draft, SeedMode, Source, is_edited, is_worth_keeping
from runcomfy_desktop.domain.preset.capture import is_changed, preset_of
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.unit.core.test_workbench import BIKE, GRAPH, SEED, TEXT, draft_of, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import JsonObject

STYLE = InputKey("9", "style")
OLD: JsonObject = {**GRAPH, "9": {"class_type": "Styler", "inputs": {"style": "plain"}}}
OTHER: JsonObject = {**GRAPH, "9": {"class_type": "Poser", "inputs": {"style": "stand"}}}


@asynccontextmanager
async def started(folder: Path, graph: JsonObject) -> AsyncIterator[Workbench]:
    """The program, started anew on one folder, with a deployment that has `graph` by now."""
    store, bench = DraftStore(folder, failed), Workbench()
    bench.edited.subscribe(store.save)
    changes_to(bench, graph, await store.load(BIKE.deployment_id))
    yield bench
    await store.close()


@asynccontextmanager
async def started_with_file(
    folder: Path, graph: JsonObject, content: str
) -> AsyncIterator[Workbench]:
    """The same with a file, whose content is `graph` by now."""
    store, bench = DraftStore(folder, failed), Workbench()
    bench.edited.subscribe(store.save)
    source = Source("bike.json", "/bike.json", content=content)
    draft = Draft(workflow_from_json(graph), source)
    bench.open_draft(draft, await store.load(draft.key))
    yield bench
    await store.close()


def failed(error: Exception) -> None:
    raise AssertionError(error)


def changes_to(bench: Workbench, graph: JsonObject, kept: Draft | None = None) -> None:
    assert BIKE.payload is not None
    payload = replace(BIKE.payload, workflow=graph)
    bench.open_deployment(replace(BIKE, payload=payload), kept)


def left(bench: Workbench) -> list[tuple[InputKey, Value]]:
    return [(each.key, each.value) for each in draft_of(bench).left]


def changes(bench: Workbench) -> dict[InputKey, Value]:
    return dict(draft_of(bench).changes)


def stored(folder: Path) -> str:
    return "".join(each.read_text() for each in folder.glob("*.json"))


async def test_a_value_without_a_place_outlives_edits_and_starts(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as bench:
        bench.edit({STYLE: "ink on paper", TEXT: "a car"}, "Edit")
    async with started(tmp_path, GRAPH) as bench:
        assert changes(bench) == {TEXT: "a car"}
        bench.edit({SEED: 7}, "Edit")
    assert "ink on paper" in stored(tmp_path)
    for _start in range(2):
        async with started(tmp_path, GRAPH) as bench:
            assert left(bench) == [(STYLE, "ink on paper")]
            assert changes(bench) == {TEXT: "a car", SEED: 7}
            bench.edit({SEED: 8}, "Edit")
            bench.edit({SEED: 7}, "Edit")


async def test_it_is_no_change_and_is_neither_sent_nor_put_into_presets(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as bench:
        bench.edit({STYLE: "ink on paper"}, "Edit")
    async with started(tmp_path, GRAPH) as bench:
        draft = draft_of(bench)
        assert left(bench) == [(STYLE, "ink on paper")]
        assert not is_edited(draft)
        assert run(bench).changes == {}
        assert bench.state.faults == {}
        assert not bench.state.blocked
        preset = preset_of(draft, "Night")
        assert preset.entries == ()
        assert not is_changed(draft, preset)
        assert "ink" not in difference_text(draft, "bike")
        bench.reset_all()
        assert left(bench) == [(STYLE, "ink on paper")]


async def test_a_draft_with_nothing_else_is_kept_for_it(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as bench:
        bench.edit({STYLE: "ink on paper"}, "Edit")
    async with started(tmp_path, GRAPH) as bench:
        bench.edit({SEED: 7}, "Edit")
        bench.edit({SEED: draft_of(bench).workflow.value(SEED)}, "Reset")
        assert is_worth_keeping(draft_of(bench))
    async with started(tmp_path, GRAPH) as bench:
        assert left(bench) == [(STYLE, "ink on paper")]


async def test_it_is_a_change_again_when_its_place_is_back(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as bench:
        bench.edit({STYLE: "{ink|chalk}"}, "Edit")
        bench.set_expands(STYLE, on=True)
        bench.set_seed_mode(STYLE, SeedMode.COUNT_UP)
    async with started(tmp_path, GRAPH) as bench:
        bench.edit({SEED: 7}, "Edit")
    async with started(tmp_path, OTHER) as bench:
        assert left(bench) == [(STYLE, "{ink|chalk}")], "of another class it is no home"
        bench.edit({SEED: 8}, "Edit")
    async with started(tmp_path, OLD) as bench:
        assert left(bench) == []
        assert changes(bench) == {SEED: 8, STYLE: "{ink|chalk}"}
        assert draft_of(bench).expands == {STYLE}
        assert draft_of(bench).seed_modes == {STYLE: SeedMode.COUNT_UP}


async def test_what_was_typed_there_since_is_not_written_over(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as bench:
        bench.edit({STYLE: "ink on paper"}, "Edit")
    async with started(tmp_path, OTHER) as bench:
        bench.edit({STYLE: "sit"}, "Edit")
        changes_to(bench, OLD)
        assert changes(bench) == {STYLE: "ink on paper"}
        assert left(bench) == [(STYLE, "sit")]
        bench.edit({STYLE: "oil"}, "Edit")
        changes_to(bench, OTHER)
        assert changes(bench) == {STYLE: "sit"}
        assert left(bench) == [(STYLE, "oil")]


async def test_a_file_whose_earlier_workflow_is_not_known_any_more_drops_nothing(
    tmp_path: Path,
) -> None:
    async with started_with_file(tmp_path, OLD, "one") as bench:
        bench.edit({STYLE: "ink on paper", SEED: 7}, "Edit")
    shutil.rmtree(tmp_path / "workflows")
    async with started_with_file(tmp_path, GRAPH, "two") as bench:
        assert changes(bench) == {SEED: 7}
        assert left(bench) == [(STYLE, "ink on paper")]
        bench.edit({TEXT: "a car"}, "Edit")
    async with started_with_file(tmp_path, GRAPH, "two") as bench:
        assert left(bench) == [(STYLE, "ink on paper")]
    async with started_with_file(tmp_path, OTHER, "three") as bench:
        bench.use_file_as_it_is()
        assert changes(bench) == {SEED: 7, TEXT: "a car"}, "nobody knows what its node was"
        assert left(bench) == [(STYLE, "ink on paper")]


async def test_a_file_taken_as_it_is_now_is_one_step_that_undo_takes_back(tmp_path: Path) -> None:
    async with started_with_file(tmp_path, OLD, "one") as bench:
        bench.edit({STYLE: "ink on paper"}, "Edit")
    async with started_with_file(tmp_path, GRAPH, "two") as bench:
        assert (changes(bench), left(bench)) == ({STYLE: "ink on paper"}, [])
        bench.use_file_as_it_is()
        assert (changes(bench), left(bench)) == ({}, [(STYLE, "ink on paper")])
        bench.undo()
        assert (changes(bench), left(bench)) == ({STYLE: "ink on paper"}, [])


async def test_what_was_let_go_of_stays_away_unless_it_is_undone(tmp_path: Path) -> None:
    async with started(tmp_path, OLD) as bench:
        bench.edit({STYLE: "ink on paper", SEED: 7}, "Edit")
    async with started(tmp_path, GRAPH) as bench:
        bench.take(replace(draft_of(bench), left=()), "Discard")
        bench.undo()
        assert left(bench) == [(STYLE, "ink on paper")]
        bench.redo()
        assert left(bench) == []
    assert "ink on paper" not in stored(tmp_path)
    async with started(tmp_path, OLD) as bench:
        assert changes(bench) == {SEED: 7}
