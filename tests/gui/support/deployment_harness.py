"""Session under a bare window that has only the dialogs for deployments.

This is enough to test the dialogs themselves; tests with the whole program check that the real
window opens them.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from runcomfy_desktop.app.session import Service, open_session
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.deployments.deployment_commands import DeploymentCommands
from tests.gui.support.gui_program import process_events_async, show_window
from tests.support.async_wait import wait_until
from tests.support.emulators import INSTANT, TOKEN, LoopbackEmulator, make_backend, use_tiny_outputs
from tests.support.session_setup import make_session_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.account.partner_key import PartnerKey
    from runcomfy_desktop.core.base.notices import Notice
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.domain.jobs.job import JobState
    from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
    from runcomfy_desktop.ui.base.session_services import SessionServices

_LEFT, _NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@dataclass(kw_only=True)
class DeploymentHarness:
    """Session with the deployment commands; `notices` are collected but not shown."""

    window: QMainWindow
    scope: SessionScope
    commands: DeploymentCommands
    services: SessionServices
    preferences: Preferences
    partner_key: PartnerKey
    emulator: LoopbackEmulator
    notices: list[Notice] = field(default_factory=list)

    async def wait_until_open(self) -> None:
        """Waits for the workflow and the node classes of the first deployment, and for the list."""
        await wait_until(lambda: self.services.draft_editor.state.schema is not None)
        await wait_until(lambda: self.services.catalogue.state.deployments)
        await process_events_async()

    def states(self) -> list[JobState]:
        return [job.state for job in self.services.queue.jobs.values()]

    def call_count(self, call: str) -> int:
        """Returns the number of calls of one kind to the emulator, for example `balance`."""
        received = self.emulator.backend.journal.counts()["received"]
        assert isinstance(received, dict)
        number = received.get(call, 0)
        assert isinstance(number, int)
        return number

    async def show_details(self, deployment_id: str) -> None:
        self.commands.show_details(deployment_id)
        await process_events_async()

    async def ask_delete(self, deployment_id: str) -> None:
        self.commands.ask_delete(deployment_id)
        await process_events_async()

    async def click(self, widget: QWidget) -> None:
        assert widget.isVisible(), f"{widget.objectName()} is not on screen"
        assert widget.isEnabled(), f"{widget.objectName()} cannot be pressed"
        QTest.mouseClick(widget, _LEFT, _NO_KEYS, widget.rect().center())
        await process_events_async()

    async def key(self, which: Qt.Key) -> None:
        """Presses a key in the focused widget, or else in the window."""
        QTest.keyClick(QApplication.focusWidget() or self.window, which)
        await process_events_async()


@asynccontextmanager
async def open_deployment_harness(
    folder: Path, *, demo: bool = False, timing: EmulatorTiming = INSTANT
) -> AsyncIterator[DeploymentHarness]:
    """Opens a bare window with a session on its own emulator."""
    backend = make_backend(timing=timing)
    use_tiny_outputs(backend)
    with LoopbackEmulator(backend) as emulator:
        session_context = make_session_context(folder, emulator.base_url)
        window = QMainWindow()
        await show_window(window)
        scope = SessionScope(QWidget(window))
        service = Service(emulator.base_url, is_demo=demo, demo_token=TOKEN if demo else "")
        async with open_session(service, session_context) as services:
            harness = DeploymentHarness(
                window=window,
                scope=scope,
                commands=DeploymentCommands(scope, services, lambda _address: None),
                services=services,
                preferences=session_context.preferences,
                partner_key=session_context.partner_key,
                emulator=emulator,
            )
            leave = services.notices.listen(harness.notices.append)
            yield harness
            leave()
            scope.close()
        await session_context.network.close()
        await session_context.partner_key.close()
        await session_context.credentials.close()
        window.hide()
        window.deleteLater()
        await process_events_async()
