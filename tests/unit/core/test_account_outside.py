"""The account when its key is changed or removed behind its back, here or at RunComfy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring.errors
import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support import hostile_places
from tests.support.account_house import WRONG, Book, House, LockedBook, house
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

from contextlib import asynccontextmanager

# The keyring waits on its thread for the test.
pytestmark = pytest.mark.real_clock


@asynccontextmanager
async def kept_key(book: Book) -> AsyncIterator[House]:
    """Signed in with a key that the keyring had."""
    book.keys[BASE_URL] = TOKEN
    async with house(credentials=Credentials(2.0, find=lambda: book)) as parts:
        await parts.becomes(AccountPhase.SIGNED_IN)
        parts.states.clear()
        yield parts


async def test_a_key_made_anew_is_taken_out_of_the_keyring_when_the_old_one_is_refused() -> None:
    book = Book()
    async with kept_key(book) as parts:
        parts.line.world.token = book.keys[BASE_URL] = "the-newer-key"
        parts.account.check()
        await until(lambda: parts.key.token == "the-newer-key")
        await settled(lambda: len(parts.line.calls))
        assert parts.state.phase is AccountPhase.SIGNED_IN
        assert AccountPhase.REJECTED not in parts.phases


async def test_looking_again_takes_another_key_although_the_old_one_is_good() -> None:
    book = Book()
    async with kept_key(book) as parts:
        book.keys[BASE_URL] = WRONG
        calls = len(parts.line.calls)
        parts.account.check()
        await until(lambda: len(parts.line.calls) > calls)
        await settled(lambda: len(parts.line.calls))
        assert parts.key.token == TOKEN
        parts.account.refresh()
        await parts.becomes(AccountPhase.REJECTED)
        assert parts.key.token == WRONG


async def test_a_key_that_was_removed_outside_is_let_go_and_said() -> None:
    book = Book()
    async with kept_key(book) as parts:
        del book.keys[BASE_URL]
        parts.account.refresh()
        await parts.becomes(AccountPhase.SIGNED_OUT)
        assert parts.key.token == ""
        assert parts.state.key_place == ""
        assert parts.state.problem is not None
        assert parts.state.problem.sentence() == hostile_places.REMOVED_KEY.gets


async def test_a_refused_key_that_was_removed_outside_is_let_go_as_well() -> None:
    book = Book()
    async with kept_key(book) as parts:
        parts.line.world.token = "the-newer-key"
        del book.keys[BASE_URL]
        parts.account.check()
        await parts.becomes(AccountPhase.SIGNED_OUT)
        assert parts.key.token == ""


async def test_a_keyring_that_was_locked_meanwhile_takes_nothing_away() -> None:
    book = LockedBook()
    book.unlocked.set()
    async with kept_key(book) as parts:
        book.refuses = keyring.errors.KeyringLocked("locked by the person")
        calls = len(parts.line.calls)
        parts.account.refresh()
        await until(lambda: len(parts.line.calls) > calls)
        await settled(lambda: len(parts.line.calls))
        assert (parts.state.phase, parts.key.token) == (AccountPhase.SIGNED_IN, TOKEN)


async def test_a_keyring_that_never_answers_does_not_hold_the_balance_up() -> None:
    book = LockedBook()
    book.unlocked.set()
    async with kept_key(book) as parts:
        book.unlocked.clear()
        calls = len(parts.line.calls)
        parts.account.refresh()
        await until(lambda: len(parts.line.calls) > calls)
        assert parts.state.phase is AccountPhase.SIGNED_IN
        book.unlocked.set()


async def test_a_key_in_memory_is_not_looked_for() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        calls = len(parts.line.calls)
        parts.account.refresh()
        await until(lambda: len(parts.line.calls) > calls)
        await settled(lambda: len(parts.line.calls))
        assert parts.state.phase is AccountPhase.SIGNED_IN


async def test_two_addresses_have_two_keys() -> None:
    book = Book()
    book.keys["https://other.example"] = WRONG
    async with kept_key(book) as parts:
        parts.account.disconnect()
        await parts.becomes(AccountPhase.SIGNED_OUT)
    assert book.keys == {"https://other.example": WRONG}
