"""The key in a whole session: effects on jobs, send queue and the list of deployments."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import keyring.errors
import pytest

from runcomfy_desktop.app.session import Service, open_session
from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_harness import WRONG_KEY, FakeKeyring, ImmediateKeyringWorker
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.emulators import TOKEN
from tests.support.session_setup import make_session_context, make_slow_backend, submit_one

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.base.session_services import SessionServices


@pytest.fixture
def cloud() -> EmulatedConnection:
    return EmulatedConnection(make_slow_backend())


def received(cloud: EmulatedConnection, call: str) -> int:
    calls = cloud.backend.journal.counts()["received"]
    assert isinstance(calls, dict)
    count = calls.get(call, 0)
    assert isinstance(count, int)
    return count


async def followed(services: SessionServices, count: int) -> list[str]:
    """Submits this number of jobs with a good key; they are polled."""
    await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
    for _each in range(count):
        await submit_one(services)
    return list(services.queue.jobs)


async def test_jobs_are_asked_about_with_the_key_that_the_keyring_has_by_now(
    tmp_path: Path, cloud: EmulatedConnection
) -> None:
    """The key was renewed on the profile page, and put into the keyring by another program."""
    session_context, fake_keyring = (
        make_session_context(tmp_path, BASE_URL, connection=cloud),
        FakeKeyring(),
    )
    fake_keyring.passwords[BASE_URL] = TOKEN
    session_context = replace(
        session_context,
        credentials=Credentials(
            find_keyring=lambda: fake_keyring, make_worker=ImmediateKeyringWorker
        ),
    )
    async with open_session(Service(BASE_URL), session_context) as services:
        [job_id] = await followed(services, 1)
        await wait_until(
            lambda: services.catalogue.state.deployments and not services.catalogue.state.loading
        )
        phases = [services.account.state.phase]
        services.account.changed.subscribe(lambda state: phases.append(state.phase))
        cloud.backend.token = fake_keyring.passwords[BASE_URL] = "the-newer-key"
        services.queue.poll_now(job_id)
        await wait_until(lambda: session_context.key_holder.token == "the-newer-key")
        asked = received(cloud, "status")
        await wait_until(lambda: received(cloud, "status") > asked)
        await wait_until(lambda: not services.queue.jobs[job_id].trouble)
        # The list is loaded with this key.
        await wait_until(lambda: services.catalogue.state.deployments)
        assert set(phases) == {AccountPhase.SIGNED_IN}
    await session_context.credentials.close()


async def test_asking_goes_on_after_the_account_found_the_key_good(
    tmp_path: Path, cloud: EmulatedConnection
) -> None:
    """A faulty gateway refuses two polls; the account checks the key and finds it good."""
    session_context = make_session_context(tmp_path, BASE_URL, connection=cloud)
    session_context.preferences.set(in_flight=5)
    received_values: list[str] = []
    session_context.notices.listen(lambda notice: received_values.append(notice.title))
    async with open_session(Service(BASE_URL), session_context) as services:
        ids = await followed(services, 3)
        balances = received(cloud, "balance")
        cloud.backend.faults.set("unauthorized@status:json:2")
        for each in ids:
            services.queue.poll_now(each)
        await wait_until(lambda: received(cloud, "balance") > balances)
        asked = received(cloud, "status")
        await wait_until(lambda: received(cloud, "status") > asked + 1)
        assert services.account.state.phase is AccountPhase.SIGNED_IN
        assert received_values == ["The service does not accept your key."]
    await session_context.credentials.close()


async def test_asking_goes_on_where_nobody_can_say_what_the_key_is_worth(
    tmp_path: Path, cloud: EmulatedConnection
) -> None:
    """A faulty gateway refuses two polls, and the balance cannot be read."""
    session_context = make_session_context(tmp_path, BASE_URL, connection=cloud)
    session_context.preferences.set(in_flight=5)
    async with open_session(Service(BASE_URL), session_context) as services:
        ids = await followed(services, 3)
        cloud.backend.faults.set("status-500@balance:999")
        services.account.check()
        await wait_until(lambda: services.account.state.phase is AccountPhase.UNREACHABLE)
        cloud.backend.faults.set("status-500@balance:999,unauthorized@status:json:2")
        for each in ids[:2]:
            services.queue.poll_now(each)
        await wait_until(lambda: sum(bool(services.queue.jobs[each].trouble) for each in ids) > 1)
        asked = await wait_until_stable(lambda: received(cloud, "status"))
        await wait_until(lambda: received(cloud, "status") > asked)
        assert services.account.state.phase is AccountPhase.UNREACHABLE
    await session_context.credentials.close()


class UnremovableKeyring(FakeKeyring):
    """Keyring that returns the key, and fails to remove it after some time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = threading.Event(), threading.Event()

    def delete_password(self, service: str, username: str) -> None:
        self.asked.set()
        self.answers.wait(10)
        raise keyring.errors.PasswordDeleteError("the person said no")


