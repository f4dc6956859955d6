"""Form with a deployment's scaling numbers and their costs, updated while the user types.

Typed numbers are never discarded, even if the service refuses them or the record changes. A change
to the record is shown next to the field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from runcomfy_desktop.domain.deployments.cost import Scaling
from runcomfy_desktop.domain.deployments.deployment import DeploymentChanges
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.deployments.deployment_texts import (
    cost_lines,
    hourly_rate,
    price_of_change,
    scaling_of,
)
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import column
from runcomfy_desktop.ui.widgets.number_fields import CountField

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployments.deployment import Deployment

# RunComfy's API name of the one field that has another name here.
_API_FIELD_NAMES = {"keep_warm_s": "keep_warm_duration_in_seconds"}
_FIELDS = ("min_instances", "max_instances", "queue_size", "keep_warm_s")


@dataclass(slots=True)
class _ScalingRow:
    """Field with its error label and the record's value."""

    field: CountField
    hint: QLabel
    error_label: QLabel
    record_value: int = 0
    service_error: str = ""
    external_change: str = ""


class ScalingForm(QWidget):
    """Shows and edits the numbers of one record; emits `edited` when a number changes."""

    edited = Signal()

    def __init__(self, parent: QWidget, *, is_demo: bool) -> None:
        super().__init__(parent)
        self._is_demo = is_demo
        self._rate: float | None = None
        self._rows: dict[str, _ScalingRow] = {}
        self._cost_labels = {
            name: plain_label("", f"cost_{name}", self, wrap=True)
            for name in ("always", "most", "wake")
        }
        self._note_label = muted_label("", "cost_note", self, wrap=True)
        self._has_record = False
        self._build()

    # State

    @property
    def scaling(self) -> Scaling | None:
        """Numbers as typed; None while one of them is invalid or they contradict each other."""
        numbers = [self._rows[name].field.number for name in _FIELDS]
        if any(self._local_error(name) for name in _FIELDS):
            return None
        return Scaling(*(number or 0 for number in numbers))

    @property
    def changes(self) -> DeploymentChanges:
        """Typed numbers that differ from the record."""
        typed: dict[str, Any] = {
            name: row.field.number
            for name, row in self._rows.items()
            if row.field.number is not None and row.field.number != row.record_value
        }
        return replace(DeploymentChanges(), **typed)

    @property
    def is_edited(self) -> bool:
        """True if typed input would be lost."""
        return any(row.field.text().strip() != str(row.record_value) for row in self._rows.values())

    @property
    def price(self) -> str:
        """Additional cost of saving, for the button; "" if it costs no more."""
        scaling = self.scaling
        if scaling is None or self._is_demo:
            return ""
        saved = Scaling(*(self._rows[name].record_value for name in _FIELDS))
        return price_of_change(saved, scaling, self._rate)

    # Commands

    def show_deployment(self, deployment: Deployment) -> None:
        """Shows a record; typed numbers stay, and values that changed elsewhere are marked."""
        self._rate = hourly_rate(deployment)
        scaling = scaling_of(deployment)
        for name, row in self._rows.items():
            self._set_record_value(row, getattr(scaling, name))
        self._has_record = True
        self._refresh()

    def clear_messages(self) -> None:
        """Clears the messages after the numbers have been saved."""
        for row in self._rows.values():
            row.external_change = row.service_error = ""
        self._refresh()

    def show_service_errors(self, errors: dict[str, str]) -> QLineEdit | None:
        """Shows the service's errors by field; focuses and returns the first such field."""
        for name, row in self._rows.items():
            row.service_error = errors.get(_API_FIELD_NAMES.get(name, name), "")
        self._refresh()
        first = next((row.field for row in self._rows.values() if row.service_error), None)
        if first is not None:
            first.setFocus()
            first.selectAll()
        return first

    def set_label_width(self, width: int) -> None:
        """Sets the width of the labels, so that the fields align with the values above."""
        self._grid.setColumnMinimumWidth(0, width)

    def set_read_only(self, is_read_only: bool) -> None:
        for row in self._rows.values():
            row.field.setReadOnly(is_read_only)

    # Internal

    def _build(self) -> None:
        self.setObjectName("scaling")
        grid = self._grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4 * STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(2, 1)
        for name, (text, hint_text) in _field_texts().items():
            self._add_row(grid, name, text, hint_text)
        costs = column(*self._cost_labels.values(), self._note_label, spacing=STEP)
        column(grid, costs, owner=self, spacing=3 * STEP)

    def _add_row(self, grid: QGridLayout, name: str, text: str, hint_text: str) -> None:
        field = CountField(name, text, self)
        hint = muted_label(hint_text, f"{name}_about", self, wrap=True)
        error_label = plain_label("", f"{name}_fault", self, wrap=True)
        error_label.hide()
        label = plain_label(text, f"{name}_label", self)
        label.setBuddy(field)
        grid_row = 2 * grid.rowCount()
        grid.addWidget(label, grid_row, 0)
        grid.addWidget(field, grid_row, 1)
        grid.addWidget(hint, grid_row, 2)
        grid.addWidget(error_label, grid_row + 1, 1, 1, 2)
        row = self._rows[name] = _ScalingRow(field, hint, error_label)
        field.textChanged.connect(lambda _text: self._on_field_text_changed(row))

    def _set_record_value(self, row: _ScalingRow, value: int) -> None:
        previous, row.record_value = row.record_value, value
        typed = row.field.text().strip()
        is_edited = self._has_record and typed != str(previous)
        if not is_edited:
            row.field.setText(str(value))
        if not self._has_record or value == previous or typed == str(value):
            return
        if is_edited:
            row.external_change = _("Changed elsewhere: it is %d now.") % value
        else:
            row.external_change = _("Changed elsewhere: it was %d.") % previous

    def _on_field_text_changed(self, row: _ScalingRow) -> None:
        # The messages were about another number.
        row.service_error = row.external_change = ""
        self._refresh()
        self.edited.emit()

    def _local_error(self, name: str) -> str:
        """Returns the error of an invalid number, or ""; the service checks upper bounds."""
        if self._rows[name].field.number is None:
            return _("Enter a whole number, zero or more.")
        low, high = (self._rows[each].field.number for each in _FIELDS[:2])
        if low is None or high is None:
            return ""
        if name == "max_instances" and high == 0:
            return _("With no instance nothing can run. To stop all runs, disable the deployment.")
        if name == "min_instances" and high and low > high:
            return _("No more than the max instances (%d).") % high
        return ""

    def _refresh(self) -> None:
        for name, row in self._rows.items():
            error = self._local_error(name) or row.service_error
            _show_row_message(row, error, row.external_change)
        lines = cost_lines(self.scaling, self._rate, is_demo=self._is_demo)
        for name, label in self._cost_labels.items():
            text = getattr(lines, name)
            label.setText(text)
            label.setVisible(bool(text))
        self._note_label.setText(lines.note)


def _field_texts() -> dict[str, tuple[str, str]]:
    return {
        "min_instances": (_("Min instances"), _("always on, billed also without runs")),
        "max_instances": (_("Max instances"), _("on at once, at most")),
        "queue_size": (
            _("Queue size"),
            _("runs that wait for an instance before another one starts"),
        ),
        "keep_warm_s": (_("Keep warm (s)"), _("idle seconds before it shuts down")),
    }


def _show_row_message(row: _ScalingRow, error: str, external_change: str) -> None:
    text = error or external_change
    roles = row.error_label.palette().ColorRole
    row.error_label.setForegroundRole(roles.BrightText if error else roles.PlaceholderText)
    row.error_label.setText(text)
    row.error_label.setVisible(bool(text))
    row.field.setAccessibleDescription(". ".join(each for each in (row.hint.text(), text) if each))
    if row.field.property("fault") is not bool(error):
        row.field.setProperty("fault", bool(error))
        row.field.style().unpolish(row.field)
        row.field.style().polish(row.field)
