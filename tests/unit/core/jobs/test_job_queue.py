from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.job_factory import make_job
from tests.support.queue_harness import FAST_POLLING, SERVICE, QueueHarness, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


async def fill_history(folder: Path, *jobs: Job) -> None:
    """Writes the jobs of an earlier session to disk."""
    database = await Database.open(folder / "history.sqlite")
    await JobHistory(database).save_all(jobs)
    await database.close()


def harness_on(folder: Path) -> QueueHarness:
    return QueueHarness(folder, pace=FAST_POLLING, timing=SLOW_CLOUD)


async def test_a_run_goes_from_waiting_to_a_file(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit(noise_seed=7)
        job = await harness.wait_until_state(job_id, S.DONE)
        assert harness.shown_states(job_id) == ["waiting", "sending", "queued", "fetching", "done"]
        assert harness.accepted_count == 1
        [output] = job.outputs
        [name] = harness.files()
        assert re.fullmatch(rf"flux-dev/\d{{8}}-\d{{6}}-{job_id[:8]}-Light_00001_\.png", name)
        assert output.path == str(harness.outputs / name)
        assert job.title == "flux-dev · seed 7"
        assert (harness.shown_notices, harness.queue.active_count) == ([], 0)


async def test_jobs_come_back_after_a_restart_newest_last(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        jobs = [await harness.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)
        before = dict(harness.queue.jobs)
    async with harness.program() as queue:
        assert list(queue.jobs) == jobs
        assert {key: replace(job, sent_bytes=0) for key, job in before.items()} == queue.jobs


async def test_a_queued_job_is_resumed_to_its_files(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
    harness.clock.advance(3600.0)
    async with harness.program():
        job = await harness.wait_until_state(job_id, S.DONE)
        assert len(harness.files()) == 1
        assert job.ran_s(0.0) == 30.0
    assert harness.accepted_count == 1


async def test_what_a_crash_left_between_run_and_acceptance_is_not_sent(tmp_path: Path) -> None:
    waiting = make_job(S.WAITING, job_id="w", request_id="", queued_s=0.0)
    sending = make_job(S.SENDING, job_id="s", request_id="", queued_s=0.0, sent_s=1005.0)
    await fill_history(tmp_path, waiting, sending)
    harness = harness_on(tmp_path)
    async with harness.program() as queue:
        assert (queue.jobs["w"].state, queue.jobs["w"].hold) == (S.HELD, HoldReason.RESTART)
        assert queue.jobs["s"].state is S.UNCERTAIN
        assert (harness.row("w")["state"], harness.row("s")["state"]) == ("held", "uncertain")
        assert harness.titles() == [
            "1 job was not sent before the program ended.",
            "1 job was being sent when the program ended.",
        ]
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 0
    harness.shown_notices.clear()
    async with harness.program() as queue:
        assert queue.jobs["w"].state is S.HELD
        assert queue.jobs["s"].state is S.UNCERTAIN
        assert harness.shown_notices == []


async def test_what_was_not_sent_is_offered_and_sent_at_a_press(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_has_key(False)
        jobs = await harness.submit_many(3)
    async with harness.program() as queue:
        assert harness.titles() == ["3 jobs were not sent before the program ended."]
        assert queue.send_queue.state.held_counts == {HoldReason.RESTART: 3}
        [notice] = harness.shown_notices
        assert (notice.action_text, harness.received_count("submit")) == ("Send 3 jobs", 0)
        assert notice.action is not None
        notice.action()
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)
        assert harness.accepted_count == 3


async def test_jobs_of_another_service_are_left_alone(tmp_path: Path) -> None:
    there = make_job(S.SENDING, job_id="there", service="https://api.runcomfy.net")
    await fill_history(tmp_path, there, make_job(S.DONE, job_id="here"))
    harness = harness_on(tmp_path)
    async with harness.program() as queue:
        assert list(queue.jobs) == ["here"]
    assert harness.row("there")["state"] == "sending"
    async with harness.program("https://api.runcomfy.net") as queue:
        assert queue.jobs["there"].state is S.UNCERTAIN


async def test_an_unfinished_job_is_found_behind_any_number_of_newer_ones(tmp_path: Path) -> None:
    old = make_job(S.UNCERTAIN, job_id="old", created_s=1.0)
    newer = [make_job(S.DONE, job_id=str(each), created_s=10.0 + each) for each in range(600)]
    await fill_history(tmp_path, old, *newer)
    async with harness_on(tmp_path).program() as queue:
        assert len(queue.jobs) == 501
        assert next(iter(queue.jobs)) == "old"


async def test_views_that_came_early_hear_when_the_jobs_are_loaded(tmp_path: Path) -> None:
    await fill_history(tmp_path, make_job(S.DONE))
    harness = harness_on(tmp_path)
    async with harness.program():
        assert harness.loaded == [1]


async def test_running_again_is_a_new_job_with_the_same_inputs(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit(text="blue", noise_seed=5)
        await harness.wait_until_state(job_id, S.DONE)
        harness.queue.run_again(job_id)
        await wait_until(lambda: len(harness.queue.jobs) == 2)
        again = next(each for each in harness.queue.jobs if each != job_id)
        await harness.wait_until_state(again, S.DONE)
        first, second = harness.sent_overrides()
        assert first == second
        assert harness.queue.jobs[job_id].state is S.DONE
        harness.queue.run_again("nobody")


async def test_an_uncertain_job_can_be_discarded(tmp_path: Path) -> None:
    await fill_history(tmp_path, make_job(S.UNCERTAIN, request_id=""))
    harness = harness_on(tmp_path)
    async with harness.program() as queue:
        queue.discard("job-1")
        job = await harness.wait_until_state("job-1", S.CANCELLED)
        assert job.reason.startswith("Discarded")
        assert harness.row("job-1")["state"] == "cancelled"


async def test_an_uncertain_job_is_adopted_by_its_request_id(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("drop-answer")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.UNCERTAIN)
        [request_id] = harness.backend.runs
        harness.queue.adopt(job_id, f"  {request_id}\n")
        job = await harness.wait_until_state(job_id, S.DONE)
        assert (job.request_id, job.reason) == (request_id, "")
        assert len(harness.files()) == 1
        assert harness.accepted_count == 1


@pytest.mark.parametrize(
    ("request_id", "title"),
    [
        ("../../balance", "This is not a request ID."),
        ("00000000-not-there", "RunComfy knows no such request of this deployment."),
        ("r-1", "This request ID belongs to another job."),
    ],
)
async def test_a_wrong_request_id_changes_nothing(
    tmp_path: Path, request_id: str, title: str
) -> None:
    lost = make_job(S.UNCERTAIN, job_id="lost", request_id="")
    await fill_history(tmp_path, lost, make_job(S.DONE, job_id="done"))
    harness = harness_on(tmp_path)
    async with harness.program() as queue:
        queue.adopt("lost", request_id)
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles() == [title]
        assert queue.jobs["lost"] == lost
        queue.adopt("done", "anything")
        queue.adopt("nobody", "anything")


async def test_an_id_that_two_jobs_are_given_at_once_is_adopted_by_one(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("drop-answer@submit:2")
        jobs = [await harness.submit(noise_seed=number) for number in range(2)]
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.UNCERTAIN)
        harness.backend.faults.set("")
        harness.shown_notices.clear()
        request_id = next(iter(harness.backend.runs))
        for job_id in jobs:
            harness.queue.adopt(job_id, request_id)
        await wait_until(lambda: harness.shown_notices and harness.in_state(S.DONE))
        await wait_until_stable(
            lambda: harness.received_count("status") + len(harness.shown_notices)
        )
        assert harness.titles() == ["This request ID belongs to another job."]
        [other] = harness.in_state(S.UNCERTAIN)
        assert harness.queue.jobs[other].request_id == ""


async def test_adopting_without_network_changes_nothing(tmp_path: Path) -> None:
    lost = make_job(S.UNCERTAIN, request_id="")
    await fill_history(tmp_path, lost)
    harness = harness_on(tmp_path)
    async with harness.program() as queue:
        harness.backend.faults.set("status-503@status:1")
        queue.adopt("job-1", "abc")
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles() == ["It could not be checked whether RunComfy knows this request."]
        assert queue.jobs["job-1"] == lost


async def test_finished_jobs_can_be_removed_and_others_cannot(tmp_path: Path) -> None:
    await fill_history(
        tmp_path, make_job(S.DONE, job_id="done"), make_job(S.UNCERTAIN, job_id="unknown")
    )
    harness = harness_on(tmp_path)
    async with harness.program() as queue:
        removed: list[str] = []
        queue.removed.subscribe(removed.append)
        for job_id in ("done", "unknown", "nobody"):
            queue.remove_many([job_id])
        await wait_until(lambda: removed)
        assert (removed, list(queue.jobs)) == (["done"], ["unknown"])
    assert harness.row("done") == {}
    assert harness.row("unknown")


async def test_a_damaged_history_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_bytes(b"no database " * 1000)
    harness = harness_on(tmp_path)
    async with harness.program():
        pass
    assert harness.titles() == ["The history of jobs was damaged, and a new one was begun."]
    assert "history.broken-1.sqlite" in harness.shown_notices[0].detail


async def test_damage_is_told_until_somebody_heard_of_it_and_then_no_more(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_bytes(b"no database " * 1000)
    # Killed after the damaged file was moved aside and a new one created, before any notice.
    await (await Database.open(tmp_path / "history.sqlite")).close()
    harness = harness_on(tmp_path)
    for _each in range(2):
        async with harness.program():
            pass
        assert harness.titles() == ["The history of jobs was damaged, and a new one was begun."]


async def test_what_was_saved_of_a_damaged_history_is_not_sent_by_itself(tmp_path: Path) -> None:
    jobs = [
        make_job(S.WAITING, job_id="waits", request_id="", queued_s=0.0),
        make_job(S.HELD, job_id="offline", request_id="", queued_s=0.0, hold=HoldReason.OFFLINE),
    ]
    await fill_history(tmp_path, *jobs)
    path = tmp_path / "history.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = -5")
        connection.commit()
    harness = harness_on(tmp_path)
    harness.preferences.set(sends_when_online=True)
    async with harness.program() as queue:
        queue.send_queue.set_online(True)
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 0
        assert {job.hold for job in queue.jobs.values()} == {HoldReason.RESTART}
        assert len(queue.jobs) == 2


async def test_a_history_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    harness = harness_on(tmp_path)
    async with harness.program():
        pass
    history = harness.path
    history.unlink()
    history.mkdir()
    with pytest.raises(Problem):
        async with harness.program():
            pass


async def test_no_key_reaches_the_history(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("unauthorized@submit")
        refused = await harness.submit()
        await harness.wait_until_state(refused, S.FAILED)
        harness.backend.faults.set("")
        harness.queue.send_queue.set_has_key(True)
        await harness.wait_until_state(await harness.submit(), S.DONE)
    assert harness.token.encode() not in _all_bytes(tmp_path)
    assert SERVICE.encode() in _all_bytes(tmp_path)


def _all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
