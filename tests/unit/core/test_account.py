"""The account: what a key goes through, against the stand-in service and a keyring of this test."""

from __future__ import annotations

import logging

import httpx
import pytest

from runcomfy_desktop.core.account import AccountPhase, AccountState
from runcomfy_desktop.domain.problem import ProblemKind
from runcomfy_desktop.store.credentials import Credentials, Kept
from tests.support.account_house import WRONG, AtOnce, Book, house, signed_in
from tests.support.emulated import TOKEN
from tests.support.line import BASE_URL, Line
from tests.support.until import until


async def test_without_a_key_it_is_signed_out_and_asks_nothing() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        assert parts.line.calls == []
        assert parts.state == AccountState(AccountPhase.SIGNED_OUT, BASE_URL)


async def test_a_good_key_is_tested_stored_and_found_again() -> None:
    book = Book()
    async with house(credentials=Credentials(find=lambda: book, worker=AtOnce)) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(f"  {TOKEN}\n")
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.phases == [
            AccountPhase.SIGNED_OUT,
            AccountPhase.CHECKING,
            AccountPhase.SIGNED_IN,
        ]
        assert parts.state.balance is not None
        assert parts.state.balance.usd == 12.34
        assert (parts.state.key_place, parts.state.key_note) == ("keyring", "")
        assert book.keys == {BASE_URL: TOKEN}
    assert parts.key.token == ""
    async with house(credentials=Credentials(find=lambda: book, worker=AtOnce)) as parts:
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.state.key_place == "keyring"
        assert parts.key.token == TOKEN


async def test_a_wrong_key_is_not_stored() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(WRONG)
        await parts.becomes(AccountPhase.REJECTED)
        assert parts.state.problem is not None
        assert parts.state.problem.kind is ProblemKind.AUTH
        assert WRONG not in repr(parts.state.problem.technical)
        assert parts.key.token == ""
        assert await parts.credentials.get(BASE_URL) == ""
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.state.problem is None


async def test_the_log_tells_how_a_key_fares_but_no_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "runcomfy_desktop")
    async with signed_in() as parts:
        assert caplog.messages == [
            "Account is signed_out: -",
            "Account is checking: -",
            "Account is signed_in: -",
        ]
        parts.account.connect(WRONG)
        await until(lambda: parts.state.problem is not None)
        parts.line.is_down = True
        parts.account.check()
        await parts.becomes(AccountPhase.UNREACHABLE)
    assert f"{AccountPhase.UNREACHABLE.value}: " in caplog.text
    assert TOKEN not in caplog.text
    assert WRONG not in caplog.text


async def test_a_wrong_key_does_not_push_a_good_one_out() -> None:
    async with signed_in() as parts:
        parts.account.connect(WRONG)
        await until(lambda: parts.told)
        assert parts.state.phase is AccountPhase.SIGNED_IN
        assert parts.state.problem is not None
        assert "stays in use" in parts.state.problem.detail
        assert parts.key.token == TOKEN
        assert await parts.credentials.get(BASE_URL) == TOKEN


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "No key was given."),
        ("   \n", "No key was given."),
        (f"Bearer {TOKEN}", "does not belong to the key"),
        ("bearer", "does not belong to the key"),
        ("k" * 4097, "too long"),
        ("rc with space", "This is not a key."),
        ("schlüssel", "This is not a key."),
        ("a\x00b", "This is not a key."),
        ("a\u200bb", "This is not a key."),
    ],
)
async def test_what_can_be_no_key_is_said_at_once(typed: str, words: str) -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(typed)
        assert parts.state.problem is not None
        assert words in parts.state.problem.title
        assert parts.state.phase is AccountPhase.SIGNED_OUT
        assert parts.line.calls == []


async def test_no_network_keeps_what_was_typed_and_tests_it_later() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.line.is_down = True
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.UNREACHABLE)
        assert parts.state.problem is not None
        assert "The key is kept." in parts.state.problem.detail
        assert await parts.credentials.get(BASE_URL) == TOKEN
        assert parts.credentials.kept(BASE_URL) is Kept.KEYRING
        parts.line.is_down = False
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.state.problem is None


async def test_no_network_at_the_start_heals_by_itself() -> None:
    book = Book()
    book.keys[BASE_URL] = TOKEN
    line = Line()
    line.is_down = True
    async with house(line, Credentials(find=lambda: book, worker=AtOnce)) as parts:
        await parts.becomes(AccountPhase.UNREACHABLE)
        assert parts.state.key_place == "keyring"
        line.is_down = False
        await parts.becomes(AccountPhase.SIGNED_IN)


