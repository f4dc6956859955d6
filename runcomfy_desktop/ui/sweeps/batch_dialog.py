"""Dialog for running a draft several times, with a strategy for each of its seeds.

Number and price are on the button, so there is no further confirmation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.drafts.seed_inputs import SeedInput, seed_inputs
from runcomfy_desktop.domain.sweeps.batch_plan import (
    MAX_RUNS,
    BatchPlan,
    SeedPlan,
    SeedStrategy,
    keeps_all_seeds,
    list_length,
    seed_plan_error,
)
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.sweeps.run_summary import RunSummary, about_text
from runcomfy_desktop.ui.widgets.buttons import link_button, literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    FormLayout,
    ScrolledPage,
    error_label,
    set_field_name,
    show_field_error,
)
from runcomfy_desktop.ui.widgets.labels import muted_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.number_fields import CountField, count_error
from runcomfy_desktop.ui.widgets.press_debounce import ClickDebouncer

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.spending.budget import Budget

_WIDTH = 130 * STEP
_MAX_TITLE_CHARS = 30
_STRATEGY_WIDTH = 42 * STEP
_LIST_LINES = 4
_MAX_DIGITS = 20


class SeedRow(QWidget):
    """Row to choose how a seed changes between the runs of a batch, with its numbers.

    Emits `edited`, and `run_count_requested` with the number of seeds in a list.
    """

    edited = Signal()
    run_count_requested = Signal(int)

    def __init__(self, seed: SeedInput, plan: SeedPlan, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._seed = seed
        self.strategy_box = QComboBox(self)
        self._start_field = QLineEdit(plan.start or str(seed.value), self)
        self._strategy_label = muted_label("", f"seed_words_{number}", self, wrap=True)
        self._list_field = QPlainTextEdit(plan.numbers, self)
        self._error_label = error_label(f"seed_fault_{number}", self)
        self._fit_runs_button = link_button("", f"seed_fit_{number}", self)
        self._build(number)
        self.strategy_box.setCurrentIndex(self.strategy_box.findData(plan.strategy))
        self._connect()
        self._show_strategy()

    @property
    def plan(self) -> SeedPlan:
        return SeedPlan(
            self.strategy_box.currentData(),
            self._start_field.text(),
            self._list_field.toPlainText(),
        )

    def show_seed(self, seed: SeedInput) -> None:
        """Shows the current value of the row's seed."""
        self._seed = seed
        self._show_strategy()

    def validate(self, runs: int) -> str:
        """Shows and returns the error for the given number of runs; "" for none."""
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
            self.strategy_box.addItem(text(), strategy)
        self.strategy_box.setFixedWidth(_STRATEGY_WIDTH)
        set_field_name(self.strategy_box, f"seed_way_{number}", _("In each run: %s") % name)
        set_field_name(self._start_field, f"seed_start_{number}", _("Counted up from: %s") % name)
        self._start_field.setMaxLength(_MAX_DIGITS)
        set_field_name(self._list_field, f"seed_list_{number}", _("The seeds for %s") % name)
        self._list_field.setProperty("reading", True)
        self._list_field.setTabChangesFocus(True)
        self._list_field.setPlaceholderText(_("One per line, or with commas between them"))
        self._list_field.setFixedHeight(
            self._list_field.fontMetrics().lineSpacing() * _LIST_LINES + 4 * STEP
        )
        column(
            row(self.strategy_box, (self._start_field, 1), (self._strategy_label, 1)),
            self._list_field,
            self._error_label,
            (self._fit_runs_button, Qt.AlignmentFlag.AlignLeft),
            owner=self,
            spacing=STEP,
        )

    def _connect(self) -> None:
        self.strategy_box.currentIndexChanged.connect(self._on_strategy_changed)
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
        strategy = self.strategy_box.currentData()
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


