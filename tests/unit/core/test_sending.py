from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.support.job_bench import FLUX, QUICK, SERVICE, open_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

S = JobState


async def test_a_job_is_written_as_being_sent_before_its_first_byte(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        on_disk: list[str] = []
        handle = bench.network.handle_async_request

        async def watch(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/inference"):
                [job_id] = bench.queue.jobs
                on_disk.append(bench.row(job_id)["state"])
            return await handle(request)

        bench.network.handle_async_request = watch  # type: ignore[method-assign] # only to look on
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        assert on_disk == ["sending"]


async def test_ids_and_addresses_are_on_disk_with_acceptance(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.hold("status")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.QUEUED)
        [run] = bench.world.runs.values()
        row = bench.row(job_id)
        assert (row["state"], row["request_id"]) == ("queued", run.request_id)
        assert row["status_url"].endswith(f"{run.request_id}/status")
        assert row["cancel_url"].endswith(f"{run.request_id}/cancel")
        bench.network.held.pop("status").set()


async def test_an_untouched_workflow_sends_nothing_and_a_changed_input_only_itself(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit(width=1024, height=1024)
        await bench.reaches(job_id, S.DONE)
        job_id = await bench.submit(text="käse", width=1024, height=1024)
        await bench.reaches(job_id, S.DONE)
        assert bench.sent() == [{}, {"6": {"inputs": {"text": "käse"}}}]


async def test_a_lost_answer_is_uncertain_and_never_sent_again(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("drop-answer")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.UNCERTAIN)
        assert bench.row(job_id)["state"] == "uncertain"
        assert "may have been accepted" in job.reason
        assert bench.titles() == [f"“{job.title}” was sent, but its answer was lost."]
        bench.queue.wake()
        bench.queue.ask_again(job_id)
    async with bench.program():
        assert bench.queue.jobs[job_id].state is S.UNCERTAIN
    assert bench.accepted == 1
    assert bench.received("submit") == 1


async def test_an_answer_without_a_request_id_is_uncertain(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("inference", request_id=None)
        job_id = await bench.submit()
        await bench.reaches(job_id, S.UNCERTAIN)


async def test_a_server_fault_is_uncertain(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("status-502@submit")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.UNCERTAIN)
        assert bench.received("submit") == 1


async def test_a_refused_job_failed_and_says_why(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit(noise_seed="no number")
        job = await bench.reaches(job_id, S.FAILED)
        assert job.reason.splitlines()[0] == "The service refuses this job."
        assert "noise_seed" in job.reason
        assert "422" in job.technical
        assert bench.row(job_id)["state"] == "failed"
        assert bench.titles() == ["The service refuses this job."]
        assert bench.accepted == 0


async def test_without_a_key_nothing_is_sent(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.token = ""
        job_id = await bench.submit()
        await bench.reaches(job_id, S.FAILED)
        assert bench.received("submit") == 0


async def test_a_picture_that_is_gone_fails_before_anything_is_sent(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        picture = MediaFile("cat.png", "ab.png", "ab", "image/png", 3, 1, 1)
        draft = bench.draft().with_values({InputKey("6", "text"): picture})
        job_id = await bench.submit_draft(draft)
        job = await bench.reaches(job_id, S.FAILED)
        assert bench.states(job_id) == ["waiting", "failed"]
        assert "cat.png" in job.reason
        assert bench.received("submit") == 0


async def test_a_large_body_tells_how_much_has_gone_out(tmp_path: Path) -> None:
    size = 5_000_000
    async with open_bench(tmp_path) as bench:
        bench.media.mkdir()
        (bench.media / "ab.png").write_bytes(b"\x89PNG" + bytes(size - 4))
        shown: list[int] = []
        bench.queue.changed.subscribe(
            lambda job: shown.append(job.sent_bytes) if job.state is S.SENDING else None
        )
        picture = MediaFile("cat.png", "ab.png", "ab", "image/png", size, 1, 1)
        job_id = await bench.submit_draft(
            bench.draft().with_values({InputKey("6", "text"): picture})
        )
        job = await bench.reaches(job_id, S.FAILED, S.DONE)
        assert job.body_bytes > size * 4 // 3
        assert shown == sorted(shown)
        assert len(set(shown)) > 5
        assert shown[-1] == job.body_bytes


async def test_two_bodies_go_out_at_once_and_the_others_wait(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        gate = bench.network.hold("inference")
        jobs = [await bench.submit(noise_seed=number) for number in range(5)]
        await until(lambda: bench.network.arrived.count("inference") == 2)
        found = [bench.queue.jobs[job_id].state for job_id in jobs]
        assert found == [S.SENDING, S.SENDING, S.WAITING, S.WAITING, S.WAITING]
        assert bench.queue.active_count == 5
        gate.set()
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)
        seeds = [overrides["25"]["inputs"]["noise_seed"] for overrides in bench.sent()]
        assert sorted(seeds[:2]) == [0, 1]
        assert sorted(seeds) == [0, 1, 2, 3, 4]


async def test_a_read_only_history_sends_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        await bench.refuse_writes()
        bench.queue.submit_many((Run(bench.draft(), bench.deployment),))
        await until(lambda: bench.told)
        assert bench.told[0].title == "The history of jobs cannot be written."
        assert bench.told[0].detail.startswith("Nothing was sent, and it costs nothing.")
        assert dict(bench.queue.jobs) == {}
        assert bench.received("submit") == 0


async def test_a_job_that_cannot_be_written_as_being_sent_is_not_sent(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.sql(_REFUSE.format(state="sending"))
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.FAILED)
        assert "Nothing was sent" in job.reason
        assert bench.received("submit") == 0


async def test_an_id_that_cannot_be_written_is_told_and_written_later(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.hold("status")
        bench.sql(_REFUSE.format(state="queued"))
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.QUEUED)
        await until(lambda: len(bench.told) == 2)
        assert job.request_id in bench.told[1].detail
        assert bench.row(job_id)["state"] == "sending"
        bench.sql("DROP TRIGGER refuse")
        await until(lambda: bench.row(job_id)["request_id"] == job.request_id)
        bench.network.held.pop("status").set()
        await bench.reaches(job_id, S.DONE)
        assert bench.shown_before_written.pop() == "queued shown, sending on disk"


_REFUSE = """
    CREATE TRIGGER refuse BEFORE UPDATE ON jobs WHEN NEW.state = '{state}'
    BEGIN SELECT RAISE(ABORT, 'the disk refuses'); END
"""


async def test_closing_waits_for_bodies_that_are_going_out_and_begins_no_more(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        gate = bench.network.hold("inference")
        bench.network.hold("status")
        jobs = [await bench.submit() for _each in range(4)]
        await until(lambda: bench.network.arrived.count("inference") == 2)
        asyncio.get_running_loop().call_later(0.05, gate.set)
    rows = [bench.row(job_id) for job_id in jobs]
    assert [row["state"] for row in rows] == ["queued", "queued", "waiting", "waiting"]
    assert {row["request_id"] for row in rows[:2]} == set(bench.world.runs)
    assert bench.accepted == 2


async def test_a_body_that_does_not_end_in_time_is_uncertain_on_disk(tmp_path: Path) -> None:
    hurried = replace(QUICK, closing_s=0.02)
    async with open_bench(tmp_path, pace=hurried) as bench:
        bench.network.hold("inference")
        job_id = await bench.submit()
        await until(lambda: bench.network.arrived.count("inference") == 1)
    row = bench.row(job_id)
    assert row["state"] == "uncertain"
    assert row["reason"].startswith("The program was closed while this job was being sent.")


async def test_of_two_jobs_that_are_given_one_id_at_once_only_one_takes_it(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        gate = bench.network.hold("inference")
        jobs = [await bench.submit(noise_seed=number) for number in range(2)]
        await until(lambda: bench.network.waiting == 2)
        first = next(iter(bench.world.runs))
        path = f"{SERVICE}/prod/v1/deployments/{FLUX}/requests/{first}"
        urls = {f"{each}_url": f"{path}/{each}" for each in ("status", "result", "cancel")}
        bench.network.bend_json("inference", request_id=first, **urls)
        gate.set()
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE, S.UNCERTAIN)
        [done], [other] = bench.in_state(S.DONE), bench.in_state(S.UNCERTAIN)
        assert bench.queue.jobs[done].request_id == first
        job = bench.queue.jobs[other]
        assert (job.request_id, job.technical) == ("", f"request_id {first}")
        assert job.reason.startswith("The service gave this job the ID of another one.")
        assert bench.titles() == [f"“{job.title}” was sent, but its answer was lost."]
        assert bench.received("submit") == 2


async def test_an_id_in_a_refusal_is_kept_while_the_service_is_asked_whether_it_is_one(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        gate = bench.network.hold("status")
        bench.network.bend_json("inference", error_code=500001)
        job_id = await bench.submit()
        await until(lambda: bench.network.waiting == 1)
        found = f"request_id {next(iter(bench.world.runs))}"
        assert bench.queue.jobs[job_id].technical == found
        assert (bench.row(job_id)["state"], bench.row(job_id)["technical"]) == ("sending", found)
        gate.set()
        job = await bench.reaches(job_id, S.DONE)
        assert (job.request_id, job.technical) == (found.removeprefix("request_id "), "")


async def test_an_id_in_a_refusal_outlives_a_program_that_ends_before_it_knows_more(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, pace=replace(QUICK, closing_s=0.02)) as bench:
        bench.network.hold("status")
        bench.network.bend_json("inference", error_code=500001)
        job_id = await bench.submit()
        await until(lambda: bench.network.waiting == 1)
    row = bench.row(job_id)
    assert row["state"] == "uncertain"
    assert row["technical"] == f"request_id {next(iter(bench.world.runs))}"


async def test_once_it_closes_no_further_body_begins(tmp_path: Path) -> None:
    async with open_bench(
        tmp_path, cloud=Pace(cold_start_s=0.0, run_s=600.0, cancel_lag_s=0.0)
    ) as bench:
        bench.preferences.set(in_flight=1)
        await bench.reaches(await bench.submit(), S.RUNNING)
        job_id = await bench.submit()
        sender = bench.queue._sender
        # The line let it go before, and while, the queue was closed.
        early = asyncio.create_task(sender.send(job_id, lambda _job: True, lambda _problem: None))
        await asyncio.sleep(0)
        await sender.finish(1.0)
        await early
        await sender.send(job_id, lambda _job: True, lambda _problem: None)
        assert bench.received("submit") == 1
        assert bench.queue.jobs[job_id].state is S.WAITING
        assert bench.row(job_id)["state"] == "waiting"
