"""The key in a real Secret Service: gnome-keyring on a private D-Bus session.

Every call is made by a separate program, so each later call comes after a restart.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.account.partner_key import partner_keyring_name
from tests.support.secret_service import PASSWORD, DesktopSession, private_desktop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the Secret Service is Linux's keyring"
)

URL = "https://api.example.org"
KEY = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def desktop() -> Iterator[DesktopSession]:
    with private_desktop() as session:
        yield session


async def test_the_key_survives_program_and_keyring(desktop: DesktopSession) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    assert desktop.ask_credentials(URL, "get") == [{"token": "", "kept": None, "note": ""}]
    assert desktop.ask_credentials(URL, f"set={KEY}") == [
        {"token": "", "kept": "keyring", "note": ""}
    ]
    assert desktop.ask_credentials(URL, "get") == [{"token": KEY, "kept": "keyring", "note": ""}]
    desktop.stop_keyring()
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    assert desktop.ask_credentials(URL, "get", "delete", "delete", "get") == [
        {"token": KEY, "kept": "keyring", "note": ""},
        {"token": "", "kept": None, "note": ""},
        {"token": "", "kept": None, "note": ""},
        {"token": "", "kept": None, "note": ""},
    ]
    assert desktop.ask_credentials(URL, "get")[0]["token"] == ""


async def test_a_newer_key_replaces_the_older_one(desktop: DesktopSession) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    longest = "k" * 4096
    desktop.ask_credentials(URL, f"set={KEY}", f"set={longest}")
    assert desktop.ask_credentials(URL, "get")[0]["token"] == longest


async def test_the_key_is_in_no_file_in_clear(desktop: DesktopSession) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    desktop.ask_credentials(URL, f"set={KEY}")
    files = [path for path in desktop.home.rglob("*") if path.is_file()]
    assert files, "gnome-keyring stored nothing"
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


async def test_a_locked_keyring_leaves_the_key_in_memory(desktop: DesktopSession) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    desktop.ask_credentials(URL, f"set={KEY}")
    desktop.stop_keyring()
    desktop.start_keyring(None)
    await desktop.wait_until_up()
    before, after, again = desktop.ask_credentials(URL, "get", "set=another", "get")
    assert (before["token"], before["kept"]) == ("", None)
    assert "locked" in before["note"]
    assert after["kept"] == "memory"
    assert "until the program ends" in after["note"]
    assert again["token"] == "another"
    desktop.stop_keyring()
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    assert desktop.ask_credentials(URL, "get")[0]["token"] == KEY


async def test_a_bus_that_is_gone_is_no_keyring(desktop: DesktopSession) -> None:
    desktop.stop_bus()
    answers = desktop.ask_credentials(URL, "get", f"set={KEY}", "get")
    assert [answer["kept"] for answer in answers] == [None, "memory", "memory"]
    assert answers[2]["token"] == KEY
    assert "No system keyring was found." in answers[0]["note"]


async def test_no_bus_at_all_is_no_keyring(desktop: DesktopSession) -> None:
    del desktop.env["DBUS_SESSION_BUS_ADDRESS"]
    desktop.env["XDG_RUNTIME_DIR"] = "/nowhere"
    (answer,) = desktop.ask_credentials(URL, f"set={KEY}")
    assert answer["kept"] == "memory"
    assert answer["note"] == "No system keyring was found. The key is kept until the program ends."


async def test_two_addresses_keep_two_keys(desktop: DesktopSession) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    other = "https://gate.example.org/runcomfy"
    desktop.ask_credentials(URL, f"set={KEY}")
    desktop.ask_credentials(other, "set=the-other-key")
    assert desktop.ask_credentials(URL, "get", "delete")[0]["token"] == KEY
    assert desktop.ask_credentials(other, "get")[0]["token"] == "the-other-key"
    assert desktop.ask_credentials(URL, "get")[0]["token"] == ""


async def test_the_key_for_partner_nodes_lies_beside_the_other_one(desktop: DesktopSession) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    place, second = partner_keyring_name(URL), "comfyui-0123456789abcdef"
    desktop.ask_credentials(URL, f"set={KEY}")
    assert desktop.ask_credentials(place, "get", f"set={second}")[1]["kept"] == "keyring"
    assert desktop.ask_credentials(URL, "get")[0]["token"] == KEY
    assert desktop.ask_credentials(place, "get", "delete")[0]["token"] == second
    assert desktop.ask_credentials(place, "get")[0] == {"token": "", "kept": None, "note": ""}
    assert desktop.ask_credentials(URL, "get")[0]["token"] == KEY
    files = [path for path in desktop.home.rglob("*") if path.is_file()]
    assert not [path for path in files if second.encode() in path.read_bytes()]


async def test_a_keyring_that_never_answers_is_given_up_and_the_program_ends(
    desktop: DesktopSession,
) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    desktop.ask_credentials(URL, "set=the-key-before")
    desktop.freeze_keyring()
    desktop.env["RCD_LIMIT_S"] = "0.1"
    answers = desktop.ask_credentials(URL, "get", f"set={KEY}", "get")
    assert answers == [
        {
            "token": "",
            "kept": None,
            "note": "The system's keyring did not answer. "
            "A key that it may hold could not be read.",
        },
        {
            "token": "",
            "kept": "memory",
            "note": "The system's keyring did not answer. The key is kept until the program ends.",
        },
        {
            "token": KEY,
            "kept": "memory",
            "note": "The system's keyring did not answer. The key is kept until the program ends.",
        },
    ]
    desktop.thaw_keyring()


async def test_a_keyring_that_dies_meanwhile_is_an_error_and_no_end(
    desktop: DesktopSession,
) -> None:
    desktop.start_keyring(PASSWORD)
    await desktop.wait_until_up()
    desktop.ask_credentials(URL, f"set={KEY}")
    desktop.stop_keyring()
    (answer,) = desktop.ask_credentials(URL, "get")
    assert (answer["token"], answer["kept"]) == ("", None)
    assert answer["note"]
