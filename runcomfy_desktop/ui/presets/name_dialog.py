"""Asks for one name: of a preset, of a folder. Says at once why a name would not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.settings_form import fault_label, name_field, tell_fault
from runcomfy_desktop.ui.presets.painting import MAX_NAME
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing
from runcomfy_desktop.ui.widgets.labels import heading_label, tooltip

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 100 * STEP


def ask_name(  # noqa: PLR0913 - by name, read as one sentence
    parent: QWidget,
    name: str,
    *,
    title: str,
    deed: str,
    on_name: Callable[[str], object],
    value: str = "",
    fault_of: Callable[[str], str] = lambda _name: "",
) -> Dialog:
    """Asks once; `fault_of` says why a name cannot be taken, "" when it can."""
    dialog = _NameDialog(parent, name, title, deed, fault_of)
    dialog.begin(value)
    dialog.accepted.connect(lambda: on_name(dialog.name()))
    dialog.open()
    return dialog


class _NameDialog(Dialog):
    """A heading, a field, two buttons."""

    def __init__(
        self, parent: QWidget, name: str, title: str, deed: str, fault_of: Callable[[str], str]
    ) -> None:
        super().__init__(parent)
        self._fault_of = fault_of
        self._field = QLineEdit(self)
        self._fault = fault_label(f"{name}_fault", self)
        self._yes = text_button(deed, f"{name}_yes", self, primary=True)
        self._no = text_button(_("Cancel"), f"{name}_no", self)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        name_field(self._field, f"{name}_field", _("Name"))
        self._field.setMaxLength(MAX_NAME)
        self._yes.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(3 * STEP)
        layout.addWidget(heading_label(title, f"{name}_title", self, 1.1, wrap=True))
        layout.addWidget(self._field)
        layout.addWidget(self._fault)
        layout.addSpacing(2 * STEP)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * STEP)
        buttons.addStretch(1)
        buttons.addWidget(self._no)
        buttons.addWidget(self._yes)
        layout.addLayout(buttons)
        self._field.textChanged.connect(self._check)
        self._yes.clicked.connect(self.accept)
        self._no.clicked.connect(self.reject)

    def name(self) -> str:
        return " ".join(self._field.text().split())

    def begin(self, value: str) -> None:
        self._field.setText(value)
        self._field.selectAll()
        self._check()

    def _check(self) -> None:
        name = self.name()
        fault = self._fault_of(name) if name else ""
        with growing(self):
            tell_fault(self._field, self._fault, fault)
        why = fault or ("" if name else _("Give it a name first."))
        self._yes.setEnabled(not why)
        self._yes.setToolTip(tooltip(why))
        self._yes.setAccessibleDescription(why)
