"""The settings' page on presets: the folder that they are kept in, which may be a team's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.settings_form import (
    SettingsForm,
    fault_label,
    hint,
    name_field,
    tell_fault,
)
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import growing
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from runcomfy_desktop.core.library import Library
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.domain.settings import Settings


class PresetsPage(QWidget):
    """Edits what the settings say of presets. Emits `checked` when `fault` may be another one."""

    checked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._usual = ""
        self._library: Library | None = None
        self._preferences: Preferences | None = None
        self._folder = QLineEdit(self)
        self._fault = fault_label("presets_folder_fault", self)
        self._choose = text_button(_("Choose folder…"), "choose_presets_folder", self)
        self._use_usual = text_button(_("Use the usual folder"), "usual_presets_folder", self)
        self._build()
        self._folder.textChanged.connect(self._check)
        self._choose.clicked.connect(self._on_choose_clicked)
        self._use_usual.clicked.connect(self._folder.clear)

    def load(self, settings: Settings) -> None:
        self._folder.setText(settings.presets_folder)
        self._check()

    def follow(self, library: Library | None, preferences: Preferences) -> None:
        """Lends what is asked to keep another folder; there is no library without a session."""
        self._library, self._preferences = library, preferences
        if library is not None and not preferences.settings.presets_folder:
            self._show_usual(library.state.root)

    def keep(self) -> None:
        """Keeps the folder, if it is another one; whether it can be used is looked at first."""
        preferences = self._preferences
        if preferences is None or self.folder == preferences.settings.presets_folder:
            return
        if self._library is not None:
            self._library.move_root(self.folder)
        else:
            preferences.set(presets_folder=self.folder)

    def _show_usual(self, folder: str) -> None:
        """Where presets are kept while no folder is chosen."""
        self._usual = folder
        self._folder.setPlaceholderText(folder or _("The usual folder"))

    @property
    def folder(self) -> str:
        """The chosen one, "" for the usual."""
        return self._folder.text().strip()

    def fault(self) -> str:
        """What keeps the page from being saved, "" when nothing does; whether the folder can be
        used is found out when it is."""
        if self.folder and not Path(self.folder).is_absolute():
            return _("Give the whole path of the folder, from its root on.")
        return ""

    def _build(self) -> None:
        self.setObjectName("presets_page")
        name_field(self._folder, "presets_folder", _("Presets folder"))
        self._show_usual("")
        buttons = QWidget(self)
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._choose)
        row.addWidget(self._use_usual)
        row.addStretch(1)
        about = hint(
            _(
                "Each preset is one readable file in it. It may be a synced folder, or a team's: "
                "what others change in it is seen here within seconds. Presets that are in the "
                "folder of before stay there, and can be copied."
            ),
            self,
        )
        form = SettingsForm()
        form.add(_("Presets &folder"), self._folder, self._folder, buttons, about, self._fault)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addStretch(1)

    def _check(self) -> None:
        with growing(self):
            tell_fault(self._folder, self._fault, self.fault())
        why = "" if self.folder else _("They are kept in the usual folder already.")
        self._use_usual.setEnabled(not why)
        self._use_usual.setToolTip(tooltip(why))
        self._use_usual.setAccessibleDescription(why)
        self.checked.emit()

    def _on_choose_clicked(self) -> None:
        chooser = QFileDialog(self, _("Choose the presets folder"))
        chooser.setObjectName("presets_folder_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        chooser.setDirectory(self.folder or self._usual)
        chooser.fileSelected.connect(self._folder.setText)
        chooser.open()
