"""The field for a proxy's password, and what becomes of one that was kept."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from runcomfy_desktop.core.network import place_of
from runcomfy_desktop.domain.settings import ProxyMode
from runcomfy_desktop.ui.dialogs.settings import NETWORK
from tests.gui.support.house import turn
from tests.gui.support.settings_bench import SettingsBench, open_settings
from tests.gui.test_network_page import choose, type_in
from tests.support.until import until


async def with_a_kept_password(bench: SettingsBench) -> tuple[str, str]:
    """Saves one; returns where the keyring has it."""
    await bench.open(NETWORK)
    choose(bench, ProxyMode.OWN)
    type_in(bench, proxy_address="proxy.example:8080", proxy_user="anna", proxy_password="hush")
    await turn()
    await bench.press("save_settings")
    place = ("runcomfy-desktop", place_of(bench.preferences.settings.network))
    await until(lambda: bench.keyring.secrets.get(place) == "hush")
    return place


async def test_a_password_is_kept_until_it_is_removed() -> None:
    async with open_settings() as bench:
        place = await with_a_kept_password(bench)
        for mode in (ProxyMode.SYSTEM, ProxyMode.OWN):
            await bench.open(NETWORK)
            choose(bench, mode)
            await turn()
            await bench.press("save_settings")
        await bench.open(NETWORK)
        assert "Kept" in bench.find(QLineEdit, "proxy_password").placeholderText()
        type_in(bench, proxy_address="http://proxy.example:8080")
        assert "Kept" in bench.find(QLineEdit, "proxy_password").placeholderText()
        await bench.press("save_settings")
        assert bench.keyring.secrets[place] == "hush"


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
    """Its fields are out of sight then, and a password in one of them would be in the settings."""
    async with open_settings() as bench:
        await with_a_kept_password(bench)
        await bench.open(NETWORK)
        type_in(bench, proxy_address=address, proxy_user=user)
        choose(bench, ProxyMode.SYSTEM)
        await turn()
        await bench.press("save_settings")
        assert bench.preferences.settings.proxy_mode is ProxyMode.SYSTEM
        assert "hush" not in str(bench.preferences.settings)
        kept = "proxy.example:8080" if address else ""
        assert bench.preferences.settings.proxy_address == kept


@pytest.mark.parametrize("keys", ["Backspace", "Delete", "typed"])
async def test_a_kept_password_is_removed_by_emptying_its_field(keys: str) -> None:
    async with open_settings() as bench:
        place = await with_a_kept_password(bench)
        await bench.open(NETWORK)
        field = bench.find(QLineEdit, "proxy_password")
        if keys == "typed":
            QTest.keyClicks(field, "x")
            QTest.keyClick(field, Qt.Key.Key_Backspace)
        else:
            QTest.keyClick(field, getattr(Qt.Key, f"Key_{keys}"))
        assert "Kept" not in field.placeholderText()
        assert "Removed" in field.placeholderText()
        # Nothing is done before OK.
        await turn()
        await bench.press("cancel_settings")
        assert bench.keyring.secrets[place] == "hush"
        await bench.open(NETWORK)
        field = bench.find(QLineEdit, "proxy_password")
        assert "Kept" in field.placeholderText()
        QTest.keyClick(field, Qt.Key.Key_Backspace)
        await turn()
        await bench.press("save_settings")
        await until(lambda: place not in bench.keyring.secrets)
        await bench.open(NETWORK)
        assert bench.find(QLineEdit, "proxy_password").placeholderText() == ""
        await bench.press("cancel_settings")
