"""What a deployment is: its name, whether it takes requests, and the facts of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.deployment import no_workflow_words
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.deployment.words import hardware_line, moment, price_line, state_line
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE
from runcomfy_desktop.ui.widgets.facts import Facts
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployment import Deployment


class About(QWidget):
    """The head of the details, and the facts below it; ids can be copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_enabled = True
        self._title = heading_label("", "details_title", self, wrap=True)
        self._dot = QLabel(self)
        self._state = plain_label("", "details_state", self, wrap=True)
        self._kind = plain_label("", "details_kind", self, wrap=True)
        self.facts = Facts(self)
        self._build()

    def show_record(self, record: Deployment, *, is_other: bool) -> None:
        name = one_line(record.name) or record.deployment_id
        self._is_enabled = record.is_enabled
        self._title.setText(name)
        self._state.setText(state_line(record))
        self._kind.setText(" ".join(no_workflow_words(name)) if is_other else "")
        self._kind.setVisible(is_other)
        for key, value in (
            ("hardware", hardware_line(record)),
            ("price", price_line(record)),
            ("workflow", one_line(record.workflow_id)),
            ("version", one_line(record.workflow_version)),
            ("deployment_id", record.deployment_id),
            ("created", moment(record.created_at)),
            ("updated", moment(record.updated_at)),
        ):
            self.facts.set(key, value)
        self._dress()

    def show_instance(self, instance_id: str, why_none: str) -> None:
        self.facts.set("instance", instance_id)
        self.facts.set("no_instance", "" if instance_id else why_none)

    def _build(self) -> None:
        for label in (self._title, self._state, self._kind):
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
            self.facts.add(key, name, copy=is_copied)
        # The dot fills the middle half of its icon; without a quarter it stands on the edge.
        self._dot.setFixedWidth(3 * STEP)
        self._dot.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        state = QHBoxLayout()
        state.setSpacing(STEP)
        state.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        state.addWidget(self._state, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(STEP)
        layout.addWidget(self._title)
        layout.addLayout(state)
        self._kind.setContentsMargins(0, 2 * STEP, 0, 0)
        layout.addWidget(self._kind)
        layout.addSpacing(2 * STEP)
        layout.addWidget(self.facts)

    def _dress(self) -> None:
        roles = colours(self.palette())
        look = icons.icon("dot", roles.ok) if self._is_enabled else icons.icon("ring", roles.muted)
        self._dot.setPixmap(look.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
