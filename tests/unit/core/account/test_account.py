"""Tests of the account's key, with the emulator and a fake keyring."""

from __future__ import annotations

import logging

import httpx
import pytest

from runcomfy_desktop.core.account.account import (
    AccountPhase,
    AccountState,
    fetch_balance,
    is_key_refused,
)
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.store.credentials import Credentials, KeyLocation
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


async def test_without_a_key_it_is_signed_out_and_asks_nothing() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        assert harness.connection.calls == []
        assert harness.state == AccountState(AccountPhase.SIGNED_OUT, BASE_URL)


async def test_a_good_key_is_tested_stored_and_found_again() -> None:
    keyring = FakeKeyring()
    async with open_account_harness(
        credentials=Credentials(find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(f"  {TOKEN}\n")
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.phases == [
            AccountPhase.SIGNED_OUT,
            AccountPhase.CHECKING,
            AccountPhase.SIGNED_IN,
        ]
        assert harness.state.balance is not None
        assert harness.state.balance.usd == 12.34
        assert (harness.state.key_place, harness.state.key_note) == ("keyring", "")
        assert keyring.passwords == {BASE_URL: TOKEN}
    assert harness.key.token == ""
    async with open_account_harness(
        credentials=Credentials(find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.state.key_place == "keyring"
        assert harness.key.token == TOKEN


async def test_a_wrong_key_is_not_stored() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(WRONG_KEY)
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert harness.state.problem is not None
        assert harness.state.problem.kind is ProblemKind.AUTH
        assert WRONG_KEY not in repr(harness.state.problem.technical)
        assert harness.key.token == ""
        assert await harness.credentials.get(BASE_URL) == ""
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.state.problem is None


async def test_the_log_tells_how_a_key_fares_but_no_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "runcomfy_desktop")
    async with open_signed_in_harness() as harness:
        assert caplog.messages == [
            "Account is signed_out: -",
            "Account is checking: -",
            "Account is signed_in: -",
        ]
        harness.account.connect(WRONG_KEY)
        await wait_until(lambda: harness.state.problem is not None)
        harness.connection.is_down = True
        harness.account.check()
        await harness.wait_until_phase(AccountPhase.UNREACHABLE)
    assert f"{AccountPhase.UNREACHABLE.value}: " in caplog.text
    assert TOKEN not in caplog.text
    assert WRONG_KEY not in caplog.text


async def test_a_wrong_key_does_not_push_a_good_one_out() -> None:
    async with open_signed_in_harness() as harness:
        harness.account.connect(WRONG_KEY)
        await wait_until(lambda: harness.shown_notices)
        assert harness.state.phase is AccountPhase.SIGNED_IN
        assert harness.state.problem is not None
        assert "stays in use" in harness.state.problem.detail
        assert harness.key.token == TOKEN
        assert await harness.credentials.get(BASE_URL) == TOKEN


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
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(typed)
        assert harness.state.problem is not None
        assert words in harness.state.problem.title
        assert harness.state.phase is AccountPhase.SIGNED_OUT
        assert harness.connection.calls == []


async def test_no_network_keeps_what_was_typed_and_tests_it_later() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.connection.is_down = True
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.UNREACHABLE)
        assert harness.state.problem is not None
        assert "The key is kept." in harness.state.problem.detail
        assert await harness.credentials.get(BASE_URL) == TOKEN
        assert harness.credentials.location(BASE_URL) is KeyLocation.KEYRING
        harness.connection.is_down = False
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.state.problem is None


async def test_no_network_at_the_start_heals_by_itself() -> None:
    keyring = FakeKeyring()
    keyring.passwords[BASE_URL] = TOKEN
    connection = EmulatedConnection()
    connection.is_down = True
    async with open_account_harness(
        connection, Credentials(find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.UNREACHABLE)
        assert harness.state.key_place == "keyring"
        connection.is_down = False
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)


async def test_a_check_does_not_wait_for_the_pause() -> None:
    async with open_account_harness(pause_s=3600) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.connection.is_down = True
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.UNREACHABLE)
        harness.connection.is_down = False
        harness.account.check()
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)


@pytest.mark.parametrize("fault", ["status-503@balance:99", "html@balance:99", "rate-limit:99"])
async def test_an_answer_that_says_nothing_of_the_key_is_no_refusal(fault: str) -> None:
    async with open_account_harness(pause_s=3600) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.connection.backend.faults.set(fault)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.UNREACHABLE)
        assert await harness.credentials.get(BASE_URL) == TOKEN


async def test_a_service_without_balance_is_asked_for_deployments() -> None:
    async with open_account_harness() as harness:
        harness.connection.missing_endings = ("/balance",)
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.state.balance is None
        harness.account.connect(WRONG_KEY)
        await wait_until(lambda: harness.shown_notices)
        assert harness.key.token == TOKEN


