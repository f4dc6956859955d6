from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.downloads import TEXT_CHARS
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from runcomfy_desktop.emulator.outcome import Outcome
from runcomfy_desktop.emulator.saving.desk import NodeOutput
from tests.support.job_bench import QUICK, open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.job_bench import Bench

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


async def until_asked(bench: Bench, call: str, times: int = 3) -> None:
    """Waits until further questions came in."""
    before = bench.received(call)
    await until(lambda: bench.received(call) >= before + times)


async def test_a_job_is_followed_from_queue_to_run_to_result(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.world.deployments[bench.deployment.deployment_id].min_instances = 0
        start_s = bench.clock()
        job_id = await bench.submit()
        await until(lambda: bench.queue.jobs[job_id].queue_position == 1)
        bench.clock.advance(60.0)
        job = await bench.reaches(job_id, S.RUNNING)
        assert job.queue_position is None
        assert job.running_s == start_s + 60.0
        bench.clock.advance(30.0)
        job = await bench.reaches(job_id, S.DONE)
        assert bench.states(job_id)[2:] == ["queued", "running", "fetching", "done"]
        assert (job.waited_s(0.0), job.ran_s(0.0)) == (60.0, 30.0)
        assert job.finished_s == start_s + 90.0


async def test_only_real_changes_are_written(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        await until_asked(bench, "status", 1)
        heard: list[str] = []
        bench.queue.changed.subscribe(lambda job: heard.append(job.state.value))
        await bench.refuse_writes()
        await until_asked(bench, "status", 20)
        assert heard == []
        assert bench.told == []
        await bench.refuse_writes(on=False)


async def test_a_failing_poll_never_fails_the_job(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        for faults in ("status-503@status:4", "rate-limit@status:4", "html@status:4"):
            bench.world.faults.set(faults)
            await until(lambda: bench.queue.jobs[job_id].trouble)
            assert bench.queue.jobs[job_id].state is S.RUNNING
            await until(lambda: not bench.queue.jobs[job_id].trouble)
        for faults in ("empty@status:3", "truncated@status:3"):
            bench.world.faults.set(faults)
            await until(lambda: bench.queue.jobs[job_id].trouble)
            await until(lambda: not bench.queue.jobs[job_id].trouble)
        bench.clock.advance(30.0)
        await bench.reaches(job_id, S.DONE)
        assert bench.states(job_id)[2:] == ["queued", "running", "fetching", "done"]
        assert bench.told == []


async def test_trouble_while_the_result_is_asked_for(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("status-500@result:3")
        shown: list[str] = []
        bench.queue.changed.subscribe(
            lambda job: shown.append(job.trouble) if job.state is S.FETCHING else None
        )
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert any(shown)
        assert job.trouble == ""
        assert bench.states(job_id)[-2:] == ["fetching", "done"]


async def test_an_unknown_word_is_shown_verbatim_and_asked_about_on(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.network.bend_json("status", status="Reticulating splines")
        job_id = await bench.submit()
        await until(lambda: bench.queue.jobs[job_id].server_word == "Reticulating splines")
        assert bench.row(job_id)["server_word"] == "Reticulating splines"
        await until_asked(bench, "status")
        assert bench.queue.jobs[job_id].state is S.QUEUED
        del bench.network.bends["status"]
        job = await bench.reaches(job_id, S.RUNNING)
        assert job.server_word == ""


async def test_a_result_behind_an_unknown_word_is_found(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("status", status="archived")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)


async def test_a_job_that_runs_for_ever_although_its_result_is_there(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("status", status="in_progress")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        assert bench.received("status") == QUICK.result_every
        assert bench.states(job_id)[2:] == ["queued", "running", "fetching", "done"]


async def test_an_early_question_for_the_result_that_fails_does_no_harm(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.world.faults.set("status-500@result:1000")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        await until_asked(bench, "result", 2)
        job = bench.queue.jobs[job_id]
        assert (job.state, job.trouble) == (S.RUNNING, "")


async def test_a_machine_that_is_taken_away_puts_the_job_back(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.network.bend_json("status", status="in_queue")
        job = await bench.reaches(job_id, S.QUEUED)
        assert job.running_s == 0.0
        del bench.network.bends["status"]
        await bench.reaches(job_id, S.RUNNING)


async def test_a_result_that_is_not_ready_goes_on_being_asked_for(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("result", status="in_progress", outputs=None)
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        del bench.network.bends["result"]
        await bench.reaches(job_id, S.DONE)


async def test_an_unknown_verdict_is_never_taken_for_success(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("result", status="splendid")
        job_id = await bench.submit()
        await until(lambda: bench.queue.jobs[job_id].server_word == "splendid")
        assert bench.queue.jobs[job_id].state is S.FETCHING
        del bench.network.bends["result"]
        job = await bench.reaches(job_id, S.DONE)
        assert job.server_word == ""


async def test_a_failed_result_ends_the_job_with_its_reason(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        error = [{"errorCode": 11011, "error": "KSampler: out of memory", "debugInfo": "node 31"}]
        bench.network.bend_json("result", status="failed", outputs=None, error=error)
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.FAILED)
        assert job.reason == "KSampler: out of memory"
        assert "node 31" in job.technical
        assert bench.row(job_id)["state"] == "failed"
        assert bench.files() == []


async def test_a_request_that_is_gone_is_lost_only_when_it_stays_gone(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        before = bench.received("status")
        bench.world.runs.clear()
        job = await bench.reaches(job_id, S.LOST)
        assert bench.received("status") - before >= QUICK.lost_after
        assert job.reason
        assert bench.row(job_id)["state"] == "lost"


async def test_one_wrong_404_loses_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        run = bench.world.runs.pop(bench.queue.jobs[job_id].request_id)
        await until(lambda: bench.queue.jobs[job_id].trouble)
        bench.world.runs[run.request_id] = run
        await until(lambda: not bench.queue.jobs[job_id].trouble)
        assert bench.queue.jobs[job_id].state is S.RUNNING


async def test_404s_among_other_faults_lose_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        turn = itertools.cycle([404, 503])

        def bend(_response: httpx.Response) -> httpx.Response:
            return httpx.Response(next(turn), json={"message": "no healthy upstream"})

        bench.network.bends["status"] = bend
        await until_asked(bench, "status", QUICK.lost_after * 4)
        del bench.network.bends["status"]
        await until(lambda: not bench.queue.jobs[job_id].trouble)
        assert bench.queue.jobs[job_id].state is S.RUNNING


async def test_a_missing_result_of_a_known_request_is_waited_for(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("result", error_code=404001)
        job_id = await bench.submit()
        await until(lambda: bench.queue.jobs[job_id].trouble)
        await until_asked(bench, "result", QUICK.lost_after + 2)
        job = bench.queue.jobs[job_id]
        assert (job.state, job.trouble.startswith("The run has ended")) == (S.FETCHING, True)
        del bench.network.bends["result"]
        await bench.reaches(job_id, S.DONE)


@pytest.mark.parametrize("code", [404001, 422001])
async def test_a_result_that_never_comes_is_given_up(tmp_path: Path, code: int) -> None:
    async with open_bench(tmp_path, pace=replace(QUICK, result_tries=4)) as bench:
        error = {"error_code": code, "error_message": "node 31 is out of memory"}
        bench.network.bends["result"] = lambda _response: httpx.Response(200, json=error)
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.LOST)
        asked = [path for path in bench.network.paths if path.endswith("/result")]
        assert len([path for path in asked if path.startswith("/prod/v1/")]) == 4
        # A "not found" may be about the version: the other one is asked before it is given up.
        assert len(asked) == (5 if code == 404001 else 4)
        assert job.reason.startswith("The run has ended")
        assert "out of memory" in job.technical


@pytest.mark.parametrize("call", ["status", "result"])
async def test_the_error_of_a_run_ends_the_job_with_it(tmp_path: Path, call: str) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        error = {"error_code": 11011, "error_message": "node 31 is out of memory"}
        for each in (call, "result"):
            bench.network.bends[each] = lambda _response: httpx.Response(500, json=error)
        bench.clock.advance(30.0)
        job = await bench.reaches(job_id, S.FAILED)
        assert job.reason == "node 31 is out of memory"


async def test_an_error_of_a_run_that_goes_on_is_no_end(tmp_path: Path) -> None:
    """Its result knows better than its status."""
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        error = {"error_code": 11011, "error_message": "odd"}
        bench.network.bends["status"] = lambda _response: httpx.Response(200, json=error)
        await until_asked(bench, "result", 2)
        assert bench.queue.jobs[job_id].state in (S.RUNNING, S.FETCHING)
        del bench.network.bends["status"]
        bench.clock.advance(30.0)
        await bench.reaches(job_id, S.DONE)


async def test_a_refused_key_stops_all_questions_until_it_changes(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = [await bench.submit(noise_seed=number) for number in range(4)]
        for job_id in jobs:
            await bench.reaches(job_id, S.RUNNING, S.QUEUED)
        await until_asked(bench, "status", 8)
        good, bench.token = bench.token, "revoked"
        await until(lambda: all(bench.queue.jobs[job_id].trouble for job_id in jobs))
        asked = await _settled(bench)
        for job_id in jobs:
            bench.queue.ask_again(job_id)
        assert await _settled(bench) <= asked + len(jobs)
        assert bench.titles() == ["The service does not accept your key."]
        assert all(bench.queue.jobs[job_id].state.is_active for job_id in jobs)
        bench.token = good
        bench.queue.wake()
        bench.clock.advance(90.0)
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)
        assert len(bench.told) == 1


async def test_an_answer_to_a_question_from_before_the_refusal_proves_nothing(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 2)
        late = bench.network.hold("status", of=bench.queue.jobs[jobs[0]].request_id)
        await until(lambda: bench.network.waiting == 1)
        bench.token = "revoked"
        await until(lambda: bench.queue.jobs[jobs[1]].trouble)
        late.set()
        await until(lambda: bench.queue.jobs[jobs[0]].trouble)
        await _settled(bench)
        assert bench.titles() == ["The service does not accept your key."]


async def test_a_late_answer_does_not_let_a_row_look_as_if_it_were_asked_about(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 3)
        late = bench.network.hold("status", of=bench.queue.jobs[jobs[0]].request_id)
        await until(lambda: bench.network.waiting == 1)
        bench.token = "revoked"
        await until(lambda: all(bench.queue.jobs[job_id].trouble for job_id in jobs))
        changes: list[str] = []
        bench.queue.changed.subscribe(lambda job: changes.append(job.trouble))
        late.set()
        await until(lambda: "" in changes)
        await until(lambda: bench.queue.jobs[jobs[0]].trouble)
        assert len(bench.told) == 1


async def test_a_refusal_of_the_key_from_before_says_nothing_of_the_new_one(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 2)
        first = bench.network.hold("status")
        await until(lambda: bench.network.waiting == 2)
        new, bench.token = bench.token, "revoked"
        asked = bench.received("status")
        late = bench.network.hold("status")
        first.set()
        await until(lambda: bench.received("status") == asked + 2 and bench.network.waiting == 2)
        bench.token = new
        bench.queue.wake()
        del bench.network.held["status"]
        late.set()
        await until_asked(bench, "status", 6)
        assert bench.told == []
        assert not any(bench.queue.jobs[job_id].trouble for job_id in jobs)


async def _followed(bench: Bench, count: int) -> list[str]:
    """So many jobs that are asked about: the first one runs, the others are in the queue."""
    jobs = [await bench.submit(noise_seed=number) for number in range(count)]
    await bench.reaches(jobs[0], S.RUNNING)
    for job_id in jobs[1:]:
        await bench.reaches(job_id, S.QUEUED)
    return jobs


async def _settled(bench: Bench) -> int:
    """How many status calls came in, once no more come for many polling intervals."""
    return await settled(lambda: bench.received("status"))


async def test_a_key_that_never_was_good_is_left_to_the_account_to_tell(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
    bench.told.clear()
    client_token, bench.token = bench.token, bench.token
    async with bench.program() as queue:
        bench.token = ""
        await until(lambda: queue.jobs[job_id].trouble)
        bench.token = client_token
        queue.wake()
        await until(lambda: not queue.jobs[job_id].trouble)
    assert bench.told == []


async def test_a_job_of_another_account_does_not_hold_the_others_back(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 2)
        foreign = bench.queue.jobs[jobs[0]].request_id
        bench.network.refuse(foreign)
        await until(lambda: bench.queue.jobs[jobs[0]].trouble)
        bench.clock.advance(90.0)
        await bench.reaches(jobs[1], S.DONE)
        assert bench.queue.jobs[jobs[0]].state is S.RUNNING


@pytest.mark.parametrize(
    "error", [{"error_code": 403003, "error_message": "Forbidden"}, {"message": "Forbidden"}]
)
async def test_jobs_of_another_account_do_not_hold_a_new_job_back(
    tmp_path: Path, error: dict[str, object]
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        foreign = [await bench.submit(noise_seed=number) for number in range(2)]
        await bench.reaches(foreign[0], S.RUNNING)
        await bench.reaches(foreign[1], S.QUEUED)
    ids = [bench.queue.jobs[job_id].request_id for job_id in foreign]

    def refuse(response: httpx.Response) -> httpx.Response:
        is_foreign = json.loads(response.content)["request_id"] in ids
        return httpx.Response(403, json=error) if is_foreign else response

    bench.network.bends["status"] = refuse
    async with bench.program() as queue:
        await until(lambda: all(queue.jobs[job_id].trouble for job_id in foreign))
        await _settled(bench)
        job_id = await bench.submit(noise_seed=9)
        await bench.reaches(job_id, S.QUEUED)
        bench.clock.advance(200.0)
        await bench.reaches(job_id, S.DONE)
        assert all(queue.jobs[each].state in (S.RUNNING, S.QUEUED) for each in foreign)


async def test_a_closed_gate_lets_those_in_whom_the_person_sends(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 2)
        good, bench.token = bench.token, "revoked"
        await until(lambda: all(bench.queue.jobs[job_id].trouble for job_id in jobs))
        await _settled(bench)
        bench.token = good
        bench.clock.advance(90.0)
        bench.queue.ask_again(jobs[0])
        await bench.reaches(jobs[0], S.DONE)


async def test_asking_again_ends_a_long_wait(tmp_path: Path) -> None:
    lazy = replace(QUICK, quick_s=3600.0, slow_s=3600.0)
    async with open_bench(tmp_path, pace=lazy, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.clock.advance(30.0)
        bench.queue.ask_again(job_id)
        await bench.reaches(job_id, S.DONE)


async def test_what_the_service_asks_for_is_waited_for(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set("rate-limit@status:1:3600")
        await until(lambda: bench.queue.jobs[job_id].trouble)
        asked = bench.received("status")
        bench.clock.advance(30.0)
        assert await _settled(bench) == asked
        bench.queue.wake()
        await bench.reaches(job_id, S.DONE)


async def test_a_result_that_stays_too_large_to_be_read_ends_the_job(tmp_path: Path) -> None:
    pace = replace(QUICK, result_tries=3)
    async with open_bench(tmp_path, cloud=SLOW_CLOUD, pace=pace) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        (run,) = bench.world.runs.values()
        run.outcome = Outcome({"9": NodeOutput({}, {"text": ["x" * 34_000_000]})})
        bench.clock.advance(30.0)
        job = await bench.reaches(job_id, S.FAILED)
        assert job.reason.startswith("The result is too large to be read here.")
        assert "The run has ended and is billed" in job.reason
        assert job.trouble == ""
        assert bench.received("result") == 3


async def test_of_a_long_text_only_what_is_kept_is_written(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        (run,) = bench.world.runs.values()
        run.outcome = Outcome({"9": NodeOutput({}, {"text": ["x" * 20_000_000]})})
        lengths: set[int] = set()
        bench.queue.changed.subscribe(
            lambda job: lengths.update(len(output.text) for output in job.outputs)
        )
        bench.clock.advance(30.0)
        await bench.reaches(job_id, S.DONE)
        assert lengths == {TEXT_CHARS}


async def test_one_question_without_an_answer_is_not_worth_a_word(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        shown: list[str] = []
        bench.queue.changed.subscribe(lambda job: shown.append(job.trouble))
        for fault in ("status-503@status:1", "html@status:1", "empty@status:1"):
            bench.world.faults.set(fault)
            await until_asked(bench, "status", 4)
        assert shown == []


async def test_who_reaches_the_service_again_brings_the_others_back(tmp_path: Path) -> None:
    slow_back = replace(QUICK, trouble_s=0.002, trouble_most_s=3600.0)
    async with open_bench(tmp_path, pace=slow_back, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 4)

        def drop(_response: httpx.Response) -> httpx.Response:
            raise httpx.ConnectError("no route")

        bench.network.bends["status"] = drop
        await until(lambda: all(bench.queue.jobs[each].trouble for each in jobs))
        # By now each of them waits for many seconds.
        await settled(lambda: len(bench.network.arrived), quiet_s=0.3)
        del bench.network.bends["status"]
        bench.queue.ask_again(jobs[2])
        await until(lambda: not any(bench.queue.jobs[each].trouble for each in jobs))


async def test_a_young_job_is_not_given_up_soon_and_impatience_gives_up_none(
    tmp_path: Path,
) -> None:
    patient = replace(QUICK, young_lost_s=3600.0)
    async with open_bench(tmp_path, pace=patient, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.runs.clear()
        await until_asked(bench, "status", QUICK.lost_after * 2)
        assert bench.queue.jobs[job_id].state is S.RUNNING
    # An hour later it is an old one; whoever asks again and again brings no end about.
    bench.pace = replace(QUICK, young_lost_s=3600.0, lost_s=3600.0)
    bench.clock.advance(3700.0)
    async with bench.program() as queue:
        for _each in range(QUICK.lost_after * 2):
            queue.ask_again(job_id)
            await until_asked(bench, "status", 1)
        assert queue.jobs[job_id].state is S.RUNNING
    bench.pace = patient
    async with bench.program():
        await bench.reaches(job_id, S.LOST)


async def test_an_answer_about_another_request_is_not_believed(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.network.bend_json("status", request_id="another", status="canceled")
        await until(lambda: bench.queue.jobs[job_id].trouble)
        assert bench.queue.jobs[job_id].state is S.RUNNING
        del bench.network.bends["status"]
        bench.network.bend_json("result", request_id="another")
        bench.clock.advance(30.0)
        await until(lambda: bench.queue.jobs[job_id].state is S.FETCHING)
        await until(lambda: bench.queue.jobs[job_id].trouble)
        del bench.network.bends["result"]
        await bench.reaches(job_id, S.DONE)


@pytest.mark.parametrize("set_by_s", [-1e9, -7200.0, 7200.0, 1e9])
async def test_a_clock_that_jumps_does_no_harm(tmp_path: Path, set_by_s: float) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 3)
        service_s = bench.clock
        bench.queue.wake()
        offset_s = set_by_s
        service_s.advance(offset_s)
        bench.world.clock = lambda: service_s() - offset_s
        await until_asked(bench, "status", 9)
        service_s.advance(200.0)
        for job_id in jobs:
            job = await bench.reaches(job_id, S.DONE)
            assert job.ran_s(service_s()) >= 0.0
            assert job.waited_s(service_s()) >= 0.0
        assert bench.told == []


async def test_what_nobody_sees_is_asked_about_less_often_and_at_once_when_it_is_seen(
    tmp_path: Path,
) -> None:
    # Unseen, the next question comes in an hour.
    pace = replace(QUICK, slow_s=3600.0, unseen=1e9)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        await _followed(bench, 2)
        await until_asked(bench, "status", 4)
        bench.queue.set_seen(False)
        await _settled(bench)
        bench.queue.set_seen(True)
        await until_asked(bench, "status", 4)


async def test_after_sleep_all_jobs_are_asked_about_once(tmp_path: Path) -> None:
    lazy = replace(QUICK, quick_s=3600.0, slow_s=3600.0, watch_s=0.01, slept_s=2.0)
    async with open_bench(tmp_path, pace=lazy, cloud=SLOW_CLOUD) as bench:
        await _followed(bench, 3)
        asked = await _settled(bench)
        # As this clock goes while the computer sleeps.
        bench.steady.advance(2.2)
        await until(lambda: bench.received("status") == asked + 3)
        assert await _settled(bench) == asked + 3
