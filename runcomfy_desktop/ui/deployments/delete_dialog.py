"""Dialog that confirms the deletion of a deployment: the user has to type its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployments.deployment import Deployment

_WIDTH = 120 * STEP
_MAX_TYPED_CHARS = 40


class DeleteDeploymentDialog(Dialog):
    """Dialog accepted once the user has typed the name and pressed the button; shown with open().

    The name is also on the button.
    """

    def __init__(
        self, deployment: Deployment, parent: QWidget, *, active_jobs: int, is_open: bool
    ) -> None:
        super().__init__(parent)
        self._name = one_line(deployment.name) or deployment.deployment_id
        self._required_text = self._name[:_MAX_TYPED_CHARS].strip()
        self._name_field = QLineEdit(self)
        self._delete_button = text_button(_("Delete %s for good") % self._name, "delete_yes", self)
        self._cancel_button = text_button(_("Keep it"), "delete_no", self, primary=True)
        self._build(_sentences(active_jobs, is_open=is_open))
        self._connect()

    def _build(self, sentences: list[str]) -> None:
        self.setObjectName("delete_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = _("Delete the deployment %s?") % self._name
        self.setWindowTitle(title)
        self.setAccessibleDescription(" ".join(sentences))
        self.setMinimumWidth(_WIDTH)
        is_long = self._required_text != self._name
        display_name = f"{self._required_text}…" if is_long else self._name
        self._delete_button.setText(literal(_("Delete %s for good") % display_name))
        self._delete_button.setToolTip(tooltip(self._name) if is_long else "")
        self._delete_button.setProperty("danger", True)
        self._set_delete_enabled(False)
        text = _("Type its name, %s, to go on:")
        if is_long:
            text = _("Type the beginning of its name, %s, to go on:")
        # The label has a buddy, so a single ampersand of the name would be taken for a shortcut and
        # be left out.
        prompt = literal(text % self._required_text)
        prompt_label = plain_label(prompt, "delete_ask", self, wrap=True)
        prompt_label.setBuddy(self._name_field)
        self._name_field.setObjectName("delete_name")
        self._name_field.setAccessibleName(_("Name of the deployment, to confirm"))
        column(
            heading_label(title, "delete_title", self, 1.1, wrap=True),
            plain_label("\n\n".join(sentences), "delete_text", self, wrap=True),
            STEP,
            prompt_label,
            self._name_field,
            3 * STEP,
            row(STRETCH, self._delete_button, self._cancel_button),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )
        self._name_field.setFocus()

    def _connect(self) -> None:
        self._name_field.textChanged.connect(self._on_field_text_changed)
        self._delete_button.clicked.connect(self.accept)
        self._cancel_button.clicked.connect(self.reject)

    def _on_field_text_changed(self, text: str) -> None:
        line = one_line(text)
        # Of a long name, the beginning is required; the whole name is accepted as well.
        is_full_name = self._required_text != self._name and line.startswith(self._required_text)
        self._set_delete_enabled(line == self._required_text or is_full_name)

    def _set_delete_enabled(self, is_enabled: bool) -> None:
        self._delete_button.setEnabled(is_enabled)
        self._delete_button.setAccessibleDescription(
            "" if is_enabled else _("Type the deployment's name first.")
        )

    def press_default(self) -> None:
        # Enter after the name must not delete: it only moves the focus to the button.
        if self._delete_button.isEnabled():
            self._delete_button.setFocus()


def _sentences(active_jobs: int, *, is_open: bool) -> list[str]:
    texts = [
        _(
            "It is gone from RunComfy then, for every program and page that uses it, and cannot be "
            "brought back. The workflow that it was made from stays on runcomfy.com."
        )
    ]
    if active_jobs:
        texts.append(
            n_(
                "%d job of it is not finished. It may end without a result; what it used is "
                "billed all the same.",
                "%d jobs of it are not finished. They may end without results; what they used is "
                "billed all the same.",
                active_jobs,
            )
            % active_jobs
        )
    kept_text = _("Results on this computer stay where they are, and so does the history.")
    if is_open:
        draft_text = _("What you changed in its inputs is kept as a workflow file.")
        kept_text = f"{kept_text} {draft_text}"
    texts.append(kept_text)
    return texts
