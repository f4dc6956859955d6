"""The drafts dock and the differences with a screen reader or only a keyboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.widgets.focus_order import reading_order
from tests.gui.support.accessibility_audit import accessibility_errors
from tests.gui.support.focus import invisible_focus_stops
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

SEED = InputKey("31", "seed")
GRAPH = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}


@pytest.mark.parametrize("look", [ThemeMode.LIGHT, ThemeMode.DARK])
async def test_drafts_of_every_kind(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    path = tmp_path / "bike.json"
    path.write_text(json.dumps(GRAPH))
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.services.draft_editor.edit({SEED: 5}, "Seed")
        await program.trigger("new_draft")
        program.services.workflow_files.open(str(path))
        await wait_until(lambda: len(program.services.drafts.state.rows) == 3)
        folder = program.services.drafts.folder
        folder.mkdir(parents=True, exist_ok=True)
        draft_path(folder, "odd").write_text("{")
        program.services.drafts.reload()
        await wait_until(lambda: len(program.services.drafts.state.rows) == 4)
        program.window.docks.drafts.bring_to_front()
        await process_events_async()
        assert accessibility_errors(program.window.docks.drafts) == []
        program.window.activateWindow()
        await process_events_async()
        assert await invisible_focus_stops(next(reading_order(program.window.docks.drafts))) == []


async def test_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "bike.json"
    path.write_text(json.dumps(GRAPH))
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.services.workflow_files.open(str(path))
        await wait_until(lambda: program.is_visible(QPushButton, "inputs_banner_what"))
        await program.press("inputs_banner_what")
        dialog = program.find(QDialog, "what_differs")
        assert accessibility_errors(dialog) == []
        dialog.activateWindow()
        await process_events_async()
        close = program.find(QPushButton, "what_differs_close")
        assert await invisible_focus_stops(close) == []
