from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.domain.job import JobState, missing_files
from tests.support.job_bench import QUICK, open_bench
from tests.support.small_disk import small_disk
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.output import Output

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
    """Bends a result: its one file under several names, and a text."""

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
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png", text="A bicycle.")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert [output.filename for output in job.outputs] == ["a.png", "b.png", ""]
        assert job.outputs[2].text == "A bicycle."
        assert len(bench.files()) == 2
        assert job.reason == ""


async def test_each_file_shows_as_soon_as_it_is_here(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png", "c.png")
        shown: list[int] = []
        bench.queue.changed.subscribe(
            lambda job: shown.append(sum(bool(each.path) for each in job.outputs))
        )
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        assert [count for count in shown if count] == [1, 2, 3, 3]


async def test_a_file_that_is_empty_at_first_comes_in_the_end(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("empty-first-download,cut-download:1")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert len(bench.files()) == 1
        assert (job.reason, job.outputs[0].fault) == ("", "")
        assert bench.received("download") == 3


async def test_one_file_that_cannot_be_had_does_not_stop_the_others(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png", "c.png")
        bench.network.spoilt.add("0")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert [bool(output.path) for output in job.outputs] == [False, True, True]
        assert job.outputs[0].fault
        assert job.reason == "1 of 3 files could not be downloaded"
        assert bench.row(job_id)["outputs"][0]["fault"] == job.outputs[0].fault
        assert bench.titles() == [f"{job.title}: 1 of 3 files could not be downloaded"]


async def test_what_is_missing_can_be_fetched_again(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png")
        bench.network.spoilt.add("0")
        job_id = await bench.submit()
        before = await bench.reaches(job_id, S.DONE)
        remove(before.outputs[1])
        bench.network.spoilt.clear()
        bench.queue.fetch_again(job_id)
        bench.queue.fetch_again(job_id)
        await until(lambda: bench.queue.jobs[job_id].reason == "")
        job = bench.queue.jobs[job_id]
        assert [(bool(each.path), each.fault) for each in job.outputs] == [(True, "")] * 2
        assert len(bench.files()) == 2
        assert job.finished_s == before.finished_s
        assert bench.received("submit") == 1


async def test_fetching_again_what_the_service_no_longer_has_changes_nothing(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit()
        before = await bench.reaches(job_id, S.DONE)
        remove(before.outputs[0])
        bench.world.runs.clear()
        bench.queue.fetch_again(job_id)
        await until(lambda: bench.told)
        assert bench.queue.jobs[job_id] == before
        bench.queue.fetch_again("nobody")


CUT = "truncated@download"


async def test_a_file_that_comes_cut_at_first_comes_whole_in_the_end(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.strike(f"{CUT}:2")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert (job.reason, job.outputs[0].is_damaged, bench.told) == ("", False, [])
        assert bench.received("download") == 3


async def test_a_file_that_stays_cut_is_told_and_kept_until_the_whole_one_comes(
    tmp_path: Path,
) -> None:
    pace = replace(QUICK, later_s=(0.001,), later_apart_s=0.001)
    async with open_bench(tmp_path, pace=pace) as bench:
        bench.strike(f"{CUT}:99")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert job.outputs[0].is_damaged
        assert bench.row(job_id)["outputs"][0]["is_damaged"]
        damaged = content(job.outputs[0])
        assert job.reason == "1 of 1 files came damaged"
        assert bench.titles() == [f"{job.title}: {job.reason}"]
        assert "costs nothing more" in bench.told[0].detail
        # The storage has no more of it: nobody asks by themselves.
        assert await settled(lambda: bench.received("download")) == 3
        bench.queue.fetch_again(job_id)
        await until(lambda: len(bench.told) == 3)
        assert bench.titles()[1:] == [
            f"{job.title}: Fetching 1 file again…",
            f"{job.title}: 1 of 1 files could not be fetched again",
        ]
        assert bench.told[2].detail.endswith("What is on this computer was kept.")
        assert bench.queue.jobs[job_id] == job
        bench.strike("")
        bench.queue.fetch_again(job_id)
        await until(lambda: len(bench.told) == 5)
        whole = bench.queue.jobs[job_id]
        assert (whole.reason, whole.outputs[0].is_damaged) == ("", False)
        assert whole.outputs[0].path == job.outputs[0].path
        assert content(whole.outputs[0]).startswith(damaged)
        assert bench.titles()[4] == f"{job.title}: 1 file was fetched again"
        # The last takes the place of those before it.
        assert len({each.about for each in bench.told}) == 1
        assert bench.files() == [Path(job.outputs[0].path).relative_to(bench.outputs).as_posix()]
        assert bench.accepted == 1


async def test_one_file_that_is_here_is_fetched_again_and_no_other(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png", text="A bicycle.")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        downloads = bench.received("download")
        bench.network.bends["result"] = more_outputs("a.png", "b.png", "c.png", text="A bicycle.")
        data = content(job.outputs[0])
        write(job.outputs[0], data[:-1] + b"?")
        bench.queue.fetch_again(job_id, [job.outputs[0].path])
        await until(lambda: len(bench.told) == 2)
        assert content(job.outputs[0]) == data
        # What the result names since then comes along.
        assert bench.received("download") == downloads + 2
        assert len(bench.queue.jobs[job_id].outputs) == 4
        assert bench.titles()[1] == f"{job.title}: 1 file was fetched again"
        assert bench.accepted == 1


async def test_a_file_that_cannot_be_had_again_stays_and_the_job_is_as_it_was(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        bench.strike("status-503@download:99")
        bench.queue.fetch_again(job_id, [job.outputs[0].path])
        await until(lambda: len(bench.told) == 2)
        assert bench.queue.jobs[job_id] == job
        assert content(job.outputs[0])
        assert bench.titles()[1] == f"{job.title}: 1 of 1 files could not be fetched again"


async def test_the_second_of_two_wishes_comes_after_the_first(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        downloads = bench.received("download")
        go_on = bench.network.hold("result")
        for path in (each.path for each in job.outputs):
            bench.queue.fetch_again(job_id, [path])
            bench.queue.fetch_again(job_id, [path])
        await until(lambda: bench.network.waiting)
        go_on.set()
        await until(lambda: len(bench.told) == 4)
        assert await settled(lambda: bench.received("download")) == downloads + 2
        assert [each.detail for each in bench.told[1::2]] == ["Nothing has changed."] * 2


async def test_the_files_of_many_jobs_are_fetched_again_and_told_of_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(in_flight=9)
        jobs = [
            await bench.reaches(each, S.DONE)
            for each in [await bench.submit(noise_seed=number) for number in range(3)]
        ]
        downloads = bench.received("download")
        wanted = {job.job_id: [job.outputs[0].path] for job in jobs}
        bench.queue.fetch_many_again(wanted)
        await until(lambda: len(bench.told) == 2)
        assert bench.received("download") == downloads + 3
        assert bench.titles() == [
            "Fetching the files of 3 jobs again…",
            "The files of 3 jobs are here.",
        ]
        bench.strike("status-503@download:99")
        bench.queue.fetch_many_again(wanted)
        await until(lambda: len(bench.told) == 4)
        assert bench.titles()[3] == "Not all files of 3 of 3 jobs could be fetched again."
        assert {each.about for each in bench.told} == {"files of several jobs"}
        assert [bench.queue.jobs[job.job_id] for job in jobs] == jobs


async def test_a_job_that_left_the_list_long_ago_is_taken_up_for_its_files(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        bench.clock.advance(1.0)
        later = await bench.submit(noise_seed=2)
        await bench.reaches(later, S.DONE)
        # As after a start with five hundred newer ones.
        del bench.queue._ledger.jobs[job_id]
        downloads = bench.received("download")
        bench.queue.take_up(job)
        bench.queue.fetch_again(job_id, [job.outputs[0].path])
        await until(lambda: bench.received("download") == downloads + 1)
        await until(lambda: len(bench.told) == 2)
        assert list(bench.queue.jobs) == [job_id, later]


async def test_after_seven_days_a_file_that_is_here_is_not_asked_for(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        bench.clock.advance(8 * 24 * 3600)
        asked = bench.network.arrived.count("result")
        bench.queue.fetch_again(job_id, [job.outputs[0].path])
        await until(lambda: bench.told)
        assert "7 days" in bench.titles()[0]
        assert bench.queue.jobs[job_id] == job
        assert bench.network.arrived.count("result") == asked


async def test_foreign_hosts_are_refused_and_the_job_is_done(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs(
            "a.png", host="https://api.runcomfy.net@evil.invalid/a.png"
        )
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert job.outputs[0].fault
        assert bench.received("download") == 0


async def test_a_kill_while_fetching_doubles_no_file(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png", "c.png")
        job_id = await bench.submit()
        before = await bench.reaches(job_id, S.DONE)
    # As the row was after the first file, with the second one renamed but not written down.
    document = bench.row(job_id)
    for output in document["outputs"][1:]:
        del output["path"]
    remove(before.outputs[2])
    change_row(bench.path, "fetching", document)
    downloads = bench.received("download")
    async with bench.program():
        job = await bench.reaches(job_id, S.DONE)
    assert [output.path for output in job.outputs] == [each.path for each in before.outputs]
    assert len(bench.files()) == 3
    assert bench.received("download") == downloads + 2


def change_row(path: Path, state: str, document: dict[str, Any]) -> None:
    other = sqlite3.connect(path)
    with other:
        other.execute("UPDATE jobs SET state = ?, document = ?", (state, json.dumps(document)))
    other.close()


async def test_thousands_of_outputs_do_not_mean_thousands_of_rows(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        names = [f"{number}.png" for number in range(300)]
        bench.network.bends["result"] = more_outputs(*names)
        shown: list[str] = []
        bench.queue.changed.subscribe(lambda job: shown.append(job.state.value))
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        assert len(bench.files()) == 300
        assert await settled(lambda: len(shown)) < 70


async def test_a_file_that_cannot_be_had_is_asked_for_later_and_nobody_told(
    tmp_path: Path,
) -> None:
    pace = replace(QUICK, later_s=(0.05, 0.05, 0.05), later_apart_s=0.001)
    async with open_bench(tmp_path, pace=pace) as bench:
        bench.network.bends["result"] = more_outputs("a.png", "b.png")
        bench.network.spoilt.add("0")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        await until(lambda: bench.network.arrived.count("result") == 2)
        bench.network.spoilt.clear()
        await until(lambda: bench.queue.jobs[job_id].reason == "")
        job = bench.queue.jobs[job_id]
        assert [(bool(each.path), each.fault) for each in job.outputs] == [(True, "")] * 2
        assert len(bench.titles()) == 1
        assert bench.received("submit") == 1


async def test_the_next_start_asks_for_it_too(tmp_path: Path) -> None:
    pace = replace(QUICK, later_s=(0.05,), later_apart_s=0.001)
    async with open_bench(tmp_path) as bench:
        bench.network.spoilt.add("")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
    bench.network.spoilt.clear()
    bench.pace = pace
    async with bench.program():
        await until(lambda: bench.queue.jobs[job_id].reason == "")
        assert bench.queue.jobs[job_id].outputs[0].path


async def test_after_seven_days_it_is_gone_and_nothing_is_asked(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.spoilt.add("")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        bench.clock.advance(8 * 24 * 3600)
        asked = bench.network.arrived.count("result")
        bench.queue.fetch_again(job_id)
        told = len(bench.titles())
        await until(lambda: "7 days" in bench.queue.jobs[job_id].outputs[0].fault)
        await until(lambda: len(bench.titles()) > told)
        assert bench.network.arrived.count("result") == asked
        assert "7 days" in bench.titles()[-1]
        assert "7 days" in bench.row(job_id)["outputs"][0]["fault"]


async def test_the_result_of_another_job_is_not_taken(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("result", request_id="0f0f0f0f-aaaa-bbbb-cccc-000000000000")
        job_id = await bench.submit()
        await until(lambda: bench.network.arrived.count("result") > 3)
        job = bench.queue.jobs[job_id]
        assert (job.state, job.outputs) == (S.FETCHING, ())
        assert bench.files() == []
        del bench.network.bends["result"]
        await bench.reaches(job_id, S.DONE)


@pytest.mark.root
async def test_a_full_disk_is_told_once_and_the_job_is_done(tmp_path: Path) -> None:
    """Many files and no room: three are tried, the others have the disk's sentence."""
    async with open_bench(tmp_path) as bench:
        names = [f"{number}.png" for number in range(40)]
        bench.network.bends["result"] = more_outputs(*names)
        with small_disk(bench.outputs, 64) as disk:
            disk.fill()
            job_id = await bench.submit()
            job = await bench.reaches(job_id, S.DONE)
            assert job.reason == "40 of 40 files could not be downloaded"
            assert len(bench.titles()) == 1
            assert bench.received("download") < 10
            assert len(missing_files(job)) == 40
            assert all(each.fault for each in job.outputs)
        bench.queue.fetch_again(job_id)
        await until(lambda: bench.queue.jobs[job_id].reason == "")
        assert len(bench.files()) == 40
