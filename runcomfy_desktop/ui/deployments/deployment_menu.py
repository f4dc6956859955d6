"""Menu of the deployments to choose from, for the run bar, the menu bar and a draft's binding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.widgets.buttons import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployments.deployment import Deployment


class DeploymentMenu(QMenu):
    """Menu of the deployments to choose from.

    Emits `chosen` with an id.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("&Choose"), parent)
        self.setObjectName("choose_deployment_menu")
        self.setAccessibleName(_("Choose a deployment"))
        self.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        self._group.triggered.connect(lambda action: self.chosen.emit(action.data()))
        self._shown_ids: tuple[str, ...] | None = None
        self.show_deployments((), "")

    def show_deployments(
        self,
        deployments: tuple[Deployment, ...],
        current_id: str,
        is_other: Callable[[str], bool] = lambda _deployment_id: False,
    ) -> None:
        """Updates the entries.

        `is_other` returns True for deployments without a ComfyUI workflow.
        """
        self._rebuild(tuple(each.deployment_id for each in deployments))
        for action, each in zip(self._group.actions(), deployments, strict=True):
            name = literal(one_line(each.name) or each.deployment_id)
            text = name if each.is_enabled else _("%s (disabled)") % name
            if is_other(each.deployment_id):
                text = _("%s (no workflow)") % name
            action.setText(text)
            action.setChecked(each.deployment_id == current_id)

    def _rebuild(self, ids: tuple[str, ...]) -> None:
        """Creates one entry per id.

        The menu may be open: its active entry stays active.
        """
        if ids == self._shown_ids:
            return
        self._shown_ids = ids
        active: QAction | None = self.activeAction()
        active_id = active.data() if active is not None else None
        for action in self._group.actions():
            action.deleteLater()
            self._group.removeAction(action)
        self.clear()
        for deployment_id in ids:
            action = QAction(self)
            action.setCheckable(True)
            action.setData(deployment_id)
            self._group.addAction(action)
            self.addAction(action)
            if deployment_id == active_id:
                self.setActiveAction(action)
        if not ids:
            self.addAction(_("No deployments are listed")).setEnabled(False)
