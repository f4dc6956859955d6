"""Grids on the real queue, history and emulator: complete or not begun, nothing sent twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs import job_queue
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.sweeps.spec import (
    DeploymentsSpec,
    ListSpec,
    PresetsSpec,
    RangeSpec,
    ReplaceSpec,
    SweepSpec,
)
from runcomfy_desktop.store.sweeps import StoredSweep, SweepStore
from tests.support.async_wait import wait_until
from tests.support.grid_harness import (
    GridHarness,
    make_grid_harness,
    open_grid_harness,
    use_small_pictures,
)
from tests.support.queue_harness import FLUX

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

S = JobState
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


def three_by_two(grid_harness: GridHarness) -> SweepSpec:
    return SweepSpec(
        (
            RangeSpec(grid_harness.key("steps"), "10", "30", "10"),
            ReplaceSpec(grid_harness.key("text"), "dusk, dawn"),
        )
    )


async def test_a_grid_is_planned_sent_and_done(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        plan = await grid_harness.plan(three_by_two(grid_harness))
        assert plan.first_problem is None
        assert plan.cell_count == 6
        sweep = await grid_harness.begin(three_by_two(grid_harness))
        assert sweep.name == "steps × “dusk” in text"
        assert list(grid_harness.folder.glob("*.json")) != []
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
        sent = grid_harness.queue_harness.sent_overrides()
        pairs = {
            (
                each["17"]["inputs"]["steps"] if "17" in each else 20,
                each["6"]["inputs"]["text"] if "6" in each else "a lighthouse at dusk",
            )
            for each in sent
        }
        assert pairs == {
            (steps, text)
            for steps in (10, 20, 30)
            for text in ("a lighthouse at dusk", "a lighthouse at dawn")
        }
        assert grid_harness.queue_harness.accepted_count == 6
        assert grid_harness.axis_labels(sweep, 5) == ["30", "dawn"]
        job = grid_harness.job(sweep, 5)
        assert (job.batch_id, job.batch_name, job.cell) == (sweep.sweep_id, sweep.name, 5)
        assert job.title.startswith("steps 30, “dusk” in text dawn")
        assert dict(grid_harness.sweeps.state_counts(sweep.sweep_id))[S.DONE] == 6
        assert (sweep.sweep_id, 5) in grid_harness.changed_cells


async def test_all_cells_have_the_same_seed_unless_each_is_to_have_its_own(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        seed = grid_harness.key("noise_seed")
        grid_harness.draft_editor.set_seed_mode(seed, SeedMode.COUNT_UP)
        grid_harness.draft_editor.edit({seed: 100}, "a seed")
        grid_harness.queue_harness.queue.send_queue.set_online(False)
        spec = SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5, 6"),))
        sweep = await grid_harness.begin(spec)
        assert [grid_harness.job(sweep, cell).seed for cell in range(3)] == [100, 100, 100]
        sweep = await grid_harness.begin(SweepSpec(spec.axes, new_seeds=True))
        assert [grid_harness.job(sweep, cell).seed for cell in range(3)] == [101, 102, 103]
        assert grid_harness.draft_editor.state.draft is not None
        assert grid_harness.draft_editor.state.draft.value(seed) == 103


async def test_new_seeds_are_random_where_no_seed_is_moved_on(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        grid_harness.queue_harness.queue.send_queue.set_online(False)
        spec = SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5"),), new_seeds=True)
        sweep = await grid_harness.begin(spec)
        assert {grid_harness.job(sweep, cell).seed for cell in range(2)} == {4711}
        assert grid_harness.draft_editor.state.draft is not None
        assert grid_harness.draft_editor.state.draft.seed_modes == {}


async def test_a_seed_on_an_axis_is_not_moved(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        grid_harness.queue_harness.queue.send_queue.set_online(False)
        seed = grid_harness.key("noise_seed")
        grid_harness.draft_editor.set_seed_mode(seed, SeedMode.RANDOM)
        sweep = await grid_harness.begin(SweepSpec((ListSpec(seed, "1, 2, 3"),)))
        assert [grid_harness.job(sweep, cell).seed for cell in range(3)] == [1, 2, 3]


async def test_what_cannot_be_a_grid_is_said_and_nothing_is_entered(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        steps, text = grid_harness.key("steps"), grid_harness.key("text")
        plan = await grid_harness.plan(SweepSpec((ListSpec(steps, "4"), ListSpec(steps, "x"))))
        assert plan.axes[0] is not None
        assert [fault and fault.title for fault in plan.problems] == [
            None,
            "“x” is no number for steps.",
        ]
        wide = RangeSpec(grid_harness.key("width"), "1", "1000", "1")
        plan = await grid_harness.plan(SweepSpec((RangeSpec(steps, "1", "1000", "1"), wide)))
        assert plan.problem is not None
        assert plan.problem.title == "This grid would have 1,000,000 cells, which is too many."
        plan = await grid_harness.plan(SweepSpec((ListSpec(steps, "1"), ListSpec(steps, "2"))))
        assert plan.problem is not None
        assert plan.problem.title.startswith("Two axes set the same input")
        assert await grid_harness.prepare(SweepSpec((ReplaceSpec(text, "cat, dog"),))) is None
        assert "“cat” is not in text" in grid_harness.problems[-1].title
        assert await grid_harness.prepare(SweepSpec(())) is None
        assert not grid_harness.queue_harness.queue.jobs
        assert not grid_harness.folder.exists()


async def test_a_grid_that_the_disk_refuses_is_not_begun(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        prepared = await grid_harness.prepare(three_by_two(grid_harness))
        assert prepared is not None
        grid_harness.folder.write_text("a file where the folder should be")
        grid_harness.sweeps.start(prepared)
        await wait_until(lambda: bool(grid_harness.queue_harness.shown_notices))
        assert not grid_harness.queue_harness.queue.jobs
        grid_harness.folder.unlink()
        await grid_harness.queue_harness.refuse_writes()
        grid_harness.sweeps.start(prepared)
        await wait_until(lambda: len(grid_harness.queue_harness.shown_notices) == 2)
        await wait_until(lambda: not list(grid_harness.folder.glob("*.json")))
        assert not grid_harness.queue_harness.queue.jobs
        assert grid_harness.sweeps.state.sweeps == ()
        await grid_harness.queue_harness.refuse_writes(on=False)


async def test_a_grid_that_is_begun_twice_is_paid_for_once(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        prepared = await grid_harness.prepare(three_by_two(grid_harness))
        assert prepared is not None
        grid_harness.sweeps.start(prepared)
        grid_harness.sweeps.start(prepared)
        await wait_until(lambda: bool(grid_harness.begun_sweeps))
        grid_harness.sweeps.start(prepared)
        await grid_harness.wait_until_all_cells(grid_harness.begun_sweeps[0], S.DONE)
        assert len(grid_harness.queue_harness.queue.jobs) == 6
        assert len(grid_harness.sweeps.state.sweeps) == 1
        assert grid_harness.queue_harness.accepted_count == 6


async def test_a_grid_begun_while_the_others_are_read_is_kept(tmp_path: Path) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        grid_harness.queue_harness.queue.send_queue.set_online(False)
        first = await grid_harness.begin(three_by_two(grid_harness))
    async with grid_harness.program() as again:
        again.queue_harness.queue.send_queue.set_online(False)
        prepared = await again.prepare(three_by_two(again))
        assert prepared is not None
        later = again.make_sweeps()
        # The folder is read at a time at which the grid's file exists, but its jobs do not yet.
        later.start(prepared)
        later.open()
        await wait_until(lambda: not later.state.loading and len(later.state.sweeps) == 2)
        assert [each.sweep_id for each in later.state.sweeps] == [
            prepared.sweep.sweep_id,
            first.sweep_id,
        ]
        assert not any("was not begun" in title for title in again.queue_harness.titles())
        await later.close()
        assert len(list(grid_harness.folder.glob("*.json"))) == 2


async def test_a_failed_cell_is_tried_again_in_its_place(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("status-422@submit:3")
        sweep = await grid_harness.begin(
            SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5, 6"),))
        )
        await wait_until(lambda: grid_harness.states(sweep).count("failed") == 3)
        grid_harness.queue_harness.backend.faults.set("")
        grid_harness.sweeps.retry(sweep.sweep_id, 1)
        # A second press changes nothing.
        grid_harness.sweeps.retry(sweep.sweep_id, 1)
        await grid_harness.wait_until_cell_state(sweep, 1, S.DONE)
        assert grid_harness.states(sweep) == ["failed", "done", "failed"]
        assert [job.cell for job in grid_harness.sweeps.failed_jobs(sweep.sweep_id)] == [0, 2]
        # A cell that is named several times is retried once; one that is done is not.
        grid_harness.sweeps.retry(sweep.sweep_id, 0, 0, 1, 2, 7)
        grid_harness.sweeps.retry(sweep.sweep_id, 2, 0)
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
        assert grid_harness.queue_harness.accepted_count == 3
        assert len(grid_harness.queue_harness.queue.jobs) == 6


async def test_a_cell_is_not_tried_again_while_its_answer_is_unknown(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("drop-answer:1")
        sweep = await grid_harness.begin(SweepSpec((ListSpec(grid_harness.key("steps"), "4"),)))
        job = await grid_harness.wait_until_cell_state(sweep, 0, S.UNCERTAIN)
        grid_harness.queue_harness.backend.faults.set("")
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        assert grid_harness.sweeps.retryable_job(sweep.sweep_id, 0) is None
        grid_harness.queue_harness.queue.discard(job.job_id)
        await grid_harness.wait_until_cell_state(sweep, 0, S.CANCELLED)
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        await grid_harness.wait_until_cell_state(sweep, 0, S.DONE)
        assert len(grid_harness.queue_harness.queue.jobs) == 2


async def test_what_is_left_of_a_grid_is_cancelled(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        grid_harness.queue_harness.queue.send_queue.set_online(False)
        sweep = await grid_harness.begin(three_by_two(grid_harness))
        grid_harness.queue_harness.queue.cancel_batch(sweep.sweep_id)
        await grid_harness.wait_until_all_cells(sweep, S.CANCELLED)
        assert grid_harness.queue_harness.accepted_count == 0


async def test_a_grid_is_whole_after_a_restart_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        use_small_pictures(grid_harness)
        sweep = await grid_harness.begin(three_by_two(grid_harness))
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
    async with grid_harness.program() as again:
        [kept] = again.sweeps.state.sweeps
        assert kept.axes[0].points[0].label == "10"
        assert again.states(kept) == ["done"] * 6
        assert again.queue_harness.accepted_count == 6


async def test_jobs_beyond_those_that_the_queue_shows_are_brought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        use_small_pictures(grid_harness)
        sweep = await grid_harness.begin(
            SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5, 6"),))
        )
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
    monkeypatch.setattr(job_queue, "RECENT_JOBS", 1)
    async with grid_harness.program():
        assert grid_harness.states(sweep).count("none") == 2
        grid_harness.sweeps.load_jobs(sweep.sweep_id)
        await wait_until(lambda: grid_harness.states(sweep) == ["done"] * 3)
        assert len(grid_harness.queue_harness.queue.jobs) == 1


async def test_a_grid_whose_jobs_were_never_entered_is_taken_away_and_told(tmp_path: Path) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        prepared = await grid_harness.prepare(three_by_two(grid_harness))
        assert prepared is not None
        # The state after a kill between the two writes.
        await SweepStore(grid_harness.folder).save(
            StoredSweep(prepared.sweep, has_stored_jobs=False)
        )
    async with grid_harness.program() as again:
        assert again.sweeps.state.sweeps == ()
        assert "was not begun" in " ".join(again.queue_harness.titles())
        assert not list(grid_harness.folder.glob("*.json"))


async def test_a_grid_whose_file_does_not_know_of_its_jobs_is_kept(tmp_path: Path) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        use_small_pictures(grid_harness)
        sweep = await grid_harness.begin(three_by_two(grid_harness))
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
        # The state after a kill just after the jobs have been added.
        await SweepStore(grid_harness.folder).save(StoredSweep(sweep, has_stored_jobs=False))
    async with grid_harness.program() as again:
        assert again.states(sweep) == ["done"] * 6
        [kept] = (await SweepStore(grid_harness.folder).load()).sweeps
        assert kept.has_stored_jobs
        assert not again.queue_harness.shown_notices


async def test_a_grid_is_forgotten_and_its_jobs_stay(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        sweep = await grid_harness.begin(three_by_two(grid_harness))
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
        grid_harness.sweeps.remove(sweep.sweep_id)
        await wait_until(lambda: grid_harness.sweeps.state.sweeps == ())
        assert grid_harness.sweeps.job_at(sweep.sweep_id, 0) is None
        assert len(grid_harness.queue_harness.queue.jobs) == 6
        assert not list(grid_harness.folder.glob("*.json"))


async def test_a_job_that_is_taken_out_of_the_list_leaves_its_cell_empty(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        sweep = await grid_harness.begin(SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5"),)))
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
        grid_harness.queue_harness.queue.remove_many([grid_harness.job(sweep, 0).job_id])
        await wait_until(lambda: grid_harness.states(sweep) == ["none", "done"])
        assert dict(grid_harness.sweeps.state_counts(sweep.sweep_id))[S.DONE] == 1


async def test_deployments_as_an_axis_send_each_cell_to_its_own(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        grid_harness.queue_harness.queue.send_queue.set_online(False)
        spec = SweepSpec(
            (DeploymentsSpec((FLUX, KONTEXT)), ReplaceSpec(grid_harness.key("text"), "dusk, dawn"))
        )
        sweep = await grid_harness.begin(spec)
        found = [grid_harness.job(sweep, cell) for cell in range(4)]
        assert [job.deployment_id for job in found] == [FLUX, KONTEXT] * 2
        assert found[1].changes[grid_harness.key("text")] == "a lighthouse at dusk"
        assert found[3].changes[grid_harness.key("text")] == "a lighthouse at dawn"


async def test_a_deployment_without_such_an_input_is_refused_by_name(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        spec = SweepSpec(
            (DeploymentsSpec((FLUX, KONTEXT)), ListSpec(grid_harness.key("width"), "64, 128"))
        )
        assert await grid_harness.prepare(spec) is None
        assert grid_harness.problems[-1].title == (
            "flux-kontext has no input “width” of EmptyLatentImage (node 5)."
        )
        assert not grid_harness.queue_harness.queue.jobs


async def test_the_last_plan_is_the_one_that_counts(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        counts: list[int] = []
        steps = grid_harness.key("steps")
        for text in ("1", "1, 2", "1, 2, 3"):
            spec = SweepSpec((ListSpec(steps, text),))
            grid_harness.sweeps.planner.plan(spec, lambda plan: counts.append(plan.cell_count))
        await wait_until(lambda: bool(counts))
        await asyncio.sleep(0)
        assert counts == [3]


async def test_presets_as_an_axis_are_applied_whole(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        grid_harness.queue_harness.queue.send_queue.set_online(False)
        steps, text = grid_harness.key("steps"), grid_harness.key("text")
        few, many = (PresetEntry(steps, "BasicScheduler", "", count) for count in (4, 40))
        calm = PresetEntry(text, "CLIPTextEncode", "", "a calm sea")
        grid_harness.presets = {"a": Preset("Calm", (few, calm)), "b": Preset("Sharp", (many,))}
        sweep = await grid_harness.begin(SweepSpec((PresetsSpec(("a", "b")),)))
        assert [grid_harness.axis_labels(sweep, cell) for cell in range(2)] == [["Calm"], ["Sharp"]]
        assert dict(grid_harness.job(sweep, 0).changes) == {steps: 4, text: "a calm sea"}
        assert dict(grid_harness.job(sweep, 1).changes) == {steps: 40}
