"""The sweep dialog on real grids and jobs, without the rest of the program.

async with open_sweep_dialog_harness(tmp_path) as harness:
    await harness.open()
    await harness.press("sweep_add_axis")
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from runcomfy_desktop.domain.sweeps.spec import SweepSpec
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
from runcomfy_desktop.ui.sweeps.input_button import InputList
from runcomfy_desktop.ui.sweeps.sweep_context import SweepContext
from runcomfy_desktop.ui.sweeps.sweep_dialog import SweepDialog
from tests.gui.support.grid_window_harness import begin_session
from tests.gui.support.gui_program import process_events_async, show_window
from tests.gui.support.user_input import find
from tests.support.grid_harness import open_grid_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.jobs.job import Job, JobState
    from tests.support.grid_harness import GridHarness

W = TypeVar("W", bound=QWidget)

_NO_KEYS = Qt.KeyboardModifier.NoModifier


@dataclass
class SweepDialogHarness:
    """Dialog without typing delay; the grids that it prepares are started."""

    grid_harness: GridHarness
    window: QWidget
    context: SweepContext

    async def open(self, spec: SweepSpec | None = None) -> SweepDialog:
        dialog = SweepDialog(self.context, spec or SweepSpec(()), self.window)
        dialog.prepared.connect(self.grid_harness.sweeps.start)
        dialog.open()
        await process_events_async()
        return dialog

    @property
    def draft_editor(self) -> DraftEditor:
        return self.grid_harness.draft_editor

    @property
    def jobs(self) -> list[Job]:
        return list(self.grid_harness.queue_harness.queue.jobs.values())

    def states(self) -> list[JobState]:
        return [job.state for job in self.jobs]

    def find(self, kind: type[W], name: str) -> W:
        return find(self.window, kind, name)

    def is_visible(self, kind: type[W], name: str) -> bool:
        """Reports whether a widget with this type and name is visible."""
        return any(each.isVisible() for each in self.window.findChildren(kind, name))

    async def press(self, name: str) -> None:
        """Clicks the button with this name."""
        button = self.find(QAbstractButton, name)
        assert button.isVisible(), f"{name} is not on screen"
        assert button.isEnabled(), f"{name} cannot be pressed"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await process_events_async()

    async def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        """Presses a key in the focused widget, or else in the window."""
        QTest.keyClick(QApplication.focusWidget() or self.window, which, keys)
        await process_events_async()


@asynccontextmanager
async def open_sweep_dialog_harness(folder: Path) -> AsyncIterator[SweepDialogHarness]:
    """Creates a dialog harness with a new session's workflow, whose pictures have one pixel."""
    async with open_grid_harness(folder, billed=True) as grid_harness:
        await begin_session(grid_harness)
        window = QWidget()
        scope = SessionScope(window)
        model = InputsModel(scope, grid_harness.draft_editor, scope)
        budget = grid_harness.queue_harness.queue.budget
        context = SweepContext(
            grid_harness.draft_editor,
            grid_harness.sweeps,
            budget,
            InputList(lambda: model).entries,
            lambda: [],
            lambda: [],
            lambda: "",
            plan_delay_ms=0,
            file_delay_ms=0,
        )
        await show_window(window, 1440, 900)
        yield SweepDialogHarness(grid_harness, window, context)
        scope.close()
        window.close()
        window.deleteLater()
        await process_events_async()
