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

from runcomfy_desktop.domain.sweeps.batch_plan import (
    SeedPlan,
    SeedStrategy,
    list_length,
    seed_plan_error,
)
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import link_button, literal
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import error_label, set_field_name, show_field_error
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.drafts.seed_inputs import SeedInput

_STRATEGY_WIDTH = 42 * STEP
_LINES = 4
_MAX_DIGITS = 20


class SeedRow(QWidget):
    """Emits `edited`, and `run_count_requested` with how many seeds a list has."""

    edited = Signal()
    run_count_requested = Signal(int)

    def __init__(self, seed: SeedInput, plan: SeedPlan, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._seed = seed
        self._strategy_box = QComboBox(self)
        self._start_field = QLineEdit(plan.start or str(seed.value), self)
        self._strategy_label = muted_label("", f"seed_words_{number}", self, wrap=True)
        self._list_field = QPlainTextEdit(plan.numbers, self)
        self._error_label = error_label(f"seed_fault_{number}", self)
        self._fit_runs_button = link_button("", f"seed_fit_{number}", self)
        self._build(number)
        self._strategy_box.setCurrentIndex(self._strategy_box.findData(plan.strategy))
        self._connect()
        self._show_strategy()

    @property
    def strategy_box(self) -> QComboBox:
        return self._strategy_box

    @property
    def plan(self) -> SeedPlan:
        return SeedPlan(
            self._strategy_box.currentData(),
            self._start_field.text(),
            self._list_field.toPlainText(),
        )

    def show_seed(self, seed: SeedInput) -> None:
        """The same seed, with another value by now."""
        self._seed = seed
        self._show_strategy()

    def validate(self, runs: int) -> str:
        """Shows what is wrong for so many runs, and returns it; "" when nothing is."""
        plan = self.plan
        error = seed_plan_error(plan, self._seed, runs)
        show_field_error(self._start_field, self._error_label, error)
        self._list_field.setAccessibleDescription(error)
        length = list_length(plan)
        text = n_("Make it %d run", "Make it %d runs", length) % length
        self._fit_runs_button.setText(literal(text))
        self._fit_runs_button.setAccessibleName(text)
        self._fit_runs_button.setVisible(bool(error) and length > 0)
        return error

    def _build(self, number: int) -> None:
        self.setObjectName(f"seed_{number}")
        name = _("%s of %s") % (self._seed.name, self._seed.title)
        for strategy, text in _STRATEGY_TEXTS.items():
            self._strategy_box.addItem(text(), strategy)
        self._strategy_box.setFixedWidth(_STRATEGY_WIDTH)
        set_field_name(self._strategy_box, f"seed_way_{number}", _("In each run: %s") % name)
        set_field_name(self._start_field, f"seed_start_{number}", _("Counted up from: %s") % name)
        self._start_field.setMaxLength(_MAX_DIGITS)
        set_field_name(self._list_field, f"seed_list_{number}", _("The seeds for %s") % name)
        self._list_field.setProperty("reading", True)
        self._list_field.setTabChangesFocus(True)
        self._list_field.setPlaceholderText(_("One per line, or with commas between them"))
        self._list_field.setFixedHeight(
            self._list_field.fontMetrics().lineSpacing() * _LINES + 4 * STEP
        )
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._strategy_box)
        row.addWidget(self._start_field, 1)
        row.addWidget(self._strategy_label, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addLayout(row)
        column.addWidget(self._list_field)
        column.addWidget(self._error_label)
        column.addWidget(self._fit_runs_button, 0, Qt.AlignmentFlag.AlignLeft)

    def _connect(self) -> None:
        self._strategy_box.currentIndexChanged.connect(self._on_strategy_changed)
        self._start_field.textChanged.connect(self.edited)
        self._list_field.textChanged.connect(self.edited)
        self._fit_runs_button.clicked.connect(
            lambda: self.run_count_requested.emit(list_length(self.plan))
        )

    def _on_strategy_changed(self) -> None:
        with growing_dialog(self):
            self._show_strategy()
        self.edited.emit()

    def _show_strategy(self) -> None:
        strategy = self._strategy_box.currentData()
        self._start_field.setVisible(strategy is SeedStrategy.COUNT_UP)
        self._list_field.setVisible(strategy is SeedStrategy.LIST)
        text = ""
        if strategy is SeedStrategy.RANDOM:
            text = _("another one in each")
        elif strategy is SeedStrategy.KEEP:
            text = _("%d in all of them") % self._seed.value
        self._strategy_label.setText(text)
        self._strategy_label.setVisible(strategy is not SeedStrategy.COUNT_UP)


_STRATEGY_TEXTS: dict[SeedStrategy, Callable[[], str]] = {
    SeedStrategy.RANDOM: lambda: _("Random each run"),
    SeedStrategy.COUNT_UP: lambda: _("Count up from"),
    SeedStrategy.LIST: lambda: _("List"),
    SeedStrategy.KEEP: lambda: _("Keep"),
}
