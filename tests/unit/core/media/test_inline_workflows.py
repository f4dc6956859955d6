"""Workflows that are sent whole: stored by their hash, sent once, and again from the history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.media import inline_workflows
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import DraftSource
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from tests.support.async_wait import wait_until
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Draft
    from tests.support.queue_harness import QueueHarness

S = JobState
GRAPH = workflow_from_json(
    {
        "1": {"class_type": "A", "inputs": {"n": 2**64 - 1, "t": "ü"}, "_meta": {"title": "One"}},
        "2:7": {"class_type": "B", "inputs": {"from": ["1", 0], "none": None}},
    }
)


def file_draft(harness: QueueHarness) -> Draft:
    """Returns a file's draft: the deployment's workflow with one more node, to be sent whole."""
    draft = harness.draft()
    more = workflow_from_json(
        {"77": {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}}}
    )
    workflow = replace(draft.workflow, nodes={**draft.workflow.nodes, **more.nodes})
    return replace(
        draft, workflow=workflow, source=DraftSource("a.json", "/a.json"), runs_file=True
    )


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def another(harness: QueueHarness, first: str) -> str:
    """Waits for the job after the first one and returns its id."""
    await wait_until(lambda: len(harness.queue.jobs) == 2)
    return next(job_id for job_id in harness.queue.jobs if job_id != first)


async def test_a_workflow_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    name = await inline_workflows.store(GRAPH, tmp_path)
    assert workflow_from_json(await inline_workflows.load(name, tmp_path)) == GRAPH
    assert await inline_workflows.store(GRAPH, tmp_path) == name
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize(
    "name", ["", "../history.db", "a.workflow.json", "0" * 64 + ".workflow.json"]
)
async def test_nothing_else_is_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem) as caught:
        await inline_workflows.load(name, tmp_path)
    assert caught.value.title == "The workflow of this job cannot be read any more."


async def test_a_file_is_sent_whole_and_its_extra_node_runs(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit_draft(file_draft(harness))
        job = await harness.wait_until_state(job_id, S.DONE)
        assert {each.node_id for each in job.outputs} == {"9", "77"}
        assert harness.row(job_id)["workflow_file"] == job.workflow_file
        log: list[Any] = harness.backend.journal.entries()
        assert [list(entry["body"]) for entry in log if entry["call"] == "submit"] == [
            ["workflow_api_json"]
        ]
        assert harness.accepted_count == 1


async def test_run_again_sends_the_same_file(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        first = await harness.submit_draft(file_draft(harness))
        await harness.wait_until_state(first, S.DONE)
        harness.queue.run_again(first)
        second = await another(harness, first)
        job = await harness.wait_until_state(second, S.DONE)
        assert {each.node_id for each in job.outputs} == {"9", "77"}


async def test_a_workflow_that_is_gone_is_not_sent(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        first = await harness.submit_draft(file_draft(harness))
        job = await harness.wait_until_state(first, S.DONE)
        (harness.media / job.workflow_file).unlink()
        harness.queue.run_again(first)
        second = await another(harness, first)
        failed = await harness.wait_until_state(second, S.FAILED)
        assert failed.reason.startswith("The workflow of this job cannot be read any more.")
        assert harness.accepted_count == 1


async def test_a_folder_that_takes_no_workflow_sends_nothing(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.media.parent.mkdir(parents=True, exist_ok=True)
        if harness.media.exists():
            harness.media.rmdir()
        harness.media.write_text("in the way")
        harness.queue.submit_many((RunRequest(file_draft(harness), harness.deployment),))
        await wait_until(lambda: harness.shown_notices)
        assert harness.accepted_count == 0
        assert harness.queue.jobs == {}
        assert harness.titles() == ["A file could not be written."]
