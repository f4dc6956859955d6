"""The line above the tree that says since when the deployment is known, while it cannot be read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import age, one_line, shortened
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.quiet_line import QuietLine

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.account import AccountState

_MINUTE_MS = 60_000


class AgeLine(QuietLine):
    """Hidden while what is shown is what RunComfy has. Emits `again_wished` and `key_wished`."""

    again_wished = Signal()
    key_wished = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("age", "cloud-off", "", parent)
        self._told: tuple[str, float, AccountState] | None = None
        self._minute = QTimer(self)
        self._button.clicked.connect(self._on_button_clicked)
        self._minute.timeout.connect(self._say)

    def show_age(self, name: str, as_of_s: float, account: AccountState | None) -> None:
        """`as_of_s` is 0.0 while there is nothing to say."""
        self._told = None if account is None or not as_of_s else (name, as_of_s, account)
        self._minute.stop()
        if self._told is not None:
            self._say()
            self._minute.start(_MINUTE_MS)
        self.setVisible(self._told is not None)

    def _say(self) -> None:
        if self._told is None:
            return
        name, as_of_s, account = self._told
        text, button = age_words(name, age(as_of_s, time.time()), account)
        self._text.setText(text)
        self._button.setText(literal(button))
        self._button.setAccessibleName(button)

    def _on_button_clicked(self) -> None:
        if self._told is not None and needs_key(self._told[2]):
            self.key_wished.emit()
        else:
            self.again_wished.emit()


def age_words(name: str, as_of: str, account: AccountState) -> tuple[str, str]:
    """What is said, and what the button beside it is for."""
    name = shortened(one_line(name))
    if needs_key(account):
        text = _("This is %s as of %s. To see it as it is now, and to run it, a key is needed.")
        return text % (name, as_of), _("Connect a key…")
    if account.phase.name == "REJECTED":
        text = _("This is %s as of %s. Your key is not accepted at present; it is tried again.")
        return text % (name, as_of), _("Try again")
    if account.phase.name == "UNREACHABLE":
        text = _("Offline: this is %s as of %s. What you run waits here until RunComfy answers.")
        return text % (name, as_of), _("Try again")
    text = _("This is %s as of %s: RunComfy did not say how it is now.")
    return text % (name, as_of), _("Try again")


def needs_key(account: AccountState) -> bool:
    """Returns whether there is none to ask with; one that is kept may be refused for a while."""
    # By name: the module of the phases brings the network with it.
    phase = account.phase.name
    return phase == "SIGNED_OUT" or (phase == "REJECTED" and not account.key_place)
