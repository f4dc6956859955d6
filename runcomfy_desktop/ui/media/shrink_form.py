"""The fields of the shrink dialog: how large, in which form, how good."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from runcomfy_desktop.domain.shrinking import (
    BEST_QUALITY,
    GOOD_QUALITY,
    LEAST_QUALITY,
    PRESETS,
    PictureForm,
    Shrink,
    sized,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.settings_form import SettingsForm, fault_label, tell_fault
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.number_fields import CountField, count_fault

_WHOLE, _OWN = "whole", "own"
_SLIDER_WIDTH = 60 * STEP


class ShrinkForm(QWidget):
    """Emits `edited` when a person changed something; `wish` is what the fields say then."""

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._size = QSize(1, 1)
        self._form = PictureForm.JPEG
        self._fields = SettingsForm()
        self._fields.setContentsMargins(0, 0, 0, 0)
        self._fields.setVerticalSpacing(2 * STEP)
        self.setLayout(self._fields)
        self._build_size()
        self._build_kind()
        self._connect()

    def _build_size(self) -> None:
        self._presets = ChipRow(self)
        spoken = {_WHOLE: _("Own size"), _OWN: _("Another size")}
        for key in (_WHOLE, *map(str, PRESETS), _OWN):
            self._presets.add(key, f"shrink_size_{key}")
            text = {_WHOLE: _("Original"), _OWN: _("Other")}.get(key, key)
            self._presets.set_text(key, text, spoken=spoken.get(key, _("%s pixels") % key))
        self._side = CountField("shrink_side", _("Longer side in pixels"), self)
        self._percent = CountField("shrink_percent", _("Size in percent of the original"), self)
        self._fault = fault_label("shrink_size_fault", self)
        line = _line(
            self,
            self._presets,
            self._side,
            plain_label(_("px"), "shrink_side_unit", self),
            self._percent,
            plain_label(_("%"), "shrink_percent_unit", self),
        )
        self._fields.add(_("Longer side"), self._side, line, self._fault)

    def _build_kind(self) -> None:
        self._forms = ChipRow(self)
        for form in PictureForm:
            self._forms.add(form.value, f"shrink_form_{form.value}")
            self._forms.set_text(form.value, form.label, spoken=form.label)
        self._fields.add(_("Format"), None, _line(self, self._forms))
        self._quality = QSlider(Qt.Orientation.Horizontal, self)
        self._quality.setObjectName("shrink_quality")
        self._quality.setAccessibleName(_("Quality"))
        self._quality.setRange(LEAST_QUALITY, BEST_QUALITY)
        self._quality.setPageStep(5)
        self._quality.setValue(GOOD_QUALITY)
        self._quality.setFixedWidth(_SLIDER_WIDTH)
        self._number = plain_label("", "shrink_quality_number", self)
        line = _line(self, self._quality, self._number)
        self._quality_row = self._fields.add(_("Quality"), self._quality, line)

    def _connect(self) -> None:
        self._presets.chosen.connect(self._on_presets_chosen)
        self._side.textChanged.connect(self._on_side_edited)
        self._percent.textChanged.connect(self._on_percent_edited)
        self._forms.chosen.connect(self._on_forms_chosen)
        self._quality.valueChanged.connect(self._on_quality_changed)

    def show_size(self, size: QSize) -> None:
        """The picture's own size, which is the largest it can have."""
        self._size = size
        longest = max(size.width(), size.height())
        for side in PRESETS:
            self._presets.chip(str(side)).setVisible(side < longest)

    def allow(self, form: PictureForm, allowed: bool, why_not: str) -> None:
        chip = self._forms.chip(form.value)
        chip.setEnabled(allowed)
        chip.setAccessibleDescription("" if allowed else why_not)

    def show_wish(self, wish: Shrink) -> None:
        """Puts the fields at a version, without telling."""
        self._form = wish.form
        self._forms.choose(wish.form.value)
        _put(self._quality, wish.quality)
        self._show_side(max(wish.width, wish.height))
        self._show_kind()

    @property
    def form(self) -> PictureForm:
        return self._form

    @property
    def wish(self) -> Shrink | None:
        """None while there is a number that does not do."""
        fault = self.fault
        tell_fault(self._side, self._fault, fault)
        if fault:
            return None
        width, height = sized(self._size.width(), self._size.height(), self._side.number or 1)
        return Shrink(width, height, self._form, self._quality.value())

    @property
    def _longest(self) -> int:
        return max(self._size.width(), self._size.height())

    def _share(self, side: int) -> int:
        return max(1, round(100 * side / self._longest))

    def _show_side(self, side: int) -> None:
        _put(self._side, side)
        _put(self._percent, self._share(side))
        self._mark_preset()

    def _mark_preset(self) -> None:
        side = self._side.number
        key = str(side) if side in PRESETS and side < self._longest else _OWN
        self._presets.choose(_WHOLE if side == self._longest else key)

    def _show_kind(self) -> None:
        self._fields.show_row(self._quality_row, shown=self._form.has_quality)
        self._number.setText(str(self._quality.value()))

    @property
    def fault(self) -> str:
        """What is wrong with the size, "" when nothing is."""
        return count_fault(self._side, 1, self._longest)

    def _on_presets_chosen(self, key: str) -> None:
        if key == _OWN:
            self._side.setFocus()
            self._side.selectAll()
            return
        side = self._longest if key == _WHOLE else int(key)
        self._show_side(side)
        self.edited.emit()

    def _on_side_edited(self) -> None:
        self._mark_preset()
        side = self._side.number
        if side is not None and 1 <= side <= self._longest:
            _put(self._percent, self._share(side))
        self.edited.emit()

    def _on_percent_edited(self) -> None:
        percent = self._percent.number
        _put(self._side, None if percent is None else round(self._longest * percent / 100))
        self._mark_preset()
        self.edited.emit()

    def _on_forms_chosen(self, key: str) -> None:
        self._form = PictureForm(key)
        self._show_kind()
        self.edited.emit()

    def _on_quality_changed(self) -> None:
        self._show_kind()
        self.edited.emit()


def _put(field: CountField | QSlider, number: int | None) -> None:
    """Sets a field without its telling."""
    field.blockSignals(True)
    if isinstance(field, QSlider):
        field.setValue(number or 0)
    else:
        field.setText("" if number is None else str(number))
    field.blockSignals(False)


def _line(parent: QWidget, *widgets: QWidget) -> QWidget:
    holder = QWidget(parent)
    # As high as a field: the label at its side stands in the middle of one.
    holder.setMinimumHeight(7 * STEP)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2 * STEP)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return holder
