"""The desk for what is known from before: the line with its age, and what changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QVBoxLayout

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow_change import WorkflowChange
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.offline.age_line import AgeLine
    from runcomfy_desktop.ui.offline.changed_dialog import ChangedDialog
    from runcomfy_desktop.ui.parts import WindowParts


class OfflineDesk(QObject):
    """Puts the line into the tree's panel, and keeps one dialog on screen."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.window)
        self._frame = frame
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._line: AgeLine | None = None
        self._dialog: ChangedDialog | None = None
        self.action = QAction(_("&What changed…"), self)
        self.action.setObjectName("what_changed_action")
        self.action.setEnabled(False)
        self.action.triggered.connect(self._on_action_triggered)
        menu = frame.window.findChild(QMenu, "deployment_menu")
        assert isinstance(menu, QMenu)
        menu.insertAction(frame.menu.toggle_deployment, self.action)
        frame.centre.inputs_made.connect(self._on_inputs_made)

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.catalogue.changed, self._on_anything_changed)
        self._links.add(parts.workbench.changed, self._on_anything_changed)
        self._links.add(parts.account.changed, self._on_anything_changed)
        self._links.add(parts.catalogue.news.wished, self.open)
        self._refresh()

    def detach(self) -> None:
        self._links.close()
        self._parts = None
        if self._dialog is not None:
            self._dialog.reject()
        self._refresh()

    def open(self, change: WorkflowChange) -> None:
        """Shows what changed, or brings it to the front."""
        if self._dialog is not None and self._dialog.change is not change:
            self._dialog.reject()
        if self._dialog is None:
            # Late: most days nothing changes.
            from runcomfy_desktop.ui.offline.changed_dialog import ChangedDialog

            self._dialog = ChangedDialog(change, self._frame.window)
            self._dialog.finished.connect(lambda _result: self._forget())
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _forget(self) -> None:
        self._dialog = None

    def _on_action_triggered(self) -> None:
        if self._parts is not None:
            self._parts.catalogue.news.read(self._deployment_id())

    def _on_inputs_made(self) -> None:
        from runcomfy_desktop.ui.offline.age_line import AgeLine

        panel = self._frame.centre.inputs
        assert panel is not None
        self._line = AgeLine(panel)
        self._line.again_wished.connect(self._on_again_wished)
        self._line.key_wished.connect(self._frame.deeds.connect_key)
        column = panel.layout()
        assert isinstance(column, QVBoxLayout)
        # Below the filter, which is first.
        column.insertWidget(1, self._line)

    def _on_again_wished(self) -> None:
        if self._parts is not None:
            self._parts.account.check(afresh=True)
            self._parts.catalogue.refresh()

    def _on_anything_changed(self, _state: object) -> None:
        self._refresh()

    def _deployment_id(self) -> str:
        deployment = self._parts.workbench.state.deployment if self._parts else None
        return deployment.deployment_id if deployment is not None else ""

    def _refresh(self) -> None:
        parts, deployment_id = self._parts, self._deployment_id()
        known = parts.catalogue.news.of(deployment_id) if parts is not None else None
        self.action.setEnabled(known is not None)
        if self._line is None:
            return
        deployment = parts.workbench.state.deployment if parts is not None else None
        if parts is None or deployment is None:
            self._line.show_age("", 0.0, None)
            return
        as_of_s = parts.catalogue.state.as_of_s(deployment_id)
        self._line.show_age(deployment.name, as_of_s, parts.account.state)
