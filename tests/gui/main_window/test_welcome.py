"""The first-run page: two ways to start, both by keyboard, and the maker of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyring.errors import NoKeyringError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from runcomfy_desktop.ui.main_window.welcome import WelcomePage
from tests.gui.support.gui_program import MemoryKeyring, open_program
from tests.gui.support.user_input import find, key, press, process_events, show
from tests.support import hostile_environments
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path


def test_two_ways() -> None:
    page = WelcomePage()
    wishes: list[str] = []
    page.connect_requested.connect(lambda: wishes.append("connect"))
    page.demo_requested.connect(lambda: wishes.append("demo"))
    show(page)
    press(find(page, QPushButton, "welcome_connect"))
    find(page, QPushButton, "welcome_demo").setFocus()
    key(page, Qt.Key.Key_Space)
    assert wishes == ["connect", "demo"]


def test_it_says_whose_program_it_is() -> None:
    page = WelcomePage()
    show(page)
    assert "not made by RunComfy" in find(page, QLabel, "welcome_footnote").text()


def test_trouble_is_a_sentence_above_the_ways() -> None:
    page = WelcomePage()
    show(page)
    trouble = find(page, QLabel, "welcome_trouble")
    assert not trouble.isVisible()
    page.show_problem("RunComfy does not take this key. <b>")
    process_events()
    assert trouble.isVisible()
    assert trouble.textFormat() is Qt.TextFormat.PlainText
    page.show_problem("")
    assert not trouble.isVisible()


def test_nothing_is_cut_in_a_narrow_window() -> None:
    page = WelcomePage()
    show(page, 480, 560)
    for label in page.findChildren(QLabel):
        if label.isVisible() and label.wordWrap():
            assert label.heightForWidth(label.width()) <= label.height()


async def test_it_is_there_without_a_key_and_goes_with_one(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await wait_until(lambda: program.is_visible(WelcomePage, "welcome_page"))
        assert program.find(QLabel, "welcome_connect_text").text() == (
            "Paste your API key. It is tested, then kept in the system keyring."
        )
        program.services.account.connect(program.emulator.token)
        await program.wait_until_open()
        assert not program.is_visible(WelcomePage, "welcome_page")


async def test_it_promises_no_keyring_where_there_is_none(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    keyring.error = NoKeyringError("none")
    async with open_program(tmp_path, key="", keyring=keyring) as program:
        await wait_until(lambda: program.is_visible(WelcomePage, "welcome_page"))
        text = program.find(QLabel, "welcome_connect_text").text()
        assert text == hostile_environments.NO_KEYRING.expected_text
        button = program.find(QPushButton, "welcome_connect")
        assert button.accessibleDescription() == text
        await program.click(button)
        assert (
            program.find(QLabel, "connect_text")
            .text()
            .endswith("This computer has no system keyring, so it is kept until the program ends.")
        )
