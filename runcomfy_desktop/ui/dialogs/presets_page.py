"""The settings' page on presets: the folder that they are kept in, which may be a team's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.folder_row import FolderRow, folder_fault
from runcomfy_desktop.ui.dialogs.settings_form import SettingsForm, hint
from runcomfy_desktop.ui.widgets.dialog import growing

if TYPE_CHECKING:
    from runcomfy_desktop.core.library import Library
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.domain.settings import Settings


class PresetsPage(QWidget):
    """Edits what the settings say of presets. Emits `checked` when `fault` may be another one."""

    checked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._folder = FolderRow("presets_folder", _("Presets folder"), "", self)
        self._library: Library | None = None
        self._preferences: Preferences | None = None
        self._build()
        self._folder.field.textChanged.connect(self._check)

    def load(self, settings: Settings) -> None:
        self._folder.field.setText(settings.presets_folder)
        self._check()

    def follow(self, library: Library | None, preferences: Preferences) -> None:
        """Lends what is asked to keep another folder; there is no library without a session."""
        self._library, self._preferences = library, preferences
        if library is not None and not preferences.settings.presets_folder:
            self._folder.set_usual(library.state.root)

    def keep(self) -> None:
        """Keeps the folder, if it is another one; whether it can be used is looked at first."""
        preferences, folder = self._preferences, self._folder.text
        if preferences is None or folder == preferences.settings.presets_folder:
            return
        if self._library is not None:
            self._library.move_root(folder)
        else:
            preferences.set(presets_folder=folder)

    def fault(self) -> str:
        """What keeps the page from being saved, "" when nothing does."""
        return folder_fault(self._folder.text)

    def _build(self) -> None:
        self.setObjectName("presets_page")
        about = hint(
            _(
                "Each preset is one readable file in it; empty means the usual folder. It may be a "
                "synced folder, or a team's: what others change in it is seen here within seconds. "
                "Presets in the folder of before stay there, and can be copied."
            ),
            self,
        )
        row = self._folder
        form = SettingsForm()
        form.add(_("Presets &folder"), row.field, row.line(), about, row.fault)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addStretch(1)

    def _check(self) -> None:
        with growing(self):
            self._folder.check()
        self.checked.emit()
