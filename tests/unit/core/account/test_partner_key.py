"""The Comfy.org key: one per service, stored like the API key, and never for the demo."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from keyring.errors import KeyringLocked

from runcomfy_desktop.core.account.partner_key import (
    PartnerKey,
    PartnerKeyState,
    partner_key_error,
    partner_keyring_name,
)
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.domain.jobs.job import DEMO_SERVICE
from runcomfy_desktop.store.credentials import Credentials, disabled_keyring
from tests.support.account_harness import FakeKeyring, LockedFakeKeyring
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# The keyring's thread waits for the test.
pytestmark = pytest.mark.real_clock

HERE, ELSEWHERE = "https://api.example.org", "https://other.example.org"
KEY = "comfyui-0123456789abcdef"


@dataclass
class PartnerKeyHarness:
    """The key with all states that it published."""

    partner: PartnerKey
    credentials: Credentials
    shown_notices: list[Notice] = field(default_factory=list)
    states: list[PartnerKeyState] = field(default_factory=list)


@asynccontextmanager
async def open_partner_key_harness(
    keyring: FakeKeyring | None = None,
) -> AsyncIterator[PartnerKeyHarness]:
    notices = Notices()
    partner = PartnerKey(notices)
    credentials = Credentials(find_keyring=disabled_keyring if keyring is None else lambda: keyring)
    made = PartnerKeyHarness(partner, credentials)
    notices.listen(made.shown_notices.append)
    partner.changed.subscribe(made.states.append)
    partner.start(credentials)
    yield made
    await partner.close()
    await credentials.close()


async def test_a_key_is_kept_in_the_keyring_and_found_at_the_next_start() -> None:
    keyring = FakeKeyring()
    async with open_partner_key_harness(keyring) as first:
        first.partner.begin_session(HERE)
        assert await first.partner.get_key(HERE) == ""
        assert not first.partner.state.has_key
        first.partner.set_key(HERE, f" {KEY}\n")
        assert await first.partner.get_key(HERE) == KEY, "it is in use at once"
        await wait_until(lambda: first.partner.state.place == "keyring")
        assert first.shown_notices == []
    assert keyring.passwords == {partner_keyring_name(HERE): KEY}
    async with open_partner_key_harness(keyring) as later:
        later.partner.begin_session(HERE)
        assert await later.partner.get_key(HERE) == KEY
        assert later.partner.state.place == "keyring"
        assert later.partner.secrets() == (KEY,)


async def test_a_key_goes_to_no_other_service() -> None:
    keyring = FakeKeyring()
    async with open_partner_key_harness(keyring) as made:
        made.partner.begin_session(HERE)
        made.partner.set_key(HERE, KEY)
        await wait_until(lambda: made.partner.state.place == "keyring")
        made.partner.begin_session(ELSEWHERE)
        assert await made.partner.get_key(ELSEWHERE) == ""
        assert not made.partner.state.has_key
        made.partner.begin_session(HERE)
        assert made.partner.state.has_key


async def test_it_is_removed_here_and_there() -> None:
    keyring = FakeKeyring()
    keyring.passwords[partner_keyring_name(HERE)] = KEY
    async with open_partner_key_harness(keyring) as made:
        made.partner.begin_session(HERE)
        await wait_until(lambda: made.partner.state.has_key)
        made.partner.set_key(HERE, "")
        assert await made.partner.get_key(HERE) == ""
        assert not made.partner.state.has_key
        await wait_until(lambda: not keyring.passwords)
        assert made.partner.secrets() == (KEY,), "an answer may still repeat what went out"


async def test_without_a_keyring_it_is_kept_until_the_end_and_that_is_said() -> None:
    async with open_partner_key_harness() as made:
        made.partner.begin_session(HERE)
        made.partner.set_key(HERE, KEY)
        await wait_until(lambda: made.shown_notices)
        assert made.partner.state.place == "memory"
        assert "until the program ends" in made.partner.state.note
        assert made.shown_notices[0].title == "The Comfy.org key is not stored."
        assert KEY not in repr(made.shown_notices) + repr(made.states) + repr(made.partner.state)


async def test_who_unlocks_the_keyring_late_need_not_paste_it() -> None:
    keyring = LockedFakeKeyring()
    keyring.passwords[partner_keyring_name(HERE)] = KEY
    async with open_partner_key_harness(keyring) as made:
        made.partner.begin_session(HERE)
        keyring.unlocked_event.set()
        await wait_until(lambda: made.partner.state.has_key)
        assert [state.is_asked for state in made.states] == [True, False]
        assert await made.partner.get_key(HERE) == KEY


async def test_a_key_that_was_removed_does_not_come_back_from_a_slow_keyring() -> None:
    keyring = LockedFakeKeyring()
    keyring.passwords[partner_keyring_name(HERE)] = KEY
    async with open_partner_key_harness(keyring) as made:
        made.partner.begin_session(HERE)
        made.partner.set_key(HERE, "comfyui-another")
        made.partner.set_key(HERE, "")
        assert not made.partner.state.is_asked, "what the keyring says is older"
        keyring.unlocked_event.set()
        await wait_until(lambda: not keyring.passwords)
        assert await made.partner.get_key(HERE) == ""
        assert not made.partner.state.has_key


async def test_a_locked_keyring_is_no_end() -> None:
    keyring = LockedFakeKeyring(KeyringLocked())
    keyring.unlocked_event.set()
    async with open_partner_key_harness(keyring) as made:
        made.partner.begin_session(HERE)
        await wait_until(lambda: made.partner.state.note)
        assert "locked" in made.partner.state.note
        assert await made.partner.get_key(HERE) == ""


async def test_the_demo_neither_uses_nor_keeps_a_key_of_the_keyring() -> None:
    keyring = FakeKeyring()
    keyring.passwords[partner_keyring_name(HERE)] = KEY
    async with open_partner_key_harness(keyring) as made:
        made.partner.begin_session(DEMO_SERVICE)
        assert await made.partner.get_key(DEMO_SERVICE) == ""
        made.partner.set_key(HERE, "made-up-for-the-demo")
        assert await made.partner.get_key(DEMO_SERVICE) == "made-up-for-the-demo"
        assert made.partner.state.place == "memory"
        assert made.shown_notices == []
    assert keyring.passwords == {partner_keyring_name(HERE): KEY}


@pytest.mark.parametrize("wrong", ["", "a b", "Bearer abc", "k" * 5000, "ä"])
def test_what_can_be_no_key(wrong: str) -> None:
    problem = partner_key_error(wrong)
    assert problem is not None
    assert "runcomfy.com" not in problem.sentence()
    assert partner_key_error(KEY) is None
