"""Session under a bare window that has only the dock and the actions of the drafts.

This is enough to test that they are built for a session and end with it; tests with the whole
program check that the real window does the same.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListView, QMainWindow, QWidget

from runcomfy_desktop.app.session import Service, open_session
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.drafts.draft_actions import DraftActions
from runcomfy_desktop.ui.widgets.panel_dock import PanelDock
from tests.gui.support.gui_program import process_events_async, show_window
from tests.support.async_wait import wait_until
from tests.support.emulators import LoopbackEmulator, make_backend
from tests.support.session_setup import make_session_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.ui.base.session_services import SessionServices

STEPS = InputKey("9", "steps")
_GRAPH: JsonObject = {"9": {"class_type": "KSampler", "inputs": {"steps": 5}}}


@dataclass(kw_only=True)
class DraftsHarness:
    """Window with the dock and the actions; its session has no key, so nothing opens by itself."""

    window: QMainWindow
    dock: PanelDock
    actions: DraftActions
    services: SessionServices

    def begin(self) -> SessionScope:
        """Returns a scope for the controllers of a session."""
        return SessionScope(QWidget(self.window))

    async def end(self, scope: SessionScope) -> None:
        """Ends a session's part of the window as the window does."""
        scope.close()
        scope.dialog_parent.deleteLater()
        self.dock.remove_panel()
        self.actions.reset()
        await process_events_async()

    def open_file(self) -> None:
        """Opens a file's draft and changes it."""
        source = DraftSource("mine.json", "/mine.json")
        draft_editor = self.services.draft_editor
        draft_editor.open_draft(Draft(workflow_from_json(_GRAPH), source))
        draft_editor.edit({STEPS: 33}, "Change steps")

    @property
    def draft(self) -> Draft:
        """Draft in view."""
        draft = self.services.draft_editor.state.draft
        assert draft is not None
        return draft

    def has_panel(self) -> bool:
        return self.dock.panel is not None

    def titles(self) -> list[str]:
        """Returns the titles of the drafts that the dock lists."""
        (view,) = self.dock.findChildren(QListView, "drafts")
        model = view.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


@asynccontextmanager
async def open_drafts_harness(folder: Path) -> AsyncIterator[DraftsHarness]:
    """Opens a bare window with a session without a key; the dock is visible."""
    window = QMainWindow()
    window.setCentralWidget(QWidget(window))
    dock = PanelDock("drafts", "Drafts", QSize(240, 400), window)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    await show_window(window)
    with LoopbackEmulator(make_backend()) as emulator:
        session_context = make_session_context(folder, "https://no.such.service")
        async with open_session(Service(emulator.base_url), session_context) as services:
            await wait_until(lambda: not services.drafts.state.loading)
            yield DraftsHarness(
                window=window, dock=dock, actions=DraftActions(window), services=services
            )
        await session_context.network.close()
        await session_context.partner_key.close()
        await session_context.credentials.close()
    window.hide()
    window.deleteLater()
    await process_events_async()
