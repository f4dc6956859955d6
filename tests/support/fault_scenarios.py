"""Runs a row of the table of faults: applies the fault, checks, ends the fault, checks again.

Whatever the fault, the job stays in the list, its request id stays the one from the service,
nothing is sent twice, and the user is informed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until
from tests.support.fault_table import FaultRow, S

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job
    from tests.support.queue_harness import QueueHarness

COLD_S, RUN_S = 60.0, 30.0
TIMING = CloudPace(cold_start_s=COLD_S, run_s=RUN_S, cancel_delay_s=1.0)
END_STATES = (S.DONE, S.FAILED, S.CANCELLED, S.LOST, S.UNCERTAIN)


class FaultScenario:
    """One row in progress: the harness, its one job, and every text that was shown for it."""

    def __init__(self, harness: QueueHarness, row: FaultRow) -> None:
        self.harness = harness
        self.row = row
        self.job_id = ""
        self._texts: list[str] = []
        harness.backend.deployments[harness.deployment.deployment_id].min_instances = 0
        harness.queue.changed.subscribe(self._on_changed)

    def _on_changed(self, job: Job) -> None:
        self._texts += [job.trouble, job.reason, job.server_word]
        self._texts += [each.fault for each in job.outputs]

    @property
    def job(self) -> Job:
        return self.harness.queue.jobs[self.job_id]

    @property
    def texts(self) -> list[str]:
        texts = [f"{each.title} {each.detail}" for each in self.harness.shown_notices]
        return list(dict.fromkeys(filter(None, [*self._texts, *texts])))

    async def apply_fault(self) -> None:
        await self.harness.wait_for_pending_calls()
        self.harness.set_faults(self.row.spec(_CALLS[self.row.stage]))

    def wait_until_over(self) -> None:
        self.harness.set_faults("")
        self.harness.backend.held_calls.release()
        self.harness.queue.wake()
        self.harness.clock.advance(COLD_S + RUN_S + 2)

    async def wait_until_shown(self) -> None:
        """Waits until the row's state and sentence are shown.

        For a row without a sentence, waits until the fault has affected three calls (one for a
        cancel) or the job has ended.
        """
        await wait_until(self._is_shown, describe=lambda: (self.job.state, self.texts))

    def _is_shown(self) -> bool:
        if self.job.state is not self.row.state:
            return False
        if self.row.message:
            return any(self.row.message in text for text in self.texts)
        fault_count = sum(self.harness.backend.faults.applied_counts().values())
        return (
            fault_count >= (1 if self.row.stage == "cancel" else 3) or self.job.state in END_STATES
        )

    async def end_fault(self) -> None:
        await wait_until(lambda: self.job.state is self.row.end, describe=lambda: self.job)
        # A held request is accepted on its release, even if the client has stopped waiting.
        await wait_until(lambda: self.harness.accepted_count == self.row.accepted)
        if self.row.message == "":
            assert self.texts == [], self.texts
        self._check_invariants()

    def _check_invariants(self) -> None:
        harness = self.harness
        assert harness.received_count("submit") == 1
        assert list(harness.queue.jobs) == [self.job_id]
        stored_row = harness.row(self.job_id)
        assert stored_row["state"] == self.row.end.value
        is_known = self.row.accepted and self.row.end is not S.UNCERTAIN
        assert [stored_row["request_id"]] == (list(harness.backend.runs) if is_known else [""])


_CALLS = {
    "submit": "submit",
    "queued": "status",
    "running": "status",
    "result": "result",
    "cancel": "cancel",
    "download": "download",
}


async def _accepted(scenario: FaultScenario) -> None:
    scenario.job_id = await scenario.harness.submit()
    await scenario.harness.wait_until_state(scenario.job_id, S.QUEUED)


async def _submit(scenario: FaultScenario) -> None:
    await scenario.apply_fault()
    scenario.job_id = await scenario.harness.submit()
    await wait_until(lambda: scenario.job.state not in (S.WAITING, S.SENDING))
    scenario.harness.clock.advance(COLD_S + RUN_S + 2)
    await scenario.wait_until_shown()


async def _queued(scenario: FaultScenario) -> None:
    await _accepted(scenario)
    await scenario.apply_fault()
    await scenario.wait_until_shown()


async def _running(scenario: FaultScenario) -> None:
    await _accepted(scenario)
    scenario.harness.clock.advance(COLD_S)
    await scenario.harness.wait_until_state(scenario.job_id, S.RUNNING)
    await scenario.apply_fault()
    await scenario.wait_until_shown()


async def _result(scenario: FaultScenario) -> None:
    await _accepted(scenario)
    await scenario.apply_fault()
    scenario.harness.clock.advance(COLD_S + RUN_S)
    await scenario.wait_until_shown()


async def _cancel(scenario: FaultScenario) -> None:
    await _accepted(scenario)
    scenario.harness.clock.advance(COLD_S)
    await scenario.harness.wait_until_state(scenario.job_id, S.RUNNING)
    await scenario.apply_fault()
    scenario.harness.queue.cancel(scenario.job_id)
    await wait_until(lambda: scenario.harness.received_count("cancel"))
    scenario.harness.clock.advance(1.0)
    await scenario.wait_until_shown()


async def _download(scenario: FaultScenario) -> None:
    await _accepted(scenario)
    await scenario.apply_fault()
    scenario.harness.clock.advance(COLD_S + RUN_S)
    await scenario.wait_until_shown()


_STAGES = {
    "submit": _submit,
    "queued": _queued,
    "running": _running,
    "result": _result,
    "cancel": _cancel,
    "download": _download,
}


async def run_scenario(harness: QueueHarness, row: FaultRow) -> None:
    """Runs one row of the table until its job has ended."""
    scenario = FaultScenario(harness, row)
    await _STAGES[row.stage](scenario)
    scenario.wait_until_over()
    await scenario.end_fault()