async def test_a_check_does_not_wait_for_the_pause() -> None:
    async with house(pause_s=3600) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.line.is_down = True
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.UNREACHABLE)
        parts.line.is_down = False
        parts.account.check()
        await parts.becomes(AccountPhase.SIGNED_IN)


@pytest.mark.parametrize("fault", ["status-503@balance:99", "html@balance:99", "rate-limit:99"])
async def test_an_answer_that_says_nothing_of_the_key_is_no_refusal(fault: str) -> None:
    async with house(pause_s=3600) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.line.world.faults.set(fault)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.UNREACHABLE)
        assert await parts.credentials.get(BASE_URL) == TOKEN


async def test_a_service_without_balance_is_asked_for_deployments() -> None:
    async with house() as parts:
        parts.line.missing = ("/balance",)
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.state.balance is None
        parts.account.connect(WRONG)
        await until(lambda: parts.told)
        assert parts.key.token == TOKEN


class ForeignLine(Line):
    """Says of everything that it belongs to somebody else."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        body = httpx.ByteStream(b'{"error_code": 403003, "error_message": "Forbidden"}')
        return httpx.Response(200, stream=body)


async def test_a_key_that_may_not_see_its_wallet_is_refused() -> None:
    async with house(ForeignLine()) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.REJECTED)
        assert await parts.credentials.get(BASE_URL) == ""


async def test_a_key_that_is_refused_later_stays_where_it_is() -> None:
    async with signed_in() as parts:
        parts.line.world.faults.set("unauthorized")
        parts.account.check()
        await parts.becomes(AccountPhase.REJECTED)
        assert await parts.credentials.get(BASE_URL) == TOKEN
        parts.line.world.faults.set("")
        parts.account.check()
        await parts.becomes(AccountPhase.SIGNED_IN)


async def test_a_check_brings_the_new_balance_without_flicker() -> None:
    async with signed_in() as parts:
        parts.line.world.balance_microdollars = -5_000_000
        parts.account.check()
        await until(lambda: parts.states)
        assert parts.phases == [AccountPhase.SIGNED_IN]
        assert parts.state.balance is not None
        assert parts.state.balance.usd == -5.0


async def test_disconnect_forgets_the_key_everywhere() -> None:
    async with signed_in() as parts:
        parts.account.disconnect()
        await parts.becomes(AccountPhase.SIGNED_OUT)
        assert parts.key.token == ""
        assert await parts.credentials.get(BASE_URL) == ""
        assert parts.state.key_place == ""
        assert parts.state.balance is None
        assert parts.told == []


async def test_without_a_keyring_the_window_can_say_so() -> None:
    async with house(credentials=Credentials(worker=AtOnce)) as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        assert "No system keyring was found." in parts.state.key_note
        assert parts.state.problem is None
        parts.account.connect(TOKEN)
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert parts.state.key_place == "memory"
        assert "until the program ends" in parts.state.key_note
        await until(lambda: parts.told)
        assert "until the program ends" in parts.told[0].detail


async def test_the_last_of_two_keys_wins() -> None:
    async with house() as parts:
        await parts.becomes(AccountPhase.SIGNED_OUT)
        parts.line.hold("/balance")
        parts.account.connect(WRONG)
        await until(lambda: parts.line.calls)
        parts.account.connect(TOKEN)
        await until(lambda: parts.key.on_trial == TOKEN)
        parts.line.release()
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert AccountPhase.REJECTED not in parts.phases
        assert parts.key.token == TOKEN


async def test_a_key_whose_test_was_given_up_is_not_left_in_use() -> None:
    async with signed_in() as parts:
        parts.line.hold("/balance")
        parts.account.connect(WRONG)
        await until(lambda: parts.key.on_trial == WRONG)
        parts.account.disconnect()
        await parts.becomes(AccountPhase.SIGNED_OUT)
        await until(lambda: parts.key.secrets() == ("", ""))


async def test_the_demo_uses_its_own_token_and_no_keyring() -> None:
    async with house(demo_token=TOKEN) as parts:
        await parts.becomes(AccountPhase.SIGNED_IN)
        assert (parts.state.service, parts.state.is_demo) == ("demo", True)
        assert (parts.state.key_place, parts.state.key_note) == ("", "")
        assert parts.credentials.kept(BASE_URL) is None
        parts.account.connect("another")
        parts.account.disconnect()
        assert parts.state.phase is AccountPhase.SIGNED_IN
        assert parts.key.token == TOKEN
