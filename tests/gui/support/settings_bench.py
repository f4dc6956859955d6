"""The settings dialog alone, on real settings, a real keyring desk and the network of the program.

    async with open_settings() as bench:
        dialog = await bench.open(NETWORK)

For what its pages do by themselves; what the rest of the program makes of them needs the house.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.partner_key import PartnerKey
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.trial import Trial
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.store.credentials import Credentials
from runcomfy_desktop.ui.dialogs.settings import GENERAL, SettingsDialog
from tests.gui.support.hands import find
from tests.gui.support.house import MemoryKeyring, put_up, settings_aids, turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runcomfy_desktop.ui.parts import SettingsAids

W = TypeVar("W", bound=QWidget)

_LEFT = Qt.MouseButton.LeftButton
SERVICE = "http://127.0.0.1:9"


@dataclass
class SettingsBench:
    """A window of nothing but its dialog; `keyring` has what was saved as a secret."""

    window: QWidget
    preferences: Preferences
    keyring: MemoryKeyring
    aids: SettingsAids

    async def open(self, page: str = GENERAL) -> SettingsDialog:
        """The dialog at one of its pages, as the menu opens it."""
        dialog = SettingsDialog(self.preferences, self.aids, "/usual/place", self.window)
        dialog.open()
        await turn()
        if page != GENERAL:
            await self.press(f"settings_{page}")
        return dialog

    def find(self, kind: type[W], name: str) -> W:
        return find(self.window, kind, name)

    def there(self, kind: type[W], name: str) -> bool:
        """Whether such a widget is on screen."""
        return any(each.isVisible() for each in self.window.findChildren(kind, name))

    async def press(self, name: str) -> None:
        """A left click on the button with this name."""
        button = self.find(QAbstractButton, name)
        assert button.isVisible(), f"{name} is not on screen"
        assert button.isEnabled(), f"{name} cannot be pressed"
        QTest.mouseClick(button, _LEFT)
        await turn()


@asynccontextmanager
async def open_settings() -> AsyncIterator[SettingsBench]:
    """A window for the dialog, and what the program lends to it."""
    keyring, notices = MemoryKeyring(), Notices()
    preferences = Preferences(Settings(base_url=SERVICE), lambda _settings: None)
    network, partner = Network(preferences, notices), PartnerKey(notices)
    passwords, partners = (Credentials(find=lambda: keyring) for _each in range(2))
    network.begin(passwords)
    partner.begin(partners)
    partner.serve(SERVICE)
    aids, trials = settings_aids(preferences, network, partner), list[Trial]()

    def trial() -> Trial:
        trials.append(aids.trial())
        return trials[-1]

    window = QWidget()
    await put_up(window, 900, 700)
    yield SettingsBench(window, preferences, keyring, replace(aids, trial=trial))
    # A file may still be looked at when its dialog has gone.
    for each in trials:
        await each.close()
    for part in (network, partner, passwords, partners):
        await part.close()
    window.hide()
    window.deleteLater()
    await turn()
