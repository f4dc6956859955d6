from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.job import Hold, Job, JobState
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import History
from tests.support.job_bench import QUICK, SERVICE, Bench, open_bench
from tests.support.jobs import make_job
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


async def fill_history(folder: Path, *jobs: Job) -> None:
    """What an earlier program left on disk."""
    database = await Database.open(folder / "history.sqlite")
    await History(database).save_all(jobs)
    await database.close()


def bench_on(folder: Path) -> Bench:
    return Bench(folder, pace=QUICK, cloud=SLOW_CLOUD)


async def test_a_run_goes_from_waiting_to_a_file(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit(noise_seed=7)
        job = await bench.reaches(job_id, S.DONE)
        assert bench.states(job_id) == ["waiting", "sending", "queued", "fetching", "done"]
        assert bench.accepted == 1
        [output] = job.outputs
        [name] = bench.files()
        assert re.fullmatch(rf"flux-dev/\d{{8}}-\d{{6}}-{job_id[:8]}-Light_00001_\.png", name)
        assert output.path == str(bench.outputs / name)
        assert job.title == "flux-dev · seed 7"
        assert (bench.told, bench.queue.active_count) == ([], 0)


async def test_jobs_come_back_after_a_restart_newest_last(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        jobs = [await bench.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)
        before = dict(bench.queue.jobs)
    async with bench.program() as queue:
        assert list(queue.jobs) == jobs
        assert {key: replace(job, sent_bytes=0) for key, job in before.items()} == queue.jobs


async def test_a_queued_job_is_resumed_to_its_files(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
    bench.clock.advance(3600.0)
    async with bench.program():
        job = await bench.reaches(job_id, S.DONE)
        assert len(bench.files()) == 1
        assert job.ran_s(0.0) == 30.0
    assert bench.accepted == 1


async def test_what_a_crash_left_between_run_and_acceptance_is_not_sent(tmp_path: Path) -> None:
    waiting = make_job(S.WAITING, job_id="w", request_id="", queued_s=0.0)
    sending = make_job(S.SENDING, job_id="s", request_id="", queued_s=0.0, sent_s=1005.0)
    await fill_history(tmp_path, waiting, sending)
    bench = bench_on(tmp_path)
    async with bench.program() as queue:
        assert (queue.jobs["w"].state, queue.jobs["w"].hold) == (S.HELD, Hold.RESTART)
        assert queue.jobs["s"].state is S.UNCERTAIN
        assert (bench.row("w")["state"], bench.row("s")["state"]) == ("held", "uncertain")
        assert bench.titles() == [
            "1 job was not sent before the program ended.",
            "1 job was being sent when the program ended.",
        ]
        assert await settled(lambda: bench.received("submit")) == 0
    bench.told.clear()
    async with bench.program() as queue:
        assert queue.jobs["w"].state is S.HELD
        assert queue.jobs["s"].state is S.UNCERTAIN
        assert bench.told == []


async def test_what_was_not_sent_is_offered_and_sent_at_a_press(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_key(False)
        jobs = await bench.submit_many(3)
    async with bench.program() as queue:
        assert bench.titles() == ["3 jobs were not sent before the program ended."]
        assert queue.line.state.held == {Hold.RESTART: 3}
        [notice] = bench.told
        assert (notice.action_text, bench.received("submit")) == ("Send 3 jobs", 0)
        assert notice.action is not None
        notice.action()
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)
        assert bench.accepted == 3


async def test_jobs_of_another_service_are_left_alone(tmp_path: Path) -> None:
    there = make_job(S.SENDING, job_id="there", service="https://api.runcomfy.net")
    await fill_history(tmp_path, there, make_job(S.DONE, job_id="here"))
    bench = bench_on(tmp_path)
    async with bench.program() as queue:
        assert list(queue.jobs) == ["here"]
    assert bench.row("there")["state"] == "sending"
    async with bench.program("https://api.runcomfy.net") as queue:
        assert queue.jobs["there"].state is S.UNCERTAIN


async def test_an_unfinished_job_is_found_behind_any_number_of_newer_ones(tmp_path: Path) -> None:
    old = make_job(S.UNCERTAIN, job_id="old", created_s=1.0)
    newer = [make_job(S.DONE, job_id=str(each), created_s=10.0 + each) for each in range(600)]
    await fill_history(tmp_path, old, *newer)
    async with bench_on(tmp_path).program() as queue:
        assert len(queue.jobs) == 501
        assert next(iter(queue.jobs)) == "old"


async def test_views_that_came_early_hear_when_the_jobs_are_loaded(tmp_path: Path) -> None:
    await fill_history(tmp_path, make_job(S.DONE))
    bench = bench_on(tmp_path)
    async with bench.program():
        assert bench.loaded == [1]


async def test_running_again_is_a_new_job_with_the_same_inputs(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit(text="blue", noise_seed=5)
        await bench.reaches(job_id, S.DONE)
        bench.queue.run_again(job_id)
        await until(lambda: len(bench.queue.jobs) == 2)
        again = next(each for each in bench.queue.jobs if each != job_id)
        await bench.reaches(again, S.DONE)
        first, second = bench.sent()
        assert first == second
        assert bench.queue.jobs[job_id].state is S.DONE
        bench.queue.run_again("nobody")


async def test_an_uncertain_job_can_be_discarded(tmp_path: Path) -> None:
    await fill_history(tmp_path, make_job(S.UNCERTAIN, request_id=""))
    bench = bench_on(tmp_path)
    async with bench.program() as queue:
        queue.discard("job-1")
        job = await bench.reaches("job-1", S.CANCELLED)
        assert job.reason.startswith("Discarded")
        assert bench.row("job-1")["state"] == "cancelled"


async def test_an_uncertain_job_is_adopted_by_its_request_id(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("drop-answer")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.UNCERTAIN)
        [request_id] = bench.world.runs
        bench.queue.adopt(job_id, f"  {request_id}\n")
        job = await bench.reaches(job_id, S.DONE)
        assert (job.request_id, job.reason) == (request_id, "")
        assert len(bench.files()) == 1
        assert bench.accepted == 1


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
    bench = bench_on(tmp_path)
    async with bench.program() as queue:
        queue.adopt("lost", request_id)
        await until(lambda: bench.told)
        assert bench.titles() == [title]
        assert queue.jobs["lost"] == lost
        queue.adopt("done", "anything")
        queue.adopt("nobody", "anything")


async def test_an_id_that_two_jobs_are_given_at_once_is_adopted_by_one(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("drop-answer@submit:2")
        jobs = [await bench.submit(noise_seed=number) for number in range(2)]
        for job_id in jobs:
            await bench.reaches(job_id, S.UNCERTAIN)
        bench.world.faults.set("")
        bench.told.clear()
        request_id = next(iter(bench.world.runs))
        for job_id in jobs:
            bench.queue.adopt(job_id, request_id)
        await until(lambda: bench.told and bench.in_state(S.DONE))
        await settled(lambda: bench.received("status") + len(bench.told))
        assert bench.titles() == ["This request ID belongs to another job."]
        [other] = bench.in_state(S.UNCERTAIN)
        assert bench.queue.jobs[other].request_id == ""


async def test_adopting_without_network_changes_nothing(tmp_path: Path) -> None:
    lost = make_job(S.UNCERTAIN, request_id="")
    await fill_history(tmp_path, lost)
    bench = bench_on(tmp_path)
    async with bench.program() as queue:
        bench.world.faults.set("status-503@status:1")
        queue.adopt("job-1", "abc")
        await until(lambda: bench.told)
        assert bench.titles() == ["It could not be checked whether RunComfy knows this request."]
        assert queue.jobs["job-1"] == lost


async def test_finished_jobs_can_be_removed_and_others_cannot(tmp_path: Path) -> None:
    await fill_history(
        tmp_path, make_job(S.DONE, job_id="done"), make_job(S.UNCERTAIN, job_id="unknown")
    )
    bench = bench_on(tmp_path)
    async with bench.program() as queue:
        removed: list[str] = []
        queue.removed.subscribe(removed.append)
        for job_id in ("done", "unknown", "nobody"):
            queue.remove_many([job_id])
        await until(lambda: removed)
        assert (removed, list(queue.jobs)) == (["done"], ["unknown"])
    assert bench.row("done") == {}
    assert bench.row("unknown")


async def test_a_damaged_history_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_bytes(b"no database " * 1000)
    bench = bench_on(tmp_path)
    async with bench.program():
        pass
    assert bench.titles() == ["The history of jobs was damaged, and a new one was begun."]
    assert "history.broken-1.sqlite" in bench.told[0].detail


async def test_damage_is_told_until_somebody_heard_of_it_and_then_no_more(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_bytes(b"no database " * 1000)
    # Killed with the damaged file set aside and a new one made, before anybody looked.
    await (await Database.open(tmp_path / "history.sqlite")).close()
    bench = bench_on(tmp_path)
    for _each in range(2):
        async with bench.program():
            pass
        assert bench.titles() == ["The history of jobs was damaged, and a new one was begun."]


async def test_what_was_saved_of_a_damaged_history_is_not_sent_by_itself(tmp_path: Path) -> None:
    jobs = [
        make_job(S.WAITING, job_id="waits", request_id="", queued_s=0.0),
        make_job(S.HELD, job_id="offline", request_id="", queued_s=0.0, hold=Hold.OFFLINE),
    ]
    await fill_history(tmp_path, *jobs)
    path = tmp_path / "history.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = -5")
        connection.commit()
    bench = bench_on(tmp_path)
    bench.preferences.set(sends_when_online=True)
    async with bench.program() as queue:
        queue.line.note_online(True)
        assert await settled(lambda: bench.received("submit")) == 0
        assert {job.hold for job in queue.jobs.values()} == {Hold.RESTART}
        assert len(queue.jobs) == 2


async def test_a_history_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    bench = bench_on(tmp_path)
    async with bench.program():
        pass
    history = bench.path
    history.unlink()
    history.mkdir()
    with pytest.raises(Problem):
        async with bench.program():
            pass


async def test_no_key_reaches_the_history(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("unauthorized@submit")
        refused = await bench.submit()
        await bench.reaches(refused, S.FAILED)
        bench.world.faults.set("")
        bench.queue.line.note_key(True)
        await bench.reaches(await bench.submit(), S.DONE)
    assert bench.token.encode() not in _all_bytes(tmp_path)
    assert SERVICE.encode() in _all_bytes(tmp_path)


def _all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
