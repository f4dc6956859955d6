"""A key that the service refuses for a while at the height of a session, balance and all: jobs that
run, jobs in line, the list of deployments, and what it must not cost."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.domain.job import Hold, JobState
from runcomfy_desktop.session import Service, open_session
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL, Line
from tests.support.session_house import run_one, slow_world, surroundings
from tests.support.until import settled, until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.notices import Notice
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.ui.parts import WindowParts

S = JobState
AN_HOUR_S = 3600.0
LONGEST_PAUSE_S = 600.0
REFUSED = "The service does not accept your key."
STOPPED = "RunComfy does not accept new jobs with your key."


class Session:
    """An open session on a line to the emulator."""

    def __init__(self, parts: WindowParts, cloud: Line, preferences: Preferences) -> None:
        self.parts = parts
        self.preferences = preferences
        self.cloud = cloud
        self.told: list[Notice] = []
        parts.notices.listen(self.told.append)

    def received(self, call: str) -> int:
        calls = self.cloud.world.journal.counts()["received"]
        assert isinstance(calls, dict)
        count = calls.get(call, 0)
        assert isinstance(count, int)
        return count

    def states(self) -> list[JobState]:
        return [job.state for job in self.parts.queue.jobs.values()]

    async def becomes(self, phase: AccountPhase) -> None:
        await until(lambda: self.parts.account.state.phase is phase)

    async def put_in_line(self, count: int) -> None:
        draft, deployment = run_once(self.parts.workbench), self.parts.workbench.state.deployment
        assert draft is not None
        assert deployment is not None
        known = len(self.parts.queue.jobs)
        self.parts.queue.submit_many([Run(draft, deployment) for _each in range(count)])
        await until(lambda: len(self.parts.queue.jobs) == known + count)

    def finish_runs(self) -> None:
        """Whatever runs at the service ends there."""
        self.cloud.world.skipped_s += 2000.0


@asynccontextmanager
async def busy_session(folder: Path, running: int) -> AsyncIterator[Session]:
    """So many jobs run, and no more may at a time."""
    cloud = Line(slow_world())
    around = surroundings(folder, BASE_URL, line=cloud)
    around.preferences.set(in_flight=max(1, running))
    async with open_session(Service(BASE_URL), around) as parts:
        session = Session(parts, cloud, around.preferences)
        await session.becomes(AccountPhase.SIGNED_IN)
        await until(lambda: parts.catalogue.state.deployments and not parts.catalogue.state.loading)
        await until(lambda: parts.workbench.state.deployment is not None)
        for _each in range(running):
            await run_one(parts)
        await until(lambda: set(session.states()) <= {S.RUNNING, S.QUEUED})
        yield session
    await around.credentials.close()


async def test_a_refusal_that_passes_costs_nothing_and_everything_goes_on(tmp_path: Path) -> None:
    async with busy_session(tmp_path, 2) as session:
        await session.put_in_line(3)
        session.cloud.world.faults.set("unauthorized")
        for job_id in session.parts.queue.jobs:
            session.parts.queue.ask_again(job_id)
        await session.becomes(AccountPhase.REJECTED)
        lists, calls = session.received("list"), len(session.cloud.calls)
        await asyncio.sleep(AN_HOUR_S)
        # 15 s, doubled up to ten minutes: eleven in an hour, and no question about a job.
        assert len(session.cloud.calls) - calls <= 16
        assert not session.parts.queue.line.state.has_key
        assert session.states()[2:] == [S.WAITING] * 3
        session.finish_runs()
        session.cloud.world.faults.set("")
        await asyncio.sleep(LONGEST_PAUSE_S)
        await session.becomes(AccountPhase.SIGNED_IN)
        await until(lambda: session.received("list") > lists)
        while session.states() != [S.DONE] * 5:
            done = session.states().count(S.DONE)
            session.finish_runs()
            await until(lambda: session.states().count(S.DONE) > done)  # noqa: B023 - awaited here
        assert session.received("submit") == 5
        assert not any(job.trouble for job in session.parts.queue.jobs.values())
        # The others are of downloads, from a host that this line leads to and the client refuses.
        assert [notice.title for notice in session.told].count(REFUSED) == 1
        assert session.told[0].detail == (
            "What was accepted goes on at RunComfy and is billed. Asking about it pauses here, and "
            "goes on by itself once the key is accepted. If it stays so, copy the key from your "
            "RunComfy profile page and connect again."
        )


async def test_nothing_is_sent_while_nobody_can_say_what_a_refused_key_is_worth(
    tmp_path: Path,
) -> None:
    """The service refuses the key, and then has faults of its own where the balance is."""
    async with busy_session(tmp_path, 1) as session:
        session.cloud.world.faults.set("unauthorized")
        session.parts.account.check()
        await session.becomes(AccountPhase.REJECTED)
        session.parts.queue.cancel_many(session.parts.queue.jobs)
        await session.put_in_line(3)
        refused = "unauthorized@submit,unauthorized@status,unauthorized@cancel"
        session.cloud.world.faults.set(f"status-500@balance:99999,{refused}")
        await session.becomes(AccountPhase.UNREACHABLE)
        await asyncio.sleep(AN_HOUR_S)
        assert session.states()[1:] == [S.WAITING] * 3
        assert session.received("submit") == 1
        session.cloud.world.faults.set("")
        await session.becomes(AccountPhase.SIGNED_IN)
        await until(lambda: session.received("submit") == 2)


async def refused_once(session: Session) -> None:
    """The key was refused where the balance is, which has faults of its own since."""
    session.cloud.world.faults.set("unauthorized@balance:json:1,unauthorized@status")
    session.parts.account.check()
    await session.becomes(AccountPhase.REJECTED)
    await session.put_in_line(1)
    session.cloud.world.faults.set("status-500@balance:99999,unauthorized@status")
    await session.becomes(AccountPhase.UNREACHABLE)
    await settled(lambda: session.received("submit"))
    assert session.states()[-1] is S.WAITING
    assert not session.parts.queue.line.state.has_key


async def test_an_answered_question_lets_the_line_go_on_where_the_balance_is_out_of_reach(
    tmp_path: Path,
) -> None:
    async with busy_session(tmp_path, 1) as session:
        session.preferences.set(in_flight=2)
        await refused_once(session)
        session.cloud.world.faults.set("status-500@balance:99999")
        await until(lambda: session.received("submit") == 2, limit_s=AN_HOUR_S)
        assert session.parts.account.state.phase is AccountPhase.UNREACHABLE
        assert S.FAILED not in session.states()


async def test_the_same_key_connected_again_lets_the_line_go_on(tmp_path: Path) -> None:
    async with busy_session(tmp_path, 0) as session:
        await refused_once(session)
        shown = session.parts.catalogue.state.deployments
        session.parts.account.connect(TOKEN)
        await until(lambda: session.received("submit") == 1)
        assert session.parts.account.state.phase is AccountPhase.UNREACHABLE
        assert session.parts.catalogue.state.deployments == shown


async def test_an_answered_question_does_not_outweigh_an_account_that_refuses(
    tmp_path: Path,
) -> None:
    async with busy_session(tmp_path, 1) as session:
        session.preferences.set(in_flight=2)
        session.cloud.world.faults.set("unauthorized@balance")
        session.parts.account.check()
        await session.becomes(AccountPhase.REJECTED)
        await session.put_in_line(1)
        asked = session.received("status")
        await until(lambda: session.received("status") > asked + 2)
        assert await settled(lambda: session.received("submit")) == 1


async def test_an_answer_from_before_the_key_was_refused_says_nothing(tmp_path: Path) -> None:
    """It was on its way while the account was refused, and then found nobody."""
    async with busy_session(tmp_path, 1) as session:
        session.preferences.set(in_flight=2)
        session.cloud.world.faults.set("hold@status")
        await until(session.cloud.world.holds.held)
        session.cloud.world.faults.set("unauthorized@balance:json:1,unauthorized@submit")
        session.parts.account.check()
        await session.becomes(AccountPhase.REJECTED)
        await session.put_in_line(1)
        refused = "unauthorized@submit,unauthorized@status"
        session.cloud.world.faults.set(f"status-500@balance:99999,{refused}")
        await session.becomes(AccountPhase.UNREACHABLE)
        session.cloud.world.holds.release()
        await asyncio.sleep(AN_HOUR_S)
        assert session.received("submit") == 1


@pytest.mark.parametrize("kind", ["json", "gateway"])
async def test_jobs_do_not_fail_one_by_one_where_only_sending_is_refused(
    tmp_path: Path, kind: str
) -> None:
    """The account finds the key good each time it looks."""
    async with busy_session(tmp_path, 0) as session:
        session.cloud.world.faults.set(f"unauthorized@submit:{kind}")
        await session.put_in_line(9)
        await until(lambda: S.HELD in session.states())
        await settled(lambda: session.received("submit"))
        failed = session.states().count(S.FAILED)
        assert 1 < failed <= 4
        assert session.received("submit") == failed
        held = [job for job in session.parts.queue.jobs.values() if job.state is S.HELD]
        assert [job.hold for job in held] == [Hold.PAUSED] * (9 - failed)
        told = [notice for notice in session.told if notice.title == STOPPED]
        assert len(told) == 1
        assert told[0].detail.startswith(
            f"{9 - failed} jobs are paused in the queue. They were not sent and cost nothing."
        )
        session.cloud.world.faults.set("")
        session.parts.queue.line.send_now(job.job_id for job in held)
        await until(lambda: session.received("submit") == failed + 1)


async def test_the_first_refusal_of_another_key_stops_nothing(tmp_path: Path) -> None:
    async with busy_session(tmp_path, 0) as session:
        session.cloud.world.faults.set("unauthorized@submit")
        await session.put_in_line(9)
        await until(lambda: S.HELD in session.states())
        before = await settled(lambda: session.received("submit"))
        session.cloud.world.token = "the-newer-key"
        connected: list[None] = []
        session.parts.account.connected.subscribe(connected.append)
        session.parts.account.connect("the-newer-key")
        await until(lambda: connected)
        await session.becomes(AccountPhase.SIGNED_IN)
        session.cloud.world.faults.set("unauthorized@submit:json:1")
        held = [job.job_id for job in session.parts.queue.jobs.values() if job.state is S.HELD]
        session.parts.queue.line.send_now(held)
        await until(lambda: session.received("submit") == before + 2)
        assert S.HELD not in session.states()
