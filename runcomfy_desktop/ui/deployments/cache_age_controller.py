"""Bar above the tree with the age of cached data."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import age, one_line, shortened
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.info_bar import InfoBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices

_MINUTE_MS = 60_000


class CacheAgeBar(InfoBar):
    """Bar above the tree with the age of the cached deployment while it cannot be read.

    Hidden while the view is up to date. Emits `retry_requested` and `key_requested`.
    """

    retry_requested = Signal()
    key_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("age", "cloud-off", "", parent)
        self._shown_age: tuple[str, float, AccountState] | None = None
        self._minute_timer = QTimer(self)
        self._button.clicked.connect(self._on_button_clicked)
        self._minute_timer.timeout.connect(self._update_texts)

    def show_age(self, name: str, as_of_s: float, account: AccountState) -> None:
        """Shows the age; an `as_of_s` of 0.0 hides the bar."""
        self._shown_age = (name, as_of_s, account) if as_of_s else None
        self._minute_timer.stop()
        if self._shown_age is not None:
            self._update_texts()
            self._minute_timer.start(_MINUTE_MS)
        self.setVisible(self._shown_age is not None)

    def _update_texts(self) -> None:
        if self._shown_age is None:
            return
        name, as_of_s, account = self._shown_age
        text, button = _age_texts(name, age(as_of_s, time.time()), account)
        self._text.setText(text)
        self._button.setText(literal(button))
        self._button.setAccessibleName(button)

    def _on_button_clicked(self) -> None:
        if self._shown_age is not None and _lacks_key(self._shown_age[2]):
            self.key_requested.emit()
        else:
            self.retry_requested.emit()


def _age_texts(name: str, as_of: str, account: AccountState) -> tuple[str, str]:
    """Returns the text of the bar and of its button."""
    name = shortened(one_line(name))
    if _lacks_key(account):
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


def _lacks_key(account: AccountState) -> bool:
    """Returns True if there is no key; a stored key that is refused is tried again later."""
    # Compared by name: importing the enum would import the network code.
    phase = account.phase.name
    return phase == "SIGNED_OUT" or (phase == "REJECTED" and not account.key_place)


class CacheAgeController(QObject):
    """Shows the age of the open deployment above the tree while only a cached one can be read.

    `add_bar` inserts the bar above the tree; `connect_key` opens the dialog for a key.
    """

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        add_bar: Callable[[QWidget], object],
        connect_key: Callable[[], object],
    ) -> None:
        super().__init__(scope)
        self._services = services
        self._bar = CacheAgeBar(scope.dialog_parent)
        self._bar.retry_requested.connect(self._on_retry_requested)
        self._bar.key_requested.connect(connect_key)
        add_bar(self._bar)
        scope.subscribe(services.catalogue.changed, self._on_anything_changed)
        scope.subscribe(services.draft_editor.changed, self._on_anything_changed)
        scope.subscribe(services.account.changed, self._on_anything_changed)
        self._refresh()

    def _on_retry_requested(self) -> None:
        self._services.account.check(restarts=True)
        self._services.catalogue.refresh()

    def _on_anything_changed(self, _state: object) -> None:
        self._refresh()

    def _refresh(self) -> None:
        services, name, as_of_s = self._services, "", 0.0
        deployment = services.draft_editor.state.deployment
        if deployment is not None:
            name = deployment.name
            as_of_s = services.catalogue.state.as_of_s(deployment.deployment_id)
        self._bar.show_age(name, as_of_s, services.account.state)
