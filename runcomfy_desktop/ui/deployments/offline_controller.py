"""Changes to a deployment's workflow since it was cached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from runcomfy_desktop.domain.deployments.workflow_change import WorkflowChange
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.deployments.workflow_changed_dialog import WorkflowChangedDialog


class OfflineController(QObject):
    """Shows the changes to a workflow in one dialog.

    The action `what_changed` is enabled while changes to the open deployment are known.
    """

    def __init__(
        self, scope: SessionScope, services: SessionServices, what_changed: QAction
    ) -> None:
        super().__init__(scope)
        self._services = services
        self._action = what_changed
        self._dialog_parent = scope.dialog_parent
        self._dialog: WorkflowChangedDialog | None = None
        scope.connect_signal(what_changed.triggered, self._on_action_triggered)
        scope.subscribe(services.catalogue.changed, self._on_anything_changed)
        scope.subscribe(services.draft_editor.changed, self._on_anything_changed)
        scope.subscribe(services.catalogue.change_notifier.details_requested, self.open)
        self._update_action()

    def open(self, change: WorkflowChange) -> None:
        """Opens the dialog with a change, or raises the open one."""
        if self._dialog is not None and self._dialog.change is not change:
            self._dialog.reject()
        if self._dialog is None:
            # Imported late: on most days nothing changes.
            from runcomfy_desktop.ui.deployments.workflow_changed_dialog import (
                WorkflowChangedDialog,
            )

            self._dialog = WorkflowChangedDialog(change, self._dialog_parent)
            self._dialog.finished.connect(lambda _result: self._clear_dialog())
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _clear_dialog(self) -> None:
        self._dialog = None

    def _on_action_triggered(self) -> None:
        self._services.catalogue.change_notifier.request_details(self._deployment_id())

    def _on_anything_changed(self, _state: object) -> None:
        self._update_action()

    def _deployment_id(self) -> str:
        deployment = self._services.draft_editor.state.deployment
        return deployment.deployment_id if deployment is not None else ""

    def _update_action(self) -> None:
        change_notifier = self._services.catalogue.change_notifier
        self._action.setEnabled(change_notifier.change_of(self._deployment_id()) is not None)
