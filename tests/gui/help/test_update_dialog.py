"""Help > Check for updates: the texts, the page that it opens, and skipping a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget

from runcomfy_desktop.core.updates import UpdatePhase
from runcomfy_desktop.domain.release import RELEASES_PAGE
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.update_check import (
    NEWER_RELEASE,
    NOTES,
    SAME_RELEASE,
    check_for_updates,
    program_with_release_page,
    replaced_updates,
)
from tests.support.async_wait import wait_until
from tests.support.raw_server import never_answer, reply

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.updates import Updates


def text(program: GuiProgram, name: str) -> str:
    return program.find(QLabel, name).text()


def check_action(program: GuiProgram) -> QAction:
    actions = program.window.findChildren(QAction, "check_updates_action")
    return actions[0]


async def test_what_is_shown_of_each_answer(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        assert not check_action(program).isVisible(), "the system brings updates"
        for part, look in (
            (NEWER_RELEASE, a_newer_version_is_shown_with_its_notes_as_plain_text),
            (NEWER_RELEASE, a_version_can_be_skipped),
            (SAME_RELEASE, who_has_the_newest_hears_that),
            (reply(404), a_page_that_cannot_be_asked_is_said),
        ):
            async with replaced_updates(program, part) as updates:
                await look(program, updates)
                for dialog in program.window.findChildren(QDialog, "update_dialog"):
                    dialog.close()
                await wait_until(lambda: not program.is_visible(QDialog, "update_dialog"))


async def a_newer_version_is_shown_with_its_notes_as_plain_text(
    program: GuiProgram, updates: Updates
) -> None:
    await check_for_updates(program, updates)
    assert text(program, "update_title") == "Version 0.3.0 is available."
    assert "You have 0.2.0." in text(program, "update_text")
    assert program.find(QPlainTextEdit, "update_notes").toPlainText() == NOTES
    await program.press("update_page")
    assert program.opened_urls == [RELEASES_PAGE], "whatever the answer says"
    await program.press("update_close")
    assert program.preferences.settings.skipped_version == ""


async def a_version_can_be_skipped(program: GuiProgram, updates: Updates) -> None:
    await check_for_updates(program, updates)
    await program.press("update_skip")
    assert program.preferences.settings.skipped_version == "0.3.0"
    assert not program.is_visible(QDialog, "update_dialog")


async def who_has_the_newest_hears_that(program: GuiProgram, updates: Updates) -> None:
    await check_for_updates(program, updates)
    assert text(program, "update_title") == "You have the newest version."
    assert text(program, "update_text") == "It is 0.2.0."
    for name in ("update_page", "update_skip", "update_notes"):
        assert not program.is_visible(QWidget, name)


async def a_page_that_cannot_be_asked_is_said(program: GuiProgram, updates: Updates) -> None:
    await check_for_updates(program, updates)
    title = "The release page could not be asked for a newer version."
    assert text(program, "update_title") == title
    assert RELEASES_PAGE in text(program, "update_text")
    assert not program.is_visible(QPushButton, "update_skip")
    assert program.notices() == []


async def test_while_it_is_asked_the_window_goes_on_and_the_dialog_can_be_left(
    tmp_path: Path,
) -> None:
    async with program_with_release_page(tmp_path, never_answer) as (program, updates):
        await program.trigger("check_updates")
        assert text(program, "update_title") == "Asking for the newest version…"
        assert updates.state.phase is UpdatePhase.CHECKING
        await program.press("update_close")
        await program.trigger("check_updates")
        assert program.is_visible(QDialog, "update_dialog")


async def test_what_was_told_in_a_notice_leads_to_the_notes(tmp_path: Path) -> None:
    async with program_with_release_page(tmp_path, NEWER_RELEASE) as (program, updates):
        program.preferences.set(checks_updates=True)
        updates.start()
        await wait_until(lambda: "Version 0.3.0 of this program is available." in program.notices())
        await program.press("notice_action")
        assert text(program, "update_title") == "Version 0.3.0 is available."
