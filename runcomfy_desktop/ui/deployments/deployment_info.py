"""What a deployment is: its name, whether it takes requests, and the facts of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.deployments.deployment import no_workflow_texts
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.deployments.deployment_texts import (
    hardware_line,
    price_line,
    state_line,
    time_text,
)
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.property_grid import PropertyGrid

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployments.deployment import Deployment


class DeploymentInfo(QWidget):
    """The head of the details, and the facts below it; ids can be copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_enabled = True
        self._title_label = heading_label("", "details_title", self, wrap=True)
        self._status_icon = QLabel(self)
        self._state_label = plain_label("", "details_state", self, wrap=True)
        self._kind_label = plain_label("", "details_kind", self, wrap=True)
        self.properties = PropertyGrid(self)
        self._build()

    def show_deployment(self, deployment: Deployment, *, is_other: bool) -> None:
        name = one_line(deployment.name) or deployment.deployment_id
        self._is_enabled = deployment.is_enabled
        self._title_label.setText(name)
        self._state_label.setText(state_line(deployment))
        self._kind_label.setText(" ".join(no_workflow_texts(name)) if is_other else "")
        self._kind_label.setVisible(is_other)
        for key, value in (
            ("hardware", hardware_line(deployment)),
            ("price", price_line(deployment)),
            ("workflow", one_line(deployment.workflow_id)),
            ("version", one_line(deployment.workflow_version)),
            ("deployment_id", deployment.deployment_id),
            ("created", time_text(deployment.created_at)),
            ("updated", time_text(deployment.updated_at)),
        ):
            self.properties.set(key, value)
        self._apply_style()

    def show_instance(self, instance_id: str, missing_reason: str) -> None:
        self.properties.set("instance", instance_id)
        self.properties.set("no_instance", "" if instance_id else missing_reason)

    def _build(self) -> None:
        for label in (self._title_label, self._state_label, self._kind_label):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for key, name, is_copied in (
            ("hardware", _("Hardware"), False),
            ("price", _("Price"), False),
            ("workflow", _("Workflow"), True),
            ("version", _("Version"), False),
            ("deployment_id", _("Deployment ID"), True),
            ("instance", _("Last instance"), True),
            ("no_instance", _("Last instance"), False),
            ("created", _("Created"), False),
            ("updated", _("Updated"), False),
        ):
            self.properties.add(key, name, copy=is_copied)
        # The dot fills the middle half of its icon; without a quarter it stands on the edge.
        self._status_icon.setFixedWidth(3 * STEP)
        self._status_icon.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        state = QHBoxLayout()
        state.setSpacing(STEP)
        state.addWidget(self._status_icon, 0, Qt.AlignmentFlag.AlignTop)
        state.addWidget(self._state_label, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(STEP)
        layout.addWidget(self._title_label)
        layout.addLayout(state)
        self._kind_label.setContentsMargins(0, 2 * STEP, 0, 0)
        layout.addWidget(self._kind_label)
        layout.addSpacing(2 * STEP)
        layout.addWidget(self.properties)

    def _apply_style(self) -> None:
        roles = colours(self.palette())
        icon = icons.icon("dot", roles.ok) if self._is_enabled else icons.icon("ring", roles.muted)
        self._status_icon.setPixmap(icon.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()
