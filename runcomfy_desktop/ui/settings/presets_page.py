"""Settings page for presets: their folder, which may be shared with a team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.settings.folder_field import FolderField, folder_error
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import FormLayout, hint_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.domain.settings import Settings


class PresetsPage(QWidget):
    """Edits the settings for presets.

    Emits `validated` when the result of `error` may have changed. `preset_library` changes the
    folder in a session; it is None without one.
    """

    validated = Signal()

    def __init__(
        self, preferences: Preferences, preset_library: PresetLibrary | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._preset_library = preset_library
        self._folder = FolderField(
            "presets_folder", _("Presets folder"), self._default_folder(), self
        )
        self._build()
        self._folder.field.textChanged.connect(self._validate)

    def load(self, settings: Settings) -> None:
        self._folder.field.setText(settings.presets_folder)
        self._validate()

    def save(self) -> None:
        """Saves a changed folder; in a session, the library first checks that it is usable."""
        preferences, folder = self._preferences, self._folder.text
        if folder == preferences.settings.presets_folder:
            return
        if self._preset_library is not None:
            self._preset_library.set_root(folder)
        else:
            preferences.set(presets_folder=folder)

    def error(self) -> str:
        """Returns the error that prevents saving the page, "" for none."""
        return folder_error(self._folder.text)

    def _default_folder(self) -> str:
        """Returns the folder that is used while none is chosen; "" if it is not known."""
        is_chosen = bool(self._preferences.settings.presets_folder)
        library = self._preset_library
        return "" if library is None or is_chosen else library.state.root

    def _build(self) -> None:
        self.setObjectName("presets_page")
        about = hint_label(
            _(
                "Each preset is one readable file in it; empty means the usual folder. It may be a "
                "synced folder, or a team's: what others change in it is seen here within seconds. "
                "Presets in the folder of before stay there, and can be copied."
            ),
            self,
        )
        row = self._folder
        form = FormLayout()
        form.add_row(
            _("Presets &folder"), row.field, row.create_field_row(), about, row.error_label
        )
        column(form, STRETCH, owner=self)

    def _validate(self) -> None:
        with growing_dialog(self):
            self._folder.validate()
        self.validated.emit()
