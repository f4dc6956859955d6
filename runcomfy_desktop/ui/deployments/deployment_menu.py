"""What can be done with one deployment of the list; it only repeats what the menu bar has."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.deployments.deployment_commands import DeploymentCommands


def deployment_menu(
    owner: QWidget,
    deployment: Deployment,
    commands: DeploymentCommands,
    open_deployment: Callable[[str], object],
) -> QMenu:
    """A menu for `deployment` which deletes itself after use."""
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
