"""Settings field for a folder: typed or chosen, empty for the usual place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, text_button
from runcomfy_desktop.ui.widgets.file_dialogs import open_folder_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    error_label,
    field_with_button,
    set_field_name,
    show_field_error,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class FolderField:
    """Field for a folder, with its button and its error label; the owner puts them into a form.

    `default_folder` is the folder that is used while none is chosen, "" if it is unknown.
    """

    def __init__(self, name: str, title: str, default_folder: str, owner: QWidget) -> None:
        self._title = title
        self._owner = owner
        self._default_folder = default_folder
        self.field = QLineEdit(owner)
        self.error_label = error_label(f"{name}_fault", owner)
        self._browse = text_button(_("Browse…"), f"browse_{name}", owner)
        set_field_name(self.field, name, title)
        # The title distinguishes several such buttons.
        self._browse.setAccessibleName(_("Browse: %s") % title)
        self.field.setPlaceholderText(default_folder or _("the usual place"))
        add_clear_button(self.field, _("Use the usual folder"))
        self._browse.clicked.connect(self._on_browse_clicked)

    @property
    def text(self) -> str:
        return self.field.text().strip()

    def create_field_row(self) -> QWidget:
        """Returns a widget with the field and its button."""
        return field_with_button(self._owner, self.field, self._browse)

    def validate(self) -> str:
        """Shows and returns the field's error; "" for none."""
        error = folder_error(self.text)
        show_field_error(self.field, self.error_label, error)
        return error

    def _on_browse_clicked(self) -> None:
        open_folder_dialog(
            self._owner,
            f"{self.field.objectName()}_dialog",
            self._title,
            self.field.setText,
            self.text or self._default_folder,
        )


def folder_error(text: str) -> str:
    """Returns the error in the path of a folder; "" for none.

    The existence of the folder is checked when it is needed.
    """
    if text and not Path(text).is_absolute():
        return _("Give the whole path of the folder, from its root on.")
    return ""
