"""Dialog for one of the essentials: its label, its hint and its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit

from runcomfy_desktop.domain.drafts.pin import MAX_HINT_CHARS, MAX_LABEL_CHARS
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.number_values import parse_number
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.ui.input_tree.view import InputsView

_WIDTH = 110 * STEP
_NUMBER_WIDTH = 32 * STEP
_MAX_TITLE_CHARS = 80
_NUMBER_KINDS = (InputKind.INT, InputKind.FLOAT)


class PinDialog(Dialog):
    """Edits a pin; emits `pin_edited` with the edited pin."""

    pin_edited = Signal(object)

    def __init__(self, view: InputsView, pin: Pin) -> None:
        super().__init__(view.dialog_parent)
        self._pin = pin
        self._node_spec = view.inputs.node_spec_of(pin.key)
        self._is_number = self._node_spec.kind in _NUMBER_KINDS
        title = view.inputs.input_row_of(pin.key).node_title or _title_of(view, pin)
        self._build(one_line(pin.key.name), one_line(title))
        self._connect()
        self._check()

    def _build(self, name: str, title: str) -> None:
        self.setObjectName("pin_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Edit the label and limits"))
        text = shortened(_("%s of %s") % (name, title), _MAX_TITLE_CHARS)
        input_label = plain_label(text, "pin_whose", self, wrap=True)
        self._build_fields(name)
        self._range_label = muted_label(self._range_text(), "pin_range", self, wrap=True)
        self._error_label = plain_label("", "pin_fault", self, wrap=True)
        self._error_label.setForegroundRole(self._error_label.palette().ColorRole.BrightText)
        self._cancel = text_button(_("Cancel"), "pin_cancel", self)
        self._save = text_button(_("Save"), "pin_save", self, primary=True)
        self._save.setDefault(True)
        column(
            input_label,
            self._grid,
            self._range_label,
            self._error_label,
            row(STRETCH, self._cancel, self._save),
            owner=self,
            spacing=4 * STEP,
            margins=5 * STEP,
        )
        self._range_label.setVisible(self._is_number)
        self.setMinimumWidth(_WIDTH)

    def _build_fields(self, name: str) -> None:
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(4 * STEP)
        self._grid.setVerticalSpacing(2 * STEP)
        self._grid.setColumnStretch(1, 1)
        label = self._pin.label
        self._label_field = self._add_field(_("Label"), "pin_label", label, MAX_LABEL_CHARS)
        self._label_field.setPlaceholderText(name)
        self._hint_field = self._add_field(_("Hint"), "pin_hint", self._pin.hint, MAX_HINT_CHARS)
        self._hint_field.setPlaceholderText(_("A line that stands below the value"))
        self._minimum_field = self._maximum_field = None
        if self._is_number:
            minimum, maximum = _limit_text(self._pin.minimum), _limit_text(self._pin.maximum)
            self._minimum_field = self._add_field(_("At least"), "pin_minimum", minimum, 40)
            self._maximum_field = self._add_field(_("At most"), "pin_maximum", maximum, 40)
            for field, node_limit in (
                (self._minimum_field, self._node_spec.minimum),
                (self._maximum_field, self._node_spec.maximum),
            ):
                field.setFixedWidth(_NUMBER_WIDTH)
                field.setPlaceholderText(_limit_text(node_limit) or _("no limit"))

    def _add_field(self, text: str, name: str, value: str, max_length: int) -> QLineEdit:
        field = QLineEdit(value, self)
        field.setObjectName(name)
        field.setAccessibleName(text)
        field.setMaxLength(max_length)
        label = QLabel(text, self)
        label.setBuddy(field)
        at = self._grid.rowCount()
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(field, at, 1)
        return field

    def _connect(self) -> None:
        self._save.clicked.connect(self._on_accepted)
        self._cancel.clicked.connect(self.reject)
        for field in (self._minimum_field, self._maximum_field):
            if field is not None:
                field.textChanged.connect(self._check)

    # Contents

    def _limits(self) -> tuple[int | float | None, int | float | None]:
        return self._limit(self._minimum_field), self._limit(self._maximum_field)

    def _limit(self, field: QLineEdit | None) -> int | float | None:
        text = "" if field is None else field.text().strip()
        return parse_number(text, self._node_spec.kind) if text else None

    def _limit_error(self) -> str:
        """Returns the error in the typed limits; "" if they are valid."""
        for field in (self._minimum_field, self._maximum_field):
            if field is not None and field.text().strip() and self._limit(field) is None:
                is_whole = self._node_spec.kind is InputKind.INT
                return _("Enter a whole number.") if is_whole else _("Enter a number.")
        (low, high), node_spec = self._limits(), self._node_spec
        for limit in (low, high):
            if limit is None:
                continue
            if node_spec.minimum is not None and limit < node_spec.minimum:
                return _("The node takes nothing below %s.") % _limit_text(node_spec.minimum)
            if node_spec.maximum is not None and limit > node_spec.maximum:
                return _("The node takes nothing above %s.") % _limit_text(node_spec.maximum)
        if low is not None and high is not None and low > high:
            return _("“At least” is more than “At most”: no value would be left.")
        return ""

    def _range_text(self) -> str:
        low, high = self._node_spec.minimum, self._node_spec.maximum
        if low is None and high is None:
            text = _("The node itself sets no limits.")
        elif low is None or high is None:
            text = (
                _("The node takes %s or more.") if high is None else _("The node takes up to %s.")
            )
            text %= _limit_text(low if high is None else high)
        else:
            text = _("The node takes %s to %s.") % (_limit_text(low), _limit_text(high))
        more = _("Under Essentials, yours apply. A value outside is shown as a warning.")
        return f"{text} {more}"

    def _check(self) -> None:
        text = self._limit_error()
        self._error_label.setText(text)
        self._error_label.setVisible(bool(text))
        self._save.setEnabled(not text)
        for field in (self._minimum_field, self._maximum_field):
            if field is not None:
                field.setAccessibleDescription(text or self._range_label.text())

    def _on_accepted(self) -> None:
        if self._limit_error():
            return
        low, high = self._limits()
        if not self._is_number:
            low, high = self._pin.minimum, self._pin.maximum
        label, hint = self._label_field.text().strip(), self._hint_field.text().strip()
        self.pin_edited.emit(replace(self._pin, label=label, hint=hint, minimum=low, maximum=high))
        self.accept()


def _title_of(view: InputsView, pin: Pin) -> str:
    node = view.inputs.node_at(view.inputs.index_of(pin.key))
    return pin.title if node is None else view.inputs.title_of(node)


def _limit_text(limit: int | float | None) -> str:
    if limit is None:
        return ""
    return texts.float_text(limit, 0) if isinstance(limit, float) else str(limit)
