"""The connect dialog: a key is tested, stored, refused, or unreachable; the typed text stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QToolButton

from runcomfy_desktop.core.account.account import AccountPhase, AccountState
from runcomfy_desktop.store.credentials import SERVICE
from runcomfy_desktop.ui.account.connect import connected_text
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

WRONG = "ffffffff-0000-4000-8000-00000000dead"


async def opened(program: GuiProgram) -> QLineEdit:
    await wait_until(lambda: program.services.account.state.phase is AccountPhase.SIGNED_OUT)
    await program.trigger("connect_key")
    return program.find(QLineEdit, "key_field")


def status(program: GuiProgram) -> str:
    return program.find(QLabel, "connect_status").text()


async def test_a_good_key_is_tested_and_kept(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        field = await opened(program)
        test = program.find(QPushButton, "test_key")
        recorded: set[tuple[str, bool, bool]] = set()

        def on_changed(state: AccountState) -> None:
            if state.phase is AccountPhase.CHECKING:
                recorded.add((status(program), field.isReadOnly(), test.isEnabled()))

        program.services.account.changed.subscribe(on_changed)
        field.setText(f"  {program.emulator.token} ")
        await program.click(test)
        await wait_until(lambda: status(program).startswith("Connected."))
        assert recorded == {("Checking the key…", True, False)}
        assert not field.isReadOnly()
        assert "system keyring" in status(program)
        assert "Balance $" in status(program)
        assert (
            program.keyring.secrets[(SERVICE, program.emulator.base_url)] == program.emulator.token
        )
        assert test.text() == "Done"
        await program.click(test)
        assert not program.is_visible(QDialog, "connect_dialog")
        assert program.find(QToolButton, "status_key").text() == "Key in the system keyring"
        assert program.find(QToolButton, "status_balance").text().startswith("Balance $")


async def test_the_dialog_before_a_key_is_typed(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        field = await opened(program)
        assert field.echoMode() is QLineEdit.EchoMode.Password
        show_key = program.find(QToolButton, "show_key")
        assert show_key.accessibleName() == "Show the key"
        await program.click(show_key)
        assert field.echoMode() is QLineEdit.EchoMode.Normal
        assert show_key.accessibleName() == "Hide the key"
        await program.click(show_key)
        assert field.echoMode() is QLineEdit.EchoMode.Password
        await program.press("test_key")
        assert status(program) == "Paste the key into the field first."
        assert field.hasFocus()
        field.setText("two words")
        await program.press("test_key")
        assert status(program).startswith("This is not a key.")
        assert program.find(QLabel, "api_address").text().endswith(program.emulator.base_url)
        await program.press("get_key")
        assert program.opened_urls == ["https://www.runcomfy.com/profile"]
        await program.press("change_address")
        assert not program.is_visible(QDialog, "connect_dialog")
        assert program.is_visible(QDialog, "settings_dialog")


def test_where_the_key_is_kept_is_said_once() -> None:
    note = "No system keyring was found. The key is kept until the program ends."
    state = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="memory", key_note=note)
    assert connected_text(state) == f"Connected. {note}"
    bare = AccountState(AccountPhase.SIGNED_IN, SERVICE, key_place="memory")
    assert connected_text(bare) == "Connected. The key is kept until the program ends."


async def test_a_refused_key_stays_in_the_field(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        field = await opened(program)
        field.setText(WRONG)
        await program.press("test_key")
        await wait_until(lambda: program.services.account.state.phase is AccountPhase.REJECTED)
        problem = program.services.account.state.problem
        assert problem is not None
        assert status(program) == problem.sentence()
        assert field.text() == WRONG
        assert program.keyring.secrets.get((SERVICE, program.emulator.base_url), "") == ""
        # Another test with another key is possible in the same dialog.
        field.setText(program.emulator.token)
        await program.key(Qt.Key.Key_Return)
        await wait_until(lambda: status(program).startswith("Connected."))


async def test_a_refused_second_key_is_not_called_connected(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("connect_key")
        assert "in use already" in status(program)
        program.find(QLineEdit, "key_field").setText(WRONG)
        await program.press("test_key")
        await wait_until(lambda: program.services.account.state.problem is not None)
        await process_events_async()
        assert not status(program).startswith("Connected.")
        assert program.find(QPushButton, "test_key").text() == "Test and connect"
        assert program.services.account._key.token == program.emulator.token


async def test_it_opens_once(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await opened(program)
        program.session.commands.open_connect()
        await process_events_async()
        assert len(program.window.findChildren(QDialog, "connect_dialog")) == 1
        program.end_session()
        await process_events_async()
        assert not program.is_visible(QDialog, "connect_dialog")
        program.begin_session()
