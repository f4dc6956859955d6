"""What one seed does from one run of a batch to the next: the way, and the numbers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.sweep.several import SeedPlan, SeedWay, list_length, plan_fault
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.dialogs.settings_form import fault_label, name_field, tell_fault
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import link_button, literal
from runcomfy_desktop.ui.widgets.dialog import growing
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.seed_inputs import SeedInput

_WAY_WIDTH = 42 * STEP
_LINES = 4
_DIGITS = 20


class SeedLine(QWidget):
    """Emits `edited`, and `runs_wished` with how many seeds a list has."""

    edited = Signal()
    runs_wished = Signal(int)

    def __init__(self, seed: SeedInput, plan: SeedPlan, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._seed = seed
        self._way = QComboBox(self)
        self._start = QLineEdit(plan.start or str(seed.value), self)
        self._words = muted_label("", f"seed_words_{number}", self, wrap=True)
        self._list = QPlainTextEdit(plan.numbers, self)
        self._fault = fault_label(f"seed_fault_{number}", self)
        self._fit = link_button("", f"seed_fit_{number}", self)
        self._build(number)
        self._way.setCurrentIndex(self._way.findData(plan.way))
        self._connect()
        self._show_way()

    @property
    def way(self) -> QComboBox:
        return self._way

    @property
    def plan(self) -> SeedPlan:
        return SeedPlan(self._way.currentData(), self._start.text(), self._list.toPlainText())

    def show_seed(self, seed: SeedInput) -> None:
        """The same seed, with another value by now."""
        self._seed = seed
        self._show_way()

    def check(self, runs: int) -> str:
        """Shows what is wrong for so many runs, and returns it; "" when nothing is."""
        plan = self.plan
        fault = plan_fault(plan, self._seed, runs)
        tell_fault(self._start, self._fault, fault)
        self._list.setAccessibleDescription(fault)
        length = list_length(plan)
        text = n_("Make it %d run", "Make it %d runs", length) % length
        self._fit.setText(literal(text))
        self._fit.setAccessibleName(text)
        self._fit.setVisible(bool(fault) and length > 0)
        return fault

    def _build(self, number: int) -> None:
        self.setObjectName(f"seed_{number}")
        name = _("%s of %s") % (self._seed.name, self._seed.title)
        for way, text in _WAYS.items():
            self._way.addItem(text(), way)
        self._way.setFixedWidth(_WAY_WIDTH)
        name_field(self._way, f"seed_way_{number}", _("In each run: %s") % name)
        name_field(self._start, f"seed_start_{number}", _("Counted up from: %s") % name)
        self._start.setMaxLength(_DIGITS)
        name_field(self._list, f"seed_list_{number}", _("The seeds for %s") % name)
        self._list.setProperty("reading", True)
        self._list.setTabChangesFocus(True)
        self._list.setPlaceholderText(_("One per line, or with commas between them"))
        self._list.setFixedHeight(self._list.fontMetrics().lineSpacing() * _LINES + 4 * STEP)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._way)
        row.addWidget(self._start, 1)
        row.addWidget(self._words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addLayout(row)
        column.addWidget(self._list)
        column.addWidget(self._fault)
        column.addWidget(self._fit, 0, Qt.AlignmentFlag.AlignLeft)

    def _connect(self) -> None:
        self._way.currentIndexChanged.connect(self._on_way_changed)
        self._start.textChanged.connect(self.edited)
        self._list.textChanged.connect(self.edited)
        self._fit.clicked.connect(lambda: self.runs_wished.emit(list_length(self.plan)))

    def _on_way_changed(self) -> None:
        with growing(self):
            self._show_way()
        self.edited.emit()

    def _show_way(self) -> None:
        way = self._way.currentData()
        self._start.setVisible(way is SeedWay.COUNT_UP)
        self._list.setVisible(way is SeedWay.LIST)
        words = ""
        if way is SeedWay.RANDOM:
            words = _("another one in each")
        elif way is SeedWay.KEEP:
            words = _("%d in all of them") % self._seed.value
        self._words.setText(words)
        self._words.setVisible(way is not SeedWay.COUNT_UP)


_WAYS: dict[SeedWay, Callable[[], str]] = {
    SeedWay.RANDOM: lambda: _("Random each run"),
    SeedWay.COUNT_UP: lambda: _("Count up from"),
    SeedWay.LIST: lambda: _("List"),
    SeedWay.KEEP: lambda: _("Keep"),
}
