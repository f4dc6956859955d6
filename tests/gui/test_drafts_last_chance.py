"""Closing the window while the disk refuses what was changed: asked first, never lost unasked."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QPushButton

from runcomfy_desktop.domain.workflow import InputKey
from tests.gui.support.house import House, open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

SEED = InputKey("31", "seed")


async def refused(house: House) -> Path:
    """The folder of the drafts, where nothing can be written."""
    await house.until_open()
    folder = house.parts.drafts.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    house.parts.workbench.edit({SEED: 77}, "Seed")
    await until(lambda: house.parts.drafts.is_behind)
    return folder


def stored(folder: Path) -> bool:
    return folder.is_dir() and any("77" in path.read_text() for path in folder.glob("*.json"))


async def test_the_window_stays_until_the_disk_is_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        folder = await refused(house)
        assert not house.window.close()
        assert not house.window.is_closing
        await turn()
        assert "The disk refuses them" in house.find(QLabel, "unstored_text").text()
        # Asked twice, it is one question.
        assert not house.window.close()
        assert len(house.window.findChildren(QPushButton, "unstored_no")) == 1
        await house.press("unstored_no")
        assert house.window.isVisible()
        folder.unlink()
        await until(lambda: stored(folder))
        await until(lambda: not house.parts.drafts.is_behind)
        assert house.window.close()


async def test_who_wants_to_lose_them_closes(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await refused(house)
        assert not house.window.close()
        await turn()
        await house.press("unstored_yes")
        await turn()
        assert house.window.is_closing
        assert not house.window.isVisible()


async def test_a_signal_is_not_answered_with_a_question(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await refused(house)
        house.window.end()
        assert house.window.is_closing
        assert not house.window.isVisible()
