"""Dynamic prompts in a real draft editor: the text sent, the text kept in the draft, and errors."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.dynamic_prompts import DynamicPrompts
from runcomfy_desktop.core.editor.wildcard_reader import WildcardReader
from runcomfy_desktop.core.jobs.new_job import JobOrigin, job_from_draft
from runcomfy_desktop.core.jobs.run_plan import plan_runs
from runcomfy_desktop.core.sweeps.batch_planner import plan_batch
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.async_wait import wait_until
from tests.support.draft_runs import run_all, run_once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Draft

TEXT, OTHER = InputKey("6", "text"), InputKey("6", "other")
WORKFLOW = DeploymentPayload(
    {"6": {"class_type": "Text", "inputs": {"text": "plain", "other": "{x|y}"}}}
)
DEPLOYMENT = Deployment("blue", "Blue", payload=WORKFLOW)


class DynamicPromptsHarness:
    """A draft editor with an open deployment, and a folder of wildcards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prompts = DynamicPrompts(random.Random(3))
        self.draft_editor = DraftEditor(dynamic_prompts=self.prompts)
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.reader = WildcardReader(
            self.prompts,
            self.draft_editor,
            self.preferences,
            Notices(),
            folder,
            poll_interval_s=0.01,
        )
        self.draft_editor.open_deployment(DEPLOYMENT)

    @property
    def draft(self) -> Draft:
        assert self.draft_editor.state.draft is not None
        return self.draft_editor.state.draft

    def run(self) -> str:
        """Returns the text that a run sends."""
        ready = run_once(self.draft_editor)
        assert ready is not None
        return str(ready.value(TEXT))

    async def knows(self, name: str) -> None:
        await wait_until(lambda: name in self.prompts.wildcards.lines)


@asynccontextmanager
async def open_dynamic_prompts_harness(folder: Path) -> AsyncIterator[DynamicPromptsHarness]:
    harness = DynamicPromptsHarness(folder)
    try:
        yield harness
    finally:
        await harness.reader.close()


async def test_ordinary_braces_stay_ordinary(tmp_path: Path) -> None:
    async with open_dynamic_prompts_harness(tmp_path) as harness:
        harness.draft_editor.edit({TEXT: "a {red|blue} __car__"}, "Text")
        assert harness.run() == "a {red|blue} __car__"
        assert harness.draft_editor.state.issues == {}


async def test_each_run_has_words_of_its_own_and_the_screen_keeps_all(tmp_path: Path) -> None:
    async with open_dynamic_prompts_harness(tmp_path) as harness:
        harness.draft_editor.edit({TEXT: "a {red|blue} car"}, "Text")
        harness.draft_editor.set_expands(TEXT, on=True)
        assert {harness.run() for _run in range(40)} == {"a red car", "a blue car"}
        assert harness.draft.value(TEXT) == "a {red|blue} car"
        ready = run_once(harness.draft_editor)
        assert ready is not None
        assert ready.value(OTHER) == "{x|y}", "only where it is switched on"
        job = job_from_draft(ready, DEPLOYMENT, JobOrigin("s", "v1", 1.0))
        assert job.changes[TEXT] in ("a red car", "a blue car")
        assert job.title in ("a red car", "a blue car")


async def test_every_run_of_several_is_for_itself(tmp_path: Path) -> None:
    async with open_dynamic_prompts_harness(tmp_path) as harness:
        harness.draft_editor.edit({TEXT: "{a|b|c|d} {1|2|3|4}"}, "Text")
        harness.draft_editor.set_expands(TEXT, on=True)
        several = run_all(plan_batch(harness.draft_editor, BatchPlan(run_count=50)))
        assert len({each.value(TEXT) for each in several}) > 8
        values = [{OTHER: str(number)} for number in range(50)]
        many = run_all(plan_runs(harness.draft_editor, values, "Runs", ()))
        assert len({each.value(TEXT) for each in many}) > 8
        assert harness.draft.value(TEXT) == "{a|b|c|d} {1|2|3|4}"


async def test_it_is_one_step_of_undo(tmp_path: Path) -> None:
    async with open_dynamic_prompts_harness(tmp_path) as harness:
        stored: list[Draft] = []
        harness.draft_editor.edited.subscribe(stored.append)
        harness.draft_editor.set_expands(TEXT, on=True)
        assert stored == [harness.draft]
        assert harness.draft_editor.state.undo_text == "Choose words of text for each run"
        harness.draft_editor.undo()
        assert harness.draft.dynamic_prompt_inputs == frozenset()
        harness.draft_editor.redo()
        assert harness.draft.dynamic_prompt_inputs == {TEXT}
        harness.draft_editor.set_expands(TEXT, on=False)
        assert harness.draft.dynamic_prompt_inputs == frozenset()


async def test_a_file_that_is_missing_keeps_a_run_back_until_it_is_there(tmp_path: Path) -> None:
    async with open_dynamic_prompts_harness(tmp_path / "words") as harness:
        harness.draft_editor.edit({TEXT: "a __birds/sea__"}, "Text")
        harness.draft_editor.set_expands(TEXT, on=True)
        assert "being read" in harness.draft_editor.state.blocked_reason
        await wait_until(
            lambda: "no file birds/sea.txt" in harness.draft_editor.state.blocked_reason
        )
        assert run_once(harness.draft_editor) is None
        assert "no file" in harness.draft_editor.run_blocked_reason({})
        (tmp_path / "words" / "birds").mkdir(parents=True)
        (tmp_path / "words" / "birds" / "sea.txt").write_text("gull\n", encoding="utf-8")
        await harness.knows("birds/sea")
        assert harness.draft_editor.state.blocked_reason == ""
        assert harness.run() == "a gull"
        (tmp_path / "words" / "birds" / "sea.txt").unlink()
        await wait_until(
            lambda: "no file birds/sea.txt" in harness.draft_editor.state.blocked_reason
        )
        assert harness.draft_editor.state.issues.keys() == {TEXT}


async def test_another_folder_is_another_set_of_words(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "car.txt").write_text("bus", encoding="utf-8")
    async with open_dynamic_prompts_harness(tmp_path / "none") as harness:
        harness.draft_editor.edit({TEXT: "__car__"}, "Text")
        harness.draft_editor.set_expands(TEXT, on=True)
        harness.preferences.set(wildcards_folder=str(other))
        await harness.knows("car")
        assert harness.run() == "bus"
        assert harness.reader.folder == other


async def test_a_folder_that_cannot_be_read_has_no_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    async with open_dynamic_prompts_harness(tmp_path / "file") as harness:
        harness.draft_editor.edit({TEXT: "__car__"}, "Text")
        harness.draft_editor.set_expands(TEXT, on=True)
        await wait_until(lambda: "no file car.txt" in harness.draft_editor.state.blocked_reason)
