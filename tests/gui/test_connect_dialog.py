"""The connect dialog: a key is tested, kept, refused, unreachable; what was typed stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QToolButton

from runcomfy_desktop.core.account import AccountPhase, AccountState
from runcomfy_desktop.store.credentials import SERVICE
from runcomfy_desktop.ui.dialogs.connect import connected_text
from tests.gui.support.house import open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

WRONG = "ffffffff-0000-4000-8000-00000000dead"


async def opened(house: House) -> QLineEdit:
    await until(lambda: house.parts.account.state.phase is AccountPhase.SIGNED_OUT)
    await house.trigger("connect_key")
    return house.find(QLineEdit, "key_field")


def status(house: House) -> str:
    return house.find(QLabel, "connect_status").text()


async def test_a_good_key_is_tested_and_kept(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        field = await opened(house)
        test = house.find(QPushButton, "test_key")
        seen: set[tuple[str, bool, bool]] = set()

        def on_changed(state: AccountState) -> None:
            if state.phase is AccountPhase.CHECKING:
                seen.add((status(house), field.isReadOnly(), test.isEnabled()))

        house.parts.account.changed.subscribe(on_changed)
        field.setText(f"  {house.emulator.token} ")
        await house.click(test)
        await until(lambda: status(house).startswith("Connected."))
        assert seen == {("Checking the key…", True, False)}
        assert not field.isReadOnly()
        assert "system keyring" in status(house)
        assert "Balance $" in status(house)
        assert house.keyring.secrets[(SERVICE, house.emulator.base_url)] == house.emulator.token
        assert test.text() == "Done"
        await house.click(test)
        assert not house.there(QDialog, "connect_dialog")
        assert house.find(QToolButton, "status_key").text() == "Key in the system keyring"
        assert house.find(QToolButton, "status_balance").text().startswith("Balance $")


async def test_the_dialog_before_a_key_is_typed(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        field = await opened(house)
        assert field.echoMode() is QLineEdit.EchoMode.Password
        show_key = house.find(QToolButton, "show_key")
        assert show_key.accessibleName() == "Show the key"
        await house.click(show_key)
        assert field.echoMode() is QLineEdit.EchoMode.Normal
        assert show_key.accessibleName() == "Hide the key"
        await house.click(show_key)
        assert field.echoMode() is QLineEdit.EchoMode.Password
        await house.press("test_key")
        assert status(house) == "Paste the key into the field first."
        assert field.hasFocus()
        field.setText("two words")
        await house.press("test_key")
        assert status(house).startswith("This is not a key.")
        assert house.find(QLabel, "api_address").text().endswith(house.emulator.base_url)
        await house.press("get_key")
        assert house.opened == ["https://www.runcomfy.com/profile"]
        await house.press("change_address")
        assert not house.there(QDialog, "connect_dialog")
        assert house.there(QDialog, "settings_dialog")


def test_where_the_key_is_kept_is_said_once() -> None:
    note = "No system keyring was found. The key is kept until the program ends."
    state = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="memory", key_note=note)
    assert connected_text(state) == f"Connected. {note}"
    bare = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="memory")
    assert connected_text(bare) == "Connected. The key is kept until the program ends."


async def test_a_refused_key_stays_in_the_field(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        field = await opened(house)
        field.setText(WRONG)
        await house.press("test_key")
        await until(lambda: house.parts.account.state.phase is AccountPhase.REJECTED)
        problem = house.parts.account.state.problem
        assert problem is not None
        assert status(house) == problem.sentence()
        assert field.text() == WRONG
        assert house.keyring.secrets.get((SERVICE, house.emulator.base_url), "") == ""
        # The way out is the same dialog: another key, another try.
        field.setText(house.emulator.token)
        await house.key(Qt.Key.Key_Return)
        await until(lambda: status(house).startswith("Connected."))


async def test_a_refused_second_key_is_not_called_connected(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("connect_key")
        assert "in use already" in status(house)
        house.find(QLineEdit, "key_field").setText(WRONG)
        await house.press("test_key")
        await until(lambda: house.parts.account.state.problem is not None)
        await turn()
        assert not status(house).startswith("Connected.")
        assert house.find(QPushButton, "test_key").text() == "Test and connect"
        assert house.parts.account._key.token == house.emulator.token


async def test_it_opens_once(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await opened(house)
        house.window.open_connect()
        await turn()
        assert len(house.window.findChildren(QDialog, "connect_dialog")) == 1
        house.window.detach()
        await turn()
        assert not house.there(QDialog, "connect_dialog")
        house.window.attach(house.parts)
