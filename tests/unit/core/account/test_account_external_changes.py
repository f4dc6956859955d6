"""The account when its key is changed or removed by others, on this computer or at RunComfy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring.errors
import pytest

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support import hostile_environments
from tests.support.account_harness import (
    WRONG_KEY,
    AccountHarness,
    FakeKeyring,
    LockedFakeKeyring,
    open_account_harness,
)
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.emulated_connection import BASE_URL
from tests.support.emulators import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

from contextlib import asynccontextmanager

# The keyring's thread waits for the test.
pytestmark = pytest.mark.real_clock


@asynccontextmanager
async def stored_key(keyring: FakeKeyring) -> AsyncIterator[AccountHarness]:
    """Yields an account signed in with a key from the keyring."""
    keyring.passwords[BASE_URL] = TOKEN
    async with open_account_harness(
        credentials=Credentials(2.0, find_keyring=lambda: keyring)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        harness.states.clear()
        yield harness


async def test_a_key_made_anew_is_taken_out_of_the_keyring_when_the_old_one_is_refused() -> None:
    keyring = FakeKeyring()
    async with stored_key(keyring) as harness:
        harness.connection.backend.token = keyring.passwords[BASE_URL] = "the-newer-key"
        harness.account.check()
        await wait_until(lambda: harness.key.token == "the-newer-key")
        await wait_until_stable(lambda: len(harness.connection.calls))
        assert harness.state.phase is AccountPhase.SIGNED_IN
        assert AccountPhase.REJECTED not in harness.phases


async def test_looking_again_takes_another_key_although_the_old_one_is_good() -> None:
    keyring = FakeKeyring()
    async with stored_key(keyring) as harness:
        keyring.passwords[BASE_URL] = WRONG_KEY
        calls = len(harness.connection.calls)
        harness.account.check()
        await wait_until(lambda: len(harness.connection.calls) > calls)
        await wait_until_stable(lambda: len(harness.connection.calls))
        assert harness.key.token == TOKEN
        harness.account.refresh()
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert harness.key.token == WRONG_KEY


async def test_a_key_that_was_removed_outside_is_let_go_and_said() -> None:
    keyring = FakeKeyring()
    async with stored_key(keyring) as harness:
        del keyring.passwords[BASE_URL]
        harness.account.refresh()
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        assert harness.key.token == ""
        assert harness.state.key_place == ""
        assert harness.state.problem is not None
        assert harness.state.problem.sentence() == hostile_environments.REMOVED_KEY.expected_text


async def test_a_refused_key_that_was_removed_outside_is_let_go_as_well() -> None:
    keyring = FakeKeyring()
    async with stored_key(keyring) as harness:
        harness.connection.backend.token = "the-newer-key"
        del keyring.passwords[BASE_URL]
        harness.account.check()
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        assert harness.key.token == ""


async def test_a_keyring_that_was_locked_meanwhile_takes_nothing_away() -> None:
    fake_keyring = LockedFakeKeyring()
    fake_keyring.unlocked_event.set()
    async with stored_key(fake_keyring) as harness:
        fake_keyring.error = keyring.errors.KeyringLocked("locked by the person")
        calls = len(harness.connection.calls)
        harness.account.refresh()
        await wait_until(lambda: len(harness.connection.calls) > calls)
        await wait_until_stable(lambda: len(harness.connection.calls))
        assert (harness.state.phase, harness.key.token) == (AccountPhase.SIGNED_IN, TOKEN)


async def test_a_keyring_that_never_answers_does_not_hold_the_balance_up() -> None:
    keyring = LockedFakeKeyring()
    keyring.unlocked_event.set()
    async with stored_key(keyring) as harness:
        keyring.unlocked_event.clear()
        calls = len(harness.connection.calls)
        harness.account.refresh()
        await wait_until(lambda: len(harness.connection.calls) > calls)
        assert harness.state.phase is AccountPhase.SIGNED_IN
        keyring.unlocked_event.set()


async def test_a_key_in_memory_is_not_looked_for() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        calls = len(harness.connection.calls)
        harness.account.refresh()
        await wait_until(lambda: len(harness.connection.calls) > calls)
        await wait_until_stable(lambda: len(harness.connection.calls))
        assert harness.state.phase is AccountPhase.SIGNED_IN


async def test_two_addresses_have_two_keys() -> None:
    keyring = FakeKeyring()
    keyring.passwords["https://other.example"] = WRONG_KEY
    async with stored_key(keyring) as harness:
        harness.account.disconnect()
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
    assert keyring.passwords == {"https://other.example": WRONG_KEY}
