"""The Comfy.org key: one for each service, kept like the other one, and never the demo's."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from keyring.errors import KeyringLocked

from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.partner_key import (
    PartnerKey,
    PartnerState,
    partner_key_fault,
    place_of,
)
from runcomfy_desktop.domain.job import DEMO_SERVICE
from runcomfy_desktop.store.credentials import Credentials, without_keyring
from tests.support.account_house import Book, LockedBook
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# The keyring waits on its thread for the test.
pytestmark = pytest.mark.real_clock

HERE, ELSEWHERE = "https://api.example.org", "https://other.example.org"
KEY = "comfyui-0123456789abcdef"


@dataclass
class Desk:
    """The key and all that was told of it."""

    partner: PartnerKey
    credentials: Credentials
    told: list[Notice] = field(default_factory=list)
    states: list[PartnerState] = field(default_factory=list)


@asynccontextmanager
async def desk(book: Book | None = None) -> AsyncIterator[Desk]:
    notices = Notices()
    partner = PartnerKey(notices)
    credentials = Credentials(find=without_keyring if book is None else lambda: book)
    made = Desk(partner, credentials)
    notices.listen(made.told.append)
    partner.changed.subscribe(made.states.append)
    partner.begin(credentials)
    yield made
    await partner.close()
    await credentials.close()


async def test_a_key_is_kept_in_the_keyring_and_found_at_the_next_start() -> None:
    book = Book()
    async with desk(book) as first:
        first.partner.serve(HERE)
        assert await first.partner.take(HERE) == ""
        assert not first.partner.state.has_key
        first.partner.keep(HERE, f" {KEY}\n")
        assert await first.partner.take(HERE) == KEY, "it is in use at once"
        await until(lambda: first.partner.state.place == "keyring")
        assert first.told == []
    assert book.keys == {place_of(HERE): KEY}
    async with desk(book) as later:
        later.partner.serve(HERE)
        assert await later.partner.take(HERE) == KEY
        assert later.partner.state.place == "keyring"
        assert later.partner.secrets() == (KEY,)


async def test_a_key_goes_to_no_other_service() -> None:
    book = Book()
    async with desk(book) as made:
        made.partner.serve(HERE)
        made.partner.keep(HERE, KEY)
        await until(lambda: made.partner.state.place == "keyring")
        made.partner.serve(ELSEWHERE)
        assert await made.partner.take(ELSEWHERE) == ""
        assert not made.partner.state.has_key
        made.partner.serve(HERE)
        assert made.partner.state.has_key


async def test_it_is_removed_here_and_there() -> None:
    book = Book()
    book.keys[place_of(HERE)] = KEY
    async with desk(book) as made:
        made.partner.serve(HERE)
        await until(lambda: made.partner.state.has_key)
        made.partner.keep(HERE, "")
        assert await made.partner.take(HERE) == ""
        assert not made.partner.state.has_key
        await until(lambda: not book.keys)
        assert made.partner.secrets() == (KEY,), "an answer may still repeat what went out"


async def test_without_a_keyring_it_is_kept_until_the_end_and_that_is_said() -> None:
    async with desk() as made:
        made.partner.serve(HERE)
        made.partner.keep(HERE, KEY)
        await until(lambda: made.told)
        assert made.partner.state.place == "memory"
        assert "until the program ends" in made.partner.state.note
        assert made.told[0].title == "The Comfy.org key is not stored."
        assert KEY not in repr(made.told) + repr(made.states) + repr(made.partner.state)


async def test_who_unlocks_the_keyring_late_need_not_paste_it() -> None:
    book = LockedBook()
    book.keys[place_of(HERE)] = KEY
    async with desk(book) as made:
        made.partner.serve(HERE)
        book.unlocked.set()
        await until(lambda: made.partner.state.has_key)
        assert [state.is_asked for state in made.states] == [True, False]
        assert await made.partner.take(HERE) == KEY


async def test_a_key_that_was_removed_does_not_come_back_from_a_slow_keyring() -> None:
    book = LockedBook()
    book.keys[place_of(HERE)] = KEY
    async with desk(book) as made:
        made.partner.serve(HERE)
        made.partner.keep(HERE, "comfyui-another")
        made.partner.keep(HERE, "")
        assert not made.partner.state.is_asked, "what the keyring says is older"
        book.unlocked.set()
        await until(lambda: not book.keys)
        assert await made.partner.take(HERE) == ""
        assert not made.partner.state.has_key


async def test_a_locked_keyring_is_no_end() -> None:
    book = LockedBook(KeyringLocked())
    book.unlocked.set()
    async with desk(book) as made:
        made.partner.serve(HERE)
        await until(lambda: made.partner.state.note)
        assert "locked" in made.partner.state.note
        assert await made.partner.take(HERE) == ""


async def test_the_demo_neither_uses_nor_keeps_a_key_of_the_keyring() -> None:
    book = Book()
    book.keys[place_of(HERE)] = KEY
    async with desk(book) as made:
        made.partner.serve(DEMO_SERVICE)
        assert await made.partner.take(DEMO_SERVICE) == ""
        made.partner.keep(HERE, "made-up-for-the-demo")
        assert await made.partner.take(DEMO_SERVICE) == "made-up-for-the-demo"
        assert made.partner.state.place == "memory"
        assert made.told == []
    assert book.keys == {place_of(HERE): KEY}


@pytest.mark.parametrize("wrong", ["", "a b", "Bearer abc", "k" * 5000, "ä"])
def test_what_can_be_no_key(wrong: str) -> None:
    problem = partner_key_fault(wrong)
    assert problem is not None
    assert "runcomfy.com" not in problem.sentence()
    assert partner_key_fault(KEY) is None
