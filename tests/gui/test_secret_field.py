"""The field for a proxy's password, and what becomes of one that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from runcomfy_desktop.core.network import place_of
from runcomfy_desktop.domain.settings import ProxyMode
from tests.gui.support.house import House, open_house, turn
from tests.gui.test_network_page import choose, open_page, type_in
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path


async def with_a_kept_password(house: House) -> tuple[str, str]:
    """Saves one; returns where the keyring has it."""
    await open_page(house)
    choose(house, ProxyMode.OWN)
    type_in(house, proxy_address="proxy.example:8080", proxy_user="anna", proxy_password="hush")
    await turn()
    await house.press("save_settings")
    place = ("runcomfy-desktop", place_of(house.preferences.settings.network))
    await until(lambda: house.keyring.secrets.get(place) == "hush")
    return place


async def test_a_password_is_kept_until_it_is_removed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        place = await with_a_kept_password(house)
        for mode in (ProxyMode.SYSTEM, ProxyMode.OWN):
            await open_page(house)
            choose(house, mode)
            await turn()
            await house.press("save_settings")
        await open_page(house)
        assert "Kept" in house.find(QLineEdit, "proxy_password").placeholderText()
        type_in(house, proxy_address="http://proxy.example:8080")
        assert "Kept" in house.find(QLineEdit, "proxy_password").placeholderText()
        await house.press("save_settings")
        assert house.keyring.secrets[place] == "hush"


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ("http://anna:hush@other.example:8080", ""),
        ("other.example:8080", "anna:hush"),
        ("", "hush"),
    ],
)
async def test_what_is_wrong_with_a_proxy_is_not_kept_when_another_way_is_chosen(
    tmp_path: Path, address: str, user: str
) -> None:
    """Its fields are out of sight then, and a password in one of them would be in the settings."""
    async with open_house(tmp_path) as house:
        await with_a_kept_password(house)
        await open_page(house)
        type_in(house, proxy_address=address, proxy_user=user)
        choose(house, ProxyMode.SYSTEM)
        await turn()
        await house.press("save_settings")
        assert house.preferences.settings.proxy_mode is ProxyMode.SYSTEM
        assert "hush" not in str(house.preferences.settings)
        kept = "proxy.example:8080" if address else ""
        assert house.preferences.settings.proxy_address == kept


@pytest.mark.parametrize("keys", ["Backspace", "Delete", "typed"])
async def test_a_kept_password_is_removed_by_emptying_its_field(tmp_path: Path, keys: str) -> None:
    async with open_house(tmp_path) as house:
        place = await with_a_kept_password(house)
        await open_page(house)
        field = house.find(QLineEdit, "proxy_password")
        if keys == "typed":
            QTest.keyClicks(field, "x")
            QTest.keyClick(field, Qt.Key.Key_Backspace)
        else:
            QTest.keyClick(field, getattr(Qt.Key, f"Key_{keys}"))
        assert "Kept" not in field.placeholderText()
        assert "Removed" in field.placeholderText()
        # Nothing is done before OK.
        await turn()
        await house.press("cancel_settings")
        assert house.keyring.secrets[place] == "hush"
        await open_page(house)
        field = house.find(QLineEdit, "proxy_password")
        assert "Kept" in field.placeholderText()
        QTest.keyClick(field, Qt.Key.Key_Backspace)
        await turn()
        await house.press("save_settings")
        await until(lambda: place not in house.keyring.secrets)
        await open_page(house)
        assert house.find(QLineEdit, "proxy_password").placeholderText() == ""
        await house.press("cancel_settings")
