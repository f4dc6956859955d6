"""The controller of the palette: the order of its entries, and the end of its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QListView, QMainWindow

from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.ui.command_palette.command_palette import CommandPalette
from runcomfy_desktop.ui.command_palette.entries import (
    PaletteEntry,
    PaletteEntryKind,
    deployment_entries,
)
from runcomfy_desktop.ui.command_palette.palette_controller import PaletteController
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import open_inputs_harness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel

DRAFT = PaletteEntry(PaletteEntryKind.DRAFT, "Draft", "", "", None)


class ControllerHarness:
    """Window with one menu; `opened` are the ids of the deployments that were chosen."""

    def __init__(self, scope: SessionScope, inputs_panel: Callable[[], InputsPanel | None]) -> None:
        self.window = QMainWindow()
        self.window.menuBar().addMenu("&Edit").addAction("Undo")
        self.jump = QAction(self.window)
        self.opened: list[str] = []
        PaletteController(
            scope,
            self.window,
            self.jump,
            (lambda: [DRAFT], lambda: deployment_entries([Deployment("d", "Blue")])),
            inputs_panel,
            self.opened.append,
        )
        user_input.show(self.window)

    @property
    def palette(self) -> CommandPalette:
        return user_input.find(self.window, CommandPalette, "palette")

    def texts(self) -> list[str]:
        rows = user_input.find(self.window, QListView, "palette_list").model()
        return [rows.index(row, 0).data() for row in range(rows.rowCount())]


async def test_entries_are_grouped_by_kind(scope: SessionScope, tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as inputs:
        inputs.open({"1": {"class_type": "Loader", "inputs": {}, "_meta": {"title": "Load"}}})
        over = ControllerHarness(scope, lambda: inputs.panel)
        over.jump.trigger()
        assert over.texts() == ["Blue", "Load", "Draft", "Undo"]


def test_a_chosen_deployment_is_opened(scope: SessionScope) -> None:
    over = ControllerHarness(scope, lambda: None)
    over.jump.trigger()
    assert over.texts() == ["Blue", "Draft", "Undo"]
    user_input.find(over.window, QLineEdit, "palette_box").setText("blue")
    over.palette.chosen.emit(deployment_entries([Deployment("d", "Blue")])[0])
    assert over.opened == ["d"]


def test_it_closes_when_the_focus_has_nowhere_to_return(scope: SessionScope) -> None:
    over = ControllerHarness(scope, lambda: None)
    field = QLineEdit(over.window)
    field.show()
    field.setFocus()
    over.jump.trigger()
    field.deleteLater()
    QCoreApplication.sendPostedEvents(field, QEvent.Type.DeferredDelete.value)
    scope.close()
    assert not over.palette.isVisible()


def test_it_closes_with_the_session_and_does_not_open_again(scope: SessionScope) -> None:
    over = ControllerHarness(scope, lambda: None)
    over.jump.trigger()
    palette = over.palette
    assert palette.isVisible()
    scope.close()
    assert not palette.isVisible()
    over.jump.trigger()
    assert not palette.isVisible()
    QCoreApplication.sendPostedEvents(palette, QEvent.Type.DeferredDelete.value)
    assert over.window.findChildren(CommandPalette) == []
