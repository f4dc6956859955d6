"""Plays a row of the table of faults on a bench: strikes, looks, ends the fault, looks again.

Whatever strikes, the job stays in the list, its request id stays what the service gave, nothing is
sent twice, and the person is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.fault_table import Row, S
from tests.support.until import until

if TYPE_CHECKING:
    from runcomfy_desktop.domain.job import Job
    from tests.support.job_bench import Bench

COLD_S, RUN_S = 60.0, 30.0
CLOUD = CloudPace(cold_start_s=COLD_S, run_s=RUN_S, cancel_lag_s=1.0)
ENDS = (S.DONE, S.FAILED, S.CANCELLED, S.LOST, S.UNCERTAIN)


class Case:
    """One row being played: the bench, its one job, and every text that was shown of it."""

    def __init__(self, bench: Bench, row: Row) -> None:
        self.bench = bench
        self.row = row
        self.job_id = ""
        self._texts: list[str] = []
        bench.world.deployments[bench.deployment.deployment_id].min_instances = 0
        bench.queue.changed.subscribe(self._on_changed)

    def _on_changed(self, job: Job) -> None:
        self._texts += [job.trouble, job.reason, job.server_word]
        self._texts += [each.fault for each in job.outputs]

    @property
    def job(self) -> Job:
        return self.bench.queue.jobs[self.job_id]

    @property
    def texts(self) -> list[str]:
        told = [f"{each.title} {each.detail}" for each in self.bench.told]
        return list(dict.fromkeys(filter(None, [*self._texts, *told])))

    async def strikes(self) -> None:
        await self.bench.before_strike()
        self.bench.strike(self.row.spec(_CALLS[self.row.stage]))

    def is_over(self) -> None:
        self.bench.strike("")
        self.bench.world.holds.release()
        self.bench.queue.wake()
        self.bench.clock.advance(COLD_S + RUN_S + 2)

    async def is_seen(self) -> None:
        """Waits until the row's state and sentence were shown, or three calls met the fault."""
        await until(self._is_seen, saying=lambda: (self.job.state, self.texts))

    def _is_seen(self) -> bool:
        if self.job.state is not self.row.state:
            return False
        if self.row.says:
            return any(self.row.says in text for text in self.texts)
        met = sum(self.bench.world.faults.struck().values())
        return met >= (1 if self.row.stage == "cancel" else 3) or self.job.state in ENDS

    async def ends(self) -> None:
        await until(lambda: self.job.state is self.row.end, saying=lambda: self.job)
        # A request that was held is taken when it is let go, whoever still waits for its answer.
        await until(lambda: self.bench.accepted == self.row.accepted)
        if self.row.says == "":
            assert self.texts == [], self.texts
        self._keeps_its_promises()

    def _keeps_its_promises(self) -> None:
        bench = self.bench
        assert bench.received("submit") == 1
        assert list(bench.queue.jobs) == [self.job_id]
        stored = bench.row(self.job_id)
        assert stored["state"] == self.row.end.value
        is_known = self.row.accepted and self.row.end is not S.UNCERTAIN
        assert [stored["request_id"]] == (list(bench.world.runs) if is_known else [""])


_CALLS = {
    "submit": "submit",
    "queued": "status",
    "running": "status",
    "result": "result",
    "cancel": "cancel",
    "download": "download",
}


async def _accepted(case: Case) -> None:
    case.job_id = await case.bench.submit()
    await case.bench.reaches(case.job_id, S.QUEUED)


async def _submit(case: Case) -> None:
    await case.strikes()
    case.job_id = await case.bench.submit()
    await until(lambda: case.job.state not in (S.WAITING, S.SENDING))
    case.bench.clock.advance(COLD_S + RUN_S + 2)
    await case.is_seen()


async def _queued(case: Case) -> None:
    await _accepted(case)
    await case.strikes()
    await case.is_seen()


async def _running(case: Case) -> None:
    await _accepted(case)
    case.bench.clock.advance(COLD_S)
    await case.bench.reaches(case.job_id, S.RUNNING)
    await case.strikes()
    await case.is_seen()


async def _result(case: Case) -> None:
    await _accepted(case)
    await case.strikes()
    case.bench.clock.advance(COLD_S + RUN_S)
    await case.is_seen()


async def _cancel(case: Case) -> None:
    await _accepted(case)
    case.bench.clock.advance(COLD_S)
    await case.bench.reaches(case.job_id, S.RUNNING)
    await case.strikes()
    case.bench.queue.cancel(case.job_id)
    await until(lambda: case.bench.received("cancel"))
    case.bench.clock.advance(1.0)
    await case.is_seen()


async def _download(case: Case) -> None:
    await _accepted(case)
    await case.strikes()
    case.bench.clock.advance(COLD_S + RUN_S)
    await case.is_seen()


_PLAYS = {
    "submit": _submit,
    "queued": _queued,
    "running": _running,
    "result": _result,
    "cancel": _cancel,
    "download": _download,
}


async def play(bench: Bench, row: Row) -> None:
    """Plays one row from the first byte to the end of its job."""
    case = Case(bench, row)
    await _PLAYS[row.stage](case)
    case.is_over()
    await case.ends()
