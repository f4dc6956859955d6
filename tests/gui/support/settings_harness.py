"""The settings dialog alone, on real settings, a real keyring service and the program's network.

    async with open_settings_harness() as harness:
        dialog = await harness.open(NETWORK)

It is for tests of the pages themselves; effects on the rest of the program need `gui_program`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from runcomfy_desktop.core.account.partner_key import PartnerKey
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.network.connection_test import ConnectionTest
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.store.credentials import Credentials
from runcomfy_desktop.ui.settings.settings_dialog import GENERAL, SettingsDialog
from tests.gui.support.gui_program import (
    MemoryKeyring,
    create_settings_services,
    process_events_async,
    show_window,
)
from tests.gui.support.user_input import find

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runcomfy_desktop.ui.base.session_services import SettingsServices

W = TypeVar("W", bound=QWidget)

_LEFT = Qt.MouseButton.LeftButton
SERVICE = "http://127.0.0.1:9"


@dataclass
class SettingsHarness:
    """Window with only the dialog; `keyring` contains the saved secrets."""

    window: QWidget
    preferences: Preferences
    keyring: MemoryKeyring
    services: SettingsServices

    async def open(self, page: str = GENERAL) -> SettingsDialog:
        """Opens the dialog at one of its pages, as the menu does."""
        dialog = SettingsDialog(self.preferences, self.services, self.window)
        dialog.open()
        await process_events_async()
        if page != GENERAL:
            await self.press(f"settings_{page}")
        return dialog

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
        QTest.mouseClick(button, _LEFT)
        await process_events_async()


@asynccontextmanager
async def open_settings_harness() -> AsyncIterator[SettingsHarness]:
    """Creates a window for the dialog, and the services that the program provides."""
    keyring, notices = MemoryKeyring(), Notices()
    preferences = Preferences(Settings(base_url=SERVICE), lambda _settings: None)
    network, partner_key = Network(preferences, notices), PartnerKey(notices)
    proxy_credentials, partner_credentials = (
        Credentials(find_keyring=lambda: keyring) for _each in range(2)
    )
    network.start(proxy_credentials)
    partner_key.start(partner_credentials)
    partner_key.begin_session(SERVICE)
    services, connection_tests = (
        create_settings_services(preferences, network, partner_key),
        list[ConnectionTest](),
    )

    def make_connection_test() -> ConnectionTest:
        connection_tests.append(services.make_connection_test())
        return connection_tests[-1]

    window = QWidget()
    await show_window(window, 900, 700)
    yield SettingsHarness(
        window, preferences, keyring, replace(services, make_connection_test=make_connection_test)
    )
    # A file may still be examined after its dialog has been closed.
    for each in connection_tests:
        await each.close()
    for part in (network, partner_key, proxy_credentials, partner_credentials):
        await part.close()
    window.hide()
    window.deleteLater()
    await process_events_async()
