"""Sessions that follow each other under one window, run as in the program."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from runcomfy_desktop.core.account import KeyHolder
from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.partner_key import PartnerKey
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.paths import Paths
from runcomfy_desktop.session import Surroundings
from runcomfy_desktop.sessions import Sessions, Wish
from runcomfy_desktop.store.credentials import Credentials, without_keyring
from runcomfy_desktop.ui.pictures import measure
from tests.gui.support.hands import find
from tests.gui.support.house import furnished, settings_aids, turn

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.ui.main_window import MainWindow

NOBODY = "http://127.0.0.1:9"


class Run:
    """A window whose sessions run as in the program."""

    def __init__(
        self,
        window: MainWindow,
        sessions: Sessions,
        paths: Paths,
        preferences: Preferences,
        task: asyncio.Task[Any],
    ) -> None:
        self.window = window
        self.sessions = sessions
        self.paths = paths
        self.preferences = preferences
        self.task = task

    def there(self, name: str) -> bool:
        return any(each.isVisible() for each in self.window.findChildren(QWidget, name))

    def text(self, name: str) -> str:
        return find(self.window, QLabel, name).text()

    async def press(self, name: str) -> None:
        find(self.window, QPushButton, name).click()
        await turn()

    def action(self, name: str) -> QAction:
        return next(each for each in self.window.findChildren(QAction) if each.objectName() == name)

    def service(self) -> str:
        parts = self.sessions.parts
        return "" if parts is None else parts.account.state.service

    @property
    def is_over(self) -> bool:
        return self.task.done()

    def demo_pid(self) -> int:
        return int(json.loads(self.paths.emulator.read_bytes())["pid"])


@asynccontextmanager
async def running(
    folder: Path, wish: Wish, *, paths: Paths | None = None, fixed_url: str = NOBODY
) -> AsyncIterator[Run]:
    paths = paths or Paths(folder, folder / "outputs")
    preferences = Preferences(Settings(base_url=NOBODY), lambda _settings: None)
    notices = Notices()
    network = Network(preferences, notices)
    window = furnished(folder / "window.ini", preferences, settings_aids(preferences, network))
    credentials = Credentials(find=without_keyring)
    partner = PartnerKey(notices)
    around = Surroundings(
        paths, preferences, notices, credentials, KeyHolder(), network, partner, measure
    )
    sessions = Sessions(window, around, fixed_url)
    window.show()
    tasks = Tasks()
    task = tasks.start("sessions", sessions.run(wish))
    try:
        yield Run(window, sessions, paths, preferences, task)
    finally:
        window.close()
        await task
        await credentials.close()
        await tasks.close()
