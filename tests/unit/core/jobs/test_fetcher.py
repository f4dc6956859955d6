from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import JobState, missing_files
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import FAST_POLLING, open_queue_harness
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.jobs.output import Output

S = JobState


def content(output: Output) -> bytes:
    return Path(output.path).read_bytes()


def write(output: Output, data: bytes) -> None:
    Path(output.path).write_bytes(data)


def remove(output: Output) -> None:
    Path(output.path).unlink()


def more_outputs(
    *names: str, host: str = "", text: str = ""
) -> Callable[[httpx.Response], httpx.Response]:
    """Returns a change to a result: its one file gets several names, and a text is added."""

    def bend(response: httpx.Response) -> httpx.Response:
        result: dict[str, Any] = json.loads(response.content)
        [file] = result["outputs"]["9"]["images"]
        result["outputs"]["9"]["images"] = [
            {**file, "filename": name, "url": f"{host or file['url']}?{number}"}
            for number, name in enumerate(names)
        ]
        if text:
            result["outputs"]["38:42"] = {"text": [text]}
        return httpx.Response(200, json=result)

    return bend


async def test_all_outputs_of_a_run_come_and_texts_with_them(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png", text="A bicycle.")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert [output.filename for output in job.outputs] == ["a.png", "b.png", ""]
        assert job.outputs[2].text == "A bicycle."
        assert len(harness.files()) == 2
        assert job.reason == ""


async def test_each_file_shows_as_soon_as_it_is_here(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png", "c.png")
        shown: list[int] = []
        harness.queue.changed.subscribe(
            lambda job: shown.append(sum(bool(each.path) for each in job.outputs))
        )
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        assert [count for count in shown if count] == [1, 2, 3, 3]


async def test_a_file_that_is_empty_at_first_comes_in_the_end(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("empty-first-download,cut-download:1")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert len(harness.files()) == 1
        assert (job.reason, job.outputs[0].fault) == ("", "")
        assert harness.received_count("download") == 3


async def test_one_file_that_cannot_be_had_does_not_stop_the_others(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png", "c.png")
        harness.transport.damaged_paths.add("0")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert [bool(output.path) for output in job.outputs] == [False, True, True]
        assert job.outputs[0].fault
        assert job.reason == "1 of 3 files could not be downloaded"
        assert harness.row(job_id)["outputs"][0]["fault"] == job.outputs[0].fault
        assert harness.titles() == [f"{job.title}: 1 of 3 files could not be downloaded"]


async def test_what_is_missing_can_be_fetched_again(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png")
        harness.transport.damaged_paths.add("0")
        job_id = await harness.submit()
        before = await harness.wait_until_state(job_id, S.DONE)
        remove(before.outputs[1])
        harness.transport.damaged_paths.clear()
        harness.queue.fetch_again(job_id)
        harness.queue.fetch_again(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].reason == "")
        job = harness.queue.jobs[job_id]
        assert [(bool(each.path), each.fault) for each in job.outputs] == [(True, "")] * 2
        assert len(harness.files()) == 2
        assert job.finished_s == before.finished_s
        assert harness.received_count("submit") == 1


async def test_fetching_again_what_the_service_no_longer_has_changes_nothing(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit()
        before = await harness.wait_until_state(job_id, S.DONE)
        remove(before.outputs[0])
        harness.backend.runs.clear()
        harness.queue.fetch_again(job_id)
        await wait_until(lambda: harness.shown_notices)
        assert harness.queue.jobs[job_id] == before
        harness.queue.fetch_again("nobody")


CUT = "truncated@download"


async def test_a_file_that_comes_cut_at_first_comes_whole_in_the_end(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.set_faults(f"{CUT}:2")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert (job.reason, job.outputs[0].is_damaged, harness.shown_notices) == ("", False, [])
        assert harness.received_count("download") == 3


async def test_a_file_that_stays_cut_is_told_and_kept_until_the_whole_one_comes(
    tmp_path: Path,
) -> None:
    pace = replace(
        FAST_POLLING,
        fetch_retry_backoff=Backoff(0.001, 0.001),
        max_fetch_retries=1,
        fetch_retry_interval_s=0.001,
    )
    async with open_queue_harness(tmp_path, pace=pace) as harness:
        harness.set_faults(f"{CUT}:99")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert job.outputs[0].is_damaged
        assert harness.row(job_id)["outputs"][0]["is_damaged"]
        damaged = content(job.outputs[0])
        assert job.reason == "1 of 1 files came damaged"
        assert harness.titles() == [f"{job.title}: {job.reason}"]
        assert "costs nothing more" in harness.shown_notices[0].detail
        # The storage has no more of the file, so there is no automatic retry.
        assert await wait_until_stable(lambda: harness.received_count("download")) == 3
        harness.queue.fetch_again(job_id)
        await wait_until(lambda: len(harness.shown_notices) == 3)
        assert harness.titles()[1:] == [
            f"{job.title}: Fetching 1 file again…",
            f"{job.title}: 1 of 1 files could not be fetched again",
        ]
        assert harness.shown_notices[2].detail.endswith("What is on this computer was kept.")
        assert harness.queue.jobs[job_id] == job
        harness.set_faults("")
        harness.queue.fetch_again(job_id)
        await wait_until(lambda: len(harness.shown_notices) == 5)
        whole = harness.queue.jobs[job_id]
        assert (whole.reason, whole.outputs[0].is_damaged) == ("", False)
        assert whole.outputs[0].path == job.outputs[0].path
        assert content(whole.outputs[0]).startswith(damaged)
        assert harness.titles()[4] == f"{job.title}: 1 file was fetched again"
        # The last notice replaces the previous ones.
        assert len({each.subject for each in harness.shown_notices}) == 1
        assert harness.files() == [
            Path(job.outputs[0].path).relative_to(harness.outputs).as_posix()
        ]
        assert harness.accepted_count == 1


async def test_one_file_that_is_here_is_fetched_again_and_no_other(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png", text="A bicycle.")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        downloads = harness.received_count("download")
        harness.transport.overrides["result"] = more_outputs(
            "a.png", "b.png", "c.png", text="A bicycle."
        )
        data = content(job.outputs[0])
        write(job.outputs[0], data[:-1] + b"?")
        harness.queue.fetch_again(job_id, [job.outputs[0].path])
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert content(job.outputs[0]) == data
        # A file that the result names only now is downloaded, too.
        assert harness.received_count("download") == downloads + 2
        assert len(harness.queue.jobs[job_id].outputs) == 4
        assert harness.titles()[1] == f"{job.title}: 1 file was fetched again"
        assert harness.accepted_count == 1


async def test_a_file_that_cannot_be_had_again_stays_and_the_job_is_as_it_was(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        harness.set_faults("status-503@download:99")
        harness.queue.fetch_again(job_id, [job.outputs[0].path])
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert harness.queue.jobs[job_id] == job
        assert content(job.outputs[0])
        assert harness.titles()[1] == f"{job.title}: 1 of 1 files could not be fetched again"


async def test_the_second_of_two_requests_comes_after_the_first(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        downloads = harness.received_count("download")
        go_on = harness.transport.hold("result")
        for path in (each.path for each in job.outputs):
            harness.queue.fetch_again(job_id, [path])
            harness.queue.fetch_again(job_id, [path])
        await wait_until(lambda: harness.transport.waiting)
        go_on.set()
        await wait_until(lambda: len(harness.shown_notices) == 4)
        assert await wait_until_stable(lambda: harness.received_count("download")) == downloads + 2
        assert [each.detail for each in harness.shown_notices[1::2]] == ["Nothing has changed."] * 2


async def test_the_files_of_many_jobs_are_fetched_again_and_told_of_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(in_flight=9)
        jobs = [
            await harness.wait_until_state(each, S.DONE)
            for each in [await harness.submit(noise_seed=number) for number in range(3)]
        ]
        downloads = harness.received_count("download")
        wanted = {job.job_id: [job.outputs[0].path] for job in jobs}
        harness.queue.fetch_many_again(wanted)
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert harness.received_count("download") == downloads + 3
        assert harness.titles() == [
            "Fetching the files of 3 jobs again…",
            "The files of 3 jobs are here.",
        ]
        harness.set_faults("status-503@download:99")
        harness.queue.fetch_many_again(wanted)
        await wait_until(lambda: len(harness.shown_notices) == 4)
        assert harness.titles()[3] == "Not all files of 3 of 3 jobs could be fetched again."
        assert {each.subject for each in harness.shown_notices} == {"files of several jobs"}
        assert [harness.queue.jobs[job.job_id] for job in jobs] == jobs


async def test_a_job_that_left_the_list_long_ago_is_taken_up_for_its_files(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        harness.clock.advance(1.0)
        later = await harness.submit(noise_seed=2)
        await harness.wait_until_state(later, S.DONE)
        # Simulates a start with five hundred newer jobs.
        harness.queue._job_store.index.remove(job_id)
        del harness.queue._job_store.live[job_id]
        downloads = harness.received_count("download")
        harness.queue.add_from_history(job)
        harness.queue.fetch_again(job_id, [job.outputs[0].path])
        await wait_until(lambda: harness.received_count("download") == downloads + 1)
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert list(harness.queue.jobs) == [job_id, later]


async def test_after_seven_days_a_file_that_is_here_is_not_asked_for(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        harness.clock.advance(8 * 24 * 3600)
        asked = harness.transport.received_calls.count("result")
        harness.queue.fetch_again(job_id, [job.outputs[0].path])
        await wait_until(lambda: harness.shown_notices)
        assert "7 days" in harness.titles()[0]
        assert harness.queue.jobs[job_id] == job
        assert harness.transport.received_calls.count("result") == asked


async def test_foreign_hosts_are_refused_and_the_job_is_done(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs(
            "a.png", host="https://api.runcomfy.net@evil.invalid/a.png"
        )
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert job.outputs[0].fault
        assert harness.received_count("download") == 0


async def test_a_kill_while_fetching_doubles_no_file(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png", "c.png")
        job_id = await harness.submit()
        before = await harness.wait_until_state(job_id, S.DONE)
    # Simulates a kill after the first file was recorded and the second one renamed.
    document = harness.row(job_id)
    for output in document["outputs"][1:]:
        del output["path"]
    remove(before.outputs[2])
    change_row(harness.path, "fetching", document)
    downloads = harness.received_count("download")
    async with harness.program():
        job = await harness.wait_until_state(job_id, S.DONE)
    assert [output.path for output in job.outputs] == [each.path for each in before.outputs]
    assert len(harness.files()) == 3
    assert harness.received_count("download") == downloads + 2


def change_row(path: Path, state: str, document: dict[str, Any]) -> None:
    other = sqlite3.connect(path)
    with other:
        other.execute("UPDATE jobs SET state = ?, document = ?", (state, json.dumps(document)))
    other.close()


async def test_thousands_of_outputs_do_not_mean_thousands_of_rows(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        names = [f"{number}.png" for number in range(300)]
        harness.transport.overrides["result"] = more_outputs(*names)
        shown: list[str] = []
        harness.queue.changed.subscribe(lambda job: shown.append(job.state.value))
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        assert len(harness.files()) == 300
        assert await wait_until_stable(lambda: len(shown)) < 70


async def test_a_file_that_cannot_be_had_is_asked_for_later_and_nobody_told(
    tmp_path: Path,
) -> None:
    pace = replace(
        FAST_POLLING, fetch_retry_backoff=Backoff(0.05, 0.05), fetch_retry_interval_s=0.001
    )
    async with open_queue_harness(tmp_path, pace=pace) as harness:
        harness.transport.overrides["result"] = more_outputs("a.png", "b.png")
        harness.transport.damaged_paths.add("0")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        await wait_until(lambda: harness.transport.received_calls.count("result") == 2)
        harness.transport.damaged_paths.clear()
        await wait_until(lambda: harness.queue.jobs[job_id].reason == "")
        job = harness.queue.jobs[job_id]
        assert [(bool(each.path), each.fault) for each in job.outputs] == [(True, "")] * 2
        assert len(harness.titles()) == 1
        assert harness.received_count("submit") == 1


async def test_the_next_start_asks_for_it_too(tmp_path: Path) -> None:
    pace = replace(
        FAST_POLLING,
        fetch_retry_backoff=Backoff(0.05, 0.05),
        max_fetch_retries=1,
        fetch_retry_interval_s=0.001,
    )
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.damaged_paths.add("")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
    harness.transport.damaged_paths.clear()
    harness.pace = pace
    async with harness.program():
        await wait_until(lambda: harness.queue.jobs[job_id].reason == "")
        assert harness.queue.jobs[job_id].outputs[0].path


async def test_after_seven_days_it_is_gone_and_nothing_is_asked(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.damaged_paths.add("")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        harness.clock.advance(8 * 24 * 3600)
        asked = harness.transport.received_calls.count("result")
        harness.queue.fetch_again(job_id)
        message = len(harness.titles())
        await wait_until(lambda: "7 days" in harness.queue.jobs[job_id].outputs[0].fault)
        await wait_until(lambda: len(harness.titles()) > message)
        assert harness.transport.received_calls.count("result") == asked
        assert "7 days" in harness.titles()[-1]
        assert "7 days" in harness.row(job_id)["outputs"][0]["fault"]


async def test_the_result_of_another_job_is_not_taken(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("result", request_id="0f0f0f0f-aaaa-bbbb-cccc-000000000000")
        job_id = await harness.submit()
        await wait_until(lambda: harness.transport.received_calls.count("result") > 3)
        job = harness.queue.jobs[job_id]
        assert (job.state, job.outputs) == (S.FETCHING, ())
        assert harness.files() == []
        del harness.transport.overrides["result"]
        await harness.wait_until_state(job_id, S.DONE)


@pytest.mark.root
async def test_a_full_disk_is_told_once_and_the_job_is_done(tmp_path: Path) -> None:
    """Many files on a full disk: three are tried, the others get the disk's error."""
    async with open_queue_harness(tmp_path) as harness:
        names = [f"{number}.png" for number in range(40)]
        harness.transport.overrides["result"] = more_outputs(*names)
        with small_disk(harness.outputs, 64) as disk:
            disk.fill()
            job_id = await harness.submit()
            job = await harness.wait_until_state(job_id, S.DONE)
            assert job.reason == "40 of 40 files could not be downloaded"
            assert len(harness.titles()) == 1
            assert harness.received_count("download") < 10
            assert len(missing_files(job)) == 40
            assert all(each.fault for each in job.outputs)
        harness.queue.fetch_again(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].reason == "")
        assert len(harness.files()) == 40
