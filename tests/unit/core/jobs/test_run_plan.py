"""Plans of runs on the real queue: a seed advances when its job is written, and not before."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.jobs.run_plan import plan_run, plan_runs
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from tests.support.async_wait import wait_until
from tests.support.draft_runs import open_file
from tests.support.queue_harness import QueueHarness, open_queue_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft, Value

OTHER: JsonObject = {"1": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}


class RunPlanHarness:
    """A draft editor whose seed counts up, with a queue; `stored` contains the edited drafts."""

    def __init__(self, harness: QueueHarness) -> None:
        self.jobs = harness
        self.draft_editor = DraftEditor()
        self.draft_editor.open_deployment(harness.deployment)
        self.seed = self.key("noise_seed")
        self.draft_editor.edit({self.seed: 40}, "a seed")
        self.draft_editor.set_seed_mode(self.seed, SeedMode.COUNT_UP)
        self.stored: list[Draft] = []
        self.draft_editor.edited.subscribe(self.stored.append)

    def key(self, name: str) -> InputKey:
        keys = self.draft.workflow.input_keys()
        return next(key for key in keys if key.name == name)

    @property
    def draft(self) -> Draft:
        assert self.draft_editor.state.draft is not None
        return self.draft_editor.state.draft

    def press(self) -> None:
        plan = plan_run(self.draft_editor)
        assert plan is not None
        self.jobs.queue.submit_plan(plan)

    async def ran(self, *seeds: int) -> None:
        await wait_until(lambda: [job.seed for job in self.jobs.queue.jobs.values()] == [*seeds])


@asynccontextmanager
async def open_run_plan_harness(folder: Path) -> AsyncIterator[RunPlanHarness]:
    async with open_queue_harness(folder) as harness:
        harness.queue.send_queue.set_online(False)
        yield RunPlanHarness(harness)


async def test_a_plan_that_nobody_agrees_to_changes_nothing(tmp_path: Path) -> None:
    async with open_run_plan_harness(tmp_path) as controller:
        before = controller.draft_editor.state
        assert plan_run(controller.draft_editor) is not None
        assert plan_runs(controller.draft_editor, [{controller.seed: 7}], "x", ()) is not None
        assert (controller.draft_editor.state, controller.stored) == (before, [])


async def test_what_cannot_be_written_down_moves_no_seed(tmp_path: Path) -> None:
    async with open_run_plan_harness(tmp_path) as controller:
        controller.press()
        await controller.ran(40)
        controller.press()
        await controller.ran(40, 41)
        before, stored = controller.draft_editor.state, len(controller.stored)
        await controller.jobs.refuse_writes()
        controller.press()
        await wait_until(lambda: len(controller.jobs.shown_notices) == 1)
        assert (controller.draft_editor.state, len(controller.stored)) == (before, stored)
        await controller.jobs.refuse_writes(on=False)
        controller.press()
        await controller.ran(40, 41, 42)


async def test_three_quick_presses_are_three_seeds(tmp_path: Path) -> None:
    async with open_run_plan_harness(tmp_path) as controller:
        for _press in range(3):
            controller.press()
        await controller.ran(40, 41, 42)
        await wait_until(lambda: controller.draft.value(controller.seed) == 42)


async def test_what_was_typed_while_the_job_was_written_stays(tmp_path: Path) -> None:
    async with open_run_plan_harness(tmp_path) as controller:
        controller.press()
        await controller.ran(40)
        controller.press()
        controller.draft_editor.edit({controller.seed: 7}, "typed")
        await controller.ran(40, 41)
        controller.press()
        await controller.ran(40, 41, 7)
        assert controller.draft.value(controller.seed) == 7
        assert controller.draft_editor.state.undo_text == "typed"


async def test_the_seed_moves_in_the_draft_that_ran_and_not_in_the_one_in_view(
    tmp_path: Path,
) -> None:
    async with open_run_plan_harness(tmp_path) as controller:
        controller.press()
        await controller.ran(40)
        controller.press()
        open_file(controller.draft_editor, workflow_from_json(OTHER), "x.json", "/x.json")
        await controller.ran(40, 41)
        await wait_until(lambda: bool(controller.stored))
        assert [each.key for each in controller.stored] == [
            controller.jobs.deployment.deployment_id
        ]
        assert controller.draft.source.name == "x.json"
        controller.draft_editor.open_deployment(controller.jobs.deployment)
        assert controller.draft.value(controller.seed) == 41


async def test_each_of_several_values_is_named_and_the_first_stays_on_screen(
    tmp_path: Path,
) -> None:
    async with open_run_plan_harness(tmp_path) as controller:
        text = controller.key("text")
        values: list[dict[InputKey, Value]] = [{text: "a fox"}, {text: "a boat"}]
        plan = plan_runs(controller.draft_editor, values, "two texts", ["1st"])
        assert plan is not None
        controller.jobs.queue.submit_plan(plan)
        await controller.ran(40, 41)
        first, second = controller.jobs.queue.jobs.values()
        assert first.title.startswith("1st · a fox")
        assert second.title.startswith("a boat")
        assert {first.batch_name, second.batch_name} == {"two texts"}
        await wait_until(lambda: controller.draft.value(controller.seed) == 41)
        assert controller.draft.value(text) == "a fox"