@pytest.mark.real_clock
async def test_a_key_that_the_person_removes_stays_out_of_use(
    tmp_path: Path, cloud: EmulatedConnection
) -> None:
    session_context, fake_keyring = (
        make_session_context(tmp_path, BASE_URL, connection=cloud),
        UnremovableKeyring(),
    )
    fake_keyring.passwords[BASE_URL] = TOKEN
    session_context = replace(
        session_context, credentials=Credentials(find_keyring=lambda: fake_keyring)
    )
    received_values: list[str] = []
    session_context.notices.listen(lambda notice: received_values.append(notice.title))
    async with open_session(Service(BASE_URL), session_context) as services:
        [job_id] = await followed(services, 1)
        balances = await wait_until_stable(lambda: received(cloud, "balance"))
        services.account.disconnect()
        await wait_until(fake_keyring.asked.is_set)
        # Polling the job without a key is no reason to look for a key in the keyring.
        services.queue.poll_now(job_id)
        await wait_until(lambda: services.queue.jobs[job_id].trouble)
        fake_keyring.answers.set()
        await wait_until(lambda: "The key may still be in the system's keyring." in received_values)
        assert await wait_until_stable(lambda: received(cloud, "balance")) == balances
        assert (session_context.key_holder.token, services.account.state.phase) == (
            "",
            AccountPhase.SIGNED_OUT,
        )
        state = services.queue.send_queue.state
        assert (state.has_key, state.is_key_refused) == (False, False)
    await session_context.credentials.close()


async def test_nothing_is_sent_with_a_refused_key_while_another_one_is_tested(
    tmp_path: Path, cloud: EmulatedConnection
) -> None:
    session_context = make_session_context(tmp_path, BASE_URL, connection=cloud)
    async with open_session(Service(BASE_URL), session_context) as services:
        await followed(services, 0)
        await wait_until(
            lambda: services.catalogue.state.deployments and not services.catalogue.state.loading
        )
        send_queue, phases, keys = services.queue.send_queue, list[AccountPhase](), list[bool]()
        services.account.changed.subscribe(lambda state: phases.append(state.phase))
        send_queue.changed.subscribe(lambda state: keys.append(state.has_key))
        cloud.backend.token = "the-newer-key"
        services.account.check()
        await wait_until(lambda: keys == [False])
        await wait_until(lambda: send_queue.state.is_key_refused)
        phases.clear()
        services.account.connect(WRONG_KEY)
        await wait_until(lambda: phases[-2:] == [AccountPhase.CHECKING, AccountPhase.REJECTED])
        assert await wait_until_stable(lambda: len(keys)) == 1
        services.account.connect("the-newer-key")
        await wait_until(lambda: services.account.state.phase is AccountPhase.SIGNED_IN)
        await wait_until(lambda: keys == [False, True])
        await wait_until(lambda: not send_queue.state.is_key_refused)
    await session_context.credentials.close()
