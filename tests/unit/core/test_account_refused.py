"""A key that is kept and refused: the account asks again by itself, and ever more rarely."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_house import WRONG, AtOnce, Book, house, signed_in
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL, Line
from tests.support.until import until

if TYPE_CHECKING:
    import httpx

A_DAY_S = 24 * 3600.0
USUAL_S = 5.0


class TimedLine(Line):
    """Notes when it was asked for the balance."""

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


class CountingBook(Book):
    """A keyring that counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.keys[BASE_URL] = TOKEN
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return super().get_password(service, username)


async def test_a_refusal_that_passes_is_over_by_itself_and_without_flicker() -> None:
    async with signed_in() as parts:
        parts.line.world.faults.set("unauthorized:json:3")
        parts.account.check()
        await parts.becomes(AccountPhase.REJECTED)
        assert parts.state.problem is not None
        assert parts.state.problem.sentence() == (
            "The service does not accept your key. This may pass: the program asks again by "
            "itself. What runs at RunComfy goes on there and is billed; what waits here is not "
            "sent meanwhile. If it stays so, copy the key from your RunComfy profile page and "
            "connect again."
        )
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert [(state.phase, bool(state.problem)) for state in parts.states] == [
            (AccountPhase.REJECTED, True),
            (AccountPhase.SIGNED_IN, False),
        ]
        assert parts.told == []


@pytest.mark.parametrize("is_at_start", [False, True])
async def test_a_key_that_stays_bad_is_asked_about_ever_more_rarely(is_at_start: bool) -> None:
    line, book = TimedLine(), CountingBook()
    if is_at_start:
        line.world.faults.set("unauthorized")
    credentials = Credentials(find=lambda: book, worker=AtOnce)
    async with house(line, credentials, pause_s=USUAL_S) as parts:
        if not is_at_start:
            await parts.becomes(AccountPhase.SIGNED_IN)
            line.world.faults.set("unauthorized")
            line.asked_s.clear()
            parts.account.check()
        await parts.becomes(AccountPhase.REJECTED)
        states, asked = len(parts.states), book.asked
        await asyncio.sleep(A_DAY_S)
        assert line.pauses_s[:8] == [15, 30, 60, 120, 240, 480, 600, 600]
        assert len(line.asked_s) < 150
        assert len(parts.states) == states, "nothing is said twice"
        assert book.asked == asked, "a locked keyring would ask for its password each time"
        assert parts.told == []


async def test_the_pauses_begin_anew_after_the_key_was_accepted() -> None:
    line = TimedLine()
    async with signed_in(line, pause_s=USUAL_S) as parts:
        for _each in range(2):
            line.world.faults.set("unauthorized:json:4")
            line.asked_s.clear()
            parts.account.check()
            await parts.becomes(AccountPhase.REJECTED)
            await asyncio.sleep(15 + 30 + 60)
            await parts.becomes(AccountPhase.REJECTED)
            await asyncio.sleep(120)
            await parts.becomes(AccountPhase.SIGNED_IN)
            assert line.pauses_s == [15, 30, 60, 120]


async def test_a_look_at_once_does_not_flicker_and_does_not_hurry_those_that_follow() -> None:
    line = TimedLine()
    async with signed_in(line, pause_s=USUAL_S) as parts:
        line.world.faults.set("unauthorized")
        line.asked_s.clear()
        parts.account.check()
        await asyncio.sleep(15 + 30 + 60 + 1)
        for _each in range(10):
            parts.account.check(afresh=True)
            count = len(line.asked_s)
            await until(lambda: len(line.asked_s) > count)  # noqa: B023 - awaited here
        await asyncio.sleep(121)
        assert line.pauses_s[-1] == 120
        assert parts.phases == [AccountPhase.REJECTED]


async def test_a_typed_key_that_is_refused_is_not_asked_about_again() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(WRONG)
        await parts.becomes(AccountPhase.REJECTED)
        assert parts.state.problem is not None
        assert "by itself" not in parts.state.problem.sentence()
        calls = len(parts.line.calls)
        await asyncio.sleep(A_DAY_S)
        assert len(parts.line.calls) == calls


async def test_beside_a_typed_key_that_is_refused_the_one_in_use_is_asked_about_again() -> None:
    async with signed_in(pause_s=USUAL_S) as parts:
        parts.line.world.faults.set("unauthorized")
        parts.account.connect(WRONG)
        await parts.becomes(AccountPhase.REJECTED)
        assert parts.state.problem is not None
        assert parts.state.problem.detail == (
            "It is not kept. The key that was in use before is not accepted at present, either; "
            "the program asks again by itself with that one."
        )
        parts.line.world.faults.set("")
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.key.token == TOKEN


async def test_a_removed_key_is_not_asked_about_again() -> None:
    async with signed_in(pause_s=USUAL_S) as parts:
        parts.line.world.faults.set("unauthorized")
        parts.account.check()
        await parts.becomes(AccountPhase.REJECTED)
        parts.account.disconnect()
        await parts.becomes(AccountPhase.SIGNED_OUT)
        calls = len(parts.line.calls)
        await asyncio.sleep(A_DAY_S)
        assert len(parts.line.calls) == calls
