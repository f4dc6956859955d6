"""The key for partner nodes: pasted, never shown again, removed; and what is said without it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton

from runcomfy_desktop.core.partner_key import place_of
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.dialogs.settings import PARTNERS
from tests.gui.support import hands
from tests.gui.support.house import House, open_house
from tests.gui.support.settings_bench import SERVICE, open_settings
from tests.support.until import until

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
    return hands.find(dialog, QLineEdit, "partner_key")


def place(dialog: QDialog) -> str:
    return hands.find(dialog, QLabel, "partner_key_place").text()


async def test_a_key_is_pasted_kept_and_never_shown() -> None:
    async with open_settings() as bench:
        where = ("runcomfy-desktop", place_of(SERVICE))
        dialog = await bench.open(PARTNERS)
        assert place(dialog) == "It will be kept in the system keyring."
        assert not hands.find(dialog, QPushButton, "remove_partner_key").isEnabled()
        QTest.keyClicks(field(dialog), f" {KEY} ")
        assert field(dialog).displayText() == "\u25cf" * (len(KEY) + 2)
        await bench.press("save_settings")
        await until(lambda: bench.keyring.secrets.get(where) == KEY)
        dialog = await bench.open(PARTNERS)
        assert field(dialog).text() == ""
        assert "Kept" in field(dialog).placeholderText()
        await until(lambda: place(dialog) == "Kept in the system keyring.")
        await bench.press("save_settings")
        assert bench.keyring.secrets.get(where) == KEY


async def test_it_is_removed_by_its_button_at_ok_and_not_before() -> None:
    async with open_settings() as bench:
        where = ("runcomfy-desktop", place_of(SERVICE))
        dialog = await bench.open(PARTNERS)
        QTest.keyClicks(field(dialog), KEY)
        await bench.press("save_settings")
        await until(lambda: bench.keyring.secrets.get(where) == KEY)
        dialog = await bench.open(PARTNERS)
        await bench.press("remove_partner_key")
        assert field(dialog).placeholderText() == "Removed when you choose OK"
        await bench.press("cancel_settings")
        assert bench.keyring.secrets.get(where) == KEY
        await bench.open(PARTNERS)
        await bench.press("remove_partner_key")
        await bench.press("save_settings")
        await until(lambda: where not in bench.keyring.secrets)
        dialog = await bench.open(PARTNERS)
        await until(lambda: not hands.find(dialog, QPushButton, "remove_partner_key").isEnabled())


async def test_the_key_that_was_shown_is_removed_together_with_its_address() -> None:
    async with open_settings() as bench:
        where = ("runcomfy-desktop", place_of(SERVICE))
        dialog = await bench.open(PARTNERS)
        QTest.keyClicks(field(dialog), KEY)
        await bench.press("save_settings")
        await until(lambda: bench.keyring.secrets.get(where) == KEY)
        dialog = await bench.open(PARTNERS)
        await bench.press("remove_partner_key")
        hands.find(dialog, QLineEdit, "address").setText("http://127.0.0.1:8")
        await bench.press("save_settings")
        await until(lambda: where not in bench.keyring.secrets)


async def test_what_can_be_no_key_is_said_and_not_saved() -> None:
    async with open_settings() as bench:
        dialog = await bench.open(PARTNERS)
        QTest.keyClicks(field(dialog), "two words")
        said = hands.find(dialog, QLabel, "partner_key_fault").text()
        assert said.startswith("This is not a key.")
        assert field(dialog).accessibleDescription() == said
        assert not hands.find(dialog, QPushButton, "save_settings").isEnabled()
        field(dialog).clear()
        assert hands.find(dialog, QPushButton, "save_settings").isEnabled()


@asynccontextmanager
async def with_postcard(folder: Path) -> AsyncIterator[House]:
    """A house whose deployment in view has a partner node."""
    async with open_house(folder) as house:
        bench = house.parts.workbench
        await until(lambda: bench.state.schema is not None)
        first = next(iter(house.emulator.world.deployments.values()))
        first.workflow, first.overrides = CARD, {}
        first.updated_at = "2026-02-11T10:30:00.654321+00:00"
        house.parts.catalogue.refresh()
        await until(lambda: NODE in bench.state.faults)
        yield house


async def test_a_run_without_the_key_is_asked_about_first(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as house:
        fault = house.parts.workbench.state.faults[NODE]
        assert "Settings > Partner nodes" in fault.text
        await house.trigger("run")
        await until(lambda: house.window.findChild(QDialog, "confirm_without_key") is not None)
        assert not house.parts.queue.jobs
        await house.press("confirm_without_key_other")
        await until(lambda: house.window.findChild(QDialog, "settings_dialog") is not None)
        dialog = house.window.findChild(QDialog, "settings_dialog")
        assert isinstance(dialog, QDialog)
        assert field(dialog).isVisible()
        QTest.keyClicks(field(dialog), KEY)
        await house.press("save_settings")
        await until(lambda: NODE not in house.parts.workbench.state.faults)
        await house.trigger("run")
        jobs = house.parts.queue.jobs
        await until(lambda: any(job.state is JobState.DONE for job in jobs.values()))


async def test_a_run_may_go_without_it(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as house:
        await house.trigger("run")
        await until(lambda: house.window.findChild(QDialog, "confirm_without_key") is not None)
        await house.press("confirm_without_key_yes")
        jobs = house.parts.queue.jobs
        await until(lambda: any(job.state is JobState.FAILED for job in jobs.values()))
        (job,) = jobs.values()
        assert job.reason == "Unauthorized: Please login first to use this node."
