"""The settings dialog: loads, checks while one types, saves, restores defaults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.settings import ApiVersion, Settings, Theme
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.preferences import Preferences

_WIDTH = 140 * STEP


class SettingsDialog(Dialog):
    """Edits a copy of the settings; nothing changes before OK.

    `check_address` tells what is wrong with an API address, "" when nothing is. `usual_folder`
    is where results go while no folder is chosen, "" when that is not known yet.
    """

    def __init__(
        self,
        preferences: Preferences,
        check_address: Callable[[str], str],
        usual_folder: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._check_address = check_address
        self._usual_folder = usual_folder
        self._address = QLineEdit(self)
        self._address_fault = _fault_label("address_fault", self)
        self._version = QComboBox(self)
        self._folder = QLineEdit(self)
        self._folder_fault = _fault_label("folder_fault", self)
        self._browse = text_button(_("Browse…"), "browse_folder", self)
        self._theme = QComboBox(self)
        self._defaults = text_button(_("Restore defaults"), "restore_defaults", self)
        self._cancel = text_button(_("Cancel"), "cancel_settings", self)
        self._save = text_button(_("OK"), "save_settings", self, primary=True)
        self._build()
        self._connect()
        self._load(preferences.settings)

    def focus_address(self) -> None:
        self._address.setFocus()
        self._address.selectAll()

    def _build(self) -> None:
        self.setObjectName("settings_dialog")
        self.setWindowTitle(_("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        _name(self._address, "address", _("API address"))
        _name(self._version, "queue_version", _("Queue API version"))
        _name(self._folder, "output_folder", _("Output folder"))
        _name(self._theme, "theme", _("Theme"))
        self._folder.setPlaceholderText(self._usual_folder)
        add_clear_button(self._folder, _("Use the usual folder"))
        for version, text in (
            (ApiVersion.V1, _("v1 (usual)")),
            (ApiVersion.V2, _("v2")),
        ):
            self._version.addItem(text, version)
        for theme, text in (
            (Theme.SYSTEM, _("Like the system")),
            (Theme.LIGHT, _("Light")),
            (Theme.DARK, _("Dark")),
        ):
            self._theme.addItem(text, theme)
        self._save.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(6 * STEP)
        layout.addLayout(self._form())
        layout.addStretch(1)
        layout.addLayout(self._button_row())

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(4 * STEP)
        form.setVerticalSpacing(4 * STEP)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        address_hint = _("https anywhere, http on this computer only.")
        form.addRow(
            _("API &address"), _stack(self._address, self._hint(address_hint), self._address_fault)
        )
        version_hint = _("Path of the queue calls. Change it only when RunComfy says so.")
        form.addRow(_("&Queue API version"), _stack(self._version, self._hint(version_hint)))
        folder = QWidget(self)
        row = QHBoxLayout(folder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._folder, 1)
        row.addWidget(self._browse)
        folder_hint = _("Results are downloaded here. Empty means the usual place.")
        form.addRow(
            _("&Output folder"), _stack(folder, self._hint(folder_hint), self._folder_fault)
        )
        form.addRow(_("&Theme"), self._theme)
        for row_number, buddy in enumerate((self._address, self._version, self._folder)):
            item = form.itemAt(row_number, QFormLayout.ItemRole.LabelRole)
            label = item.widget() if item is not None else None
            if isinstance(label, QLabel):
                label.setBuddy(buddy)
                label.setContentsMargins(0, STEP // 2, 0, 0)
        return form

    def _hint(self, text: str) -> QLabel:
        return muted_label(text, "settings_hint", self, wrap=True)

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._defaults)
        row.addStretch(1)
        row.addWidget(self._cancel)
        row.addWidget(self._save)
        return row

    def _connect(self) -> None:
        self._address.textChanged.connect(self._check)
        self._folder.textChanged.connect(self._check)
        self._browse.clicked.connect(self._on_browse_clicked)
        self._defaults.clicked.connect(self._on_defaults_clicked)
        self._cancel.clicked.connect(self.reject)
        self._save.clicked.connect(self._on_save_clicked)

    def _load(self, settings: Settings) -> None:
        self._address.setText(settings.base_url)
        self._version.setCurrentIndex(self._version.findData(settings.queue_version))
        self._folder.setText(settings.output_folder)
        self._theme.setCurrentIndex(self._theme.findData(settings.theme))
        self._check()

    def _check(self) -> None:
        address = self._check_address(self._address.text().strip())
        folder = folder_fault(self._folder.text().strip())
        _tell(self._address, self._address_fault, address)
        _tell(self._folder, self._folder_fault, folder)
        self._save.setEnabled(not address and not folder)
        self._save.setAccessibleDescription(address or folder)

    def _on_browse_clicked(self) -> None:
        chooser = QFileDialog(self, _("Choose the output folder"))
        chooser.setObjectName("output_folder_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        chooser.setDirectory(self._folder.text().strip() or self._usual_folder)
        chooser.fileSelected.connect(self._folder.setText)
        chooser.open()

    def _on_defaults_clicked(self) -> None:
        self._load(Settings())

    def _on_save_clicked(self) -> None:
        self._preferences.set(
            base_url=self._address.text().strip().rstrip("/"),
            queue_version=self._version.currentData(),
            output_folder=self._folder.text().strip(),
            theme=self._theme.currentData(),
        )
        self.accept()


def folder_fault(text: str) -> str:
    """What is wrong with an output folder as text; whether it exists is found out when needed."""
    if text and not Path(text).is_absolute():
        return _("Give the whole path of the folder, from its root on.")
    return ""


def _name(widget: QWidget, name: str, spoken: str) -> None:
    widget.setObjectName(name)
    widget.setAccessibleName(spoken)


def _fault_label(name: str, parent: QWidget) -> QLabel:
    label = plain_label("", name, parent, wrap=True)
    label.setForegroundRole(parent.palette().ColorRole.BrightText)
    label.hide()
    return label


def _tell(field: QLineEdit, label: QLabel, fault: str) -> None:
    label.setText(fault)
    label.setVisible(bool(fault))
    field.setAccessibleDescription(fault)
    if field.property("fault") is not bool(fault):
        field.setProperty("fault", bool(fault))
        field.style().unpolish(field)
        field.style().polish(field)


def _stack(*widgets: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(STEP)
    for widget in widgets:
        layout.addWidget(widget)
    return layout
