"""What can be done with one deployment of the list; it only repeats what the menu bar has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.link import deployment_link
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.ui.deployment.deeds import DeploymentDeeds


def deployment_menu(
    owner: QWidget, record: Deployment, deeds: DeploymentDeeds, open_it: Callable[[str], object]
) -> QMenu:
    """A menu for `record` which deletes itself after use."""
    menu = QMenu(owner)
    menu.setObjectName("deployment_row_menu")
    menu.setAccessibleName(one_line(record.name) or record.deployment_id)
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    deployment_id = record.deployment_id

    def add(name: str, text: str, deed: Callable[[], object], *, can: bool = True) -> QAction:
        action = menu.addAction(text)
        action.setObjectName(f"row_{name}")
        action.setEnabled(can)
        action.triggered.connect(lambda: deed())
        return action

    add("open", _("Open"), lambda: open_it(deployment_id))
    add("details", _("Details and readme…"), lambda: deeds.show_details(deployment_id))
    menu.addSeparator()
    can = not deeds.is_busy(deployment_id)
    add("toggle", deeds.toggle_text(record), lambda: deeds.toggle(deployment_id), can=can)
    why_not = deeds.why_no_memory(deployment_id)
    text = _("Free memory: unload the models")
    free = add(
        "free",
        text,
        lambda: deeds.free(deployment_id, clear_cache=False),
        can=can and not why_not,
    )
    free.setToolTip(tooltip(why_not) if why_not else "")
    menu.addSeparator()
    clipboard = QGuiApplication.clipboard()
    add("copy_id", _("Copy deployment ID"), lambda: clipboard.setText(deployment_id))
    link = deployment_link(deployment_id)
    add("copy_link", _("Copy link"), lambda: clipboard.setText(link), can=bool(link))
    add("delete", _("Delete…"), lambda: deeds.ask_delete(deployment_id), can=can)
    return menu