class BatchDialog(Dialog):
    """Dialog for a batch; shown by open(), accepted to run.

    `plan` is initially the previous choice, later the current one. Each seed starts with its value
    in the draft.

    The draft may change while the dialog is open, for example through a link from outside: the
    dialog follows it.
    """

    def __init__(
        self, draft_editor: DraftEditor, budget: Budget, plan: BatchPlan, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._draft_editor = draft_editor
        self._budget = budget
        self._plan = plan.refreshed(_seeds_of(draft_editor.state))
        self._seeds: tuple[SeedInput, ...] = ()
        self._seed_rows: list[SeedRow] = []
        self._subscriptions = Subscriptions()
        self._about_label = muted_label("", "several_about", self, wrap=True)
        self._page = QWidget(self)
        self._runs_field = CountField("several_runs", _("How many runs"), self._page)
        self._error_label = error_label("several_fault", self._page)
        self._summary = RunSummary("several", self)
        self._cancel_button = text_button(_("Cancel"), "several_cancel", self)
        self._run_button = text_button("", "several_run", self, primary=True)
        self._build()
        self._connect()
        self._show_editor_state(draft_editor.state)

    @property
    def plan(self) -> BatchPlan:
        """Current choice."""
        return self._plan

    # Building

    def _build(self) -> None:
        self.setObjectName("several_dialog")
        self.setWindowTitle(_("Run several"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._page.setObjectName("several_page")
        self._runs_field.setText(str(self._plan.run_count))
        self._form = FormLayout()
        self._form.add_row(_("&Runs"), self._runs_field, self._runs_field, self._error_label)
        column(self._form, STRETCH, owner=self._page, margins=(0, 0, 3 * STEP, 0))
        column(
            self._about_label,
            (ScrolledPage(self._page, self), 1),
            self._summary,
            row(STRETCH, self._cancel_button, self._run_button),
            owner=self,
            spacing=4 * STEP,
            margins=5 * STEP,
        )

    def _connect(self) -> None:
        ClickDebouncer(self._run_button)
        self._run_button.setDefault(True)
        self._runs_field.textChanged.connect(self._on_edited)
        self._cancel_button.clicked.connect(self.reject)
        self._run_button.clicked.connect(self.accept)
        self._subscriptions.add(self._draft_editor.changed, self._show_editor_state)
        self._subscriptions.add(self._budget.changed, lambda _nothing: self._validate())
        self.finished.connect(self._subscriptions.close)

    # Updates

    def _show_editor_state(self, editor_state: EditorState) -> None:
        seeds = _seeds_of(editor_state)
        self._about_label.setText(about_text(editor_state))
        if list(map(_identity, seeds)) == list(map(_identity, self._seeds)):
            for seed_row, seed in zip(self._seed_rows, seeds, strict=True):
                seed_row.show_seed(seed)
        else:
            with growing_dialog(self):
                self._show_seeds(seeds)
        self._seeds = seeds
        self._validate()

    def _show_seeds(self, seeds: tuple[SeedInput, ...]) -> None:
        self._form.truncate(1)
        self._seed_rows = []
        for number, seed in enumerate(seeds):
            seed_row = SeedRow(seed, self._plan.seed_plan(seed), number, self._page)
            title = _("%s of %s") % (seed.name, seed.title)
            short = shortened(title, _MAX_TITLE_CHARS)
            row_number = self._form.add_row(literal(short), seed_row.strategy_box, seed_row)
            if short != title:
                self._form.label(row_number).setToolTip(tooltip(title))
                self._form.label(row_number).setAccessibleDescription(title)
            seed_row.edited.connect(self._on_edited)
            seed_row.run_count_requested.connect(lambda runs: self._runs_field.setText(str(runs)))
            self._seed_rows.append(seed_row)

    # User input

    def _on_edited(self) -> None:
        plan = BatchPlan(self._runs_field.number or 0, self._plan.seed_plans)
        for seed, seed_row in zip(self._seeds, self._seed_rows, strict=True):
            plan = plan.with_seed_plan(seed.key, seed_row.plan)
        self._plan = plan
        self._validate()

    def _validate(self) -> None:
        editor_state, runs = self._draft_editor.state, self._plan.run_count
        with growing_dialog(self):
            runs_error = count_error(self._runs_field, 1, MAX_RUNS)
            show_field_error(self._runs_field, self._error_label, runs_error)
            errors = [runs_error, *(seed_row.validate(runs) for seed_row in self._seed_rows)]
            error = next(filter(None, errors), "")
            estimate = self._summary.show_cost(
                editor_state.deployment, self._budget, 0 if runs_error else runs
            )
            self._summary.show_note(self._identical_runs_note(runs))
            self._summary.show_blocker(editor_state.blocked_reason)
        self._summary.update_button(
            self._run_button,
            0 if runs_error else runs,
            estimate,
            editor_state.blocked_reason or error,
        )

    def _identical_runs_note(self, runs: int) -> str:
        draft = self._draft_editor.state.draft
        if (
            runs < 2
            or draft is None
            or draft.dynamic_prompt_inputs
            or not keeps_all_seeds(self._plan, self._seeds)
        ):
            return ""
        if not self._seeds:
            text = n_(
                "There is no seed in this workflow: the %d run is like the last one.",
                "There is no seed in this workflow: all %d runs are alike.",
                runs,
            )
        else:
            text = n_(
                "No seed changes: the %d run is like the last one.",
                "No seed changes: all %d runs are alike.",
                runs,
            )
        return text % runs


def _seeds_of(editor_state: EditorState) -> tuple[SeedInput, ...]:
    return (
        () if editor_state.draft is None else seed_inputs(editor_state.draft, editor_state.schema)
    )


def _identity(seed: SeedInput) -> tuple[object, ...]:
    return (seed.key, seed.title, seed.low, seed.high)
