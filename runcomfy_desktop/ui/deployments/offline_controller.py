"""Age of cached data, and the changes to a workflow since it was cached."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QVBoxLayout

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import age, one_line, shortened
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.info_bar import InfoBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.domain.deployments.workflow_change import WorkflowChange
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.deployments.workflow_changed_dialog import WorkflowChangedDialog
    from runcomfy_desktop.ui.main_window.controllers import WindowContext

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

    def show_age(self, name: str, as_of_s: float, account: AccountState | None) -> None:
        """Shows the age; an `as_of_s` of 0.0 hides the bar."""
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


class OfflineController(QObject):
    """Adds the age bar to the tree's panel and shows the changes to a workflow in one dialog."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self._age_bar: CacheAgeBar | None = None
        self._dialog: WorkflowChangedDialog | None = None
        self.action = QAction(_("&What changed…"), self)
        self.action.setObjectName("what_changed_action")
        self.action.setEnabled(False)
        self.action.triggered.connect(self._on_action_triggered)
        menu = context.window.findChild(QMenu, "deployment_menu")
        assert isinstance(menu, QMenu)
        menu.insertAction(context.main_actions.toggle_deployment, self.action)
        context.central_widget.inputs_created.connect(self._on_inputs_created)

    def attach(self, services: SessionServices) -> None:
        self._services = services
        self._subscriptions.add(services.catalogue.changed, self._on_anything_changed)
        self._subscriptions.add(services.draft_editor.changed, self._on_anything_changed)
        self._subscriptions.add(services.account.changed, self._on_anything_changed)
        self._subscriptions.add(services.catalogue.change_notifier.details_requested, self.open)
        self._refresh()

    def detach(self) -> None:
        self._subscriptions.close()
        self._services = None
        if self._dialog is not None:
            self._dialog.reject()
        self._refresh()

    def open(self, change: WorkflowChange) -> None:
        """Opens the dialog with a change, or raises the open one."""
        if self._dialog is not None and self._dialog.change is not change:
            self._dialog.reject()
        if self._dialog is None:
            # Imported late: on most days nothing changes.
            from runcomfy_desktop.ui.deployments.workflow_changed_dialog import (
                WorkflowChangedDialog,
            )

            self._dialog = WorkflowChangedDialog(change, self._context.window)
            self._dialog.finished.connect(lambda _result: self._clear_dialog())
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _clear_dialog(self) -> None:
        self._dialog = None

    def _on_action_triggered(self) -> None:
        if self._services is not None:
            self._services.catalogue.change_notifier.request_details(self._deployment_id())

    def _on_inputs_created(self) -> None:

        panel = self._context.central_widget.inputs
        assert panel is not None
        self._age_bar = CacheAgeBar(panel)
        self._age_bar.retry_requested.connect(self._on_retry_requested)
        self._age_bar.key_requested.connect(self._context.commands.connect_key)
        column = panel.layout()
        assert isinstance(column, QVBoxLayout)
        # Below the filter, which is first.
        column.insertWidget(1, self._age_bar)

    def _on_retry_requested(self) -> None:
        if self._services is not None:
            self._services.account.check(restarts=True)
            self._services.catalogue.refresh()

    def _on_anything_changed(self, _state: object) -> None:
        self._refresh()

    def _deployment_id(self) -> str:
        deployment = self._services.draft_editor.state.deployment if self._services else None
        return deployment.deployment_id if deployment is not None else ""

    def _refresh(self) -> None:
        services, deployment_id = self._services, self._deployment_id()
        change = (
            services.catalogue.change_notifier.change_of(deployment_id)
            if services is not None
            else None
        )
        self.action.setEnabled(change is not None)
        if self._age_bar is None:
            return
        deployment = services.draft_editor.state.deployment if services is not None else None
        if services is None or deployment is None:
            self._age_bar.show_age("", 0.0, None)
            return
        as_of_s = services.catalogue.state.as_of_s(deployment_id)
        self._age_bar.show_age(deployment.name, as_of_s, services.account.state)
