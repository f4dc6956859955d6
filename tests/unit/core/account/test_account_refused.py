"""A stored key that is refused: the account checks again automatically, and ever more rarely."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_harness import (
    WRONG_KEY,
    FakeKeyring,
    ImmediateKeyringWorker,
    open_account_harness,
    open_signed_in_harness,
)
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.emulators import TOKEN

if TYPE_CHECKING:
    import httpx

A_DAY_S = 24 * 3600.0
USUAL_S = 5.0


class TimedConnection(EmulatedConnection):
    """Connection that records the times of balance requests."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_s: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/balance"):
            self.asked_s.append(asyncio.get_running_loop().time())
        return await super().handle_async_request(request)

    @property
    def pauses_s(self) -> list[float]:
        both = zip(self.asked_s, self.asked_s[1:], strict=False)
        return [round(after - before, 1) for before, after in both]


class CountingKeyring(FakeKeyring):
    """Keyring that counts how often it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.passwords[BASE_URL] = TOKEN
        self.read_count = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.read_count += 1
        return super().get_password(service, username)


async def test_a_refusal_that_passes_is_over_by_itself_and_without_flicker() -> None:
    async with open_signed_in_harness() as harness:
        harness.connection.backend.faults.set("unauthorized:json:3")
        harness.account.check()
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert harness.state.problem is not None
        assert harness.state.problem.sentence() == (
            "The service does not accept your key. This may pass: the program asks again by "
            "itself. What runs at RunComfy goes on there and is billed; what waits here is not "
            "sent meanwhile. If it stays so, copy the key from your RunComfy profile page and "
            "connect again."
        )
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert [(state.phase, bool(state.problem)) for state in harness.states] == [
            (AccountPhase.REJECTED, True),
            (AccountPhase.SIGNED_IN, False),
        ]
        assert harness.shown_notices == []


@pytest.mark.parametrize("is_at_start", [False, True])
async def test_a_key_that_stays_bad_is_asked_about_ever_more_rarely(is_at_start: bool) -> None:
    connection, keyring = TimedConnection(), CountingKeyring()
    if is_at_start:
        connection.backend.faults.set("unauthorized")
    credentials = Credentials(find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker)
    async with open_account_harness(connection, credentials, pause_s=USUAL_S) as harness:
        if not is_at_start:
            await harness.wait_until_phase(AccountPhase.SIGNED_IN)
            connection.backend.faults.set("unauthorized")
            connection.asked_s.clear()
            harness.account.check()
        await harness.wait_until_phase(AccountPhase.REJECTED)
        states, asked = len(harness.states), keyring.read_count
        await asyncio.sleep(A_DAY_S)
        assert connection.pauses_s[:8] == [15, 30, 60, 120, 240, 480, 600, 600]
        assert len(connection.asked_s) < 150
        assert len(harness.states) == states, "nothing is said twice"
        assert keyring.read_count == asked, "a locked keyring would ask for its password each time"
        assert harness.shown_notices == []


async def test_the_pauses_begin_anew_after_the_key_was_accepted() -> None:
    connection = TimedConnection()
    async with open_signed_in_harness(connection, pause_s=USUAL_S) as harness:
        for _each in range(2):
            connection.backend.faults.set("unauthorized:json:4")
            connection.asked_s.clear()
            harness.account.check()
            await harness.wait_until_phase(AccountPhase.REJECTED)
            await asyncio.sleep(15 + 30 + 60)
            await harness.wait_until_phase(AccountPhase.REJECTED)
            await asyncio.sleep(120)
            await harness.wait_until_phase(AccountPhase.SIGNED_IN)
            assert connection.pauses_s == [15, 30, 60, 120]


async def test_a_look_at_once_does_not_flicker_and_does_not_hurry_those_that_follow() -> None:
    connection = TimedConnection()
    async with open_signed_in_harness(connection, pause_s=USUAL_S) as harness:
        connection.backend.faults.set("unauthorized")
        connection.asked_s.clear()
        harness.account.check()
        await asyncio.sleep(15 + 30 + 60 + 1)
        for _each in range(10):
            harness.account.check(restarts=True)
            count = len(connection.asked_s)
            await wait_until(lambda: len(connection.asked_s) > count)  # noqa: B023 - awaited here
        await asyncio.sleep(121)
        assert connection.pauses_s[-1] == 120
        assert harness.phases == [AccountPhase.REJECTED]


async def test_a_typed_key_that_is_refused_is_not_asked_about_again() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(WRONG_KEY)
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert harness.state.problem is not None
        assert "by itself" not in harness.state.problem.sentence()
        calls = len(harness.connection.calls)
        await asyncio.sleep(A_DAY_S)
        assert len(harness.connection.calls) == calls


async def test_beside_a_typed_key_that_is_refused_the_one_in_use_is_asked_about_again() -> None:
    async with open_signed_in_harness(pause_s=USUAL_S) as harness:
        harness.connection.backend.faults.set("unauthorized")
        harness.account.connect(WRONG_KEY)
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert harness.state.problem is not None
        assert harness.state.problem.detail == (
            "It is not kept. The key that was in use before is not accepted at present, either; "
            "the program asks again by itself with that one."
        )
        harness.connection.backend.faults.set("")
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.key.token == TOKEN


async def test_a_removed_key_is_not_asked_about_again() -> None:
    async with open_signed_in_harness(pause_s=USUAL_S) as harness:
        harness.connection.backend.faults.set("unauthorized")
        harness.account.check()
        await harness.wait_until_phase(AccountPhase.REJECTED)
        harness.account.disconnect()
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        calls = len(harness.connection.calls)
        await asyncio.sleep(A_DAY_S)
        assert len(harness.connection.calls) == calls
