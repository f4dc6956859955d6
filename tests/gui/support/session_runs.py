"""Successive sessions under one window, run as in the program."""

from __future__ import annotations

import gc
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from runcomfy_desktop.app.session import SessionContext
from runcomfy_desktop.app.session_manager import SessionManager, SessionRequest
from runcomfy_desktop.core.account.account import KeyHolder
from runcomfy_desktop.core.account.partner_key import PartnerKey
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.paths import Paths
from runcomfy_desktop.store.credentials import Credentials, disabled_keyring
from runcomfy_desktop.ui.images.picture_loader import measure_picture
from tests.gui.support.gui_program import (
    build_window,
    create_settings_services,
    process_events_async,
)
from tests.gui.support.user_input import find

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.ui.main_window.main_window import MainWindow

UNREACHABLE_URL = "http://127.0.0.1:9"


class SessionRun:
    """Window whose sessions run as in the program."""

    def __init__(
        self,
        window: MainWindow,
        sessions: SessionManager,
        paths: Paths,
        preferences: Preferences,
        task: asyncio.Task[Any],
    ) -> None:
        self.window = window
        self.sessions = sessions
        self.paths = paths
        self.preferences = preferences
        self.task = task

    def is_visible(self, name: str) -> bool:
        return any(each.isVisible() for each in self.window.findChildren(QWidget, name))

    def text(self, name: str) -> str:
        return find(self.window, QLabel, name).text()

    async def press(self, name: str) -> None:
        find(self.window, QPushButton, name).click()
        await process_events_async()

    def action(self, name: str) -> QAction:
        return next(each for each in self.window.findChildren(QAction) if each.objectName() == name)

    def service(self) -> str:
        services = self.sessions.services
        return "" if services is None else services.account.state.service

    @property
    def is_over(self) -> bool:
        return self.task.done()

    def demo_pid(self) -> int:
        return int(json.loads(self.paths.demo_service.read_bytes())["pid"])


@asynccontextmanager
async def run_sessions(
    folder: Path,
    request: SessionRequest,
    *,
    paths: Paths | None = None,
    fixed_url: str = UNREACHABLE_URL,
) -> AsyncIterator[SessionRun]:
    paths = paths or Paths(folder, folder / "outputs")
    preferences = Preferences(Settings(base_url=UNREACHABLE_URL), lambda _settings: None)
    notices = Notices()
    network = Network(preferences, notices)
    window = build_window(
        folder / "window.ini", preferences, create_settings_services(preferences, network)
    )
    credentials = Credentials(find_keyring=disabled_keyring)
    partner_key = PartnerKey(notices)
    session_context = SessionContext(
        paths, preferences, notices, credentials, KeyHolder(), network, partner_key, measure_picture
    )
    sessions = SessionManager(window, session_context, fixed_url, gc.collect)
    window.show()
    tasks = Tasks()
    task = tasks.start("sessions", sessions.run(request))
    try:
        yield SessionRun(window, sessions, paths, preferences, task)
    finally:
        window.close()
        await task
        await credentials.close()
        await tasks.close()