class ForeignConnection(EmulatedConnection):
    """Connection that answers every request with "belongs to another account"."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        body = httpx.ByteStream(b'{"error_code": 403003, "error_message": "Forbidden"}')
        return httpx.Response(200, stream=body)


async def test_a_key_that_may_not_see_its_wallet_is_refused() -> None:
    async with open_account_harness(ForeignConnection()) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert await harness.credentials.get(BASE_URL) == ""


async def test_a_key_that_is_refused_later_stays_where_it_is() -> None:
    async with open_signed_in_harness() as harness:
        harness.connection.backend.faults.set("unauthorized")
        harness.account.check()
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert await harness.credentials.get(BASE_URL) == TOKEN
        harness.connection.backend.faults.set("")
        harness.account.check()
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)


async def test_a_check_brings_the_new_balance_without_flicker() -> None:
    async with open_signed_in_harness() as harness:
        harness.connection.backend.balance_microdollars = -5_000_000
        harness.account.check()
        await wait_until(lambda: harness.states)
        assert harness.phases == [AccountPhase.SIGNED_IN]
        assert harness.state.balance is not None
        assert harness.state.balance.usd == -5.0


async def test_disconnect_forgets_the_key_everywhere() -> None:
    async with open_signed_in_harness() as harness:
        harness.account.disconnect()
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        assert harness.key.token == ""
        assert await harness.credentials.get(BASE_URL) == ""
        assert harness.state.key_place == ""
        assert harness.state.balance is None
        assert harness.shown_notices == []


async def test_without_a_keyring_the_window_can_say_so() -> None:
    async with open_account_harness(
        credentials=Credentials(make_worker=ImmediateKeyringWorker)
    ) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        assert "No system keyring was found." in harness.state.key_note
        assert harness.state.problem is None
        harness.account.connect(TOKEN)
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert harness.state.key_place == "memory"
        assert "until the program ends" in harness.state.key_note
        await wait_until(lambda: harness.shown_notices)
        assert "until the program ends" in harness.shown_notices[0].detail


async def test_the_last_of_two_keys_wins() -> None:
    async with open_account_harness() as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        harness.connection.hold("/balance")
        harness.account.connect(WRONG_KEY)
        await wait_until(lambda: harness.connection.calls)
        harness.account.connect(TOKEN)
        await wait_until(lambda: harness.key.token_under_test == TOKEN)
        harness.connection.release()
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert AccountPhase.REJECTED not in harness.phases
        assert harness.key.token == TOKEN


async def test_a_key_whose_test_was_given_up_is_not_left_in_use() -> None:
    async with open_signed_in_harness() as harness:
        harness.connection.hold("/balance")
        harness.account.connect(WRONG_KEY)
        await wait_until(lambda: harness.key.token_under_test == WRONG_KEY)
        harness.account.disconnect()
        await harness.wait_until_phase(AccountPhase.SIGNED_OUT)
        await wait_until(lambda: harness.key.secrets() == ("", ""))


async def test_the_demo_uses_its_own_token_and_no_keyring() -> None:
    async with open_account_harness(demo_token=TOKEN) as harness:
        await harness.wait_until_phase(AccountPhase.SIGNED_IN)
        assert (harness.state.service, harness.state.is_demo) == ("demo", True)
        assert (harness.state.key_place, harness.state.key_note) == ("", "")
        assert harness.credentials.location(BASE_URL) is None
        harness.account.connect("another")
        harness.account.disconnect()
        assert harness.state.phase is AccountPhase.SIGNED_IN
        assert harness.key.token == TOKEN


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_only_what_speaks_of_the_key_refuses_it(kind: ProblemKind) -> None:
    assert is_key_refused(Problem("no", kind=kind)) == (
        kind in (ProblemKind.AUTH, ProblemKind.FOREIGN)
    )
    assert not is_key_refused(None)


@pytest.mark.parametrize("fault", ["error@balance:10001", "error@balance:10002"])
async def test_an_empty_wallet_is_that_of_a_good_key(fault: str) -> None:
    connection = EmulatedConnection()
    connection.backend.faults.set(fault)
    async with connection.client() as client:
        assert await fetch_balance(client) == (None, None)


async def test_a_token_of_its_own_is_tested_without_the_other_one() -> None:
    connection = EmulatedConnection()
    async with connection.client() as client:
        _balance, problem = await fetch_balance(client.with_token("not-the-key"))
        assert is_key_refused(problem)
        balance, problem = await fetch_balance(client)
        assert (balance is None, problem) == (False, None)
