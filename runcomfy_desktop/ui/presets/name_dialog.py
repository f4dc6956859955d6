"""Dialog for the name of a preset or a folder; an invalid name is explained at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets.preset_delegate import MAX_NAME_CHARS
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import error_label, set_field_name, show_field_error
from runcomfy_desktop.ui.widgets.labels import heading_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 100 * STEP


def ask_name(  # noqa: PLR0913 - keyword arguments
    parent: QWidget,
    object_name: str,
    *,
    title: str,
    action_text: str,
    on_name: Callable[[str], object],
    initial_name: str = "",
    name_error: Callable[[str], str] = lambda _name: "",
) -> Dialog:
    """Asks the user for a name; `name_error` returns why a name is invalid, "" if it is valid."""
    dialog = _PresetNameDialog(parent, object_name, title, action_text, name_error)
    dialog.set_name(initial_name)
    dialog.accepted.connect(lambda: on_name(dialog.name()))
    dialog.open()
    return dialog


class _PresetNameDialog(Dialog):
    """Dialog with a heading, a field and two buttons."""

    def __init__(
        self,
        parent: QWidget,
        object_name: str,
        title: str,
        action_text: str,
        name_error: Callable[[str], str],
    ) -> None:
        super().__init__(parent)
        self._name_error = name_error
        self._field = QLineEdit(self)
        self._error_label = error_label(f"{object_name}_fault", self)
        self._confirm_button = text_button(action_text, f"{object_name}_yes", self, primary=True)
        self._cancel_button = text_button(_("Cancel"), f"{object_name}_no", self)
        self.setObjectName(object_name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        set_field_name(self._field, f"{object_name}_field", _("Name"))
        self._field.setMaxLength(MAX_NAME_CHARS)
        self._confirm_button.setDefault(True)
        column(
            heading_label(title, f"{object_name}_title", self, 1.1, wrap=True),
            self._field,
            self._error_label,
            2 * STEP,
            row(STRETCH, self._cancel_button, self._confirm_button),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )
        self._field.textChanged.connect(self._validate)
        self._confirm_button.clicked.connect(self.accept)
        self._cancel_button.clicked.connect(self.reject)

    def name(self) -> str:
        return " ".join(self._field.text().split())

    def set_name(self, value: str) -> None:
        self._field.setText(value)
        self._field.selectAll()
        self._validate()

    def _validate(self) -> None:
        name = self.name()
        error = self._name_error(name) if name else ""
        with growing_dialog(self):
            show_field_error(self._field, self._error_label, error)
        reason = error or ("" if name else _("Give it a name first."))
        self._confirm_button.setEnabled(not reason)
        self._confirm_button.setToolTip(tooltip(reason))
        self._confirm_button.setAccessibleDescription(reason)
