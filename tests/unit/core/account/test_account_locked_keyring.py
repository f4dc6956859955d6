"""The account with a locked keyring: the user is notified, and nothing else waits for it."""

from __future__ import annotations

import keyring.errors
import pytest

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support import hostile_environments
from tests.support.account_harness import WRONG_KEY, LockedFakeKeyring, open_account_harness
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import BASE_URL
from tests.support.emulators import TOKEN

# The keyring's thread waits for the test.
pytestmark = pytest.mark.real_clock


async def test_a_keyring_that_is_unlocked_late_signs_in_after_all() -> None:
    keyring = LockedFakeKeyring()
    keyring.passwords[BASE_URL] = TOKEN
    async with open_account_harness(
        credentials=Credentials(0.05, find_keyring=lambda: keyring)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        problem = harness.state.problem
        assert problem is not None
        assert problem.sentence() == hostile_environments.MUTE_KEYRING.expected_text
        assert all(state.is_undecided for state in harness.states), "it may still answer"
        keyring.unlocked_event.set()
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.state.problem is None
        assert not harness.states[-1].is_undecided
        assert (harness.state.key_place, harness.state.key_note) == ("keyring", "")


async def test_a_keyring_that_stays_locked_is_said() -> None:
    fake_keyring = LockedFakeKeyring(keyring.errors.KeyringLocked("Prompt dismissed"))
    async with open_account_harness(
        credentials=Credentials(0.05, find_keyring=lambda: fake_keyring)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        fake_keyring.unlocked_event.set()
        await wait_until(lambda: "is locked" in harness.state.key_note)
        assert harness.state.problem is not None
        assert harness.state.problem.sentence() == hostile_environments.LOCKED_KEYRING.expected_text
        assert not harness.state.is_undecided
        assert harness.connection.calls == []


async def test_a_key_that_is_typed_does_not_wait_for_the_keyring() -> None:
    keyring = LockedFakeKeyring()
    keyring.passwords[BASE_URL] = WRONG_KEY
    async with open_account_harness(
        credentials=Credentials(0.05, find_keyring=lambda: keyring)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        keyring.unlocked_event.set()
        await wait_until(lambda: keyring.passwords[BASE_URL] == TOKEN)
        assert harness.key.token == TOKEN
        assert harness.state.phase is AccountPhase.SIGNED_IN


async def test_a_typed_key_that_is_refused_ends_the_wait_for_the_keyring() -> None:
    keyring = LockedFakeKeyring()
    async with open_account_harness(
        credentials=Credentials(0.05, find_keyring=lambda: keyring)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(WRONG_KEY)
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert [each.is_undecided for each in harness.states][-2:] == [True, False]
        keyring.unlocked_event.set()
