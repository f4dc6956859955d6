"""The proxy of the settings and its password, with keyrings of this test."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx
import pytest
from keyring.errors import KeyringLocked

from runcomfy_desktop.api.proxies import Proxy
from runcomfy_desktop.core.network import Network, place_of
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.settings import NetworkChoice, ProxyMode, Settings
from runcomfy_desktop.store.credentials import Credentials, without_keyring
from runcomfy_desktop.store.settings import SettingsFile, load_settings
from tests.support.account_house import Book, LockedBook
from tests.support.authority import DAY, Authority
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# The keyring waits on its thread for the test.
pytestmark = pytest.mark.real_clock

API = httpx.URL("https://api.runcomfy.net")
ANNA = NetworkChoice(ProxyMode.OWN, "http://proxy.example:8080", "anna")
PLACE = place_of(ANNA)
BARE = Proxy("http", "proxy.example", 8080)
PROXY = Proxy("http", "proxy.example", 8080, "anna", "hush")


@dataclass
class Desk:
    """A network and all that it told."""

    network: Network
    preferences: Preferences
    book: Book
    told: list[Notice] = field(default_factory=list)
    changes: list[NetworkChoice] = field(default_factory=list)

    async def proxy(self) -> object:
        return (await self.network.route()).proxy_for(API)


@asynccontextmanager
async def desk(
    settings: Settings | None = None,
    book: Book | None = None,
    credentials: Credentials | None = None,
) -> AsyncIterator[Desk]:
    book = book or Book()
    preferences, notices = Preferences(settings or Settings(), lambda _s: None), Notices()
    made = Desk(Network(preferences, notices), preferences, book)
    notices.listen(made.told.append)
    credentials = credentials or Credentials(find=lambda: made.book)
    made.network.begin(credentials)
    made.network.changed.subscribe(made.changes.append)
    yield made
    await made.network.close()
    await credentials.close()


def set_up(choice: NetworkChoice) -> Settings:
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
    book = Book()
    async with desk(book=book) as made:
        assert await made.proxy() is None
        made.network.keep(ANNA, "hush")
        assert await made.proxy() == PROXY
        assert made.preferences.settings.network == ANNA
        assert made.changes == [ANNA]
        await until(lambda: book.keys == {PLACE: "hush"})
        assert list(made.network.secrets()) == ["hush"]
    async with desk(set_up(ANNA), book) as made:
        # The first request waits for the keyring's answer.
        assert await made.proxy() == PROXY
        assert made.told == []


async def test_a_password_is_in_no_file_of_ours(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    preferences = Preferences(Settings(), file.save)
    network = Network(preferences, Notices())
    network.keep(ANNA, "hush")
    await file.flush()
    text = (tmp_path / "settings.json").read_text()
    assert json.loads(text)["proxy_address"] == "http://proxy.example:8080"
    assert "hush" not in text
    assert "hush" not in repr(network)
    assert load_settings(tmp_path / "settings.json").network == ANNA


async def test_without_a_keyring_it_is_kept_for_the_session_and_said() -> None:
    credentials = Credentials(find=without_keyring)
    async with desk(credentials=credentials) as made:
        made.network.keep(ANNA, "hush")
        await until(lambda: made.told)
        assert await made.proxy() == PROXY
        [notice] = made.told
        assert "not stored" in notice.title
        assert "no system keyring" in notice.detail
        assert "until the program ends" in notice.detail
        assert "hush" not in f"{notice}"


async def test_typed_before_the_keyring_is_there_it_is_stored_later() -> None:
    book = Book()
    network = Network(Preferences(Settings(), lambda _s: None), Notices())
    network.keep(ANNA, "hush")
    assert (await network.route()).proxy_for(API) == PROXY
    assert book.keys == {}
    credentials = Credentials(find=lambda: book)
    network.begin(credentials)
    await until(lambda: book.keys == {PLACE: "hush"})
    await network.close()
    await credentials.close()


async def test_a_password_belongs_to_one_proxy_and_user() -> None:
    book = Book()
    book.keys[PLACE] = "hush"
    other = NetworkChoice(ProxyMode.OWN, "http://other.example:8080", "anna")
    async with desk(set_up(ANNA), book) as made:
        assert await made.proxy() == PROXY
        made.network.keep(other, None)
        assert await made.proxy() == Proxy("http", "other.example", 8080)
        # Nobody would look for the old one any more.
        await until(lambda: book.keys == {})


@pytest.mark.parametrize("mode", [ProxyMode.SYSTEM, ProxyMode.NONE])
async def test_a_password_outlasts_another_way_to_the_network(mode: ProxyMode) -> None:
    """Of a computer that is in the company by day: its proxy is still in the settings."""
    elsewhere = replace(ANNA, proxy_mode=mode)
    book = Book()
    async with desk(book=book) as made:
        made.network.keep(ANNA, "hush")
        await until(lambda: book.keys == {PLACE: "hush"})
        made.network.keep(elsewhere)
        assert await made.proxy() is None
        made.network.keep(ANNA)
        assert await made.proxy() == PROXY
        made.network.keep(elsewhere)
    assert book.keys == {PLACE: "hush"}
    # And the end of the program.
    async with desk(set_up(elsewhere), book) as made:
        await until(lambda: made.network.has_password(ANNA))
        assert await made.proxy() is None
        made.network.keep(ANNA)
        assert await made.proxy() == PROXY
        # Without the user name, nobody would find it there any more.
        made.network.keep(replace(elsewhere, proxy_user=""))
        await until(lambda: book.keys == {})


async def test_what_is_typed_for_a_proxy_that_is_not_chosen_is_not_kept() -> None:
    async with desk() as made:
        made.network.keep(replace(ANNA, proxy_mode=ProxyMode.SYSTEM), "hush")
        assert not made.network.has_password(ANNA)
    assert made.book.keys == {}


@pytest.mark.parametrize(
    "address", ["proxy.example:8080", "HTTP://Proxy.example:8080/", " proxy.example:8080"]
)
async def test_the_same_proxy_in_another_spelling_keeps_its_password(address: str) -> None:
    book = Book()
    book.keys[PLACE] = "hush"
    async with desk(set_up(ANNA), book) as made:
        assert await made.proxy() == PROXY
        made.network.keep(replace(ANNA, proxy_address=address))
        assert await made.proxy() == PROXY
    assert book.keys == {PLACE: "hush"}
    other = replace(ANNA, proxy_address="https://proxy.example:8080")
    assert place_of(other) != PLACE


async def test_nobody_waits_for_a_password_of_a_proxy_that_is_not_chosen() -> None:
    book = LockedBook()
    credentials = Credentials(600.0, find=lambda: book)
    elsewhere = replace(ANNA, proxy_mode=ProxyMode.NONE)
    async with desk(set_up(elsewhere), credentials=credentials) as made:
        assert await made.proxy() is None
        book.unlocked.set()


async def test_an_untouched_password_stays_and_an_emptied_one_goes() -> None:
    book = Book()
    async with desk(book=book) as made:
        made.network.keep(ANNA, "hush")
        await until(lambda: book.keys)
        made.network.keep(replace(ANNA, proxy_exceptions="a.b"), None)
        assert await made.proxy() == PROXY
        assert made.network.has_password(ANNA)
        made.network.keep(ANNA, "")
        await until(lambda: not book.keys)
        assert await made.proxy() == BARE


@pytest.mark.parametrize("choice", [ANNA, replace(ANNA, proxy_user="")])
async def test_a_password_that_the_keyring_does_not_remove_is_said_to_be_there(
    choice: NetworkChoice,
) -> None:
    locked = LockedBook(KeyringLocked())
    locked.unlocked.set()
    async with desk() as made:
        made.network.keep(ANNA, "hush")
        await until(lambda: made.book.keys)
        made.book = locked
        made.network.keep(choice, "" if choice == ANNA else None)
        await until(lambda: made.told)
    (notice,) = made.told
    assert "may still be in the system's keyring" in notice.title
    assert notice.detail


async def test_a_password_alone_is_a_change() -> None:
    async with desk() as made:
        made.network.keep(ANNA, "hush")
        made.network.keep(ANNA)
        assert made.changes == [ANNA]
        made.network.keep(ANNA, "other")
        await until(lambda: made.book.keys == {PLACE: "other"})
        # Typed again, it is tried again: whoever runs the proxy may have set it right there.
        made.network.keep(ANNA, "hush")
        made.network.keep(ANNA, "hush")
        assert made.changes == [ANNA] * 4
        assert await made.proxy() == PROXY


async def test_a_keyring_that_is_unlocked_late() -> None:
    """It waits for a person; whoever answers need not type the password."""
    book = LockedBook()
    book.keys[PLACE] = "hush"
    credentials = Credentials(0.05, find=lambda: book)
    async with desk(set_up(ANNA), credentials=credentials) as made:
        assert await made.proxy() == BARE
        await until(lambda: made.told)
        assert "could not be read" in made.told[0].title
        assert "Unlock the keyring" in made.told[0].detail
        book.unlocked.set()
        await until(lambda: made.network.has_password(ANNA))
        assert await made.proxy() == PROXY
        # Whoever was told that the proxy wants a password need not wait, or press anything.
        await until(lambda: made.changes)
    assert made.changes == [ANNA]


async def test_a_locked_keyring_is_not_spoken_of_where_its_password_is_not_needed() -> None:
    book = LockedBook()
    book.keys[PLACE] = "hush"
    credentials = Credentials(0.05, find=lambda: book)
    elsewhere = replace(ANNA, proxy_mode=ProxyMode.NONE)
    async with desk(set_up(elsewhere), credentials=credentials) as made:
        await until(lambda: credentials.may_hold(PLACE))
        book.unlocked.set()
        await until(lambda: made.network.has_password(ANNA))
    assert (made.told, made.changes) == ([], [])


@pytest.mark.parametrize("typed", ["", "hush"])
async def test_nobody_waits_for_a_keyring_whose_answer_is_not_needed_any_more(typed: str) -> None:
    book = LockedBook()
    credentials = Credentials(600.0, find=lambda: book)
    async with desk(set_up(ANNA), credentials=credentials) as made:
        if typed:
            made.network.keep(ANNA, typed)
        else:
            made.network.keep(NetworkChoice(ProxyMode.NONE))
        assert await made.proxy() == (PROXY if typed else None)
        book.unlocked.set()


async def test_a_company_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    expired = Authority(begins=-9 * DAY, ends=-DAY).file(tmp_path)
    async with desk(Settings(ca_file=str(expired))) as made:
        await until(lambda: made.told)
        assert "not used" in made.told[0].title
        assert "expired" in made.told[0].detail
        assert "system are used alone" in made.told[0].detail
        good = Authority().file(tmp_path, "good.pem")
        made.network.keep(NetworkChoice(ca_file=str(good)))
        assert (await made.network.route()).ca_file == str(good)
    assert len(made.told) == 1


async def test_the_system_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(Preferences(Settings(), lambda _s: None), Notices(), system_fresh_s=0.0)
    assert (await network.route()).proxy_for(API) is None
    monkeypatch.setenv("HTTPS_PROXY", "http://anna:hush@proxy.example:8080")
    assert (await network.route()).proxy_for(API) == PROXY
    assert list(network.secrets()) == ["hush"]
