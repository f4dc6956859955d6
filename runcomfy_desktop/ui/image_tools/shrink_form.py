"""Fields of the shrink dialog: size, format and quality."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSlider, QWidget

from runcomfy_desktop.domain.media.image_shrink import (
    DEFAULT_QUALITY,
    MAX_QUALITY,
    MIN_QUALITY,
    SIDE_PRESETS,
    ImageFormat,
    ShrinkTarget,
    scaled_size,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.form_layout import FormLayout, error_label, show_field_error
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row
from runcomfy_desktop.ui.widgets.number_fields import CountField, count_error

_ORIGINAL_SIZE, _OTHER_SIZE = "whole", "own"
_SLIDER_WIDTH = 60 * STEP


class ShrinkForm(QWidget):
    """Form for a ShrinkTarget; emits `edited` when the user changes a field."""

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._size = QSize(1, 1)
        self._image_format = ImageFormat.JPEG
        self._layout = FormLayout()
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setVerticalSpacing(2 * STEP)
        self.setLayout(self._layout)
        self._build_size()
        self._build_format()
        self._connect()

    def _build_size(self) -> None:
        self._size_chips = ChipRow(self)
        accessible_names = {_ORIGINAL_SIZE: _("Own size"), _OTHER_SIZE: _("Another size")}
        for key in (_ORIGINAL_SIZE, *map(str, SIDE_PRESETS), _OTHER_SIZE):
            self._size_chips.add(key, f"shrink_size_{key}")
            text = {_ORIGINAL_SIZE: _("Original"), _OTHER_SIZE: _("Other")}.get(key, key)
            self._size_chips.set_text(
                key, text, accessible_name=accessible_names.get(key, _("%s pixels") % key)
            )
        self._side_field = CountField("shrink_side", _("Longer side in pixels"), self)
        self._percent_field = CountField(
            "shrink_percent", _("Size in percent of the original"), self
        )
        self._error_label = error_label("shrink_size_fault", self)
        field_row = _create_field_row(
            self,
            self._size_chips,
            self._side_field,
            plain_label(_("px"), "shrink_side_unit", self),
            self._percent_field,
            plain_label(_("%"), "shrink_percent_unit", self),
        )
        self._layout.add_row(_("Longer side"), self._side_field, field_row, self._error_label)

    def _build_format(self) -> None:
        self._format_chips = ChipRow(self)
        for image_format in ImageFormat:
            self._format_chips.add(image_format.value, f"shrink_form_{image_format.value}")
            self._format_chips.set_text(
                image_format.value, image_format.label, accessible_name=image_format.label
            )
        self._layout.add_row(_("Format"), None, _create_field_row(self, self._format_chips))
        self._quality_slider = QSlider(Qt.Orientation.Horizontal, self)
        self._quality_slider.setObjectName("shrink_quality")
        self._quality_slider.setAccessibleName(_("Quality"))
        self._quality_slider.setRange(MIN_QUALITY, MAX_QUALITY)
        self._quality_slider.setPageStep(5)
        self._quality_slider.setValue(DEFAULT_QUALITY)
        self._quality_slider.setFixedWidth(_SLIDER_WIDTH)
        self._quality_label = plain_label("", "shrink_quality_number", self)
        field_row = _create_field_row(self, self._quality_slider, self._quality_label)
        self._quality_row = self._layout.add_row(_("Quality"), self._quality_slider, field_row)

    def _connect(self) -> None:
        self._size_chips.chosen.connect(self._on_size_chosen)
        self._side_field.textChanged.connect(self._on_side_edited)
        self._percent_field.textChanged.connect(self._on_percent_edited)
        self._format_chips.chosen.connect(self._on_format_chosen)
        self._quality_slider.valueChanged.connect(self._on_quality_changed)

    def show_size(self, size: QSize) -> None:
        """Shows the sizes offered for a picture with this original size, which is the maximum."""
        self._size = size
        longest = max(size.width(), size.height())
        for side in SIDE_PRESETS:
            self._size_chips.chip(str(side)).setVisible(side < longest)

    def set_format_allowed(self, image_format: ImageFormat, allowed: bool, reason: str) -> None:
        chip = self._format_chips.chip(image_format.value)
        chip.setEnabled(allowed)
        chip.setAccessibleDescription("" if allowed else reason)

    def show_target(self, target: ShrinkTarget) -> None:
        """Shows a version in the fields without emitting signals."""
        self._image_format = target.image_format
        self._format_chips.set_current(target.image_format.value)
        _set_value_silently(self._quality_slider, target.quality)
        self._show_side(max(target.width, target.height))
        self._show_format()

    @property
    def image_format(self) -> ImageFormat:
        return self._image_format

    @property
    def target(self) -> ShrinkTarget | None:
        """The chosen version; None while a number is invalid."""
        error = self.size_error
        show_field_error(self._side_field, self._error_label, error)
        if error:
            return None
        width, height = scaled_size(
            self._size.width(), self._size.height(), self._side_field.number or 1
        )
        return ShrinkTarget(width, height, self._image_format, self._quality_slider.value())

    @property
    def _longer_side(self) -> int:
        return max(self._size.width(), self._size.height())

    def _percent_of(self, side: int) -> int:
        return max(1, round(100 * side / self._longer_side))

    def _show_side(self, side: int) -> None:
        _set_value_silently(self._side_field, side)
        _set_value_silently(self._percent_field, self._percent_of(side))
        self._select_size_chip()

    def _select_size_chip(self) -> None:
        side = self._side_field.number
        key = str(side) if side in SIDE_PRESETS and side < self._longer_side else _OTHER_SIZE
        self._size_chips.set_current(_ORIGINAL_SIZE if side == self._longer_side else key)

    def _show_format(self) -> None:
        self._layout.set_row_visible(self._quality_row, visible=self._image_format.has_quality)
        self._quality_label.setText(str(self._quality_slider.value()))

    @property
    def size_error(self) -> str:
        """Error in the size; "" if it is valid."""
        return count_error(self._side_field, 1, self._longer_side)

    def _on_size_chosen(self, key: str) -> None:
        if key == _OTHER_SIZE:
            self._side_field.setFocus()
            self._side_field.selectAll()
            return
        side = self._longer_side if key == _ORIGINAL_SIZE else int(key)
        self._show_side(side)
        self.edited.emit()

    def _on_side_edited(self) -> None:
        self._select_size_chip()
        side = self._side_field.number
        if side is not None and 1 <= side <= self._longer_side:
            _set_value_silently(self._percent_field, self._percent_of(side))
        self.edited.emit()

    def _on_percent_edited(self) -> None:
        percent = self._percent_field.number
        _set_value_silently(
            self._side_field, None if percent is None else round(self._longer_side * percent / 100)
        )
        self._select_size_chip()
        self.edited.emit()

    def _on_format_chosen(self, key: str) -> None:
        self._image_format = ImageFormat(key)
        self._show_format()
        self.edited.emit()

    def _on_quality_changed(self) -> None:
        self._show_format()
        self.edited.emit()


def _set_value_silently(field: CountField | QSlider, number: int | None) -> None:
    """Sets a field without emitting signals."""
    field.blockSignals(True)
    if isinstance(field, QSlider):
        field.setValue(number or 0)
    else:
        field.setText("" if number is None else str(number))
    field.blockSignals(False)


def _create_field_row(parent: QWidget, *widgets: QWidget) -> QWidget:
    holder = QWidget(parent)
    # The height of a field, so that the label on its left is centred.
    holder.setMinimumHeight(7 * STEP)
    row(*widgets, STRETCH, owner=holder)
    return holder
