"""Grids over the real queue, history and emulator: whole or not begun, and nothing sent twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core import job_queue
from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.sweep.spec import (
    DeploymentsSpec,
    ListSpec,
    PresetsSpec,
    RangeSpec,
    ReplaceSpec,
    SweepSpec,
)
from runcomfy_desktop.store.sweeps import KeptSweep, SweepStore
from tests.support.job_bench import FLUX
from tests.support.sweep_bench import Grids, make_grids, open_grids, small
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

S = JobState
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


def three_by_two(grids: Grids) -> SweepSpec:
    return SweepSpec(
        (
            RangeSpec(grids.key("steps"), "10", "30", "10"),
            ReplaceSpec(grids.key("text"), "dusk, dawn"),
        )
    )


async def test_a_grid_is_planned_sent_and_done(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        plan = await grids.plan(three_by_two(grids))
        assert plan.first_fault is None
        assert plan.count == 6
        sweep = await grids.begin(three_by_two(grids))
        assert sweep.name == "steps × “dusk” in text"
        assert list(grids.folder.glob("*.json")) != []
        await grids.all_reach(sweep, S.DONE)
        sent = grids.bench.sent()
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
        assert grids.bench.accepted == 6
        assert grids.heads(sweep, 5) == ["30", "dawn"]
        job = grids.job(sweep, 5)
        assert (job.batch_id, job.batch_name, job.cell) == (sweep.sweep_id, sweep.name, 5)
        assert job.title.startswith("steps 30, “dusk” in text dawn")
        assert dict(grids.sweeps.tally(sweep.sweep_id))[S.DONE] == 6
        assert (sweep.sweep_id, 5) in grids.changed_cells


async def test_all_cells_have_the_same_seed_unless_each_is_to_have_its_own(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        seed = grids.key("noise_seed")
        grids.workbench.set_seed_mode(seed, SeedMode.COUNT_UP)
        grids.workbench.edit({seed: 100}, "a seed")
        grids.bench.queue.line.note_online(False)
        spec = SweepSpec((ListSpec(grids.key("steps"), "4, 5, 6"),))
        sweep = await grids.begin(spec)
        assert [grids.job(sweep, cell).seed for cell in range(3)] == [100, 100, 100]
        sweep = await grids.begin(SweepSpec(spec.axes, new_seeds=True))
        assert [grids.job(sweep, cell).seed for cell in range(3)] == [101, 102, 103]
        assert grids.workbench.state.draft is not None
        assert grids.workbench.state.draft.value(seed) == 103


async def test_new_seeds_are_random_where_no_seed_is_moved_on(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        grids.bench.queue.line.note_online(False)
        spec = SweepSpec((ListSpec(grids.key("steps"), "4, 5"),), new_seeds=True)
        sweep = await grids.begin(spec)
        assert {grids.job(sweep, cell).seed for cell in range(2)} == {4711}
        assert grids.workbench.state.draft is not None
        assert grids.workbench.state.draft.seed_modes == {}


async def test_a_seed_on_an_axis_is_not_moved(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        grids.bench.queue.line.note_online(False)
        seed = grids.key("noise_seed")
        grids.workbench.set_seed_mode(seed, SeedMode.RANDOM)
        sweep = await grids.begin(SweepSpec((ListSpec(seed, "1, 2, 3"),)))
        assert [grids.job(sweep, cell).seed for cell in range(3)] == [1, 2, 3]


async def test_what_cannot_be_a_grid_is_said_and_nothing_is_entered(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        steps, text = grids.key("steps"), grids.key("text")
        plan = await grids.plan(SweepSpec((ListSpec(steps, "4"), ListSpec(steps, "x"))))
        assert plan.axes[0] is not None
        assert [fault and fault.title for fault in plan.faults] == [
            None,
            "“x” is no number for steps.",
        ]
        wide = RangeSpec(grids.key("width"), "1", "1000", "1")
        plan = await grids.plan(SweepSpec((RangeSpec(steps, "1", "1000", "1"), wide)))
        assert plan.fault is not None
        assert plan.fault.title == "This grid would have 1,000,000 cells, which is too many."
        plan = await grids.plan(SweepSpec((ListSpec(steps, "1"), ListSpec(steps, "2"))))
        assert plan.fault is not None
        assert plan.fault.title.startswith("Two axes set the same input")
        assert await grids.prepare(SweepSpec((ReplaceSpec(text, "cat, dog"),))) is None
        assert "“cat” is not in text" in grids.problems[-1].title
        assert await grids.prepare(SweepSpec(())) is None
        assert not grids.bench.queue.jobs
        assert not grids.folder.exists()


async def test_a_grid_that_the_disk_refuses_is_not_begun(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        prepared = await grids.prepare(three_by_two(grids))
        assert prepared is not None
        grids.folder.write_text("a file where the folder should be")
        grids.sweeps.start(prepared)
        await until(lambda: bool(grids.bench.told))
        assert not grids.bench.queue.jobs
        grids.folder.unlink()
        await grids.bench.refuse_writes()
        grids.sweeps.start(prepared)
        await until(lambda: len(grids.bench.told) == 2)
        await until(lambda: not list(grids.folder.glob("*.json")))
        assert not grids.bench.queue.jobs
        assert grids.sweeps.state.sweeps == ()
        await grids.bench.refuse_writes(on=False)


async def test_a_grid_that_is_begun_twice_is_paid_for_once(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        prepared = await grids.prepare(three_by_two(grids))
        assert prepared is not None
        grids.sweeps.start(prepared)
        grids.sweeps.start(prepared)
        await until(lambda: bool(grids.begun))
        grids.sweeps.start(prepared)
        await grids.all_reach(grids.begun[0], S.DONE)
        assert len(grids.bench.queue.jobs) == 6
        assert len(grids.sweeps.state.sweeps) == 1
        assert grids.bench.accepted == 6


async def test_a_grid_begun_while_the_others_are_read_is_kept(tmp_path: Path) -> None:
    grids = make_grids(tmp_path)
    async with grids.life():
        grids.bench.queue.line.note_online(False)
        first = await grids.begin(three_by_two(grids))
    async with grids.life() as again:
        again.bench.queue.line.note_online(False)
        prepared = await again.prepare(three_by_two(again))
        assert prepared is not None
        later = again.another()
        # Its file is there, and its jobs are not yet, when the folder is read.
        later.start(prepared)
        later.open()
        await until(lambda: not later.state.loading and len(later.state.sweeps) == 2)
        assert [each.sweep_id for each in later.state.sweeps] == [
            prepared.sweep.sweep_id,
            first.sweep_id,
        ]
        assert not any("was not begun" in title for title in again.bench.titles())
        await later.close()
        assert len(list(grids.folder.glob("*.json"))) == 2


async def test_a_failed_cell_is_tried_again_in_its_place(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        grids.bench.world.faults.set("status-422@submit:3")
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4, 5, 6"),)))
        await until(lambda: grids.states(sweep).count("failed") == 3)
        grids.bench.world.faults.set("")
        grids.sweeps.retry(sweep.sweep_id, 1)
        # A second press changes nothing.
        grids.sweeps.retry(sweep.sweep_id, 1)
        await grids.cell_reaches(sweep, 1, S.DONE)
        assert grids.states(sweep) == ["failed", "done", "failed"]
        assert [job.cell for job in grids.sweeps.failed(sweep.sweep_id)] == [0, 2]
        # However often a cell is named, it is tried once; one that is done is not.
        grids.sweeps.retry_many(sweep.sweep_id, [0, 0, 1, 2, 7])
        grids.sweeps.retry_many(sweep.sweep_id, [2, 0])
        await grids.all_reach(sweep, S.DONE)
        assert grids.bench.accepted == 3
        assert len(grids.bench.queue.jobs) == 6


async def test_a_cell_is_not_tried_again_while_its_answer_is_unknown(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        grids.bench.world.faults.set("drop-answer:1")
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4"),)))
        job = await grids.cell_reaches(sweep, 0, S.UNCERTAIN)
        grids.bench.world.faults.set("")
        grids.sweeps.retry(sweep.sweep_id, 0)
        grids.sweeps.retry_many(sweep.sweep_id, [0])
        assert grids.sweeps.retried(sweep.sweep_id, 0) is None
        grids.bench.queue.discard(job.job_id)
        await grids.cell_reaches(sweep, 0, S.CANCELLED)
        grids.sweeps.retry(sweep.sweep_id, 0)
        await grids.cell_reaches(sweep, 0, S.DONE)
        assert len(grids.bench.queue.jobs) == 2


async def test_what_is_left_of_a_grid_is_cancelled(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        grids.bench.queue.line.note_online(False)
        sweep = await grids.begin(three_by_two(grids))
        grids.sweeps.cancel(sweep.sweep_id)
        await grids.all_reach(sweep, S.CANCELLED)
        assert grids.bench.accepted == 0


async def test_a_grid_is_whole_after_a_restart_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    grids = make_grids(tmp_path)
    async with grids.life():
        small(grids)
        sweep = await grids.begin(three_by_two(grids))
        await grids.all_reach(sweep, S.DONE)
    async with grids.life() as again:
        [kept] = again.sweeps.state.sweeps
        assert kept.axes[0].points[0].label == "10"
        assert again.states(kept) == ["done"] * 6
        assert again.bench.accepted == 6


async def test_jobs_beyond_those_that_the_queue_shows_are_brought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grids = make_grids(tmp_path)
    async with grids.life():
        small(grids)
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4, 5, 6"),)))
        await grids.all_reach(sweep, S.DONE)
    monkeypatch.setattr(job_queue, "RECENT_JOBS", 1)
    async with grids.life():
        assert grids.states(sweep).count("none") == 2
        grids.sweeps.bring(sweep.sweep_id)
        await until(lambda: grids.states(sweep) == ["done"] * 3)
        assert len(grids.bench.queue.jobs) == 1


async def test_a_grid_whose_jobs_were_never_entered_is_taken_away_and_told(tmp_path: Path) -> None:
    grids = make_grids(tmp_path)
    async with grids.life():
        prepared = await grids.prepare(three_by_two(grids))
        assert prepared is not None
        # As a program leaves it that is killed in between.
        await SweepStore(grids.folder).save(KeptSweep(prepared.sweep, is_entered=False))
    async with grids.life() as again:
        assert again.sweeps.state.sweeps == ()
        assert "was not begun" in " ".join(again.bench.titles())
        assert not list(grids.folder.glob("*.json"))


async def test_a_grid_whose_file_does_not_know_of_its_jobs_is_kept(tmp_path: Path) -> None:
    grids = make_grids(tmp_path)
    async with grids.life():
        small(grids)
        sweep = await grids.begin(three_by_two(grids))
        await grids.all_reach(sweep, S.DONE)
        # As a program leaves it that is killed behind the entering.
        await SweepStore(grids.folder).save(KeptSweep(sweep, is_entered=False))
    async with grids.life() as again:
        assert again.states(sweep) == ["done"] * 6
        [kept] = (await SweepStore(grids.folder).load()).kept
        assert kept.is_entered
        assert not again.bench.told


async def test_a_grid_is_forgotten_and_its_jobs_stay(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        sweep = await grids.begin(three_by_two(grids))
        await grids.all_reach(sweep, S.DONE)
        grids.sweeps.remove(sweep.sweep_id)
        await until(lambda: grids.sweeps.state.sweeps == ())
        assert grids.sweeps.job_at(sweep.sweep_id, 0) is None
        assert len(grids.bench.queue.jobs) == 6
        assert not list(grids.folder.glob("*.json"))


async def test_a_job_that_is_taken_out_of_the_list_leaves_its_cell_empty(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4, 5"),)))
        await grids.all_reach(sweep, S.DONE)
        grids.bench.queue.remove_many([grids.job(sweep, 0).job_id])
        await until(lambda: grids.states(sweep) == ["none", "done"])
        assert dict(grids.sweeps.tally(sweep.sweep_id))[S.DONE] == 1


async def test_deployments_as_an_axis_send_each_cell_to_its_own(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        grids.bench.queue.line.note_online(False)
        spec = SweepSpec(
            (DeploymentsSpec((FLUX, KONTEXT)), ReplaceSpec(grids.key("text"), "dusk, dawn"))
        )
        sweep = await grids.begin(spec)
        found = [grids.job(sweep, cell) for cell in range(4)]
        assert [job.deployment_id for job in found] == [FLUX, KONTEXT] * 2
        assert found[1].changes[grids.key("text")] == "a lighthouse at dusk"
        assert found[3].changes[grids.key("text")] == "a lighthouse at dawn"


async def test_a_deployment_without_such_an_input_is_refused_by_name(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        spec = SweepSpec(
            (DeploymentsSpec((FLUX, KONTEXT)), ListSpec(grids.key("width"), "64, 128"))
        )
        assert await grids.prepare(spec) is None
        assert grids.problems[-1].title == (
            "flux-kontext has no input “width” of EmptyLatentImage (node 5)."
        )
        assert not grids.bench.queue.jobs


async def test_the_last_plan_is_the_one_that_counts(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        counts: list[int] = []
        steps = grids.key("steps")
        for text in ("1", "1, 2", "1, 2, 3"):
            spec = SweepSpec((ListSpec(steps, text),))
            grids.sweeps.plan(spec, lambda plan: counts.append(plan.count))
        await until(lambda: bool(counts))
        await asyncio.sleep(0)
        assert counts == [3]


async def test_presets_as_an_axis_are_applied_whole(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        grids.bench.queue.line.note_online(False)
        steps, text = grids.key("steps"), grids.key("text")
        few, many = (Entry(steps, "BasicScheduler", "", count) for count in (4, 40))
        calm = Entry(text, "CLIPTextEncode", "", "a calm sea")
        grids.presets = {"a": Preset("Calm", (few, calm)), "b": Preset("Sharp", (many,))}
        sweep = await grids.begin(SweepSpec((PresetsSpec(("a", "b")),)))
        assert [grids.heads(sweep, cell) for cell in range(2)] == [["Calm"], ["Sharp"]]
        assert dict(grids.job(sweep, 0).changes) == {steps: 4, text: "a calm sea"}
        assert dict(grids.job(sweep, 1).changes) == {steps: 40}
