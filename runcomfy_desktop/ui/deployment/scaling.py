"""The form of a deployment's scaling numbers, with what they cost, in words that follow the typing.

What was typed is never thrown away: not when the service refuses it, and not when the record
becomes another one meanwhile; then it is said beside the field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from runcomfy_desktop.domain.cost import Scaling
from runcomfy_desktop.domain.deployment import DeploymentChanges
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.deployment.words import (
    cost_lines,
    price_of_change,
    rate_of,
    scaling_of,
)
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.number_fields import CountField

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployment import Deployment

# RunComfy's name for the one field that has another one here.
_THEIR_NAMES = {"keep_warm_s": "keep_warm_duration_in_seconds"}
_FIELDS = ("min_instances", "max_instances", "queue_size", "keep_warm_s")


@dataclass(slots=True)
class _Row:
    """One field, what is wrong with it, and what the record says."""

    field: CountField
    about: QLabel
    fault: QLabel
    base: int = 0
    refused: str = ""
    elsewhere: str = ""


class ScalingForm(QWidget):
    """Shows and edits the numbers of one record. Emits `edited` whenever something changed."""

    edited = Signal()

    def __init__(self, parent: QWidget, *, is_demo: bool) -> None:
        super().__init__(parent)
        self._is_demo = is_demo
        self._rate: float | None = None
        self._rows: dict[str, _Row] = {}
        self._lines = {
            name: plain_label("", f"cost_{name}", self, wrap=True)
            for name in ("always", "most", "wake")
        }
        self._note = muted_label("", "cost_note", self, wrap=True)
        self._has_record = False
        self._build()

    # What it holds

    @property
    def scaling(self) -> Scaling | None:
        """The numbers as typed; None while one of them is none, or they contradict each other."""
        numbers = [self._rows[name].field.number for name in _FIELDS]
        if any(self._local_fault(name) for name in _FIELDS):
            return None
        return Scaling(*(number or 0 for number in numbers))

    @property
    def changes(self) -> DeploymentChanges:
        """What was typed and differs from the record."""
        typed: dict[str, Any] = {
            name: row.field.number
            for name, row in self._rows.items()
            if row.field.number is not None and row.field.number != row.base
        }
        return replace(DeploymentChanges(), **typed)

    @property
    def is_edited(self) -> bool:
        """Whether anything typed would be lost."""
        return any(row.field.text().strip() != str(row.base) for row in self._rows.values())

    @property
    def price(self) -> str:
        """What saving may cost more, for the button; "" when it costs no more."""
        scaling = self.scaling
        if scaling is None or self._is_demo:
            return ""
        base = Scaling(*(self._rows[name].base for name in _FIELDS))
        return price_of_change(base, scaling, self._rate)

    # What is done with it

    def show_record(self, record: Deployment) -> None:
        """Takes over a record; typed numbers stay, and what became another is said."""
        self._rate = rate_of(record)
        now = scaling_of(record)
        for name, row in self._rows.items():
            self._take(row, getattr(now, name))
        self._has_record = True
        self._refresh()

    def settle(self) -> None:
        """The numbers were saved: what was said beside them is settled."""
        for row in self._rows.values():
            row.elsewhere = row.refused = ""
        self._refresh()

    def show_refusal(self, faults: dict[str, str]) -> QLineEdit | None:
        """Shows what the service said of single fields; the first of them, which is typed next."""
        for name, row in self._rows.items():
            row.refused = faults.get(_THEIR_NAMES.get(name, name), "")
        self._refresh()
        first = next((row.field for row in self._rows.values() if row.refused), None)
        if first is not None:
            first.setFocus()
            first.selectAll()
        return first

    def stand_below(self, width: int) -> None:
        """Sets the fields in one column with values above, whose names are `width` wide."""
        self._grid.setColumnMinimumWidth(0, width)

    def set_read_only(self, is_read_only: bool) -> None:
        for row in self._rows.values():
            row.field.setReadOnly(is_read_only)

    # Inside

    def _build(self) -> None:
        self.setObjectName("scaling")
        grid = self._grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4 * STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(2, 1)
        for name, (text, about) in _texts().items():
            self._add(grid, name, text, about)
        costs = QVBoxLayout()
        costs.setSpacing(STEP)
        for line in self._lines.values():
            costs.addWidget(line)
        costs.addWidget(self._note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * STEP)
        layout.addLayout(grid)
        layout.addLayout(costs)

    def _add(self, grid: QGridLayout, name: str, text: str, about: str) -> None:
        field = CountField(name, text, self)
        hint = muted_label(about, f"{name}_about", self, wrap=True)
        fault = plain_label("", f"{name}_fault", self, wrap=True)
        fault.hide()
        label = plain_label(text, f"{name}_label", self)
        label.setBuddy(field)
        line = 2 * grid.rowCount()
        grid.addWidget(label, line, 0)
        grid.addWidget(field, line, 1)
        grid.addWidget(hint, line, 2)
        grid.addWidget(fault, line + 1, 1, 1, 2)
        row = self._rows[name] = _Row(field, hint, fault)
        field.textChanged.connect(lambda _text: self._on_field_text_changed(row))

    def _take(self, row: _Row, value: int) -> None:
        was, row.base = row.base, value
        typed = row.field.text().strip()
        is_kept = self._has_record and typed != str(was)
        if not is_kept:
            row.field.setText(str(value))
        if not self._has_record or value == was or typed == str(value):
            return
        if is_kept:
            row.elsewhere = _("Changed elsewhere: it is %d now.") % value
        else:
            row.elsewhere = _("Changed elsewhere: it was %d.") % was

    def _on_field_text_changed(self, row: _Row) -> None:
        # It was said of another number.
        row.refused = row.elsewhere = ""
        self._refresh()
        self.edited.emit()

    def _local_fault(self, name: str) -> str:
        """Only what is surely wrong: the upper bounds are the service's."""
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
            fault = self._local_fault(name) or row.refused
            _tell(row, fault, row.elsewhere)
        lines = cost_lines(self.scaling, self._rate, is_demo=self._is_demo)
        for name, label in self._lines.items():
            text = getattr(lines, name)
            label.setText(text)
            label.setVisible(bool(text))
        self._note.setText(lines.note)


def _texts() -> dict[str, tuple[str, str]]:
    return {
        "min_instances": (_("Min instances"), _("always on, billed also without runs")),
        "max_instances": (_("Max instances"), _("on at once, at most")),
        "queue_size": (
            _("Queue size"),
            _("runs that wait for an instance before another one starts"),
        ),
        "keep_warm_s": (_("Keep warm (s)"), _("idle seconds before it shuts down")),
    }


def _tell(row: _Row, fault: str, elsewhere: str) -> None:
    text = fault or elsewhere
    roles = row.fault.palette().ColorRole
    row.fault.setForegroundRole(roles.BrightText if fault else roles.PlaceholderText)
    row.fault.setText(text)
    row.fault.setVisible(bool(text))
    row.field.setAccessibleDescription(". ".join(each for each in (row.about.text(), text) if each))
    if row.field.property("fault") is not bool(fault):
        row.field.setProperty("fault", bool(fault))
        row.field.style().unpolish(row.field)
        row.field.style().polish(row.field)
