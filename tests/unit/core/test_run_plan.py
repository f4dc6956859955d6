"""Plans of runs on the real queue: a seed moves when its job is written down, and not before."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.run_plan import plan_run, plan_runs
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from tests.support.job_bench import Bench, open_bench
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.json_value import JsonObject

OTHER: JsonObject = {"1": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}


class Desk:
    """A workbench whose seed counts up, beside the queue; `stored` is what would be kept."""

    def __init__(self, bench: Bench) -> None:
        self.jobs = bench
        self.bench = Workbench()
        self.bench.open_deployment(bench.deployment)
        self.seed = self.key("noise_seed")
        self.bench.edit({self.seed: 40}, "a seed")
        self.bench.set_seed_mode(self.seed, SeedMode.COUNT_UP)
        self.stored: list[Draft] = []
        self.bench.edited.subscribe(self.stored.append)

    def key(self, name: str) -> InputKey:
        keys = self.draft.workflow.input_keys()
        return next(key for key in keys if key.name == name)

    @property
    def draft(self) -> Draft:
        assert self.bench.state.draft is not None
        return self.bench.state.draft

    def press(self) -> None:
        plan = plan_run(self.bench)
        assert plan is not None
        self.jobs.queue.submit_plan(plan)

    async def ran(self, *seeds: int) -> None:
        await until(lambda: [job.seed for job in self.jobs.queue.jobs.values()] == [*seeds])


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    async with open_bench(folder) as bench:
        bench.queue.line.note_online(False)
        yield Desk(bench)


async def test_a_plan_that_nobody_agrees_to_changes_nothing(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        before = desk.bench.state
        assert plan_run(desk.bench) is not None
        assert plan_runs(desk.bench, [{desk.seed: 7}], "x", ()) is not None
        assert (desk.bench.state, desk.stored) == (before, [])


async def test_what_cannot_be_written_down_moves_no_seed(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.press()
        await desk.ran(40)
        desk.press()
        await desk.ran(40, 41)
        before, stored = desk.bench.state, len(desk.stored)
        await desk.jobs.refuse_writes()
        desk.press()
        await until(lambda: len(desk.jobs.told) == 1)
        assert (desk.bench.state, len(desk.stored)) == (before, stored)
        await desk.jobs.refuse_writes(on=False)
        desk.press()
        await desk.ran(40, 41, 42)


async def test_three_quick_presses_are_three_seeds(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for _press in range(3):
            desk.press()
        await desk.ran(40, 41, 42)
        await until(lambda: desk.draft.value(desk.seed) == 42)


async def test_what_was_typed_while_the_job_was_written_stays(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.press()
        await desk.ran(40)
        desk.press()
        desk.bench.edit({desk.seed: 7}, "typed")
        await desk.ran(40, 41)
        desk.press()
        await desk.ran(40, 41, 7)
        assert desk.draft.value(desk.seed) == 7
        assert desk.bench.state.undo_text == "typed"


async def test_the_seed_moves_in_the_draft_that_ran_and_not_in_the_one_in_view(
    tmp_path: Path,
) -> None:
    async with open_desk(tmp_path) as desk:
        desk.press()
        await desk.ran(40)
        desk.press()
        open_file(desk.bench, workflow_from_json(OTHER), "x.json", "/x.json")
        await desk.ran(40, 41)
        await until(lambda: bool(desk.stored))
        assert [each.key for each in desk.stored] == [desk.jobs.deployment.deployment_id]
        assert desk.draft.source.name == "x.json"
        desk.bench.open_deployment(desk.jobs.deployment)
        assert desk.draft.value(desk.seed) == 41


async def test_each_of_several_values_is_named_and_the_first_stays_on_screen(
    tmp_path: Path,
) -> None:
    async with open_desk(tmp_path) as desk:
        text = desk.key("text")
        values: list[dict[InputKey, Value]] = [{text: "a fox"}, {text: "a boat"}]
        plan = plan_runs(desk.bench, values, "two texts", ["1st"])
        assert plan is not None
        desk.jobs.queue.submit_plan(plan)
        await desk.ran(40, 41)
        first, second = desk.jobs.queue.jobs.values()
        assert first.title.startswith("1st · a fox")
        assert second.title.startswith("a boat")
        assert {first.batch_name, second.batch_name} == {"two texts"}
        await until(lambda: desk.draft.value(desk.seed) == 41)
        assert desk.draft.value(text) == "a fox"
