"""Actions of the user on the account while automatic checks are running."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import keyring.errors
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
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.emulators import TOKEN

if TYPE_CHECKING:
    import httpx

    from runcomfy_desktop.domain.base.problem import Problem
    from tests.support.account_harness import AccountHarness


class UndeletableKeyring(FakeKeyring):
    """Keyring that returns the key, and fails to remove it after some time."""

    def __init__(self) -> None:
        super().__init__()
        self.passwords[BASE_URL] = TOKEN
        self.asked, self.answers = threading.Event(), threading.Event()

    def delete_password(self, service: str, username: str) -> None:
        self.asked.set()
        self.answers.wait(10)
        raise keyring.errors.PasswordDeleteError("the person said no")


async def test_a_typed_key_is_used_for_nothing_but_its_test() -> None:
    async with open_signed_in_harness() as harness:
        harness.connection.hold("/balance")
        harness.account.connect(WRONG_KEY)
        await wait_until(lambda: harness.key.token_under_test == WRONG_KEY)
        assert harness.key.token == TOKEN
        assert set(harness.key.secrets()) == {TOKEN, WRONG_KEY}
        assert WRONG_KEY not in repr(harness.key)
        harness.connection.release()
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.key.secrets() == (TOKEN, "")


async def test_a_typed_key_comes_into_use_with_its_validity() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        in_use: list[tuple[str, Problem | None]] = []
        harness.account.checked.subscribe(
            lambda problem: in_use.append((harness.key.token, problem))
        )
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert in_use == [(TOKEN, None)]


class LostConnection(EmulatedConnection):
    """Connection that answers one more request after `is_last` has been set, and then is down."""

    is_last = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        self.is_down = self.is_last
        return response


async def test_a_good_key_stays_in_use_although_it_cannot_be_tested_now() -> None:
    connection = LostConnection()
    async with open_account_harness(connection) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        connection.is_last = True
        harness.account.connect(WRONG_KEY)
        await harness.wait_until_phase(AccountPhase.UNREACHABLE)
        assert harness.key.token == TOKEN
        connection.is_last = connection.is_down = False
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)


async def test_checks_while_an_answer_is_on_its_way_ask_once_more_after_it() -> None:
    async with open_signed_in_harness() as harness:
        received: list[Problem | None] = []
        harness.account.checked.subscribe(received.append)
        before = len(harness.connection.calls)
        harness.connection.hold("/balance")
        harness.account.check()
        await wait_until(lambda: len(harness.connection.calls) == before + 1)
        for _each in range(5):
            harness.account.check()
        assert await wait_until_stable(lambda: len(harness.connection.calls)) == before + 1
        harness.connection.release()
        await wait_until(lambda: len(received) == 2)
        assert await wait_until_stable(lambda: len(harness.connection.calls)) == before + 2


async def test_the_last_of_many_checks_brings_the_newest_balance() -> None:
    async with open_signed_in_harness() as harness:
        harness.connection.hold("/balance")
        harness.account.check()
        before = len(harness.connection.calls)
        await wait_until(lambda: len(harness.connection.calls) > before)
        harness.account.check()
        harness.connection.backend.balance_microdollars = 7_000_000
        harness.connection.release()
        await wait_until(
            lambda: harness.state.balance is not None and harness.state.balance.usd == 7.0
        )


async def test_a_check_by_a_new_way_does_not_wait_for_the_old_one() -> None:
    async with open_signed_in_harness() as harness:
        received: list[Problem | None] = []
        harness.account.checked.subscribe(received.append)
        before = len(harness.connection.calls)
        harness.connection.hold("/balance")
        harness.account.check()
        await wait_until(lambda: len(harness.connection.calls) == before + 1)
        harness.connection._held_ending = ""
        harness.account.check(restarts=True)
        await wait_until(lambda: len(received) == 1)


async def test_a_check_takes_the_place_of_no_test() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.connection.hold("/balance")
        harness.account.connect(TOKEN)
        await wait_until(lambda: harness.connection.calls)
        harness.account.check()
        harness.account.check(restarts=True)
        harness.account.refresh()
        harness.connection.release()
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        await wait_until(lambda: harness.credentials.location(BASE_URL) is not None)
        assert await harness.credentials.get(BASE_URL) == TOKEN


@pytest.mark.real_clock
async def test_a_removed_key_is_out_of_use_while_the_keyring_still_thinks() -> None:
    fake_keyring = UndeletableKeyring()
    async with open_account_harness(
        credentials=Credentials(find_keyring=lambda: fake_keyring)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        harness.account.disconnect()
        await wait_until(fake_keyring.asked.is_set)
        assert harness.state.phase is AccountPhase.SIGNED_OUT
        assert (harness.key.token, harness.state.key_place) == ("", "")
        calls = len(harness.connection.calls)
        harness.account.check()
        harness.account.check(restarts=True)
        harness.account.refresh()
        fake_keyring.answers.set()
        await wait_until(lambda: harness.shown_notices)
        assert harness.shown_notices[0].title == "The key may still be in the system's keyring."
        assert await wait_until_stable(lambda: len(harness.connection.calls)) == calls
        assert harness.phases[-1] is AccountPhase.SIGNED_OUT


async def test_a_removed_key_that_the_keyring_keeps_is_not_taken_from_there_again() -> None:
    fake_keyring = UndeletableKeyring()
    fake_keyring.answers.set()
    async with open_account_harness(
        credentials=Credentials(
            find_keyring=lambda: fake_keyring, make_worker=ImmediateKeyringWorker
        )
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        harness.account.disconnect()
        await wait_until(lambda: harness.shown_notices)
        calls = len(harness.connection.calls)
        harness.account.check()
        harness.account.refresh()
        assert await wait_until_stable(lambda: len(harness.connection.calls)) == calls
        assert (harness.key.token, harness.state.phase) == ("", AccountPhase.SIGNED_OUT)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)


async def cut_off(harness: AccountHarness) -> None:
    """Takes the network down and waits until the account has noticed."""
    harness.connection.is_down = True
    harness.account.check()
    await harness.wait_until_phase(AccountPhase.UNREACHABLE)


async def test_a_connect_in_the_turn_in_which_a_check_ends_is_carried_out() -> None:
    async with open_signed_in_harness() as harness:
        await cut_off(harness)

        def connect(_problem: Problem | None) -> None:
            stop()
            harness.connection.is_down = False
            harness.connection.hold("/balance")
            harness.account.connect(WRONG_KEY)

        stop = harness.account.checked.subscribe(connect)
        harness.account.check()
        await wait_until(lambda: harness.key.token_under_test == WRONG_KEY)
        # Like the check after a job has ended.
        harness.account.check()
        await wait_until_stable(lambda: len(harness.connection.calls))
        assert harness.key.token_under_test == WRONG_KEY
        harness.connection.release()
        await wait_until(
            lambda: harness.state.problem is not None and harness.key.token_under_test == ""
        )
        assert harness.key.token == TOKEN


async def test_asking_again_does_not_wait_for_an_answer_that_may_never_come() -> None:
    async with open_signed_in_harness() as harness:
        await cut_off(harness)
        harness.connection.is_down = False
        harness.connection.hold("/balance")
        harness.account.check()
        before = len(harness.connection.calls)
        await wait_until(lambda: len(harness.connection.calls) > before)
        harness.account.check(restarts=True)
        await wait_until(lambda: len(harness.connection.calls) > before + 1)
        harness.connection.release()
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
