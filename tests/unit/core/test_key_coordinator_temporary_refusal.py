"""A key that is refused temporarily in the middle of a session, including the balance.

Covers running jobs, waiting jobs, the list of deployments, and the number of requests.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.app.session import Service, open_session
from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.draft_runs import run_once
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.emulators import TOKEN
from tests.support.session_setup import make_session_context, make_slow_backend, submit_one

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.base.notices import Notice
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.ui.base.session_services import SessionServices

S = JobState
AN_HOUR_S = 3600.0
LONGEST_PAUSE_S = 600.0
REFUSED = "The service does not accept your key."
STOPPED = "RunComfy does not accept new jobs with your key."


class ConnectedSession:
    """Open session connected to the emulator."""

    def __init__(
        self, services: SessionServices, connection: EmulatedConnection, preferences: Preferences
    ) -> None:
        self.services = services
        self.preferences = preferences
        self.cloud = connection
        self.shown_notices: list[Notice] = []
        services.notices.listen(self.shown_notices.append)

    def received(self, call: str) -> int:
        calls = self.cloud.backend.journal.counts()["received"]
        assert isinstance(calls, dict)
        count = calls.get(call, 0)
        assert isinstance(count, int)
        return count

    def states(self) -> list[JobState]:
        return [job.state for job in self.services.queue.jobs.values()]

    async def becomes(self, phase: AccountPhase) -> None:
        await wait_until(lambda: self.services.account.state.phase is phase)

    async def add_jobs(self, count: int) -> None:
        draft, deployment = (
            run_once(self.services.draft_editor),
            self.services.draft_editor.state.deployment,
        )
        assert draft is not None
        assert deployment is not None
        known = len(self.services.queue.jobs)
        self.services.queue.submit_many([RunRequest(draft, deployment) for _each in range(count)])
        await wait_until(lambda: len(self.services.queue.jobs) == known + count)

    def finish_runs(self) -> None:
        """Lets all runs at the service end."""
        self.cloud.backend.skipped_s += 2000.0


@asynccontextmanager
async def busy_session(folder: Path, running: int) -> AsyncIterator[ConnectedSession]:
    """Yields a session with this number of running jobs; it sends no more jobs at a time."""
    connection = EmulatedConnection(make_slow_backend())
    session_context = make_session_context(folder, BASE_URL, connection=connection)
    session_context.preferences.set(in_flight=max(1, running))
    async with open_session(Service(BASE_URL), session_context) as services:
        session = ConnectedSession(services, connection, session_context.preferences)
        await session.becomes(AccountPhase.SIGNED_IN)
        await wait_until(
            lambda: services.catalogue.state.deployments and not services.catalogue.state.loading
        )
        await wait_until(lambda: services.draft_editor.state.deployment is not None)
        for _each in range(running):
            await submit_one(services)
        await wait_until(lambda: set(session.states()) <= {S.RUNNING, S.QUEUED})
        yield session
    await session_context.credentials.close()


async def test_a_refusal_that_passes_costs_nothing_and_everything_goes_on(tmp_path: Path) -> None:
    async with busy_session(tmp_path, 2) as session:
        await session.add_jobs(3)
        session.cloud.backend.faults.set("unauthorized")
        for job_id in session.services.queue.jobs:
            session.services.queue.poll_now(job_id)
        await session.becomes(AccountPhase.REJECTED)
        lists, calls = session.received("list"), len(session.cloud.calls)
        await asyncio.sleep(AN_HOUR_S)
        # The waits grow from 15 s to ten minutes: eleven requests in an hour, and no poll of a job.
        assert len(session.cloud.calls) - calls <= 16
        assert not session.services.queue.send_queue.state.has_key
        assert session.states()[2:] == [S.WAITING] * 3
        session.finish_runs()
        session.cloud.backend.faults.set("")
        await asyncio.sleep(LONGEST_PAUSE_S)
        await session.becomes(AccountPhase.SIGNED_IN)
        await wait_until(lambda: session.received("list") > lists)
        while session.states() != [S.DONE] * 5:
            done = session.states().count(S.DONE)
            session.finish_runs()
            await wait_until(lambda: session.states().count(S.DONE) > done)  # noqa: B023 - awaited here
        assert session.received("submit") == 5
        assert not any(job.trouble for job in session.services.queue.jobs.values())
        # The other notices are about downloads, whose host the client refuses in this setup.
        assert [notice.title for notice in session.shown_notices].count(REFUSED) == 1
        assert session.shown_notices[0].detail == (
            "What was accepted goes on at RunComfy and is billed. Asking about it pauses here, and "
            "goes on by itself once the key is accepted. If it stays so, copy the key from your "
            "RunComfy profile page and connect again."
        )


async def test_nothing_is_sent_while_nobody_can_say_what_a_refused_key_is_worth(
    tmp_path: Path,
) -> None:
    """The service refuses the key, and then the balance fails with server errors."""
    async with busy_session(tmp_path, 1) as session:
        session.cloud.backend.faults.set("unauthorized")
        session.services.account.check()
        await session.becomes(AccountPhase.REJECTED)
        session.services.queue.cancel_many(session.services.queue.jobs)
        await session.add_jobs(3)
        refused = "unauthorized@submit,unauthorized@status,unauthorized@cancel"
        session.cloud.backend.faults.set(f"status-500@balance:99999,{refused}")
        await session.becomes(AccountPhase.UNREACHABLE)
        await asyncio.sleep(AN_HOUR_S)
        assert session.states()[1:] == [S.WAITING] * 3
        assert session.received("submit") == 1
        session.cloud.backend.faults.set("")
        await session.becomes(AccountPhase.SIGNED_IN)
        await wait_until(lambda: session.received("submit") == 2)


async def refused_once(session: ConnectedSession) -> None:
    """Lets the balance request refuse the key once and fail with server errors afterwards."""
    session.cloud.backend.faults.set("unauthorized@balance:json:1,unauthorized@status")
    session.services.account.check()
    await session.becomes(AccountPhase.REJECTED)
    await session.add_jobs(1)
    session.cloud.backend.faults.set("status-500@balance:99999,unauthorized@status")
    await session.becomes(AccountPhase.UNREACHABLE)
    await wait_until_stable(lambda: session.received("submit"))
    assert session.states()[-1] is S.WAITING
    assert not session.services.queue.send_queue.state.has_key


async def test_an_answered_question_lets_the_line_go_on_where_the_balance_is_out_of_reach(
    tmp_path: Path,
) -> None:
    async with busy_session(tmp_path, 1) as session:
        session.preferences.set(in_flight=2)
        await refused_once(session)
        session.cloud.backend.faults.set("status-500@balance:99999")
        await wait_until(lambda: session.received("submit") == 2, limit_s=AN_HOUR_S)
        assert session.services.account.state.phase is AccountPhase.UNREACHABLE
        assert S.FAILED not in session.states()


async def test_the_same_key_connected_again_lets_the_queue_go_on(tmp_path: Path) -> None:
    async with busy_session(tmp_path, 0) as session:
        await refused_once(session)
        shown = session.services.catalogue.state.deployments
        session.services.account.connect(TOKEN)
        await wait_until(lambda: session.received("submit") == 1)
        assert session.services.account.state.phase is AccountPhase.UNREACHABLE
        assert session.services.catalogue.state.deployments == shown


async def test_an_answered_question_does_not_outweigh_an_account_that_refuses(
    tmp_path: Path,
) -> None:
    async with busy_session(tmp_path, 1) as session:
        session.preferences.set(in_flight=2)
        session.cloud.backend.faults.set("unauthorized@balance")
        session.services.account.check()
        await session.becomes(AccountPhase.REJECTED)
        await session.add_jobs(1)
        asked = session.received("status")
        await wait_until(lambda: session.received("status") > asked + 2)
        assert await wait_until_stable(lambda: session.received("submit")) == 1


async def test_an_answer_from_before_the_key_was_refused_says_nothing(tmp_path: Path) -> None:
    """The response was on its way when the account was refused and then could not check the key."""
    async with busy_session(tmp_path, 1) as session:
        session.preferences.set(in_flight=2)
        session.cloud.backend.faults.set("hold@status")
        await wait_until(session.cloud.backend.held_calls.held)
        session.cloud.backend.faults.set("unauthorized@balance:json:1,unauthorized@submit")
        session.services.account.check()
        await session.becomes(AccountPhase.REJECTED)
        await session.add_jobs(1)
        refused = "unauthorized@submit,unauthorized@status"
        session.cloud.backend.faults.set(f"status-500@balance:99999,{refused}")
        await session.becomes(AccountPhase.UNREACHABLE)
        session.cloud.backend.held_calls.release()
        await asyncio.sleep(AN_HOUR_S)
        assert session.received("submit") == 1


@pytest.mark.parametrize("kind", ["json", "gateway"])
async def test_jobs_do_not_fail_one_by_one_where_only_sending_is_refused(
    tmp_path: Path, kind: str
) -> None:
    """The account finds the key good at each check."""
    async with busy_session(tmp_path, 0) as session:
        session.cloud.backend.faults.set(f"unauthorized@submit:{kind}")
        await session.add_jobs(9)
        await wait_until(lambda: S.HELD in session.states())
        await wait_until_stable(lambda: session.received("submit"))
        failed = session.states().count(S.FAILED)
        assert 1 < failed <= 4
        assert session.received("submit") == failed
        held = [job for job in session.services.queue.jobs.values() if job.state is S.HELD]
        assert [job.hold for job in held] == [HoldReason.PAUSED] * (9 - failed)
        received = [notice for notice in session.shown_notices if notice.title == STOPPED]
        assert len(received) == 1
        assert received[0].detail.startswith(
            f"{9 - failed} jobs are paused in the queue. They were not sent and cost nothing."
        )
        session.cloud.backend.faults.set("")
        session.services.queue.send_queue.send_now(job.job_id for job in held)
        await wait_until(lambda: session.received("submit") == failed + 1)


async def test_the_first_refusal_of_another_key_stops_nothing(tmp_path: Path) -> None:
    async with busy_session(tmp_path, 0) as session:
        session.cloud.backend.faults.set("unauthorized@submit")
        await session.add_jobs(9)
        await wait_until(lambda: S.HELD in session.states())
        before = await wait_until_stable(lambda: session.received("submit"))
        session.cloud.backend.token = "the-newer-key"
        connected: list[None] = []
        session.services.account.key_connected.subscribe(connected.append)
        session.services.account.connect("the-newer-key")
        await wait_until(lambda: connected)
        await session.becomes(AccountPhase.SIGNED_IN)
        session.cloud.backend.faults.set("unauthorized@submit:json:1")
        held = [job.job_id for job in session.services.queue.jobs.values() if job.state is S.HELD]
        session.services.queue.send_queue.send_now(held)
        await wait_until(lambda: session.received("submit") == before + 2)
        assert S.HELD not in session.states()
