"""Settings page for jobs: limits, confirmations, automatic actions, and results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

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
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column
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
        # By the names of their settings: fields, each with its label for errors and its maximum.
        self._numbers: dict[str, tuple[CountField, QLabel, int]] = {}
        self._boxes: dict[str, QCheckBox] = {}
        self._large_pictures_combo = QComboBox(self)
        self._build()

    def load(self, settings: Settings) -> None:
        for name, (field, _label, _maximum) in self._numbers.items():
            field.setText(str(getattr(settings, name)))
        combo = self._large_pictures_combo
        combo.setCurrentIndex(combo.findData(settings.large_pictures))
        for name, box in self._boxes.items():
            box.setChecked(getattr(settings, name))
        self._validate()

    def values(self) -> dict[str, Any]:
        """Returns the values to save; call it only if `error` returns ""."""
        return {
            **{name: field.number for name, (field, _label, _max) in self._numbers.items()},
            "large_pictures": self._large_pictures_combo.currentData(),
            **{name: box.isChecked() for name, box in self._boxes.items()},
        }

    def error(self) -> str:
        """Returns the error that prevents saving the page, "" for none."""
        errors = (count_error(field, 0, most) for field, _label, most in self._numbers.values())
        return next(filter(None, errors), "")

    def _build(self) -> None:
        self.setObjectName("jobs_page")
        form = FormLayout()
        self._add_numbers(form)
        self._add_large_pictures(form)
        self._add_boxes(form)
        column(form, STRETCH, owner=self, margins=(0, 0, 3 * STEP, 0))

    def _add_numbers(self, form: FormLayout) -> None:
        for name, text, accessible_name, maximum, about in (
            (
                "in_flight",
                _("Jobs at &once"),
                _("Jobs at once per deployment"),
                _MAX_IN_FLIGHT,
                _(
                    "So many of one deployment are at RunComfy at the same time; the others wait "
                    "here. 0 means as many as the deployment takes."
                ),
            ),
            (
                "ask_from_jobs",
                _("&Ask from"),
                _("Ask before so many jobs"),
                MAX_COUNT,
                _("Before so many jobs or more are run, you are asked. 0 never asks."),
            ),
            (
                "download_cap_mb",
                _("&Largest file (MB)"),
                _("Largest file to download, in MB"),
                MAX_COUNT,
                _("Larger results are not downloaded by themselves. 0 means the usual 2048 MB."),
            ),
        ):
            field = CountField(name, accessible_name, self)
            label = error_label(f"{name.removesuffix('_mb')}_fault", self)
            field.textChanged.connect(self._validate)
            self._numbers[name] = (field, label, maximum)
            form.add_row(text, field, field, hint_label(about, self), label)

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
        combo = self._large_pictures_combo
        form.add_row(_("Large &pictures"), combo, combo, hint_label(about, self))

    def _add_boxes(self, form: FormLayout) -> None:
        for name, row_text, text, about in (
            (
                "keeps_inputs",
                _("&Inputs of runs"),
                _("Keep the inputs of each run beside its results"),
                _("A small JSON file for each job, which imports as a preset."),
            ),
            (
                "sends_when_online",
                _("When o&nline"),
                _("Send held jobs by themselves"),
                _(
                    "When RunComfy can be reached again, what was held until then is sent without "
                    "a further question. It costs money, up to your limits."
                ),
            ),
            (
                "notifies",
                _("When jobs &end"),
                _("Tell me when jobs end and this window is not in front"),
                "",
            ),
            (
                "keeps_awake",
                _("&Meanwhile"),
                _("Keep this computer awake while jobs are active"),
                "",
            ),
        ):
            box = self._boxes[name] = QCheckBox(text, self)
            set_field_name(box, name, text)
            box.setAccessibleDescription(about)
            form.add_row(row_text, box, box, *([hint_label(about, self)] if about else []))

    def _validate(self) -> None:
        with growing_dialog(self):
            for field, label, maximum in self._numbers.values():
                show_field_error(field, label, count_error(field, 0, maximum))
        self.validated.emit()
