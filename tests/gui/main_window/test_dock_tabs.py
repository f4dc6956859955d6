"""Docks that share a place: only the tab names them, and F6 reaches the one in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QTabBar

from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.widgets.panel_dock import PanelDock


def title(dock: PanelDock) -> str:
    """Returns the text in the title bar of a dock."""
    label = dock.title_bar.findChild(QLabel)
    assert isinstance(label, QLabel)
    return label.text()


def tabs(program: GuiProgram) -> list[str]:
    bar = next(each for each in program.window.findChildren(QTabBar) if each.count() > 1)
    return [bar.tabText(at) for at in range(bar.count())]


async def test_a_dock_is_named_once(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        docks = program.window.docks
        assert tabs(program) == ["Deployments", "Presets", "Drafts"]
        assert [title(each) for each in (docks.deployments, docks.presets, docks.queue)] == [
            "",
            "",
            "QUEUE",
        ]
        docks.presets.setFloating(True)
        docks.drafts.close()
        await process_events_async()
        assert [title(each) for each in (docks.deployments, docks.presets)] == [
            "DEPLOYMENTS",
            "PRESETS",
        ]
        docks.reset()
        await process_events_async()
        assert (title(docks.deployments), title(docks.drafts)) == ("", "")


async def test_the_keyboard_reaches_the_dock_in_front(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        presets = program.window.docks.presets
        presets.bring_to_front()
        await process_events_async()
        recorded = []
        for _step in range(8):
            await program.key(Qt.Key.Key_F6)
            recorded.append(QApplication.focusWidget())
        assert any(each is not None and presets.isAncestorOf(each) for each in recorded)
