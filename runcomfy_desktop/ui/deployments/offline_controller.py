"""The desk for what is known from before: the line with its age, and what changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QVBoxLayout

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployments.workflow_change import WorkflowChange
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.deployments.cache_age_bar import CacheAgeBar
    from runcomfy_desktop.ui.deployments.workflow_changed_dialog import WorkflowChangedDialog
    from runcomfy_desktop.ui.main_window.controllers import WindowContext


class OfflineController(QObject):
    """Puts the line into the tree's panel, and keeps one dialog on screen."""

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
        """Shows what changed, or brings it to the front."""
        if self._dialog is not None and self._dialog.change is not change:
            self._dialog.reject()
        if self._dialog is None:
            # Late: most days nothing changes.
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
        from runcomfy_desktop.ui.deployments.cache_age_bar import CacheAgeBar

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
