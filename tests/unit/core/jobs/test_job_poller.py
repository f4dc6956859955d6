from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.results.output_downloader import MAX_TEXT_CHARS
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from runcomfy_desktop.emulator.output_folder import NodeOutput
from runcomfy_desktop.emulator.run_outcome import RunOutcome
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import FAST_POLLING, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.queue_harness import QueueHarness

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


async def wait_until_polled(harness: QueueHarness, call: str, times: int = 3) -> None:
    """Waits for further requests of this kind."""
    before = harness.received_count(call)
    await wait_until(lambda: harness.received_count(call) >= before + times)


async def test_a_job_is_followed_from_queue_to_run_to_result(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.backend.deployments[harness.deployment.deployment_id].min_instances = 0
        start_s = harness.clock()
        job_id = await harness.submit()
        await wait_until(lambda: harness.queue.jobs[job_id].queue_position == 1)
        harness.clock.advance(60.0)
        job = await harness.wait_until_state(job_id, S.RUNNING)
        assert job.queue_position is None
        assert job.running_s == start_s + 60.0
        harness.clock.advance(30.0)
        job = await harness.wait_until_state(job_id, S.DONE)
        assert harness.shown_states(job_id)[2:] == ["queued", "running", "fetching", "done"]
        assert (job.waited_s(0.0), job.ran_s(0.0)) == (60.0, 30.0)
        assert job.finished_s == start_s + 90.0


async def test_only_real_changes_are_written(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        await wait_until_polled(harness, "status", 1)
        received: list[str] = []
        harness.queue.changed.subscribe(lambda job: received.append(job.state.value))
        await harness.refuse_writes()
        await wait_until_polled(harness, "status", 20)
        assert received == []
        assert harness.shown_notices == []
        await harness.refuse_writes(on=False)


async def test_a_failing_poll_never_fails_the_job(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        for faults in ("status-503@status:4", "rate-limit@status:4", "html@status:4"):
            harness.backend.faults.set(faults)
            await wait_until(lambda: harness.queue.jobs[job_id].trouble)
            assert harness.queue.jobs[job_id].state is S.RUNNING
            await wait_until(lambda: not harness.queue.jobs[job_id].trouble)
        for faults in ("empty@status:3", "truncated@status:3"):
            harness.backend.faults.set(faults)
            await wait_until(lambda: harness.queue.jobs[job_id].trouble)
            await wait_until(lambda: not harness.queue.jobs[job_id].trouble)
        harness.clock.advance(30.0)
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.shown_states(job_id)[2:] == ["queued", "running", "fetching", "done"]
        assert harness.shown_notices == []


async def test_trouble_while_the_result_is_asked_for(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("status-500@result:3")
        shown: list[str] = []
        harness.queue.changed.subscribe(
            lambda job: shown.append(job.trouble) if job.state is S.FETCHING else None
        )
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert any(shown)
        assert job.trouble == ""
        assert harness.shown_states(job_id)[-2:] == ["fetching", "done"]


async def test_an_unknown_word_is_shown_verbatim_and_asked_about_on(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.transport.override_json("status", status="Reticulating splines")
        job_id = await harness.submit()
        await wait_until(lambda: harness.queue.jobs[job_id].server_word == "Reticulating splines")
        assert harness.row(job_id)["server_word"] == "Reticulating splines"
        await wait_until_polled(harness, "status")
        assert harness.queue.jobs[job_id].state is S.QUEUED
        del harness.transport.overrides["status"]
        job = await harness.wait_until_state(job_id, S.RUNNING)
        assert job.server_word == ""


async def test_a_result_behind_an_unknown_word_is_found(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("status", status="archived")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)


async def test_a_job_that_runs_for_ever_although_its_result_is_there(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("status", status="in_progress")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.received_count("status") == FAST_POLLING.polls_per_result_check
        assert harness.shown_states(job_id)[2:] == ["queued", "running", "fetching", "done"]


async def test_an_early_question_for_the_result_that_fails_does_no_harm(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.backend.faults.set("status-500@result:1000")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        await wait_until_polled(harness, "result", 2)
        job = harness.queue.jobs[job_id]
        assert (job.state, job.trouble) == (S.RUNNING, "")


async def test_a_machine_that_is_taken_away_puts_the_job_back(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.transport.override_json("status", status="in_queue")
        job = await harness.wait_until_state(job_id, S.QUEUED)
        assert job.running_s == 0.0
        del harness.transport.overrides["status"]
        await harness.wait_until_state(job_id, S.RUNNING)


async def test_a_result_that_is_not_ready_goes_on_being_asked_for(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("result", status="in_progress", outputs=None)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        del harness.transport.overrides["result"]
        await harness.wait_until_state(job_id, S.DONE)


async def test_an_unknown_result_status_is_never_taken_for_success(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("result", status="splendid")
        job_id = await harness.submit()
        await wait_until(lambda: harness.queue.jobs[job_id].server_word == "splendid")
        assert harness.queue.jobs[job_id].state is S.FETCHING
        del harness.transport.overrides["result"]
        job = await harness.wait_until_state(job_id, S.DONE)
        assert job.server_word == ""


async def test_a_failed_result_ends_the_job_with_its_reason(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        error = [{"errorCode": 11011, "error": "KSampler: out of memory", "debugInfo": "node 31"}]
        harness.transport.override_json("result", status="failed", outputs=None, error=error)
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.FAILED)
        assert job.reason == "KSampler: out of memory"
        assert "node 31" in job.technical
        assert harness.row(job_id)["state"] == "failed"
        assert harness.files() == []


async def test_a_request_that_is_gone_is_lost_only_when_it_stays_gone(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        before = harness.received_count("status")
        harness.backend.runs.clear()
        job = await harness.wait_until_state(job_id, S.LOST)
        assert harness.received_count("status") - before >= FAST_POLLING.lost_after_answers
        assert job.reason
        assert harness.row(job_id)["state"] == "lost"


async def test_one_wrong_404_loses_nothing(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        run = harness.backend.runs.pop(harness.queue.jobs[job_id].request_id)
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        harness.backend.runs[run.request_id] = run
        await wait_until(lambda: not harness.queue.jobs[job_id].trouble)
        assert harness.queue.jobs[job_id].state is S.RUNNING


async def test_404s_among_other_faults_lose_nothing(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        turn = itertools.cycle([404, 503])

        def bend(_response: httpx.Response) -> httpx.Response:
            return httpx.Response(next(turn), json={"message": "no healthy upstream"})

        harness.transport.overrides["status"] = bend
        await wait_until_polled(harness, "status", FAST_POLLING.lost_after_answers * 4)
        del harness.transport.overrides["status"]
        await wait_until(lambda: not harness.queue.jobs[job_id].trouble)
        assert harness.queue.jobs[job_id].state is S.RUNNING


async def test_a_missing_result_of_a_known_request_is_waited_for(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("result", error_code=404001)
        job_id = await harness.submit()
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        await wait_until_polled(harness, "result", FAST_POLLING.lost_after_answers + 2)
        job = harness.queue.jobs[job_id]
        assert (job.state, job.trouble.startswith("The run has ended")) == (S.FETCHING, True)
        del harness.transport.overrides["result"]
        await harness.wait_until_state(job_id, S.DONE)


@pytest.mark.parametrize("code", [404001, 422001])
async def test_a_result_that_never_comes_is_given_up(tmp_path: Path, code: int) -> None:
    async with open_queue_harness(
        tmp_path, pace=replace(FAST_POLLING, max_result_tries=4)
    ) as harness:
        error = {"error_code": code, "error_message": "node 31 is out of memory"}
        harness.transport.overrides["result"] = lambda _response: httpx.Response(200, json=error)
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.LOST)
        asked = [path for path in harness.transport.paths if path.endswith("/result")]
        assert len([path for path in asked if path.startswith("/prod/v1/")]) == 4
        # "Not found" may be due to the version: the other one is tried before the job is lost.
        assert len(asked) == (5 if code == 404001 else 4)
        assert job.reason.startswith("The run has ended")
        assert "out of memory" in job.technical


@pytest.mark.parametrize("call", ["status", "result"])
async def test_the_error_of_a_run_ends_the_job_with_it(tmp_path: Path, call: str) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        error = {"error_code": 11011, "error_message": "node 31 is out of memory"}
        for each in (call, "result"):
            harness.transport.overrides[each] = lambda _response: httpx.Response(500, json=error)
        harness.clock.advance(30.0)
        job = await harness.wait_until_state(job_id, S.FAILED)
        assert job.reason == "node 31 is out of memory"


async def test_an_error_of_a_run_that_goes_on_is_no_end(tmp_path: Path) -> None:
    """The result is trusted more than the status."""
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        error = {"error_code": 11011, "error_message": "odd"}
        harness.transport.overrides["status"] = lambda _response: httpx.Response(200, json=error)
        await wait_until_polled(harness, "result", 2)
        assert harness.queue.jobs[job_id].state in (S.RUNNING, S.FETCHING)
        del harness.transport.overrides["status"]
        harness.clock.advance(30.0)
        await harness.wait_until_state(job_id, S.DONE)


async def test_a_refused_key_stops_all_questions_until_it_changes(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = [await harness.submit(noise_seed=number) for number in range(4)]
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.RUNNING, S.QUEUED)
        await wait_until_polled(harness, "status", 8)
        good, harness.token = harness.token, "revoked"
        await wait_until(lambda: all(harness.queue.jobs[job_id].trouble for job_id in jobs))
        asked = await _settled(harness)
        for job_id in jobs:
            harness.queue.poll_now(job_id)
        assert await _settled(harness) <= asked + len(jobs)
        assert harness.titles() == ["The service does not accept your key."]
        assert all(harness.queue.jobs[job_id].state.is_active for job_id in jobs)
        harness.token = good
        harness.queue.wake()
        harness.clock.advance(90.0)
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)
        assert len(harness.shown_notices) == 1


async def test_an_answer_to_a_question_from_before_the_refusal_proves_nothing(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 2)
        late = harness.transport.hold("status", of=harness.queue.jobs[jobs[0]].request_id)
        await wait_until(lambda: harness.transport.waiting == 1)
        harness.token = "revoked"
        await wait_until(lambda: harness.queue.jobs[jobs[1]].trouble)
        late.set()
        await wait_until(lambda: harness.queue.jobs[jobs[0]].trouble)
        await _settled(harness)
        assert harness.titles() == ["The service does not accept your key."]


async def test_a_late_answer_does_not_let_a_row_look_as_if_it_were_asked_about(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 3)
        late = harness.transport.hold("status", of=harness.queue.jobs[jobs[0]].request_id)
        await wait_until(lambda: harness.transport.waiting == 1)
        harness.token = "revoked"
        await wait_until(lambda: all(harness.queue.jobs[job_id].trouble for job_id in jobs))
        changes: list[str] = []
        harness.queue.changed.subscribe(lambda job: changes.append(job.trouble))
        late.set()
        await wait_until(lambda: "" in changes)
        await wait_until(lambda: harness.queue.jobs[jobs[0]].trouble)
        assert len(harness.shown_notices) == 1


async def test_a_refusal_of_the_key_from_before_says_nothing_of_the_new_one(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 2)
        first = harness.transport.hold("status")
        await wait_until(lambda: harness.transport.waiting == 2)
        new, harness.token = harness.token, "revoked"
        asked = harness.received_count("status")
        late = harness.transport.hold("status")
        first.set()
        await wait_until(
            lambda: harness.received_count("status") == asked + 2 and harness.transport.waiting == 2
        )
        harness.token = new
        harness.queue.wake()
        del harness.transport.held_calls["status"]
        late.set()
        await wait_until_polled(harness, "status", 6)
        assert harness.shown_notices == []
        assert not any(harness.queue.jobs[job_id].trouble for job_id in jobs)


async def _followed(harness: QueueHarness, count: int) -> list[str]:
    """Submits this number of jobs: the first one runs, the others are queued."""
    jobs = [await harness.submit(noise_seed=number) for number in range(count)]
    await harness.wait_until_state(jobs[0], S.RUNNING)
    for job_id in jobs[1:]:
        await harness.wait_until_state(job_id, S.QUEUED)
    return jobs


async def _settled(harness: QueueHarness) -> int:
    """Waits until no more status requests are sent; returns their number."""
    return await wait_until_stable(lambda: harness.received_count("status"))


async def test_a_key_that_never_was_good_is_left_to_the_account_to_tell(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
    harness.shown_notices.clear()
    client_token, harness.token = harness.token, harness.token
    async with harness.program() as queue:
        harness.token = ""
        await wait_until(lambda: queue.jobs[job_id].trouble)
        harness.token = client_token
        queue.wake()
        await wait_until(lambda: not queue.jobs[job_id].trouble)
    assert harness.shown_notices == []


async def test_a_job_of_another_account_does_not_hold_the_others_back(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 2)
        foreign = harness.queue.jobs[jobs[0]].request_id
        harness.transport.refuse_request(foreign)
        await wait_until(lambda: harness.queue.jobs[jobs[0]].trouble)
        harness.clock.advance(90.0)
        await harness.wait_until_state(jobs[1], S.DONE)
        assert harness.queue.jobs[jobs[0]].state is S.RUNNING


@pytest.mark.parametrize(
    "error", [{"error_code": 403003, "error_message": "Forbidden"}, {"message": "Forbidden"}]
)
async def test_jobs_of_another_account_do_not_hold_a_new_job_back(
    tmp_path: Path, error: dict[str, object]
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        foreign = [await harness.submit(noise_seed=number) for number in range(2)]
        await harness.wait_until_state(foreign[0], S.RUNNING)
        await harness.wait_until_state(foreign[1], S.QUEUED)
    ids = [harness.queue.jobs[job_id].request_id for job_id in foreign]

    def refuse(response: httpx.Response) -> httpx.Response:
        is_foreign = json.loads(response.content)["request_id"] in ids
        return httpx.Response(403, json=error) if is_foreign else response

    harness.transport.overrides["status"] = refuse
    async with harness.program() as queue:
        await wait_until(lambda: all(queue.jobs[job_id].trouble for job_id in foreign))
        await _settled(harness)
        job_id = await harness.submit(noise_seed=9)
        await harness.wait_until_state(job_id, S.QUEUED)
        harness.clock.advance(200.0)
        await harness.wait_until_state(job_id, S.DONE)
        assert all(queue.jobs[each].state in (S.RUNNING, S.QUEUED) for each in foreign)


async def test_a_closed_gate_lets_those_in_whom_the_person_sends(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 2)
        good, harness.token = harness.token, "revoked"
        await wait_until(lambda: all(harness.queue.jobs[job_id].trouble for job_id in jobs))
        await _settled(harness)
        harness.token = good
        harness.clock.advance(90.0)
        harness.queue.poll_now(jobs[0])
        await harness.wait_until_state(jobs[0], S.DONE)


async def test_asking_again_ends_a_long_wait(tmp_path: Path) -> None:
    lazy = replace(FAST_POLLING, fast_poll_s=3600.0, slow_poll_s=3600.0)
    async with open_queue_harness(tmp_path, pace=lazy, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.clock.advance(30.0)
        harness.queue.poll_now(job_id)
        await harness.wait_until_state(job_id, S.DONE)


async def test_what_the_service_asks_for_is_waited_for(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.faults.set("rate-limit@status:1:3600")
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        asked = harness.received_count("status")
        harness.clock.advance(30.0)
        assert await _settled(harness) == asked
        harness.queue.wake()
        await harness.wait_until_state(job_id, S.DONE)


async def test_a_result_that_stays_too_large_to_be_read_ends_the_job(tmp_path: Path) -> None:
    pace = replace(FAST_POLLING, max_result_tries=3)
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD, pace=pace) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        (run,) = harness.backend.runs.values()
        run.outcome = RunOutcome({"9": NodeOutput({}, {"text": ["x" * 34_000_000]})})
        harness.clock.advance(30.0)
        job = await harness.wait_until_state(job_id, S.FAILED)
        assert job.reason.startswith("The result is too large to be read here.")
        assert "The run has ended and is billed" in job.reason
        assert job.trouble == ""
        assert harness.received_count("result") == 3


async def test_of_a_long_text_only_what_is_kept_is_written(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        (run,) = harness.backend.runs.values()
        run.outcome = RunOutcome({"9": NodeOutput({}, {"text": ["x" * 20_000_000]})})
        lengths: set[int] = set()
        harness.queue.changed.subscribe(
            lambda job: lengths.update(len(output.text) for output in job.outputs)
        )
        harness.clock.advance(30.0)
        await harness.wait_until_state(job_id, S.DONE)
        assert lengths == {MAX_TEXT_CHARS}


async def test_one_question_without_an_answer_is_not_worth_a_word(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        shown: list[str] = []
        harness.queue.changed.subscribe(lambda job: shown.append(job.trouble))
        for fault in ("status-503@status:1", "html@status:1", "empty@status:1"):
            harness.backend.faults.set(fault)
            await wait_until_polled(harness, "status", 4)
        assert shown == []


async def test_who_reaches_the_service_again_brings_the_others_back(tmp_path: Path) -> None:
    slow_back = replace(FAST_POLLING, failure_backoff=Backoff(0.002, 3600.0))
    async with open_queue_harness(tmp_path, pace=slow_back, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 4)

        def drop(_response: httpx.Response) -> httpx.Response:
            raise httpx.ConnectError("no route")

        harness.transport.overrides["status"] = drop
        await wait_until(lambda: all(harness.queue.jobs[each].trouble for each in jobs))
        # Now each of them waits for many seconds.
        await wait_until_stable(lambda: len(harness.transport.received_calls), quiet_s=0.3)
        del harness.transport.overrides["status"]
        harness.queue.poll_now(jobs[2])
        await wait_until(lambda: not any(harness.queue.jobs[each].trouble for each in jobs))


async def test_a_young_job_is_not_given_up_soon_and_impatience_gives_up_none(
    tmp_path: Path,
) -> None:
    patient = replace(FAST_POLLING, min_lost_age_s=3600.0)
    async with open_queue_harness(tmp_path, pace=patient, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.runs.clear()
        await wait_until_polled(harness, "status", FAST_POLLING.lost_after_answers * 2)
        assert harness.queue.jobs[job_id].state is S.RUNNING
    # An hour later it is an old job; repeated polls by the user do not make it lost, either.
    harness.pace = replace(FAST_POLLING, min_lost_age_s=3600.0, lost_after_s=3600.0)
    harness.clock.advance(3700.0)
    async with harness.program() as queue:
        for _each in range(FAST_POLLING.lost_after_answers * 2):
            queue.poll_now(job_id)
            await wait_until_polled(harness, "status", 1)
        assert queue.jobs[job_id].state is S.RUNNING
    harness.pace = patient
    async with harness.program():
        await harness.wait_until_state(job_id, S.LOST)


async def test_an_answer_about_another_request_is_not_believed(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.transport.override_json("status", request_id="another", status="canceled")
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        assert harness.queue.jobs[job_id].state is S.RUNNING
        del harness.transport.overrides["status"]
        harness.transport.override_json("result", request_id="another")
        harness.clock.advance(30.0)
        await wait_until(lambda: harness.queue.jobs[job_id].state is S.FETCHING)
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        del harness.transport.overrides["result"]
        await harness.wait_until_state(job_id, S.DONE)


@pytest.mark.parametrize("set_by_s", [-1e9, -7200.0, 7200.0, 1e9])
async def test_a_clock_that_jumps_does_no_harm(tmp_path: Path, set_by_s: float) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 3)
        service_s = harness.clock
        harness.queue.wake()
        offset_s = set_by_s
        service_s.advance(offset_s)
        harness.backend.clock = lambda: service_s() - offset_s
        await wait_until_polled(harness, "status", 9)
        service_s.advance(200.0)
        for job_id in jobs:
            job = await harness.wait_until_state(job_id, S.DONE)
            assert job.ran_s(service_s()) >= 0.0
            assert job.waited_s(service_s()) >= 0.0
        assert harness.shown_notices == []


async def test_what_nobody_sees_is_asked_about_less_often_and_at_once_when_it_is_seen(
    tmp_path: Path,
) -> None:
    # While the window is hidden, the next poll is due in an hour.
    pace = replace(FAST_POLLING, slow_poll_s=3600.0, hidden_factor=1e9)
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        await _followed(harness, 2)
        await wait_until_polled(harness, "status", 4)
        harness.queue.set_window_visible(False)
        await _settled(harness)
        harness.queue.set_window_visible(True)
        await wait_until_polled(harness, "status", 4)


async def test_after_sleep_all_jobs_are_asked_about_once(tmp_path: Path) -> None:
    lazy = replace(
        FAST_POLLING, fast_poll_s=3600.0, slow_poll_s=3600.0, sleep_check_s=0.01, min_sleep_s=2.0
    )
    async with open_queue_harness(tmp_path, pace=lazy, timing=SLOW_CLOUD) as harness:
        await _followed(harness, 3)
        asked = await _settled(harness)
        # The clock leaps like this when the computer sleeps.
        harness.monotonic_clock.advance(2.2)
        await wait_until(lambda: harness.received_count("status") == asked + 3)
        assert await _settled(harness) == asked + 3
