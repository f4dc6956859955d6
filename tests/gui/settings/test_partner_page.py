"""The key for partner nodes: pasted, never shown again, removed; and the warning without it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton

from runcomfy_desktop.core.account.partner_key import partner_keyring_name
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.settings.settings_dialog import PARTNERS
from tests.gui.support import user_input
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.settings_harness import SERVICE, open_settings_harness
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KEY = "comfyui-0123456789abcdef"
NODE = InputKey("1", "")
CARD: Any = {
    "1": {"class_type": "PostcardImageApiNode", "inputs": {"prompt": "a harbour", "seed": 1}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "card"}},
}


def field(dialog: QDialog) -> QLineEdit:
    return user_input.find(dialog, QLineEdit, "partner_key")


def key_storage_text(dialog: QDialog) -> str:
    return user_input.find(dialog, QLabel, "partner_key_place").text()


async def test_a_key_is_pasted_kept_and_never_shown() -> None:
    async with open_settings_harness() as harness:
        where = ("runcomfy-desktop", partner_keyring_name(SERVICE))
        dialog = await harness.open(PARTNERS)
        assert key_storage_text(dialog) == "It will be kept in the system keyring."
        assert not user_input.find(dialog, QPushButton, "remove_partner_key").isEnabled()
        QTest.keyClicks(field(dialog), f" {KEY} ")
        assert field(dialog).displayText() == "\u25cf" * (len(KEY) + 2)
        await harness.press("save_settings")
        await wait_until(lambda: harness.keyring.secrets.get(where) == KEY)
        dialog = await harness.open(PARTNERS)
        assert field(dialog).text() == ""
        assert "Kept" in field(dialog).placeholderText()
        await wait_until(lambda: key_storage_text(dialog) == "Kept in the system keyring.")
        await harness.press("save_settings")
        assert harness.keyring.secrets.get(where) == KEY


async def test_it_is_removed_by_its_button_at_ok_and_not_before() -> None:
    async with open_settings_harness() as harness:
        where = ("runcomfy-desktop", partner_keyring_name(SERVICE))
        dialog = await harness.open(PARTNERS)
        QTest.keyClicks(field(dialog), KEY)
        await harness.press("save_settings")
        await wait_until(lambda: harness.keyring.secrets.get(where) == KEY)
        dialog = await harness.open(PARTNERS)
        await harness.press("remove_partner_key")
        assert field(dialog).placeholderText() == "Removed when you choose OK"
        await harness.press("cancel_settings")
        assert harness.keyring.secrets.get(where) == KEY
        await harness.open(PARTNERS)
        await harness.press("remove_partner_key")
        await harness.press("save_settings")
        await wait_until(lambda: where not in harness.keyring.secrets)
        dialog = await harness.open(PARTNERS)
        await wait_until(
            lambda: not user_input.find(dialog, QPushButton, "remove_partner_key").isEnabled()
        )


async def test_the_key_that_was_shown_is_removed_together_with_its_address() -> None:
    async with open_settings_harness() as harness:
        where = ("runcomfy-desktop", partner_keyring_name(SERVICE))
        dialog = await harness.open(PARTNERS)
        QTest.keyClicks(field(dialog), KEY)
        await harness.press("save_settings")
        await wait_until(lambda: harness.keyring.secrets.get(where) == KEY)
        dialog = await harness.open(PARTNERS)
        await harness.press("remove_partner_key")
        user_input.find(dialog, QLineEdit, "address").setText("http://127.0.0.1:8")
        await harness.press("save_settings")
        await wait_until(lambda: where not in harness.keyring.secrets)


async def test_what_can_be_no_key_is_said_and_not_saved() -> None:
    async with open_settings_harness() as harness:
        dialog = await harness.open(PARTNERS)
        QTest.keyClicks(field(dialog), "two words")
        message = user_input.find(dialog, QLabel, "partner_key_fault").text()
        assert message.startswith("This is not a key.")
        assert field(dialog).accessibleDescription() == message
        assert not user_input.find(dialog, QPushButton, "save_settings").isEnabled()
        field(dialog).clear()
        assert user_input.find(dialog, QPushButton, "save_settings").isEnabled()


@asynccontextmanager
async def with_postcard(folder: Path) -> AsyncIterator[GuiProgram]:
    """Opens the program with a deployment that has a partner node."""
    async with open_program(folder) as program:
        draft_editor = program.services.draft_editor
        await wait_until(lambda: draft_editor.state.schema is not None)
        first = next(iter(program.emulator.backend.deployments.values()))
        first.workflow, first.overrides = CARD, {}
        first.updated_at = "2026-02-11T10:30:00.654321+00:00"
        program.services.catalogue.refresh()
        await wait_until(lambda: NODE in draft_editor.state.issues)
        yield program


async def test_a_run_without_the_key_is_asked_about_first(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as program:
        fault = program.services.draft_editor.state.issues[NODE]
        assert "Settings > Partner nodes" in fault.text
        await program.trigger("run")
        await wait_until(
            lambda: program.window.findChild(QDialog, "confirm_without_key") is not None
        )
        assert not program.services.queue.jobs
        await program.press("confirm_without_key_other")
        await wait_until(lambda: program.window.findChild(QDialog, "settings_dialog") is not None)
        dialog = program.window.findChild(QDialog, "settings_dialog")
        assert isinstance(dialog, QDialog)
        assert field(dialog).isVisible()
        QTest.keyClicks(field(dialog), KEY)
        await program.press("save_settings")
        await wait_until(lambda: NODE not in program.services.draft_editor.state.issues)
        await program.trigger("run")
        jobs = program.services.queue.jobs
        await wait_until(lambda: any(job.state is JobState.DONE for job in jobs.values()))


async def test_a_run_may_go_without_it(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as program:
        await program.trigger("run")
        await wait_until(
            lambda: program.window.findChild(QDialog, "confirm_without_key") is not None
        )
        await program.press("confirm_without_key_yes")
        jobs = program.services.queue.jobs
        await wait_until(lambda: any(job.state is JobState.FAILED for job in jobs.values()))
        (job,) = jobs.values()
        assert job.reason == "Unauthorized: Please login first to use this node."
