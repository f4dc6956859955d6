"""Help > Check for updates: what is shown, what is opened, and what is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget

from runcomfy_desktop.core.updates import UpdatePhase
from runcomfy_desktop.domain.release import RELEASES_PAGE
from tests.gui.support.house import House, open_house
from tests.gui.support.updates import NEWER, NOTES, SAME, ask, asking, lent
from tests.support.raw_server import never_answer, reply
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.updates import Updates


def text(house: House, name: str) -> str:
    return house.find(QLabel, name).text()


def check_action(house: House) -> QAction:
    actions = house.window.findChildren(QAction, "check_updates_action")
    return actions[0]


async def test_what_is_shown_of_each_answer(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert not check_action(house).isVisible(), "the system brings updates"
        for part, look in (
            (NEWER, a_newer_version_is_shown_with_its_notes_as_plain_text),
            (NEWER, a_version_can_be_skipped),
            (SAME, who_has_the_newest_hears_that),
            (reply(404), a_page_that_cannot_be_asked_is_said),
        ):
            async with lent(house, part) as updates:
                await look(house, updates)
                for dialog in house.window.findChildren(QDialog, "update_dialog"):
                    dialog.close()
                await until(lambda: not house.there(QDialog, "update_dialog"))


async def a_newer_version_is_shown_with_its_notes_as_plain_text(
    house: House, updates: Updates
) -> None:
    await ask(house, updates)
    assert text(house, "update_title") == "Version 0.3.0 is available."
    assert "You have 0.2.0." in text(house, "update_text")
    assert house.find(QPlainTextEdit, "update_notes").toPlainText() == NOTES
    await house.press("update_page")
    assert house.opened == [RELEASES_PAGE], "whatever the answer says"
    await house.press("update_close")
    assert house.preferences.settings.skipped_version == ""


async def a_version_can_be_skipped(house: House, updates: Updates) -> None:
    await ask(house, updates)
    await house.press("update_skip")
    assert house.preferences.settings.skipped_version == "0.3.0"
    assert not house.there(QDialog, "update_dialog")


async def who_has_the_newest_hears_that(house: House, updates: Updates) -> None:
    await ask(house, updates)
    assert text(house, "update_title") == "You have the newest version."
    assert text(house, "update_text") == "It is 0.2.0."
    for name in ("update_page", "update_skip", "update_notes"):
        assert not house.there(QWidget, name)


async def a_page_that_cannot_be_asked_is_said(house: House, updates: Updates) -> None:
    await ask(house, updates)
    title = "The release page could not be asked for a newer version."
    assert text(house, "update_title") == title
    assert RELEASES_PAGE in text(house, "update_text")
    assert not house.there(QPushButton, "update_skip")
    assert house.notices() == []


async def test_while_it_is_asked_the_window_goes_on_and_the_dialog_can_be_left(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path, never_answer) as (house, updates):
        await house.trigger("check_updates")
        assert text(house, "update_title") == "Asking for the newest version…"
        assert updates.state.phase is UpdatePhase.ASKING
        await house.press("update_close")
        await house.trigger("check_updates")
        assert house.there(QDialog, "update_dialog")


async def test_what_was_told_in_a_notice_leads_to_the_notes(tmp_path: Path) -> None:
    async with asking(tmp_path, NEWER) as (house, updates):
        house.preferences.set(checks_updates=True)
        updates.begin()
        await until(lambda: "Version 0.3.0 of this program is available." in house.notices())
        await house.press("notice_action")
        assert text(house, "update_title") == "Version 0.3.0 is available."
