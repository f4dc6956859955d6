"""Settings dialog: loads, validates during typing, saves, restores defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from runcomfy_desktop.domain.settings import QueueVersion, Settings, ThemeMode
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.settings.folder_field import FolderField
from runcomfy_desktop.ui.settings.jobs_page import JobsPage
from runcomfy_desktop.ui.settings.network_page import NetworkPage
from runcomfy_desktop.ui.settings.partner_page import PartnerPage
from runcomfy_desktop.ui.settings.presets_page import PresetsPage
from runcomfy_desktop.ui.settings.session_settings import NO_SESSION, SessionSettings
from runcomfy_desktop.ui.settings.spending_page import SpendingPage
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    FormLayout,
    ScrolledPage,
    error_label,
    hint_label,
    set_field_name,
    show_field_error,
)
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.ui.base.session_services import SettingsServices

_SettingsPage: TypeAlias = NetworkPage | JobsPage | SpendingPage | PartnerPage | PresetsPage
_WIDTH = 140 * STEP
GENERAL, NETWORK, JOBS, SPENDING = "general", "network", "jobs", "money"
PARTNERS, PRESETS = "partners", "presets"


class SettingsDialog(Dialog):
    """Edits a copy of the settings; nothing changes before OK."""

    def __init__(
        self,
        preferences: Preferences,
        settings_services: SettingsServices,
        parent: QWidget,
        session: SessionSettings = NO_SESSION,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._settings_services = settings_services
        self._address = QLineEdit(self)
        self._address_error_label = error_label("address_fault", self)
        self._version_combo = QComboBox(self)
        self._output_folder = FolderField(
            "output_folder", _("Output folder"), session.default_output_folder, self
        )
        default_wildcards_folder = settings_services.default_wildcards_folder
        self._wildcards_folder = FolderField(
            "wildcards_folder", _("Wildcards folder"), default_wildcards_folder, self
        )
        self._theme_combo = QComboBox(self)
        self._updates_box = QCheckBox(_("Ask once a day whether there is a newer version"), self)
        self._chips = ChipRow(self)
        self._pages: dict[str, QWidget] = {}
        self._network_page = NetworkPage(settings_services, self._base_url, self)
        self._jobs_page = JobsPage(self)
        self._spending_page = SpendingPage(session.machine_skus, self)
        self._partner_page = PartnerPage(settings_services.partner_key, self)
        self._presets_page = PresetsPage(preferences, session.preset_library, self)
        self._defaults = text_button(_("Restore defaults"), "restore_defaults", self)
        self._cancel = text_button(_("Cancel"), "cancel_settings", self)
        self._save = text_button(_("OK"), "save_settings", self, primary=True)
        self._build()
        self._connect()
        self._load(preferences.settings)

    def _base_url(self) -> str:
        return self._address.text().strip().rstrip("/")

    def show_page(self, key: str) -> None:
        """Shows one of the pages GENERAL, NETWORK, JOBS, SPENDING, PARTNERS and PRESETS."""
        self._chips.set_current(key)
        # All are hidden first: with two visible pages, the dialog would grow to their total height.
        with growing_dialog(self):
            for page in self._pages.values():
                page.hide()
            self._pages[key].show()

    def _build(self) -> None:
        self.setObjectName("settings_dialog")
        self.setWindowTitle(_("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._set_up_fields()
        self._save.setDefault(True)
        general = QWidget(self)
        general.setObjectName("general_page")
        column(self._build_form(), STRETCH, owner=general)
        self._pages = {
            GENERAL: general,
            NETWORK: self._network_page,
            JOBS: ScrolledPage(self._jobs_page, self),
            SPENDING: ScrolledPage(self._spending_page, self),
            PARTNERS: self._partner_page,
            PRESETS: self._presets_page,
        }
        for key, text in (
            (GENERAL, _("General")),
            (NETWORK, _("Network")),
            (JOBS, _("Jobs")),
            (SPENDING, _("Money")),
            (PARTNERS, _("Partner nodes")),
            (PRESETS, _("Presets")),
        ):
            self._chips.add(key, f"settings_{key}")
            self._chips.set_text(key, text, accessible_name=text)
        column(
            row(self._chips, STRETCH),
            *((page, 1) for page in self._pages.values()),
            row(self._defaults, STRETCH, self._cancel, self._save),
            owner=self,
            spacing=5 * STEP,
            margins=DIALOG_MARGINS,
        )
        self.show_page(GENERAL)

    def _set_up_fields(self) -> None:
        set_field_name(self._address, "address", _("API address"))
        set_field_name(self._version_combo, "queue_version", _("Queue API version"))
        set_field_name(self._theme_combo, "theme", _("Theme"))
        set_field_name(self._updates_box, "checks_updates", self._updates_box.text())
        for version, text in (
            (QueueVersion.V1, _("v1 (usual)")),
            (QueueVersion.V2, _("v2")),
        ):
            self._version_combo.addItem(text, version)
        for theme, text in (
            (ThemeMode.SYSTEM, _("Like the system")),
            (ThemeMode.LIGHT, _("Light")),
            (ThemeMode.DARK, _("Dark")),
        ):
            self._theme_combo.addItem(text, theme)

    def _build_form(self) -> FormLayout:
        form = FormLayout()
        about = hint_label(_("https anywhere, http on this computer only."), self)
        address = (self._address, about, self._address_error_label)
        form.add_row(_("API &address"), self._address, *address)
        about = hint_label(
            _("Path of the queue calls. Change it only when RunComfy says so."), self
        )
        form.add_row(_("&Queue API version"), self._version_combo, self._version_combo, about)
        folder_hint = hint_label(
            _("Results are downloaded here. Empty means the usual place."), self
        )
        wildcards_hint = hint_label(
            _("Text files, one entry a line: __name__ in a prompt is a line of name.txt."), self
        )
        for text, each, about in (
            (_("&Output folder"), self._output_folder, folder_hint),
            (_("&Wildcards folder"), self._wildcards_folder, wildcards_hint),
        ):
            form.add_row(text, each.field, each.create_field_row(), about, each.error_label)
        form.add_row(_("&Theme"), self._theme_combo, self._theme_combo)
        release = _("The release page on GitHub is asked. Your key and your inputs are not sent.")
        box = self._updates_box
        number = form.add_row(_("&Updates"), box, box, hint_label(release, self))
        form.set_row_visible(number, visible=self._settings_services.offers_updates)
        return form

    def _connect(self) -> None:
        self._address.textChanged.connect(self._network_page.validate)
        for page in self._validated_pages():
            page.validated.connect(self._validate)
        self.finished.connect(self._network_page.stop_test)
        self.finished.connect(self._partner_page.release)
        self._chips.chosen.connect(self.show_page)
        self._output_folder.field.textChanged.connect(self._validate)
        self._wildcards_folder.field.textChanged.connect(self._validate)
        self._defaults.clicked.connect(self._on_defaults_clicked)
        self._cancel.clicked.connect(self.reject)
        self._save.clicked.connect(self._on_save_clicked)

    def _load(self, settings: Settings) -> None:
        self._address.setText(settings.base_url)
        self._version_combo.setCurrentIndex(self._version_combo.findData(settings.queue_version))
        self._output_folder.field.setText(settings.output_folder)
        self._wildcards_folder.field.setText(settings.wildcards_folder)
        self._theme_combo.setCurrentIndex(self._theme_combo.findData(settings.theme))
        self._updates_box.setChecked(settings.checks_updates)
        self._network_page.load(settings.network)
        self._jobs_page.load(settings)
        self._spending_page.load(settings)
        self._partner_page.reset()
        self._presets_page.load(settings)

    def _validate(self) -> None:
        address_error = self._settings_services.check_address(self._address.text().strip())
        show_field_error(self._address, self._address_error_label, address_error)
        errors = (
            address_error,
            self._output_folder.validate(),
            self._wildcards_folder.validate(),
            *(page.error() for page in self._validated_pages()),
        )
        error = next(filter(None, errors), "")
        self._save.setEnabled(not error)
        self._save.setAccessibleDescription(error)
        self._save.setToolTip(tooltip(error))

    def _validated_pages(self) -> tuple[_SettingsPage, ...]:
        return (
            self._network_page,
            self._jobs_page,
            self._spending_page,
            self._partner_page,
            self._presets_page,
        )

    def _on_defaults_clicked(self) -> None:
        self._load(Settings())

    def _on_save_clicked(self) -> None:
        # The network is saved first, so that a session at another address starts with the right
        # connection.
        self._network_page.save()
        partner_key = self._partner_page.typed_key()
        if partner_key is not None:
            # A removal concerns the key that was shown, even if the address is new.
            shown_service = self._settings_services.partner_key.state.service
            service = self._base_url() if partner_key or not shown_service else shown_service
            self._settings_services.partner_key.set_key(service, partner_key)
        self._preferences.set(
            base_url=self._base_url(),
            queue_version=self._version_combo.currentData(),
            output_folder=self._output_folder.text,
            wildcards_folder=self._wildcards_folder.text,
            theme=self._theme_combo.currentData(),
            checks_updates=self._updates_box.isChecked(),
            **self._jobs_page.values(),
            **self._spending_page.values(),
        )
        self._presets_page.save()
        self.accept()
