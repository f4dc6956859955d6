"""The settings dialog: loads, checks while one types, saves, restores defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.settings import ApiVersion, Settings, Theme
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.folder_row import FolderRow
from runcomfy_desktop.ui.dialogs.jobs_page import JobsPage
from runcomfy_desktop.ui.dialogs.money_page import MoneyPage
from runcomfy_desktop.ui.dialogs.network_page import NetworkPage
from runcomfy_desktop.ui.dialogs.partner_page import PartnerPage
from runcomfy_desktop.ui.dialogs.presets_page import PresetsPage
from runcomfy_desktop.ui.dialogs.settings_form import (
    ScrolledPage,
    SettingsForm,
    fault_label,
    hint,
    name_field,
    tell_fault,
)
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.ui.parts import SettingsAids

_Page: TypeAlias = NetworkPage | JobsPage | MoneyPage | PartnerPage | PresetsPage
_WIDTH = 140 * STEP
GENERAL, NETWORK, JOBS, MONEY = "general", "network", "jobs", "money"
PARTNERS, PRESETS = "partners", "presets"


class SettingsDialog(Dialog):
    """Edits a copy of the settings; nothing changes before OK.

    `presets` is the page on those, which wants to know the library.

    `usual_folder` is where results go while no folder is chosen, "" when that is not known yet;
    `machines` are those of the person's deployments and jobs.
    """

    def __init__(
        self,
        preferences: Preferences,
        aids: SettingsAids,
        usual_folder: str,
        parent: QWidget,
        machines: Iterable[str] = (),
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._aids = aids
        self._address = QLineEdit(self)
        self._address_fault = fault_label("address_fault", self)
        self._version = QComboBox(self)
        self._folder = FolderRow("output_folder", _("Output folder"), usual_folder, self)
        words_folder = aids.usual_wildcards
        self._words = FolderRow("wildcards_folder", _("Wildcards folder"), words_folder, self)
        self._theme = QComboBox(self)
        self._updates = QCheckBox(_("Ask once a day whether there is a newer version"), self)
        self._chips = ChipRow(self)
        self._pages: dict[str, QWidget] = {}
        self._network = NetworkPage(aids, self._base_url, self)
        self._jobs = JobsPage(self)
        self._money = MoneyPage(machines, self)
        self._partners = PartnerPage(aids.partner_key, self)
        self.presets = PresetsPage(self)
        self._defaults = text_button(_("Restore defaults"), "restore_defaults", self)
        self._cancel = text_button(_("Cancel"), "cancel_settings", self)
        self._save = text_button(_("OK"), "save_settings", self, primary=True)
        self._build()
        self._connect()
        self._load(preferences.settings)

    def _base_url(self) -> str:
        return self._address.text().strip().rstrip("/")

    def show_page(self, key: str) -> None:
        """Shows one of the pages GENERAL, NETWORK, JOBS, MONEY, PARTNERS and PRESETS."""
        self._chips.choose(key)
        # First: with both there for a moment, the dialog would grow to their common height.
        with growing(self):
            for page in self._pages.values():
                page.hide()
            self._pages[key].show()

    def _build(self) -> None:
        self.setObjectName("settings_dialog")
        self.setWindowTitle(_("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._dress_fields()
        self._save.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(5 * STEP)
        general = QWidget(self)
        general.setObjectName("general_page")
        page = QVBoxLayout(general)
        page.setContentsMargins(0, 0, 0, 0)
        page.addLayout(self._form())
        page.addStretch(1)
        self._pages = {
            GENERAL: general,
            NETWORK: self._network,
            JOBS: ScrolledPage(self._jobs, self),
            MONEY: ScrolledPage(self._money, self),
            PARTNERS: self._partners,
            PRESETS: self.presets,
        }
        layout.addLayout(_at_the_left(self._chips))
        for key, text in (
            (GENERAL, _("General")),
            (NETWORK, _("Network")),
            (JOBS, _("Jobs")),
            (MONEY, _("Money")),
            (PARTNERS, _("Partner nodes")),
            (PRESETS, _("Presets")),
        ):
            self._chips.add(key, f"settings_{key}")
            self._chips.set_text(key, text, spoken=text)
            layout.addWidget(self._pages[key], 1)
        self.show_page(GENERAL)
        layout.addLayout(self._button_row())

    def _dress_fields(self) -> None:
        name_field(self._address, "address", _("API address"))
        name_field(self._version, "queue_version", _("Queue API version"))
        name_field(self._theme, "theme", _("Theme"))
        name_field(self._updates, "checks_updates", self._updates.text())
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

    def _form(self) -> SettingsForm:
        form = SettingsForm()
        address_hint = hint(_("https anywhere, http on this computer only."), self)
        version_hint = hint(
            _("Path of the queue calls. Change it only when RunComfy says so."), self
        )
        folder_hint = hint(_("Results are downloaded here. Empty means the usual place."), self)
        words_hint = hint(
            _("Text files, one entry a line: __name__ in a prompt is a line of name.txt."), self
        )
        form.add(_("API &address"), self._address, self._address, address_hint, self._address_fault)
        form.add(_("&Queue API version"), self._version, self._version, version_hint)
        for text, each, about in (
            (_("&Output folder"), self._folder, folder_hint),
            (_("&Wildcards folder"), self._words, words_hint),
        ):
            form.add(text, each.field, each.line(), about, each.fault)
        form.add(_("&Theme"), self._theme, self._theme)
        release = _("The release page on GitHub is asked. Your key and your inputs are not sent.")
        row = form.add(_("&Updates"), self._updates, self._updates, hint(release, self))
        form.show_row(row, shown=self._aids.offers_updates)
        return form

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._defaults)
        row.addStretch(1)
        row.addWidget(self._cancel)
        row.addWidget(self._save)
        return row

    def _connect(self) -> None:
        self._address.textChanged.connect(self._network.recheck)
        for page in self._checked_pages():
            page.checked.connect(self._check)
        self.finished.connect(self._network.close_trial)
        self.finished.connect(self._partners.leave)
        self._chips.chosen.connect(self.show_page)
        self._folder.field.textChanged.connect(self._check)
        self._words.field.textChanged.connect(self._check)
        self._defaults.clicked.connect(self._on_defaults_clicked)
        self._cancel.clicked.connect(self.reject)
        self._save.clicked.connect(self._on_save_clicked)

    def _load(self, settings: Settings) -> None:
        self._address.setText(settings.base_url)
        self._version.setCurrentIndex(self._version.findData(settings.queue_version))
        self._folder.field.setText(settings.output_folder)
        self._words.field.setText(settings.wildcards_folder)
        self._theme.setCurrentIndex(self._theme.findData(settings.theme))
        self._updates.setChecked(settings.checks_updates)
        self._network.load(settings.network)
        self._jobs.load(settings)
        self._money.load(settings)
        self._partners.begin()
        self.presets.load(settings)

    def _check(self) -> None:
        address = self._aids.check_address(self._address.text().strip())
        tell_fault(self._address, self._address_fault, address)
        folder, words = self._folder.check(), self._words.check()
        faults = (address, folder, words, *(page.fault() for page in self._checked_pages()))
        fault = next(filter(None, faults), "")
        self._save.setEnabled(not fault)
        self._save.setAccessibleDescription(fault)
        self._save.setToolTip(tooltip(fault))

    def _checked_pages(self) -> tuple[_Page, ...]:
        return (self._network, self._jobs, self._money, self._partners, self.presets)

    def _on_defaults_clicked(self) -> None:
        self._load(Settings())

    def _on_save_clicked(self) -> None:
        # First, so that a session at another address begins on the right way.
        page = self._network
        self._aids.network.keep(page.choice(), page.password(), is_new=page.take_new())
        partner_key = self._partners.typed()
        if partner_key is not None:
            # What is removed is the key that was shown, whatever the new address is.
            shown = self._aids.partner_key.state.service
            service = self._base_url() if partner_key or not shown else shown
            self._aids.partner_key.keep(service, partner_key)
        self._preferences.set(
            base_url=self._base_url(),
            queue_version=self._version.currentData(),
            output_folder=self._folder.text,
            wildcards_folder=self._words.text,
            theme=self._theme.currentData(),
            checks_updates=self._updates.isChecked(),
            **self._jobs.values(),
            **self._money.values(),
        )
        self.presets.keep()
        self.accept()


def _at_the_left(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(widget)
    row.addStretch(1)
    return row
