"""The account beside a keyring that is locked: told, waited for, and in nobody's way."""

from __future__ import annotations

import keyring.errors
import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support import hostile_places
from tests.support.account_house import WRONG, LockedBook, house
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL
from tests.support.until import until

# The keyring waits on its thread for the test.
pytestmark = pytest.mark.real_clock


async def test_a_keyring_that_is_unlocked_late_signs_in_after_all() -> None:
    book = LockedBook()
    book.keys[BASE_URL] = TOKEN
    async with house(credentials=Credentials(0.05, find=lambda: book)) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        problem = parts.state.problem
        assert problem is not None
        assert problem.sentence() == hostile_places.MUTE_KEYRING.gets
        assert all(state.is_undecided for state in parts.states), "it may still answer"
        book.unlocked.set()
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.state.problem is None
        assert not parts.states[-1].is_undecided
        assert (parts.state.key_place, parts.state.key_note) == ("keyring", "")


async def test_a_keyring_that_stays_locked_is_said() -> None:
    book = LockedBook(keyring.errors.KeyringLocked("Prompt dismissed"))
    async with house(credentials=Credentials(0.05, find=lambda: book)) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        book.unlocked.set()
        await until(lambda: "is locked" in parts.state.key_note)
        assert parts.state.problem is not None
        assert parts.state.problem.sentence() == hostile_places.LOCKED_KEYRING.gets
        assert not parts.state.is_undecided
        assert parts.line.calls == []


async def test_a_key_that_is_typed_does_not_wait_for_the_keyring() -> None:
    book = LockedBook()
    book.keys[BASE_URL] = WRONG
    async with house(credentials=Credentials(0.05, find=lambda: book)) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        book.unlocked.set()
        await until(lambda: book.keys[BASE_URL] == TOKEN)
        assert parts.key.token == TOKEN
        assert parts.state.phase is AccountPhase.SIGNED_IN


async def test_a_typed_key_that_is_refused_ends_the_wait_for_the_keyring() -> None:
    book = LockedBook()
    async with house(credentials=Credentials(0.05, find=lambda: book)) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(WRONG)
        await parts.becomes(AccountPhase.REJECTED)
        assert [each.is_undecided for each in parts.states][-2:] == [True, False]
        book.unlocked.set()
