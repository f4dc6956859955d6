"""Settings page for jobs: limits, confirmations, automatic actions, and results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.domain.media.media_checks import limit_text
from runcomfy_desktop.domain.settings import MAX_COUNT, LargePictures
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.image_tools.size_choice import choice_text
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    FormLayout,
    error_label,
    hint_label,
    set_field_name,
    show_field_error,
)
from runcomfy_desktop.ui.widgets.number_fields import CountField, count_error

if TYPE_CHECKING:
    from runcomfy_desktop.domain.settings import Settings

_MAX_IN_FLIGHT = 1000


class JobsPage(QWidget):
    """Edits the settings for jobs.

    Emits `validated` when the result of `error` may have changed.
    """

    validated = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._in_flight = CountField("in_flight", _("Jobs at once per deployment"), self)
        self._ask_from = CountField("ask_from_jobs", _("Ask before so many jobs"), self)
        self._download_cap = CountField(
            "download_cap_mb", _("Largest file to download, in MB"), self
        )
        self._error_labels: dict[CountField, tuple[QLabel, int]] = {
            self._in_flight: (error_label("in_flight_fault", self), _MAX_IN_FLIGHT),
            self._ask_from: (error_label("ask_from_jobs_fault", self), MAX_COUNT),
            self._download_cap: (error_label("download_cap_fault", self), MAX_COUNT),
        }
        self._large_pictures_combo = QComboBox(self)
        self._keep_inputs_box = QCheckBox(_("Keep the inputs of each run beside its results"), self)
        self._send_when_online_box = QCheckBox(_("Send held jobs by themselves"), self)
        self._notify_box = QCheckBox(
            _("Tell me when jobs end and this window is not in front"), self
        )
        self._keep_awake_box = QCheckBox(_("Keep this computer awake while jobs are active"), self)
        self._build()
        for field in self._error_labels:
            field.textChanged.connect(self._validate)

    def load(self, settings: Settings) -> None:
        self._in_flight.setText(str(settings.in_flight))
        self._ask_from.setText(str(settings.ask_from_jobs))
        self._download_cap.setText(str(settings.download_cap_mb))
        self._large_pictures_combo.setCurrentIndex(
            self._large_pictures_combo.findData(settings.large_pictures)
        )
        self._keep_inputs_box.setChecked(settings.keeps_inputs)
        self._send_when_online_box.setChecked(settings.sends_when_online)
        self._notify_box.setChecked(settings.notifies)
        self._keep_awake_box.setChecked(settings.keeps_awake)
        self._validate()

    def values(self) -> dict[str, Any]:
        """Returns the values to save; call it only if `error` returns ""."""
        return {
            "in_flight": self._in_flight.number,
            "ask_from_jobs": self._ask_from.number,
            "download_cap_mb": self._download_cap.number,
            "large_pictures": self._large_pictures_combo.currentData(),
            "keeps_inputs": self._keep_inputs_box.isChecked(),
            "sends_when_online": self._send_when_online_box.isChecked(),
            "notifies": self._notify_box.isChecked(),
            "keeps_awake": self._keep_awake_box.isChecked(),
        }

    def error(self) -> str:
        """Returns the error that prevents saving the page, "" for none."""
        errors = (
            count_error(field, 0, maximum)
            for field, (_label, maximum) in self._error_labels.items()
        )
        return next(filter(None, errors), "")

    def _build(self) -> None:
        self.setObjectName("jobs_page")
        for box, name in (
            (self._keep_inputs_box, "keeps_inputs"),
            (self._send_when_online_box, "sends_when_online"),
            (self._notify_box, "notifies"),
            (self._keep_awake_box, "keeps_awake"),
        ):
            set_field_name(box, name, box.text())
        form = FormLayout()
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
                self._download_cap,
                _("Larger results are not downloaded by themselves. 0 means the usual 2048 MB."),
            ),
        ):
            form.add_row(text, field, field, hint_label(about, self), self._error_labels[field][0])
        self._add_large_pictures(form)
        self._add_boxes(form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 3 * STEP, 0)
        layout.addLayout(form)
        layout.addStretch(1)

    def _add_large_pictures(self, form: FormLayout) -> None:
        set_field_name(self._large_pictures_combo, "large_pictures", _("Large pictures"))
        for choice in LargePictures:
            self._large_pictures_combo.addItem(choice_text(choice), choice)
        about = _(
            "RunComfy recommends at most %s for a picture in a request; larger ones take longer. "
            "Your files stay as they are. Animated pictures, and pictures of which a mask is made, "
            "are never shrunk."
        )
        about %= limit_text(INLINE_LIMIT_BYTES)
        self._large_pictures_combo.setAccessibleDescription(about)
        form.add_row(
            _("Large &pictures"),
            self._large_pictures_combo,
            self._large_pictures_combo,
            hint_label(about, self),
        )

    def _add_boxes(self, form: FormLayout) -> None:
        keeps_text = _("A small JSON file for each job, which imports as a preset.")
        self._keep_inputs_box.setAccessibleDescription(keeps_text)
        form.add_row(
            _("&Inputs of runs"),
            self._keep_inputs_box,
            self._keep_inputs_box,
            hint_label(keeps_text, self),
        )
        sends_text = _(
            "When RunComfy can be reached again, what was held until then is sent without a "
            "further question. It costs money, up to your limits."
        )
        self._send_when_online_box.setAccessibleDescription(sends_text)
        form.add_row(
            _("When o&nline"),
            self._send_when_online_box,
            self._send_when_online_box,
            hint_label(sends_text, self),
        )
        form.add_row(_("When jobs &end"), self._notify_box, self._notify_box)
        form.add_row(_("&Meanwhile"), self._keep_awake_box, self._keep_awake_box)

    def _validate(self) -> None:
        with growing_dialog(self):
            for field, (label, maximum) in self._error_labels.items():
                show_field_error(field, label, count_error(field, 0, maximum))
        self.validated.emit()
