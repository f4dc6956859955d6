"""The field for a proxy's password, and the handling of a stored one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from runcomfy_desktop.core.network.network import proxy_keyring_name
from runcomfy_desktop.domain.settings import ProxyMode
from runcomfy_desktop.ui.settings.settings_dialog import NETWORK
from tests.gui.settings.test_network_page import choose, type_in
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.settings_harness import SettingsHarness, open_settings_harness
from tests.support.async_wait import wait_until


async def with_stored_password(harness: SettingsHarness) -> tuple[str, str]:
    """Saves a password; returns its place in the keyring."""
    await harness.open(NETWORK)
    choose(harness, ProxyMode.OWN)
    type_in(harness, proxy_address="proxy.example:8080", proxy_user="anna", proxy_password="hush")
    await process_events_async()
    await harness.press("save_settings")
    place = ("runcomfy-desktop", proxy_keyring_name(harness.preferences.settings.network))
    await wait_until(lambda: harness.keyring.secrets.get(place) == "hush")
    return place


async def test_a_password_is_kept_until_it_is_removed() -> None:
    async with open_settings_harness() as harness:
        place = await with_stored_password(harness)
        for mode in (ProxyMode.SYSTEM, ProxyMode.OWN):
            await harness.open(NETWORK)
            choose(harness, mode)
            await process_events_async()
            await harness.press("save_settings")
        await harness.open(NETWORK)
        assert "Kept" in harness.find(QLineEdit, "proxy_password").placeholderText()
        type_in(harness, proxy_address="http://proxy.example:8080")
        assert "Kept" in harness.find(QLineEdit, "proxy_password").placeholderText()
        await harness.press("save_settings")
        assert harness.keyring.secrets[place] == "hush"


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ("http://anna:hush@other.example:8080", ""),
        ("other.example:8080", "anna:hush"),
        ("", "hush"),
    ],
)
async def test_what_is_wrong_with_a_proxy_is_not_kept_when_another_way_is_chosen(
    address: str, user: str
) -> None:
    """The fields are hidden then, and a password in one of them would get into the settings."""
    async with open_settings_harness() as harness:
        await with_stored_password(harness)
        await harness.open(NETWORK)
        type_in(harness, proxy_address=address, proxy_user=user)
        choose(harness, ProxyMode.SYSTEM)
        await process_events_async()
        await harness.press("save_settings")
        assert harness.preferences.settings.proxy_mode is ProxyMode.SYSTEM
        assert "hush" not in str(harness.preferences.settings)
        stored = "proxy.example:8080" if address else ""
        assert harness.preferences.settings.proxy_address == stored


@pytest.mark.parametrize("keys", ["Backspace", "Delete", "typed"])
async def test_a_kept_password_is_removed_by_emptying_its_field(keys: str) -> None:
    async with open_settings_harness() as harness:
        place = await with_stored_password(harness)
        await harness.open(NETWORK)
        field = harness.find(QLineEdit, "proxy_password")
        if keys == "typed":
            QTest.keyClicks(field, "x")
            QTest.keyClick(field, Qt.Key.Key_Backspace)
        else:
            QTest.keyClick(field, getattr(Qt.Key, f"Key_{keys}"))
        assert "Kept" not in field.placeholderText()
        assert "Removed" in field.placeholderText()
        # Nothing is done before OK.
        await process_events_async()
        await harness.press("cancel_settings")
        assert harness.keyring.secrets[place] == "hush"
        await harness.open(NETWORK)
        field = harness.find(QLineEdit, "proxy_password")
        assert "Kept" in field.placeholderText()
        QTest.keyClick(field, Qt.Key.Key_Backspace)
        await process_events_async()
        await harness.press("save_settings")
        await wait_until(lambda: place not in harness.keyring.secrets)
        await harness.open(NETWORK)
        assert harness.find(QLineEdit, "proxy_password").placeholderText() == ""
        await harness.press("cancel_settings")
