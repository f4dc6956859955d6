"""The proxy of the settings and its password, with fake keyrings."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx
import pytest
from keyring.errors import KeyringLocked

from runcomfy_desktop.api.proxies import Proxy
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.network.network import Network, proxy_keyring_name
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode, Settings
from runcomfy_desktop.store.credentials import Credentials, disabled_keyring
from runcomfy_desktop.store.settings import SettingsFile, load_settings
from tests.support.account_harness import FakeKeyring, LockedFakeKeyring
from tests.support.async_wait import wait_until
from tests.support.certificate_authority import DAY, CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# The keyring's thread waits for the test.
pytestmark = pytest.mark.real_clock

API = httpx.URL("https://api.runcomfy.net")
ANNA = NetworkSettings(ProxyMode.OWN, "http://proxy.example:8080", "anna")
PLACE = proxy_keyring_name(ANNA)
BARE = Proxy("http", "proxy.example", 8080)
PROXY = Proxy("http", "proxy.example", 8080, "anna", "hush")


@dataclass
class NetworkHarness:
    """A network with everything that it published."""

    network: Network
    preferences: Preferences
    keyring: FakeKeyring
    shown_notices: list[Notice] = field(default_factory=list)
    changes: list[NetworkSettings] = field(default_factory=list)

    async def proxy(self) -> object:
        return (await self.network.route()).proxy_for(API)


@asynccontextmanager
async def open_network_harness(
    settings: Settings | None = None,
    keyring: FakeKeyring | None = None,
    credentials: Credentials | None = None,
) -> AsyncIterator[NetworkHarness]:
    keyring = keyring or FakeKeyring()
    preferences, notices = Preferences(settings or Settings(), lambda _s: None), Notices()
    made = NetworkHarness(Network(preferences, notices), preferences, keyring)
    notices.listen(made.shown_notices.append)
    credentials = credentials or Credentials(find_keyring=lambda: made.keyring)
    made.network.start(credentials)
    made.network.changed.subscribe(made.changes.append)
    yield made
    await made.network.close()
    await credentials.close()


def set_up(choice: NetworkSettings) -> Settings:
    return Settings(
        proxy_mode=choice.proxy_mode,
        proxy_address=choice.proxy_address,
        proxy_user=choice.proxy_user,
        proxy_exceptions=choice.proxy_exceptions,
        ca_file=choice.ca_file,
    )


@pytest.fixture(autouse=True)
def _no_proxies_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def test_a_password_goes_into_the_keyring_and_comes_back() -> None:
    keyring = FakeKeyring()
    async with open_network_harness(keyring=keyring) as made:
        assert await made.proxy() is None
        made.network.save(ANNA, "hush")
        assert await made.proxy() == PROXY
        assert made.preferences.settings.network == ANNA
        assert made.changes == [ANNA]
        await wait_until(lambda: keyring.passwords == {PLACE: "hush"})
        assert list(made.network.secrets()) == ["hush"]
    async with open_network_harness(set_up(ANNA), keyring) as made:
        # The first request waits for the keyring.
        assert await made.proxy() == PROXY
        assert made.shown_notices == []


async def test_a_password_is_in_no_file_of_ours(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    preferences = Preferences(Settings(), file.save)
    network = Network(preferences, Notices())
    network.save(ANNA, "hush")
    await file.flush()
    text = (tmp_path / "settings.json").read_text()
    assert json.loads(text)["proxy_address"] == "http://proxy.example:8080"
    assert "hush" not in text
    assert "hush" not in repr(network)
    assert load_settings(tmp_path / "settings.json").network == ANNA


async def test_without_a_keyring_it_is_kept_for_the_session_and_said() -> None:
    credentials = Credentials(find_keyring=disabled_keyring)
    async with open_network_harness(credentials=credentials) as made:
        made.network.save(ANNA, "hush")
        await wait_until(lambda: made.shown_notices)
        assert await made.proxy() == PROXY
        [notice] = made.shown_notices
        assert "not stored" in notice.title
        assert "no system keyring" in notice.detail
        assert "until the program ends" in notice.detail
        assert "hush" not in f"{notice}"


async def test_typed_before_the_keyring_is_there_it_is_stored_later() -> None:
    keyring = FakeKeyring()
    network = Network(Preferences(Settings(), lambda _s: None), Notices())
    network.save(ANNA, "hush")
    assert (await network.route()).proxy_for(API) == PROXY
    assert keyring.passwords == {}
    credentials = Credentials(find_keyring=lambda: keyring)
    network.start(credentials)
    await wait_until(lambda: keyring.passwords == {PLACE: "hush"})
    await network.close()
    await credentials.close()


async def test_a_password_belongs_to_one_proxy_and_user() -> None:
    keyring = FakeKeyring()
    keyring.passwords[PLACE] = "hush"
    other = NetworkSettings(ProxyMode.OWN, "http://other.example:8080", "anna")
    async with open_network_harness(set_up(ANNA), keyring) as made:
        assert await made.proxy() == PROXY
        made.network.save(other, None)
        assert await made.proxy() == Proxy("http", "other.example", 8080)
        # The old password would no longer be looked up.
        await wait_until(lambda: keyring.passwords == {})


@pytest.mark.parametrize("mode", [ProxyMode.SYSTEM, ProxyMode.NONE])
async def test_a_password_outlasts_another_way_to_the_network(mode: ProxyMode) -> None:
    """The proxy stays in the settings, because users may need it by day only."""
    elsewhere = replace(ANNA, proxy_mode=mode)
    keyring = FakeKeyring()
    async with open_network_harness(keyring=keyring) as made:
        made.network.save(ANNA, "hush")
        await wait_until(lambda: keyring.passwords == {PLACE: "hush"})
        made.network.save(elsewhere)
        assert await made.proxy() is None
        made.network.save(ANNA)
        assert await made.proxy() == PROXY
        made.network.save(elsewhere)
    assert keyring.passwords == {PLACE: "hush"}
    # It also outlasts the end of the program.
    async with open_network_harness(set_up(elsewhere), keyring) as made:
        await wait_until(lambda: made.network.has_password(ANNA))
        assert await made.proxy() is None
        made.network.save(ANNA)
        assert await made.proxy() == PROXY
        # Without the user name the password could no longer be found.
        made.network.save(replace(elsewhere, proxy_user=""))
        await wait_until(lambda: keyring.passwords == {})


async def test_what_is_typed_for_a_proxy_that_is_not_chosen_is_not_kept() -> None:
    async with open_network_harness() as made:
        made.network.save(replace(ANNA, proxy_mode=ProxyMode.SYSTEM), "hush")
        assert not made.network.has_password(ANNA)
    assert made.keyring.passwords == {}


@pytest.mark.parametrize(
    "address", ["proxy.example:8080", "HTTP://Proxy.example:8080/", " proxy.example:8080"]
)
async def test_the_same_proxy_in_another_spelling_keeps_its_password(address: str) -> None:
    keyring = FakeKeyring()
    keyring.passwords[PLACE] = "hush"
    async with open_network_harness(set_up(ANNA), keyring) as made:
        assert await made.proxy() == PROXY
        made.network.save(replace(ANNA, proxy_address=address))
        assert await made.proxy() == PROXY
    assert keyring.passwords == {PLACE: "hush"}
    other = replace(ANNA, proxy_address="https://proxy.example:8080")
    assert proxy_keyring_name(other) != PLACE


async def test_nobody_waits_for_a_password_of_a_proxy_that_is_not_chosen() -> None:
    keyring = LockedFakeKeyring()
    credentials = Credentials(600.0, find_keyring=lambda: keyring)
    elsewhere = replace(ANNA, proxy_mode=ProxyMode.NONE)
    async with open_network_harness(set_up(elsewhere), credentials=credentials) as made:
        assert await made.proxy() is None
        keyring.unlocked_event.set()


async def test_an_untouched_password_stays_and_an_emptied_one_goes() -> None:
    keyring = FakeKeyring()
    async with open_network_harness(keyring=keyring) as made:
        made.network.save(ANNA, "hush")
        await wait_until(lambda: keyring.passwords)
        made.network.save(replace(ANNA, proxy_exceptions="a.b"), None)
        assert await made.proxy() == PROXY
        assert made.network.has_password(ANNA)
        made.network.save(ANNA, "")
        await wait_until(lambda: not keyring.passwords)
        assert await made.proxy() == BARE


@pytest.mark.parametrize("choice", [ANNA, replace(ANNA, proxy_user="")])
async def test_a_password_that_the_keyring_does_not_remove_is_said_to_be_there(
    choice: NetworkSettings,
) -> None:
    locked = LockedFakeKeyring(KeyringLocked())
    locked.unlocked_event.set()
    async with open_network_harness() as made:
        made.network.save(ANNA, "hush")
        await wait_until(lambda: made.keyring.passwords)
        made.keyring = locked
        made.network.save(choice, "" if choice == ANNA else None)
        await wait_until(lambda: made.shown_notices)
    (notice,) = made.shown_notices
    assert "may still be in the system's keyring" in notice.title
    assert notice.detail


async def test_a_password_alone_is_a_change() -> None:
    async with open_network_harness() as made:
        made.network.save(ANNA, "hush")
        made.network.save(ANNA)
        assert made.changes == [ANNA]
        made.network.save(ANNA, "other")
        await wait_until(lambda: made.keyring.passwords == {PLACE: "other"})
        # A password typed again is tried again: the proxy may accept it now.
        made.network.save(ANNA, "hush")
        made.network.save(ANNA, "hush")
        assert made.changes == [ANNA] * 4
        assert await made.proxy() == PROXY


async def test_a_keyring_that_is_unlocked_late() -> None:
    """The program waits for a keyring that asks the user; then the password need not be typed."""
    keyring = LockedFakeKeyring()
    keyring.passwords[PLACE] = "hush"
    credentials = Credentials(0.05, find_keyring=lambda: keyring)
    async with open_network_harness(set_up(ANNA), credentials=credentials) as made:
        assert await made.proxy() == BARE
        await wait_until(lambda: made.shown_notices)
        assert "could not be read" in made.shown_notices[0].title
        assert "Unlock the keyring" in made.shown_notices[0].detail
        keyring.unlocked_event.set()
        await wait_until(lambda: made.network.has_password(ANNA))
        assert await made.proxy() == PROXY
        # The change is published, so that requests refused for the password are tried again.
        await wait_until(lambda: made.changes)
    assert made.changes == [ANNA]


async def test_a_locked_keyring_is_not_spoken_of_where_its_password_is_not_needed() -> None:
    keyring = LockedFakeKeyring()
    keyring.passwords[PLACE] = "hush"
    credentials = Credentials(0.05, find_keyring=lambda: keyring)
    elsewhere = replace(ANNA, proxy_mode=ProxyMode.NONE)
    async with open_network_harness(set_up(elsewhere), credentials=credentials) as made:
        await wait_until(lambda: credentials.may_hold(PLACE))
        keyring.unlocked_event.set()
        await wait_until(lambda: made.network.has_password(ANNA))
    assert (made.shown_notices, made.changes) == ([], [])


@pytest.mark.parametrize("typed", ["", "hush"])
async def test_nobody_waits_for_a_keyring_whose_answer_is_not_needed_any_more(typed: str) -> None:
    keyring = LockedFakeKeyring()
    credentials = Credentials(600.0, find_keyring=lambda: keyring)
    async with open_network_harness(set_up(ANNA), credentials=credentials) as made:
        if typed:
            made.network.save(ANNA, typed)
        else:
            made.network.save(NetworkSettings(ProxyMode.NONE))
        assert await made.proxy() == (PROXY if typed else None)
        keyring.unlocked_event.set()


async def test_a_company_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    expired = CertificateAuthority(not_before=-9 * DAY, not_after=-DAY).write_pem(tmp_path)
    async with open_network_harness(Settings(ca_file=str(expired))) as made:
        await wait_until(lambda: made.shown_notices)
        assert "not used" in made.shown_notices[0].title
        assert "expired" in made.shown_notices[0].detail
        assert "system are used alone" in made.shown_notices[0].detail
        good = CertificateAuthority().write_pem(tmp_path, "good.pem")
        made.network.save(NetworkSettings(ca_file=str(good)))
        assert (await made.network.route()).ca_file == str(good)
    assert len(made.shown_notices) == 1


async def test_the_system_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(Preferences(Settings(), lambda _s: None), Notices(), system_proxy_ttl_s=0.0)
    assert (await network.route()).proxy_for(API) is None
    monkeypatch.setenv("HTTPS_PROXY", "http://anna:hush@proxy.example:8080")
    assert (await network.route()).proxy_for(API) == PROXY
    assert list(network.secrets()) == ["hush"]
