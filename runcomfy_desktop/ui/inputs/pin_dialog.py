"""The dialog of one pin: what its input is called, what is said of it, and its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from runcomfy_desktop.domain.pin import MAX_HINT, MAX_LABEL
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.numbers import read_number
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label

if TYPE_CHECKING:
    from runcomfy_desktop.domain.pin import Pin
    from runcomfy_desktop.ui.inputs.view import InputsView

_WIDTH = 110 * STEP
_NUMBER_WIDTH = 32 * STEP
_LETTERS = 80
_NUMBERS = (InputKind.INT, InputKind.FLOAT)


class PinDialog(Dialog):
    """Emits `chosen` with the pin as it is to be."""

    chosen = Signal(object)

    def __init__(self, view: InputsView, pin: Pin) -> None:
        super().__init__(view.window())
        self._pin = pin
        self._own = view.inputs.node_spec_of(pin.key)
        self._number = self._own.kind in _NUMBERS
        row = view.inputs.row_of(pin.key)
        title = row.of_node or _title_of(view, pin)
        self._build(one_line(pin.key.name), one_line(title))
        self._connect()
        self._check()

    def _build(self, name: str, title: str) -> None:
        self.setObjectName("pin_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Edit the pin"))
        whose = plain_label(
            shortened(_("%s of %s") % (name, title), _LETTERS), "pin_whose", self, wrap=True
        )
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(4 * STEP)
        self._grid.setVerticalSpacing(2 * STEP)
        self._grid.setColumnStretch(1, 1)
        self._label = self._field(_("Label"), "pin_label", self._pin.label, MAX_LABEL)
        self._label.setPlaceholderText(name)
        self._hint = self._field(_("Hint"), "pin_hint", self._pin.hint, MAX_HINT)
        self._hint.setPlaceholderText(_("A line that stands below the value"))
        self._low = self._high = None
        if self._number:
            self._low = self._field(_("At least"), "pin_minimum", _text(self._pin.minimum), 40)
            self._high = self._field(_("At most"), "pin_maximum", _text(self._pin.maximum), 40)
            for field, own in ((self._low, self._own.minimum), (self._high, self._own.maximum)):
                field.setFixedWidth(_NUMBER_WIDTH)
                field.setPlaceholderText(_text(own) or _("no limit"))
        self._about = muted_label(self._range_text(), "pin_range", self, wrap=True)
        self._fault = plain_label("", "pin_fault", self, wrap=True)
        self._fault.setForegroundRole(self._fault.palette().ColorRole.BrightText)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 5 * STEP)
        column.setSpacing(4 * STEP)
        column.addWidget(whose)
        column.addLayout(self._grid)
        column.addWidget(self._about)
        column.addWidget(self._fault)
        column.addLayout(self._made_buttons())
        self._about.setVisible(self._number)
        self.setMinimumWidth(_WIDTH)

    def _made_buttons(self) -> QHBoxLayout:
        self._cancel = text_button(_("Cancel"), "pin_cancel", self)
        self._save = text_button(_("Save"), "pin_save", self, primary=True)
        self._save.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * STEP)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._save)
        return buttons

    def _field(self, text: str, name: str, value: str, longest: int) -> QLineEdit:
        field = QLineEdit(value, self)
        field.setObjectName(name)
        field.setAccessibleName(text)
        field.setMaxLength(longest)
        label = QLabel(text, self)
        label.setBuddy(field)
        line = self._grid.rowCount()
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(field, line, 1)
        return field

    def _connect(self) -> None:
        self._save.clicked.connect(self._on_accepted)
        self._cancel.clicked.connect(self.reject)
        for field in (self._low, self._high):
            if field is not None:
                field.textChanged.connect(self._check)

    # What stands there

    def _limits(self) -> tuple[int | float | None, int | float | None]:
        return self._limit(self._low), self._limit(self._high)

    def _limit(self, field: QLineEdit | None) -> int | float | None:
        text = "" if field is None else field.text().strip()
        return read_number(text, self._own.kind) if text else None

    def _wrong(self) -> str:
        """Why the limits are none, "" when they are some."""
        for field in (self._low, self._high):
            if field is not None and field.text().strip() and self._limit(field) is None:
                whole = self._own.kind is InputKind.INT
                return _("Enter a whole number.") if whole else _("Enter a number.")
        (low, high), own = self._limits(), self._own
        for limit in (low, high):
            if limit is None:
                continue
            if own.minimum is not None and limit < own.minimum:
                return _("The node takes nothing below %s.") % _text(own.minimum)
            if own.maximum is not None and limit > own.maximum:
                return _("The node takes nothing above %s.") % _text(own.maximum)
        if low is not None and high is not None and low > high:
            return _("“At least” is more than “At most”: no value would be left.")
        return ""

    def _range_text(self) -> str:
        low, high = self._own.minimum, self._own.maximum
        if low is None and high is None:
            own = _("The node itself sets no limits.")
        elif low is None or high is None:
            own = _("The node takes %s or more.") if high is None else _("The node takes up to %s.")
            own %= _text(low if high is None else high)
        else:
            own = _("The node takes %s to %s.") % (_text(low), _text(high))
        more = _("Pinned, the input keeps to your limits. A value outside is shown as a warning.")
        return f"{own} {more}"

    def _check(self) -> None:
        text = self._wrong()
        self._fault.setText(text)
        self._fault.setVisible(bool(text))
        self._save.setEnabled(not text)
        for field in (self._low, self._high):
            if field is not None:
                field.setAccessibleDescription(text or self._about.text())

    def _on_accepted(self) -> None:
        if self._wrong():
            return
        low, high = self._limits()
        if not self._number:
            low, high = self._pin.minimum, self._pin.maximum
        label, hint = self._label.text().strip(), self._hint.text().strip()
        self.chosen.emit(replace(self._pin, label=label, hint=hint, minimum=low, maximum=high))
        self.accept()


def _title_of(view: InputsView, pin: Pin) -> str:
    node = view.inputs.node_at(view.inputs.index_of(pin.key))
    return pin.title if node is None else view.inputs.title_of(node)


def _text(limit: int | float | None) -> str:
    if limit is None:
        return ""
    return texts.float_text(limit, 0) if isinstance(limit, float) else str(limit)
