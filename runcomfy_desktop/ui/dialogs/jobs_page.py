"""The settings' page on jobs: how many at once, when to ask, what goes by itself, and what comes of
them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.domain.media_checks import limit
from runcomfy_desktop.domain.settings import MOST_COUNT, LargePictures
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.settings_form import (
    SettingsForm,
    fault_label,
    hint,
    name_field,
    tell_fault,
)
from runcomfy_desktop.ui.media.size_choice import choice_text
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.dialog import growing
from runcomfy_desktop.ui.widgets.number_fields import CountField, count_fault

if TYPE_CHECKING:
    from runcomfy_desktop.domain.settings import Settings

_AT_ONCE = 1000


class JobsPage(QWidget):
    """Edits what the settings say of jobs. Emits `checked` when `fault` may be another one."""

    checked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._in_flight = CountField("in_flight", _("Jobs at once per deployment"), self)
        self._ask_from = CountField("ask_from_jobs", _("Ask before so many jobs"), self)
        self._cap = CountField("download_cap_mb", _("Largest file to download, in MB"), self)
        self._faults: dict[CountField, tuple[QLabel, int]] = {
            self._in_flight: (fault_label("in_flight_fault", self), _AT_ONCE),
            self._ask_from: (fault_label("ask_from_jobs_fault", self), MOST_COUNT),
            self._cap: (fault_label("download_cap_fault", self), MOST_COUNT),
        }
        self._large = QComboBox(self)
        self._inputs = QCheckBox(_("Keep the inputs of each run beside its results"), self)
        self._sends = QCheckBox(_("Send held jobs by themselves"), self)
        self._notifies = QCheckBox(_("Tell me when jobs end and this window is not in front"), self)
        self._awake = QCheckBox(_("Keep this computer awake while jobs are active"), self)
        self._build()
        for field in self._faults:
            field.textChanged.connect(self._check)

    def load(self, settings: Settings) -> None:
        self._in_flight.setText(str(settings.in_flight))
        self._ask_from.setText(str(settings.ask_from_jobs))
        self._cap.setText(str(settings.download_cap_mb))
        self._large.setCurrentIndex(self._large.findData(settings.large_pictures))
        self._inputs.setChecked(settings.keeps_inputs)
        self._sends.setChecked(settings.sends_when_online)
        self._notifies.setChecked(settings.notifies)
        self._awake.setChecked(settings.keeps_awake)
        self._check()

    def values(self) -> dict[str, Any]:
        """What is to be saved; only without a `fault`."""
        return {
            "in_flight": self._in_flight.number,
            "ask_from_jobs": self._ask_from.number,
            "download_cap_mb": self._cap.number,
            "large_pictures": self._large.currentData(),
            "keeps_inputs": self._inputs.isChecked(),
            "sends_when_online": self._sends.isChecked(),
            "notifies": self._notifies.isChecked(),
            "keeps_awake": self._awake.isChecked(),
        }

    def fault(self) -> str:
        """What keeps the page from being saved, "" when nothing does."""
        found = (count_fault(field, 0, most) for field, (_label, most) in self._faults.items())
        return next(filter(None, found), "")

    def _build(self) -> None:
        self.setObjectName("jobs_page")
        for box, name in (
            (self._inputs, "keeps_inputs"),
            (self._sends, "sends_when_online"),
            (self._notifies, "notifies"),
            (self._awake, "keeps_awake"),
        ):
            name_field(box, name, box.text())
        form = SettingsForm()
        for text, field, about in (
            (
                _("Jobs at &once"),
                self._in_flight,
                _(
                    "So many of one deployment are at RunComfy at the same time; the others wait "
                    "here. 0 means as many as the deployment takes."
                ),
            ),
            (
                _("&Ask from"),
                self._ask_from,
                _("Before so many jobs or more are run, you are asked. 0 never asks."),
            ),
            (
                _("&Largest file (MB)"),
                self._cap,
                _("Larger results are not downloaded by themselves. 0 means the usual 2048 MB."),
            ),
        ):
            form.add(text, field, field, hint(about, self), self._faults[field][0])
        self._add_large(form)
        self._add_boxes(form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 3 * STEP, 0)
        layout.addLayout(form)
        layout.addStretch(1)

    def _add_large(self, form: SettingsForm) -> None:
        name_field(self._large, "large_pictures", _("Large pictures"))
        for choice in LargePictures:
            self._large.addItem(choice_text(choice), choice)
        about = _(
            "RunComfy recommends at most %s for a picture in a request; larger ones take longer. "
            "Your files stay as they are. Animated pictures, and pictures of which a mask is made, "
            "are never shrunk."
        )
        about %= limit(INLINE_LIMIT_BYTES)
        self._large.setAccessibleDescription(about)
        form.add(_("Large &pictures"), self._large, self._large, hint(about, self))

    def _add_boxes(self, form: SettingsForm) -> None:
        keeps = _("A small JSON file for each job, which imports as a preset.")
        self._inputs.setAccessibleDescription(keeps)
        form.add(_("&Inputs of runs"), self._inputs, self._inputs, hint(keeps, self))
        sends = _(
            "When RunComfy can be reached again, what was held until then is sent without a "
            "further question. It costs money, up to your limits."
        )
        self._sends.setAccessibleDescription(sends)
        form.add(_("When o&nline"), self._sends, self._sends, hint(sends, self))
        form.add(_("When jobs &end"), self._notifies, self._notifies)
        form.add(_("&Meanwhile"), self._awake, self._awake)

    def _check(self) -> None:
        with growing(self):
            for field, (label, most) in self._faults.items():
                tell_fault(field, label, count_fault(field, 0, most))
        self.checked.emit()
