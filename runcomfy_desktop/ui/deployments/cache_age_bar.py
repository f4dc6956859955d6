"""The line above the tree that says since when the deployment is known, while it cannot be read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import age, one_line, shortened
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.info_bar import InfoBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.account.account import AccountState

_MINUTE_MS = 60_000


class CacheAgeBar(InfoBar):
    """Hidden while what is shown is what RunComfy has. Emits `retry_requested` and
    `key_requested`."""

    retry_requested = Signal()
    key_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("age", "cloud-off", "", parent)
        self._shown_age: tuple[str, float, AccountState] | None = None
        self._minute_timer = QTimer(self)
        self._button.clicked.connect(self._on_button_clicked)
        self._minute_timer.timeout.connect(self._update_texts)

    def show_age(self, name: str, as_of_s: float, account: AccountState | None) -> None:
        """`as_of_s` is 0.0 while there is nothing to say."""
        self._shown_age = None if account is None or not as_of_s else (name, as_of_s, account)
        self._minute_timer.stop()
        if self._shown_age is not None:
            self._update_texts()
            self._minute_timer.start(_MINUTE_MS)
        self.setVisible(self._shown_age is not None)

    def _update_texts(self) -> None:
        if self._shown_age is None:
            return
        name, as_of_s, account = self._shown_age
        text, button = age_texts(name, age(as_of_s, time.time()), account)
        self._text.setText(text)
        self._button.setText(literal(button))
        self._button.setAccessibleName(button)

    def _on_button_clicked(self) -> None:
        if self._shown_age is not None and lacks_key(self._shown_age[2]):
            self.key_requested.emit()
        else:
            self.retry_requested.emit()


def age_texts(name: str, as_of: str, account: AccountState) -> tuple[str, str]:
    """What is said, and what the button beside it is for."""
    name = shortened(one_line(name))
    if lacks_key(account):
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


def lacks_key(account: AccountState) -> bool:
    """Returns whether there is none to ask with; one that is kept may be refused for a while."""
    # By name: the module of the phases brings the network with it.
    phase = account.phase.name
    return phase == "SIGNED_OUT" or (phase == "REJECTED" and not account.key_place)
