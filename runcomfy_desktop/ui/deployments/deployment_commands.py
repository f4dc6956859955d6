"""Commands on deployments: details, enable, disable, free memory and delete.

The user is asked first if a command costs money or cannot be undone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.deployments.details_dialog import DeploymentDetailsDialog


class DeploymentCommands(QObject):
    """Carries out commands on deployments and owns their dialogs.

    `open_page` opens an address in the browser.
    """

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        open_page: Callable[[QUrl], object],
    ) -> None:
        super().__init__(scope)
        self._services = services
        self._open_page = open_page
        self._dialog_parent = scope.dialog_parent
        self._details_dialogs: dict[str, DeploymentDetailsDialog] = {}

    # Queries

    def deployment(self, deployment_id: str) -> Deployment | None:
        """Returns a deployment from the list, else the open deployment if it has this id.

        Returns None if neither is found.
        """
        for each in self._services.catalogue.state.deployments:
            if each.deployment_id == deployment_id:
                return each
        opened = self._services.draft_editor.state.deployment
        if opened is not None and opened.deployment_id == deployment_id:
            return opened
        return None

    def is_busy(self, deployment_id: str) -> bool:
        return deployment_id in self._services.deployment_manager.state.busy

    def no_memory_reason(self, deployment_id: str) -> str:
        """Returns why there is no instance whose memory could be freed; "" if there is one."""
        if self._services.deployment_manager.instance_of(deployment_id):
            return ""
        if self._services.deployment_manager.had_instance(deployment_id):
            return _("Its last instance has shut down, so its memory is free.")
        return _("No instance of it is known until a job has run here.")

    def toggle_text(self, deployment: Deployment) -> str:
        """Returns the menu text; an ellipsis means that the user is asked first."""
        if not deployment.is_enabled:
            return _("Enable…") if deployment.min_instances else _("Enable")
        deployment_manager = self._services.deployment_manager
        active_jobs = deployment_manager.active_job_count(deployment.deployment_id)
        return _("Disable…") if active_jobs else _("Disable")

    # Commands

    def show_menu(
        self, deployment_id: str, global_pos: QPoint, open_deployment: Callable[[str], object]
    ) -> None:
        """Shows the context menu of a row at a screen position."""
        deployment = self.deployment(deployment_id)
        if deployment is not None:
            menu = _deployment_menu(self._dialog_parent, deployment, self, open_deployment)
            menu.popup(global_pos)

    def show_details(self, deployment_id: str) -> None:
        deployment = self.deployment(deployment_id)
        if deployment is None:
            return
        dialog = self._details_dialogs.get(deployment_id)
        if dialog is None:
            from runcomfy_desktop.ui.deployments.details_dialog import DeploymentDetailsDialog

            dialog = DeploymentDetailsDialog(deployment, self._services, self._dialog_parent)
            self._details_dialogs[deployment_id] = dialog
            dialog.finished.connect(lambda _result: self._details_dialogs.pop(deployment_id, None))
            dialog.toggle_requested.connect(lambda: self.toggle(deployment_id))
            dialog.delete_requested.connect(lambda: self.ask_delete(deployment_id))
            dialog.link_chosen.connect(lambda url: self._ask_link(url, deployment_id))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def toggle(self, deployment_id: str) -> None:
        """Enables or disables a deployment; asks first if jobs would fail or if it costs money."""
        deployment = self.deployment(deployment_id)
        if deployment is None:
            return
        active_jobs = self._services.deployment_manager.active_job_count(deployment_id)
        if not deployment.is_enabled:
            self.enable(deployment_id)
        elif active_jobs:
            self._ask_disable(deployment, active_jobs)
        else:
            self._disable(deployment_id)

    def enable(self, deployment_id: str) -> None:
        """Enables a deployment; asks first if it has instances that are always on."""
        deployment = self.deployment(deployment_id)
        if deployment is None or self.is_busy(deployment_id):
            return
        from runcomfy_desktop.ui.deployments.cost_question import ask_before_enabling

        on_confirmed = partial(self._enable, deployment)
        ask_before_enabling(
            self._owner(deployment_id), self._services.budget, deployment, on_confirmed
        )

    def free_memory(self, deployment_id: str, *, clear_cache: bool) -> None:
        self._services.deployment_manager.free_memory(deployment_id, clear_cache=clear_cache)

    def ask_delete(self, deployment_id: str) -> None:
        deployment = self.deployment(deployment_id)
        if deployment is None:
            return
        from runcomfy_desktop.ui.deployments.delete_dialog import DeleteDeploymentDialog

        dialog = DeleteDeploymentDialog(
            deployment,
            self._owner(deployment_id),
            active_jobs=self._services.deployment_manager.active_job_count(deployment_id),
            is_open=self._services.draft_editor.opened_record(deployment_id) is not None,
        )
        dialog.accepted.connect(lambda: self._delete(deployment_id))
        dialog.open()

    # Internal

    def _delete(self, deployment_id: str) -> None:
        self._services.deployment_manager.delete(deployment_id)

    def _disable(self, deployment_id: str) -> None:
        self._services.deployment_manager.disable(deployment_id)

    def _enable(self, known_deployment: Deployment) -> None:
        self._services.deployment_manager.enable(known_deployment)

    def _owner(self, deployment_id: str) -> QWidget:
        return self._details_dialogs.get(deployment_id, self._dialog_parent)

    def _ask_disable(self, deployment: Deployment, active_jobs: int) -> None:
        from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

        name, deployment_id = shortened(one_line(deployment.name)), deployment.deployment_id
        title = n_(
            "Disable %s while %d job is not finished?",
            "Disable %s while %d jobs are not finished?",
            active_jobs,
        )
        ask_confirmation(
            self._owner(deployment_id),
            "confirm_disable",
            title=title % (name, active_jobs),
            text=_(
                "Every request to it fails at once, and jobs that wait for it fail too. What they "
                "used is billed. It can be enabled again at any time."
            ),
            button_text=_("Disable %s") % name,
            on_yes=partial(self._disable, deployment_id),
        )

    def _ask_link(self, url: QUrl, deployment_id: str) -> None:
        from runcomfy_desktop.ui.deployments.readme_view import ReadmeLinkDialog

        dialog = ReadmeLinkDialog(url, self._owner(deployment_id))
        dialog.accepted.connect(lambda: self._open_page(url))
        dialog.open()


def _deployment_menu(
    owner: QWidget,
    deployment: Deployment,
    commands: DeploymentCommands,
    open_deployment: Callable[[str], object],
) -> QMenu:
    """Returns the context menu, whose entries the menu bar has too; it deletes itself after use."""
    menu = QMenu(owner)
    menu.setObjectName("deployment_row_menu")
    menu.setAccessibleName(one_line(deployment.name) or deployment.deployment_id)
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    deployment_id = deployment.deployment_id

    def add(name: str, text: str, command: Callable[[], object], *, can: bool = True) -> QAction:
        action = menu.addAction(text)
        action.setObjectName(f"row_{name}")
        action.setEnabled(can)
        action.triggered.connect(lambda: command())
        return action

    add("open", _("Open"), lambda: open_deployment(deployment_id))
    add("details", _("Details and readme…"), lambda: commands.show_details(deployment_id))
    menu.addSeparator()
    can = not commands.is_busy(deployment_id)
    add("toggle", commands.toggle_text(deployment), lambda: commands.toggle(deployment_id), can=can)
    reason = commands.no_memory_reason(deployment_id)
    text = _("Free memory: unload the models")
    free = partial(commands.free_memory, deployment_id, clear_cache=False)
    free_action = add("free", text, free, can=can and not reason)
    free_action.setToolTip(tooltip(reason) if reason else "")
    menu.addSeparator()
    clipboard = QGuiApplication.clipboard()
    add("copy_id", _("Copy deployment ID"), lambda: clipboard.setText(deployment_id))
    link = deployment_link(deployment_id)
    add("copy_link", _("Copy link"), lambda: clipboard.setText(link), can=bool(link))
    add("delete", _("Delete…"), lambda: commands.ask_delete(deployment_id), can=can)
    return menu
