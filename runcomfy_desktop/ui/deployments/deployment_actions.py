"""Actions of the Deployment menu that concern the deployment in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.editor.editor_state import EditorState


class DeploymentActions(ActionSet):
    """Actions for the deployment in use, and the menu of those that free its memory."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.details = self._make("details", _("&Details and readme…"), "Ctrl+I")
        self.what_changed = self._make("what_changed", _("&What changed…"))
        self.toggle = self._make("toggle_deployment", _("&Disable"))
        self.free_models = self._make("free_models", _("&Unload the models"))
        self.free_all = self._make("free_all", _("Unload the models and &clear the cache"))
        self.free_menu = QMenu(_("Free &memory"), parent)
        self.free_menu.setObjectName("free_memory_menu")
        self.free_menu.setAccessibleName(_("Free memory"))
        self.free_menu.setToolTipsVisible(True)
        self.free_menu.addActions([self.free_models, self.free_all])
        self.delete = self._make("delete_deployment", _("De&lete…"))
        self.copy_id = self._make("copy_id", _("Copy deployment &ID"))
        self.copy_link = self._make("copy_link", _("Copy lin&k"))
        self.reset()

    def reset(self) -> None:
        """Shows the state without a session."""
        self.update_for_deployment("", is_busy=False, no_memory_reason="")
        self.what_changed.setEnabled(False)
        self._enable_copying("")

    def update_for_deployment(self, toggle: str, *, is_busy: bool, no_memory_reason: str) -> None:
        """Updates the actions for the deployment in use.

        `toggle` is the text of the action that enables or disables the deployment, "" if none is in
        use; `no_memory_reason` says why no memory can be freed, "" if it can.
        """
        has_deployment = bool(toggle)
        self.details.setEnabled(has_deployment)
        self.toggle.setText(toggle or _("&Disable"))
        for action in (self.toggle, self.delete):
            action.setEnabled(has_deployment and not is_busy)
        for action in (self.free_models, self.free_all):
            action.setEnabled(has_deployment and not is_busy and not no_memory_reason)
            action.setToolTip(tooltip(no_memory_reason))
            action.setStatusTip(no_memory_reason)

    def update_for_editor(self, editor_state: EditorState) -> None:
        """Updates the actions that copy the id and the link of the deployment in use."""
        deployment = editor_state.deployment
        self._enable_copying(deployment.deployment_id if deployment is not None else "")

    def _enable_copying(self, deployment_id: str) -> None:
        self.copy_id.setEnabled(bool(deployment_id))
        self.copy_link.setEnabled(bool(deployment_id) and bool(deployment_link(deployment_id)))
