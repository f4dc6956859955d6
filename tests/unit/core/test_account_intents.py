"""What the person wishes of the account, and what the program asks of it meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import keyring.errors
import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_house import WRONG, AtOnce, Book, house, signed_in
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL, Line
from tests.support.until import settled, until

if TYPE_CHECKING:
    import httpx

    from runcomfy_desktop.domain.problem import Problem
    from tests.support.account_house import House


class Stubborn(Book):
    """A keyring that gives the key, and after a while does not remove it."""

    def __init__(self) -> None:
        super().__init__()
        self.keys[BASE_URL] = TOKEN
        self.asked, self.answers = threading.Event(), threading.Event()

    def delete_password(self, service: str, username: str) -> None:
        self.asked.set()
        self.answers.wait(10)
        raise keyring.errors.PasswordDeleteError("the person said no")


async def test_a_typed_key_is_used_for_nothing_but_its_test() -> None:
    async with signed_in() as parts:
        parts.line.hold("/balance")
        parts.account.connect(WRONG)
        await until(lambda: parts.key.on_trial == WRONG)
        assert parts.key.token == TOKEN
        assert set(parts.key.secrets()) == {TOKEN, WRONG}
        assert WRONG not in repr(parts.key)
        parts.line.release()
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.key.secrets() == (TOKEN, "")


async def test_a_typed_key_comes_into_use_with_its_verdict() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        in_use: list[tuple[str, Problem | None]] = []
        parts.account.heard.subscribe(lambda problem: in_use.append((parts.key.token, problem)))
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert in_use == [(TOKEN, None)]


class FallsSilent(Line):
    """Answers once more, and then there is no network."""

    is_last = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        self.is_down = self.is_last
        return response


async def test_a_good_key_stays_in_use_although_it_cannot_be_tested_now() -> None:
    line = FallsSilent()
    async with house(line) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        line.is_last = True
        parts.account.connect(WRONG)
        await parts.becomes(AccountPhase.UNREACHABLE)
        assert parts.key.token == TOKEN
        line.is_last = line.is_down = False
        await parts.becomes(AccountPhase.SIGNED_IN)


async def test_checks_while_an_answer_is_on_its_way_ask_once_more_after_it() -> None:
    async with signed_in() as parts:
        heard: list[Problem | None] = []
        parts.account.heard.subscribe(heard.append)
        before = len(parts.line.calls)
        parts.line.hold("/balance")
        parts.account.check()
        await until(lambda: len(parts.line.calls) == before + 1)
        for _each in range(5):
            parts.account.check()
        assert await settled(lambda: len(parts.line.calls)) == before + 1
        parts.line.release()
        await until(lambda: len(heard) == 2)
        assert await settled(lambda: len(parts.line.calls)) == before + 2


async def test_the_last_of_many_checks_brings_the_newest_balance() -> None:
    async with signed_in() as parts:
        parts.line.hold("/balance")
        parts.account.check()
        before = len(parts.line.calls)
        await until(lambda: len(parts.line.calls) > before)
        parts.account.check()
        parts.line.world.balance_microdollars = 7_000_000
        parts.line.release()
        await until(lambda: parts.state.balance is not None and parts.state.balance.usd == 7.0)


async def test_a_check_by_a_new_way_does_not_wait_for_the_old_one() -> None:
    async with signed_in() as parts:
        heard: list[Problem | None] = []
        parts.account.heard.subscribe(heard.append)
        before = len(parts.line.calls)
        parts.line.hold("/balance")
        parts.account.check()
        await until(lambda: len(parts.line.calls) == before + 1)
        parts.line._held = ""
        parts.account.check(afresh=True)
        await until(lambda: len(heard) == 1)


async def test_a_check_takes_the_place_of_no_test() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.line.hold("/balance")
        parts.account.connect(TOKEN)
        await until(lambda: parts.line.calls)
        parts.account.check()
        parts.account.check(afresh=True)
        parts.account.refresh()
        parts.line.release()
        await parts.becomes(AccountPhase.SIGNED_IN)
        await until(lambda: parts.credentials.kept(BASE_URL) is not None)
        assert await parts.credentials.get(BASE_URL) == TOKEN


@pytest.mark.real_clock
async def test_a_removed_key_is_out_of_use_while_the_keyring_still_thinks() -> None:
    book = Stubborn()
    async with house(credentials=Credentials(find=lambda: book)) as parts:
        await parts.becomes(AccountPhase.SIGNED_IN)
        parts.account.disconnect()
        await until(book.asked.is_set)
        assert parts.state.phase is AccountPhase.SIGNED_OUT
        assert (parts.key.token, parts.state.key_place) == ("", "")
        calls = len(parts.line.calls)
        parts.account.check()
        parts.account.check(afresh=True)
        parts.account.refresh()
        book.answers.set()
        await until(lambda: parts.told)
        assert parts.told[0].title == "The key may still be in the system's keyring."
        assert await settled(lambda: len(parts.line.calls)) == calls
        assert parts.phases[-1] is AccountPhase.SIGNED_OUT


async def test_a_removed_key_that_the_keyring_keeps_is_not_taken_from_there_again() -> None:
    book = Stubborn()
    book.answers.set()
    async with house(credentials=Credentials(find=lambda: book, worker=AtOnce)) as parts:
        await parts.becomes(AccountPhase.SIGNED_IN)
        parts.account.disconnect()
        await until(lambda: parts.told)
        calls = len(parts.line.calls)
        parts.account.check()
        parts.account.refresh()
        assert await settled(lambda: len(parts.line.calls)) == calls
        assert (parts.key.token, parts.state.phase) == ("", AccountPhase.SIGNED_OUT)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)


async def cut_off(parts: House) -> None:
    """There is no network any more, and the account knows."""
    parts.line.is_down = True
    parts.account.check()
    await parts.becomes(AccountPhase.UNREACHABLE)


async def test_a_connect_in_the_turn_in_which_a_check_ends_is_carried_out() -> None:
    async with signed_in() as parts:
        await cut_off(parts)

        def connect(_problem: Problem | None) -> None:
            stop()
            parts.line.is_down = False
            parts.line.hold("/balance")
            parts.account.connect(WRONG)

        stop = parts.account.heard.subscribe(connect)
        parts.account.check()
        await until(lambda: parts.key.on_trial == WRONG)
        # As after a job that ended.
        parts.account.check()
        await settled(lambda: len(parts.line.calls))
        assert parts.key.on_trial == WRONG
        parts.line.release()
        await until(lambda: parts.state.problem is not None and parts.key.on_trial == "")
        assert parts.key.token == TOKEN


async def test_asking_again_does_not_wait_for_an_answer_that_may_never_come() -> None:
    async with signed_in() as parts:
        await cut_off(parts)
        parts.line.is_down = False
        parts.line.hold("/balance")
        parts.account.check()
        before = len(parts.line.calls)
        await until(lambda: len(parts.line.calls) > before)
        parts.account.check(afresh=True)
        await until(lambda: len(parts.line.calls) > before + 1)
        parts.line.release()
        await parts.becomes(AccountPhase.SIGNED_IN)
