"""Asks how often a draft is to run, and what its seeds do meanwhile; number and price are on the
button, so nobody asks again behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.seed_inputs import SeedInput, seed_inputs
from runcomfy_desktop.domain.sweep.several import MAX_RUNS, Several, are_all_alike
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.batches.seed_line import SeedLine
from runcomfy_desktop.ui.batches.summary import Summary
from runcomfy_desktop.ui.dialogs.settings_form import (
    ScrolledPage,
    SettingsForm,
    fault_label,
    tell_fault,
)
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing
from runcomfy_desktop.ui.widgets.labels import muted_label, tooltip
from runcomfy_desktop.ui.widgets.number_fields import CountField, count_fault
from runcomfy_desktop.ui.widgets.one_press import OneClick

if TYPE_CHECKING:
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.workbench import BenchState, Workbench

_WIDTH = 130 * STEP
_LETTERS = 30


class SeveralDialog(Dialog):
    """Shown by open(); accepted when it is to run. `several` is what was chosen last, then what
    is chosen now. Each seed begins as the draft has it.

    The draft may become another one meanwhile, by a link from outside for example: it follows.
    """

    def __init__(
        self, workbench: Workbench, purse: Purse, several: Several, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._purse = purse
        self._several = several.anew(_seeds_of(workbench.state))
        self._seeds: tuple[SeedInput, ...] = ()
        self._lines: list[SeedLine] = []
        self._links = Subscriptions()
        self._about = muted_label("", "several_about", self, wrap=True)
        self._page = QWidget(self)
        self._runs = CountField("several_runs", _("How many runs"), self._page)
        self._fault = fault_label("several_fault", self._page)
        self._summary = Summary("several", self)
        self._cancel = text_button(_("Cancel"), "several_cancel", self)
        self._run = text_button("", "several_run", self, primary=True)
        self._build()
        self._connect()
        self._follow(workbench.state)

    @property
    def several(self) -> Several:
        """What is chosen."""
        return self._several

    # Building

    def _build(self) -> None:
        self.setObjectName("several_dialog")
        self.setWindowTitle(_("Run several"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._page.setObjectName("several_page")
        self._runs.setText(str(self._several.runs))
        self._form = SettingsForm()
        self._form.add(_("&Runs"), self._runs, self._runs, self._fault)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 3 * STEP, 0)
        page.addLayout(self._form)
        page.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 5 * STEP)
        column.setSpacing(4 * STEP)
        column.addWidget(self._about)
        column.addWidget(ScrolledPage(self._page, self), 1)
        column.addWidget(self._summary)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * STEP)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._run)
        column.addLayout(buttons)

    def _connect(self) -> None:
        OneClick(self._run)
        self._run.setDefault(True)
        self._runs.textChanged.connect(self._on_edited)
        self._cancel.clicked.connect(self.reject)
        self._run.clicked.connect(self.accept)
        self._links.add(self._workbench.changed, self._follow)
        self._links.add(self._purse.changed, lambda _nothing: self._check())
        self.finished.connect(lambda _result: self._links.close())

    # Following

    def _follow(self, bench: BenchState) -> None:
        draft = bench.draft
        seeds = _seeds_of(bench)
        name = one_line(draft.title or draft.source.name) if draft is not None else ""
        where = one_line(bench.deployment.name) if bench.deployment is not None else ""
        self._about.setText(_("%s on %s") % (name, where) if where and name != where else name)
        if list(map(_identity, seeds)) == list(map(_identity, self._seeds)):
            for line, seed in zip(self._lines, seeds, strict=True):
                line.show_seed(seed)
        else:
            with growing(self):
                self._show_seeds(seeds)
        self._seeds = seeds
        self._check()

    def _show_seeds(self, seeds: tuple[SeedInput, ...]) -> None:
        self._form.cut(1)
        self._lines = []
        for number, seed in enumerate(seeds):
            line = SeedLine(seed, self._several.plan(seed), number, self._page)
            title = _("%s of %s") % (seed.name, seed.title)
            short = shortened(title, _LETTERS)
            at = self._form.add(literal(short), line.way, line)
            if short != title:
                self._form.label(at).setToolTip(tooltip(title))
                self._form.label(at).setAccessibleDescription(title)
            line.edited.connect(self._on_edited)
            line.runs_wished.connect(lambda runs: self._runs.setText(str(runs)))
            self._lines.append(line)

    # What a person does

    def _on_edited(self) -> None:
        several = Several(self._runs.number or 0, self._several.plans)
        for seed, line in zip(self._seeds, self._lines, strict=True):
            several = several.with_plan(seed.key, line.plan)
        self._several = several
        self._check()

    def _check(self) -> None:
        bench, runs = self._workbench.state, self._several.runs
        with growing(self):
            wrong = count_fault(self._runs, 1, MAX_RUNS)
            tell_fault(self._runs, self._fault, wrong)
            faults = [wrong, *(line.check(runs) for line in self._lines)]
            fault = next(filter(None, faults), "")
            estimate = self._summary.show_cost(bench.deployment, self._purse, 0 if wrong else runs)
            self._summary.show_note(self._note(runs))
            self._summary.show_why(bench.blocked)
        self._summary.dress_button(
            self._run, 0 if wrong else runs, estimate, bench.blocked or fault
        )

    def _note(self, runs: int) -> str:
        draft = self._workbench.state.draft
        if (
            runs < 2
            or draft is None
            or draft.expands
            or not are_all_alike(self._several, self._seeds)
        ):
            return ""
        if not self._seeds:
            return (
                n_(
                    "There is no seed in this workflow: the %d run is like the last one.",
                    "There is no seed in this workflow: all %d runs are alike.",
                    runs,
                )
                % runs
            )
        return (
            n_(
                "No seed changes: the %d run is like the last one.",
                "No seed changes: all %d runs are alike.",
                runs,
            )
            % runs
        )


def _seeds_of(bench: BenchState) -> tuple[SeedInput, ...]:
    return () if bench.draft is None else seed_inputs(bench.draft, bench.schema)


def _identity(seed: SeedInput) -> tuple[object, ...]:
    return (seed.key, seed.title, seed.low, seed.high)
