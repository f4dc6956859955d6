"""Asks what a grid goes over: one to three axes, how they are put together, and what that costs.
Number and price are on the button, so nobody asks again behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from runcomfy_desktop.core.sweep_plan import SweepPlan
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.estimate import Estimate
from runcomfy_desktop.domain.sweep.spec import SweepSpec
from runcomfy_desktop.domain.sweep.sweep import MAX_AXES
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.batches.axis_form import LETTERS, AxisForm
from runcomfy_desktop.ui.batches.grid_sketch import GridSketch
from runcomfy_desktop.ui.batches.input_button import InputPicker
from runcomfy_desktop.ui.batches.offer import Aids, EditPauses
from runcomfy_desktop.ui.batches.summary import Summary
from runcomfy_desktop.ui.dialogs.settings_form import ScrolledPage, SettingsForm, name_field
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.price_words import takes_line
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import link_button, text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.dialog import Dialog, fitting, growing
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.one_press import OneClick

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.core.sweep_planner import Prepared
    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.sweep.spec import AxisSpec
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.batches.offer import Offer

_WIDTH = 174 * STEP
_PAGE = 130 * STEP
# What the system puts around a window, and a little more.
_AROUND = 16 * STEP
_NAME_LETTERS = 120
# So much more than the price on the button is still the price on the button.
_DEARER = 1.1
_CENT = 0.01
_PRODUCT, _ZIP = "product", "zip"
_SAME, _NEW = "same", "new"


class SweepDialog(Dialog):
    """Shown by open(). Emits `prepared` with a Prepared when it is to run. `wish` is what is said,
    and `proposals` are those of its axes that nobody edited: another draft proposes others.

    The draft may become another one meanwhile: what is said is then worked out on that one.
    """

    prepared = Signal(object)

    def __init__(
        self,
        offer: Offer,
        wish: SweepSpec,
        parent: QWidget,
        pauses: EditPauses | None = None,
        proposals: Collection[AxisSpec] = (),
    ) -> None:
        super().__init__(parent)
        self._offer = offer
        self._aids = Aids(offer, InputPicker(self, offer.inputs), pauses or EditPauses())
        self._axes: list[AxisForm] = []
        self._plan = SweepPlan()
        self._is_known = False
        self._is_preparing = False
        # What was asked for may be answered when there is no dialog any more.
        self._is_over = False
        # Whether axes have other fields: the room of those before is given back, once it is known
        # what comes of the new ones.
        self._is_changed = False
        self._links = Subscriptions()
        self._later = QTimer(self)
        self._build(wish)
        self._connect()
        for spec in wish.axes:
            self._add_axis().load(spec, is_proposal=spec in proposals)
        if not wish.axes:
            self._add_axis()
        self._axes[0].button.setFocus()
        self._show_about()
        self._on_edited()

    @property
    def wish(self) -> SweepSpec:
        """What is said, as far as it says something."""
        specs = tuple(spec for form in self._axes if (spec := form.spec) is not None)
        return SweepSpec(specs, self._is_zip, self._new_seeds, self._name.text().strip())

    @property
    def proposals(self) -> tuple[AxisSpec, ...]:
        return tuple(form.spec for form in self._axes if form.spec and form.is_proposal)

    def vary(self, key: InputKey) -> None:
        """Goes over this input as well: in an axis that says nothing yet, else in a further one."""
        empty = next(
            (form for form in self._axes if form.button.key is None and not form.spec), None
        )
        if empty is None and len(self._axes) < MAX_AXES:
            empty = self._add_axis()
        form = empty or self._axes[-1]
        form.vary(key)
        self._on_edited()

    # Building

    def _build(self, wish: SweepSpec) -> None:
        self.setObjectName("sweep_dialog")
        self.setWindowTitle(_("Sweep"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self.setMaximumHeight(self.screen().availableGeometry().height() - _AROUND)
        self._is_zip, self._new_seeds = wish.is_zip, wish.new_seeds
        self._about = muted_label("", "sweep_about", self, wrap=True)
        self._page = QWidget(self)
        self._page.setObjectName("sweep_page")
        self._cards = QVBoxLayout()
        self._cards.setSpacing(2 * STEP)
        self._add = link_button(_("Add an axis"), "sweep_add_axis", self._page)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2 * STEP)
        page.addLayout(self._cards)
        more = QHBoxLayout()
        more.setContentsMargins(0, 0, 0, 0)
        more.addWidget(self._add)
        more.addStretch(1)
        page.addLayout(more)
        page.addStretch(1)
        self._sketch = GridSketch(self)
        self._together = self._chips(
            (_PRODUCT, _("Every combination")), (_ZIP, _("Side by side")), chosen=wish.is_zip
        )
        self._seeds = self._chips(
            (_SAME, _("The same in all cells")), (_NEW, _("New in each")), chosen=wish.new_seeds
        )
        self._name = QLineEdit(wish.name, self)
        self._name.setMaxLength(_NAME_LETTERS)
        name_field(self._name, "sweep_name", _("Name of the grid"))
        self._summary = Summary("sweep", self)
        self._cancel = text_button(_("Cancel"), "sweep_cancel", self)
        self._run = text_button("", "sweep_run", self, primary=True)
        self._lay_out()

    def _lay_out(self) -> None:
        form = SettingsForm()
        form.setVerticalSpacing(2 * STEP)
        self._together_row = form.add(_("Axes"), None, self._together)
        form.add(_("Seeds"), None, self._seeds)
        form.add(_("&Name"), self._name, self._name)
        self._form = form
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * STEP)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 5 * STEP)
        column.setSpacing(3 * STEP)
        column.addWidget(self._about)
        self._scroll = ScrolledPage(self._page, self, _PAGE)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._sketch)
        column.addLayout(form)
        column.addWidget(self._summary)
        column.addLayout(buttons)

    def _chips(self, *pairs: tuple[str, str], chosen: bool) -> ChipRow:
        row = ChipRow(self)
        for key, text in pairs:
            row.add(key, f"sweep_{key}")
            row.set_text(key, text, spoken=text)
        row.choose(pairs[chosen][0])
        row.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        # On one line with its label.
        row.setContentsMargins(0, STEP // 2, 0, 0)
        return row

    def _connect(self) -> None:
        OneClick(self._run)
        self._run.setDefault(True)
        self._later.setSingleShot(True)
        self._later.setInterval(self._aids.pauses.plan)
        self._later.timeout.connect(self._ask)
        self._together.chosen.connect(self._on_together_chosen)
        self._seeds.chosen.connect(self._on_seeds_chosen)
        self._add.clicked.connect(self._on_add_clicked)
        self._cancel.clicked.connect(self.reject)
        self._run.clicked.connect(self._on_run_clicked)
        self._links.add(self._offer.workbench.changed, self._on_bench_changed)
        self._links.add(self._offer.purse.changed, lambda _nothing: self._later.start())
        self.finished.connect(lambda _result: self._on_finished())

    # Axes

    def _add_axis(self) -> AxisForm:
        form = AxisForm(len(self._axes), self._aids, self._page)
        form.edited.connect(self._on_edited)
        form.removed.connect(lambda: self._remove_axis(form))
        with growing(self):
            self._axes.append(form)
            self._cards.addWidget(form)
            self._show_axes()
        form.grown.connect(lambda: self._on_grown(form))
        self._scroll.ensureWidgetVisible(form)
        return form

    def _remove_axis(self, form: AxisForm) -> None:
        specs = [each.spec for each in self._axes if each is not form]
        with growing(self):
            self._is_changed = True
            for each in self._axes:
                self._cards.removeWidget(each)
                each.hide()
                each.deleteLater()
            self._axes = []
            # Those behind it get other letters, and names.
            for spec in specs:
                fresh = self._add_axis()
                if spec is not None:
                    fresh.load(spec)
        self._axes[-1].button.setFocus()
        self._on_edited()

    def _on_grown(self, form: AxisForm) -> None:
        self._is_changed = True
        self._scroll.ensureWidgetVisible(form)

    def _show_axes(self) -> None:
        count = len(self._axes)
        for form in self._axes:
            form.allow_removal(count > 1)
        self._add.setVisible(count < MAX_AXES)
        text = _("Add axis %s") % LETTERS[min(count, MAX_AXES - 1)]
        self._add.setText(text)
        # Its words begin where the cards do; Qt would leave room for two blanks around them.
        self._add.setFixedWidth(self._add.fontMetrics().horizontalAdvance(text) + STEP)
        self._add.setAccessibleName(text)
        self._form.show_row(self._together_row, shown=count > 1)

    # Following

    def _on_bench_changed(self, _bench: BenchState) -> None:
        self._show_about()
        self._later.start()

    def _show_about(self) -> None:
        bench = self._offer.workbench.state
        name = one_line(bench.draft.title or bench.draft.source.name) if bench.draft else ""
        where = one_line(bench.deployment.name) if bench.deployment is not None else ""
        self._about.setText(_("%s on %s") % (name, where) if where and name != where else name)

    def _on_edited(self) -> None:
        self._is_known = False
        self._dress_button()
        self._later.start()

    def _ask(self) -> None:
        """Has it worked out what the grid would be; files are read on threads."""
        asked = self.wish

        def on_plan(plan: SweepPlan) -> None:
            if not self._is_over and asked == self.wish:
                self._show_plan(plan)

        if asked.axes:
            self._offer.sweeps.plan(asked, on_plan)
        else:
            self._show_plan(SweepPlan())

    def _show_plan(self, plan: SweepPlan) -> None:
        self._plan = plan
        is_whole = all(form.spec is not None for form in self._axes)
        self._is_known = is_whole
        told = iter(zip(plan.axes, plan.faults, strict=True))
        changes = fitting if self._is_changed else growing
        self._is_changed = False
        with changes(self):
            for form in self._axes:
                if form.spec is None:
                    form.tell(None, None, form.missing)
                else:
                    form.tell(*next(told, (None, None)))
            axes = [axis for axis in plan.axes if axis is not None]
            shown = axes if is_whole and len(axes) == len(self._axes) and plan.count else []
            self._sketch.show_axes(shown, is_zip=self._is_zip)
            self._show_cost(plan)
            fault = plan.fault if is_whole else None
            self._summary.show_why(fault.sentence() if fault is not None else "")
        self._dress_button()

    def _show_cost(self, plan: SweepPlan) -> None:
        if plan.estimate is None or not plan.count:
            self._summary.show_nothing()
        else:
            time = takes_line(plan.takes_s)
            self._summary.show_estimate(self._offer.purse, plan.estimate, time)
        usual = " × ".join(axis.name for axis in plan.axes if axis is not None)
        self._name.setPlaceholderText(usual)

    # Running

    def _why_not(self) -> str:
        if self._is_preparing:
            return _("The runs are being prepared.")
        missing = next((form.missing for form in self._axes if form.spec is None), "")
        if missing:
            return missing
        if not self._is_known:
            return _("It is being worked out what this grid would be.")
        fault = self._plan.first_fault
        return fault.sentence() if fault is not None else ""

    def _dress_button(self) -> None:
        count = self._plan.count if self._is_known else 0
        estimate = self._plan.estimate or Estimate()
        self._summary.dress_button(self._run, count, estimate, self._why_not())

    def _on_run_clicked(self) -> None:
        if self._why_not():
            return
        self._is_preparing = True
        self._dress_button()
        wish, plan = self.wish, self._plan

        def on_prepared(prepared: Prepared) -> None:
            if self._is_over:
                return
            if self.wish == wish and _is_agreed(prepared, plan):
                self.accept()
                self.prepared.emit(prepared)
                return
            self._is_preparing = False
            self._on_edited()

        self._offer.sweeps.prepare(wish, on_prepared, self._on_failed)

    def _on_failed(self, problem: Problem) -> None:
        if self._is_over:
            return
        self._is_preparing = False
        with growing(self):
            self._summary.show_why(problem.sentence())
        self._dress_button()

    def _on_together_chosen(self, key: str) -> None:
        self._is_zip = key == _ZIP
        self._on_edited()

    def _on_seeds_chosen(self, key: str) -> None:
        self._new_seeds = key == _NEW
        self._on_edited()

    def _on_add_clicked(self) -> None:
        self._add_axis().button.setFocus()
        self._on_edited()

    def _on_finished(self) -> None:
        self._is_over = True
        self._links.close()
        self._later.stop()


def _is_agreed(prepared: Prepared, plan: SweepPlan) -> bool:
    """Whether it is what stood on the button: a folder may have other files by now, the draft may
    be on a dearer machine, and a price may have become unknown."""
    if len(prepared.cells.runs) != plan.count:
        return False
    now, then = prepared.estimate or Estimate(), plan.estimate or Estimate()
    # Before a run was measured, what an hour costs is all that stood there.
    now_usd, then_usd = (
        (now.usd_per_hour, then.usd_per_hour) if then.usd is None else (now.usd, then.usd)
    )
    if now_usd is None or then_usd is None:
        return then_usd is None
    # Each run that ends meanwhile moves the measured times a little.
    return now_usd <= then_usd * _DEARER + _CENT
