"""The dock of the drafts and what differs, as who hears the window or only has keys meets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from runcomfy_desktop.domain.settings import Theme
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.store.draft_heads import draft_file
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.focus_order import reading_order
from tests.gui.support.audit import faults_of
from tests.gui.support.focus import unseen
from tests.gui.support.house import open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

SEED = InputKey("31", "seed")
GRAPH = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}


@pytest.mark.parametrize("look", [Theme.LIGHT, Theme.DARK])
async def test_drafts_of_every_kind(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    path = tmp_path / "bike.json"
    path.write_text(json.dumps(GRAPH))
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.parts.workbench.edit({SEED: 5}, "Seed")
        await house.trigger("new_draft")
        house.parts.files.open(str(path))
        await until(lambda: len(house.parts.drafts.state.rows) == 3)
        folder = house.parts.drafts.folder
        folder.mkdir(parents=True, exist_ok=True)
        draft_file(folder, "odd").write_text("{")
        house.parts.drafts.reread()
        await until(lambda: len(house.parts.drafts.state.rows) == 4)
        house.window.docks.drafts.bring_up()
        await turn()
        assert faults_of(house.window.docks.drafts) == []
        house.window.activateWindow()
        await turn()
        assert await unseen(next(reading_order(house.window.docks.drafts))) == []


async def test_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "bike.json"
    path.write_text(json.dumps(GRAPH))
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.parts.files.open(str(path))
        await until(lambda: house.there(QPushButton, "inputs_banner_what"))
        await house.press("inputs_banner_what")
        dialog = house.find(QDialog, "what_differs")
        assert faults_of(dialog) == []
        dialog.activateWindow()
        await turn()
        close = house.find(QPushButton, "what_differs_close")
        assert await unseen(close) == []
