"""Confirmation dialog before a link from outside opens a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.deployments.deployment import Deployment

_WIDTH = 116 * STEP


class OpenLinkDialog(Dialog):
    """Shows which deployment a link leads to, and the consequences of opening it.

    `file_name` is the open workflow file that would run on the deployment from then on, "" if there
    is none. Enter and Escape both decline.
    """

    def __init__(self, deployment: Deployment, file_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.deployment_id = deployment.deployment_id
        self._name = one_line(deployment.name) or deployment.deployment_id
        self._file_name = one_line(file_name)
        self._open = text_button(_("Open it"), "open_link_yes", self)
        self._decline = text_button(_("Leave it"), "open_link_no", self, primary=True)
        self._build()
        self._open.clicked.connect(self.accept)
        self._decline.clicked.connect(self.reject)

    def _build(self) -> None:
        title = _("A link wants to open a deployment")
        self.setObjectName("open_link_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        id_text = _("ID %s") % self.deployment_id
        consequences = self._consequences()
        self.setAccessibleDescription(f"{self._name}. {id_text}. {consequences}")
        self._decline.setDefault(True)
        column(
            heading_label(title, "open_link_title", self, 1.1, wrap=True),
            column(
                heading_label(self._name, "open_link_name", self, 1.0, wrap=True),
                muted_label(id_text, "open_link_id", self, wrap=True),
                spacing=STEP,
            ),
            plain_label(consequences, "open_link_text", self, wrap=True),
            2 * STEP,
            row(STRETCH, self._open, self._decline),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )
        self._decline.setFocus()

    def _consequences(self) -> str:
        if self._file_name:
            return _(
                "The opened file %s would run on it, once you press Run. Opening the link runs "
                "nothing and costs nothing."
            ) % (self._file_name)
        return _(
            "Its workflow comes into the window. Nothing is run and nothing is paid for. What you "
            "changed in the workflow that is open now is kept, and comes back with it."
        )
