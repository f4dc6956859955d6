"""Dialog for a grid: one to three axes, their combination, and the cost.

Number and price are on the button, so there is no further confirmation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.sweeps.sweep_plan import SweepPlan
from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.domain.sweeps.cells import AXIS_LETTERS
from runcomfy_desktop.domain.sweeps.spec import SweepSpec
from runcomfy_desktop.domain.sweeps.sweep import MAX_AXES
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.run.cost_texts import time_to_finish_text
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours, scaled
from runcomfy_desktop.ui.sweeps.axis_form import AxisForm
from runcomfy_desktop.ui.sweeps.input_button import InputPicker
from runcomfy_desktop.ui.sweeps.run_summary import RunSummary, about_text
from runcomfy_desktop.ui.sweeps.sweep_context import AxisContext
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import link_button, text_button
from runcomfy_desktop.ui.widgets.chips import ChipRow
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing_dialog, refitting_dialog
from runcomfy_desktop.ui.widgets.form_layout import FormLayout, ScrolledPage, set_field_name
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE, muted_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.press_debounce import ClickDebouncer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtGui import QPaintEvent

    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec
    from runcomfy_desktop.domain.sweeps.sweep import Axis
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.sweeps.sweep_context import SweepContext

_WIDTH = 174 * STEP
_PAGE_HEIGHT = 130 * STEP
# Height of the system's window frame, with a margin.
_WINDOW_FRAME_SPACE = 16 * STEP
_MAX_NAME_CHARS = 120
# Tolerance within which a price still counts as the price on the button.
_MAX_PRICE_FACTOR = 1.1
_PRICE_TOLERANCE_USD = 0.01
_PRODUCT, _ZIP = "product", "zip"
_SAME_SEEDS, _NEW_SEEDS = "same", "new"
_PREVIEW_COLUMNS, _PREVIEW_ROWS = 6, 4
_PREVIEW_ROW_HEIGHT = 6 * STEP
_PREVIEW_HEADER_WIDTH = 26 * STEP
_PREVIEW_GAP = STEP // 2
_CENTRE_FLAGS = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)
_RIGHT_FLAGS = int(
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)


class GridPreview(QWidget):
    """Small drawing of the planned grid: its first columns and rows with their headers.

    It is not interactive; `accessibleName` says the same as text.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("grid_sketch")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_accessible_role(self, QAccessible.Role.Graphic)
        self._columns: list[str] = []
        self._rows: list[str] = []
        self.hide()

    def show_axes(self, axes: Sequence[Axis], *, is_zip: bool) -> None:
        """Shows the axes; the preview is hidden if there are none."""
        labels = [[point.label for point in axis.points] for axis in axes]
        if is_zip and labels:
            labels = [[" · ".join(each) for each in zip(*labels, strict=False)]]
        columns, rows, pages = (*labels, [""], [""], [""])[:3]
        self._columns = _truncate(columns, _PREVIEW_COLUMNS)
        self._rows = _truncate(rows, _PREVIEW_ROWS)
        self.setAccessibleName(_preview_text(len(columns), len(rows), len(pages)))
        self.setVisible(bool(labels) and bool(columns))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100 * STEP, (len(self._rows) + 1) * _PREVIEW_ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled(self.font(), SMALL_FONT_SCALE))
        left = _PREVIEW_HEADER_WIDTH if any(self._rows) else 0
        column_width = max(1, (self.width() - left) // max(1, len(self._columns)))
        height, cell_width = _PREVIEW_ROW_HEIGHT, column_width - _PREVIEW_GAP
        for number, text in enumerate(self._columns):
            rect = QRect(left + number * column_width, 0, cell_width, height)
            self._paint_header(painter, rect, text, _CENTRE_FLAGS)
        for row_number, row_text in enumerate(self._rows, 1):
            top = row_number * height
            if left:
                rect = QRect(0, top, left - 2 * STEP, height)
                self._paint_header(painter, rect, row_text, _RIGHT_FLAGS)
            for number, text in enumerate(self._columns):
                x = left + number * column_width
                cell = QRect(x, top, cell_width, height - _PREVIEW_GAP)
                self._paint_cell(painter, cell, has_more="…" in (row_text, text))

    def _paint_header(self, painter: QPainter, rect: QRect, text: str, flags: int) -> None:
        painter.setPen(QColor(colours(self.palette()).muted))
        available_width = rect.width() - STEP
        elided_text = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, available_width
        )
        painter.drawText(rect, flags, elided_text)

    def _paint_cell(self, painter: QPainter, rect: QRect, *, has_more: bool) -> None:
        roles = colours(self.palette())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.panel if has_more else roles.accent_soft))
        painter.drawRoundedRect(rect, RADIUS - 2, RADIUS - 2)


def _truncate(labels: Sequence[str], max_count: int) -> list[str]:
    return list(labels) if len(labels) <= max_count else [*labels[: max_count - 1], "…"]


def _preview_text(columns: int, rows: int, pages: int) -> str:
    text = n_("A grid of %d column", "A grid of %d columns", columns) % columns
    text += n_(" and %d row", " and %d rows", rows) % rows
    return text if pages < 2 else text + _(", on %d pages") % pages


class SweepDialog(Dialog):
    """Dialog for a grid; shown by open(). Emits `prepared` with a PreparedSweep to run it.

    `sweep_spec` is the current specification, and `proposals` are those of its axes that the user
    has not edited: another draft has other proposals.

    The draft may change while the dialog is open: the specification is then planned for the new
    draft.
    """

    prepared = Signal(object)

    def __init__(
        self,
        sweep_context: SweepContext,
        sweep_spec: SweepSpec,
        parent: QWidget,
        proposals: Collection[AxisSpec] = (),
    ) -> None:
        super().__init__(parent)
        self._sweep_context = sweep_context
        picker = InputPicker(self, sweep_context.inputs)
        self._axis_context = AxisContext(sweep_context, picker)
        self._axis_forms: list[AxisForm] = []
        self._plan = SweepPlan()
        self._is_plan_current = False
        self._is_preparing = False
        # A response may arrive after the dialog has been closed.
        self._is_finished = False
        # True if an axis has got other fields: the space of the old fields is released once the
        # results of the new fields are known.
        self._has_new_fields = False
        self._subscriptions = Subscriptions()
        self._plan_timer = QTimer(self)
        self._build(sweep_spec)
        self._connect()
        for spec in sweep_spec.axes:
            self._add_axis().load(spec, is_proposal=spec in proposals)
        if not sweep_spec.axes:
            self._add_axis()
        self._axis_forms[0].input_button.setFocus()
        self._about_label.setText(about_text(sweep_context.draft_editor.state))
        self._on_edited()

    @property
    def sweep_spec(self) -> SweepSpec:
        """Current specification, with the axes that are complete."""
        specs = tuple(spec for form in self._axis_forms if (spec := form.spec) is not None)
        new_seeds = self._seed_chips.chip(_NEW_SEEDS).isChecked()
        return SweepSpec(specs, self._is_zip, new_seeds, self._name_field.text().strip())

    @property
    def _is_zip(self) -> bool:
        return self._combine_chips.chip(_ZIP).isChecked()

    @property
    def proposals(self) -> tuple[AxisSpec, ...]:
        return tuple(form.spec for form in self._axis_forms if form.spec and form.is_proposal)

    def add_input(self, key: InputKey) -> None:
        """Adds an input on an empty or new axis, or shows a note if all axes are in use."""
        forms = self._axis_forms
        form = next((each for each in forms if not each.input_button.key and not each.spec), None)
        if form is None and len(forms) < MAX_AXES:
            form = self._add_axis()
        if form is None:
            self._show_axes_in_use(key)
        else:
            form.set_input(key)
            self._on_edited()

    # Building

    def _build(self, sweep_spec: SweepSpec) -> None:
        self.setObjectName("sweep_dialog")
        self.setWindowTitle(_("Sweep"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self.setMaximumHeight(self.screen().availableGeometry().height() - _WINDOW_FRAME_SPACE)
        self._about_label = muted_label("", "sweep_about", self, wrap=True)
        self._page = QWidget(self)
        self._page.setObjectName("sweep_page")
        self._axes_layout = column()
        self._add_button = link_button(_("Add an axis"), "sweep_add_axis", self._page)
        column(self._axes_layout, row(self._add_button, STRETCH), STRETCH, owner=self._page)
        self._grid_preview = GridPreview(self)
        self._combine_chips = self._make_chips(
            (_PRODUCT, _("Every combination")), (_ZIP, _("Side by side")), chosen=sweep_spec.is_zip
        )
        self._seed_chips = self._make_chips(
            (_SAME_SEEDS, _("The same in all cells")),
            (_NEW_SEEDS, _("New in each")),
            chosen=sweep_spec.new_seeds,
        )
        self._name_field = QLineEdit(sweep_spec.name, self)
        self._name_field.setMaxLength(_MAX_NAME_CHARS)
        set_field_name(self._name_field, "sweep_name", _("Name of the grid"))
        self._summary = RunSummary("sweep", self)
        self._cancel_button = text_button(_("Cancel"), "sweep_cancel", self)
        self._run_button = text_button("", "sweep_run", self, primary=True)
        self._lay_out()

    def _lay_out(self) -> None:
        form = FormLayout()
        form.setVerticalSpacing(2 * STEP)
        self._combine_row = form.add_row(_("Axes"), None, self._combine_chips)
        form.add_row(_("Seeds"), None, self._seed_chips)
        form.add_row(_("&Name"), self._name_field, self._name_field)
        self._form = form
        self._scroll = ScrolledPage(self._page, self, _PAGE_HEIGHT)
        column(
            self._about_label,
            (self._scroll, 1),
            self._grid_preview,
            form,
            self._summary,
            row(STRETCH, self._cancel_button, self._run_button),
            owner=self,
            spacing=3 * STEP,
            margins=5 * STEP,
        )

    def _make_chips(self, *pairs: tuple[str, str], chosen: bool) -> ChipRow:
        chips = ChipRow(self)
        for key, text in pairs:
            chips.add(key, f"sweep_{key}")
            chips.set_text(key, text, accessible_name=text)
        chips.set_current(pairs[chosen][0])
        chips.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        # Aligned with its label.
        chips.setContentsMargins(0, STEP // 2, 0, 0)
        return chips

    def _connect(self) -> None:
        ClickDebouncer(self._run_button)
        self._run_button.setDefault(True)
        self._plan_timer.setSingleShot(True)
        self._plan_timer.setInterval(self._sweep_context.plan_delay_ms)
        self._plan_timer.timeout.connect(self._request_plan)
        self._combine_chips.chosen.connect(self._on_edited)
        self._seed_chips.chosen.connect(self._on_edited)
        self._add_button.clicked.connect(self._on_add_clicked)
        self._cancel_button.clicked.connect(self.reject)
        self._run_button.clicked.connect(self._on_run_clicked)
        self._subscriptions.add(
            self._sweep_context.draft_editor.changed, self._on_editor_state_changed
        )
        self._subscriptions.add(
            self._sweep_context.budget.changed, lambda _nothing: self._plan_timer.start()
        )
        self.finished.connect(self._on_finished)

    # Axes

    def _add_axis(self) -> AxisForm:
        form = AxisForm(len(self._axis_forms), self._axis_context, self._page)
        form.edited.connect(self._on_edited)
        form.remove_requested.connect(lambda: self._remove_axis(form))
        with growing_dialog(self):
            self._axis_forms.append(form)
            self._axes_layout.addWidget(form)
            self._show_axes()
        form.editor_changed.connect(lambda: self._on_editor_changed(form))
        self._scroll.ensureWidgetVisible(form)
        return form

    def _remove_axis(self, form: AxisForm) -> None:
        others = [each for each in self._axis_forms if each is not form]
        kept = [(each.spec, each.input_button.key) for each in others]
        with growing_dialog(self):
            self._has_new_fields = True
            self._summary.show_note("")
            for each in self._axis_forms:
                self._axes_layout.removeWidget(each)
                each.hide()
                each.deleteLater()
            self._axis_forms = []
            # The axes after the removed one get other letters, and other object names.
            for spec, key in kept:
                new_form = self._add_axis()
                if spec is not None:
                    new_form.load(spec)
                elif key is not None:
                    new_form.set_input(key)
        self._axis_forms[-1].input_button.setFocus()
        self._on_edited()

    def _show_axes_in_use(self, key: InputKey) -> None:
        text = _(
            "All three axes are in use. To vary %s, remove an axis or choose this input on one of "
            "them."
        ) % (self._axis_context.picker.name_of(key) or key.name)
        with growing_dialog(self):
            self._summary.show_note(text)
        announce(self, text)

    def _on_editor_changed(self, form: AxisForm) -> None:
        self._has_new_fields = True
        self._summary.show_note("")
        self._scroll.ensureWidgetVisible(form)

    def _show_axes(self) -> None:
        count = len(self._axis_forms)
        for form in self._axis_forms:
            form.set_removable(count > 1)
        self._add_button.setVisible(count < MAX_AXES)
        text = _("Add axis %s") % AXIS_LETTERS[min(count, MAX_AXES - 1)]
        self._add_button.setText(text)
        # The button's text is aligned with the cards; Qt would leave the width of two spaces around
        # it.
        self._add_button.setFixedWidth(
            self._add_button.fontMetrics().horizontalAdvance(text) + STEP
        )
        self._add_button.setAccessibleName(text)
        self._form.set_row_visible(self._combine_row, visible=count > 1)

    # Updates

    def _on_editor_state_changed(self, editor_state: EditorState) -> None:
        self._about_label.setText(about_text(editor_state))
        self._plan_timer.start()

    def _on_edited(self) -> None:
        self._is_plan_current = False
        self._update_button()
        self._plan_timer.start()

    def _request_plan(self) -> None:
        """Requests a plan of the grid; files are read on worker threads."""
        requested_spec = self.sweep_spec

        def on_plan(plan: SweepPlan) -> None:
            if not self._is_finished and requested_spec == self.sweep_spec:
                self._show_plan(plan)

        if requested_spec.axes:
            self._sweep_context.sweeps.planner.plan(requested_spec, on_plan)
        else:
            self._show_plan(SweepPlan())

    def _show_plan(self, plan: SweepPlan) -> None:
        self._plan = plan
        is_complete = all(form.spec is not None for form in self._axis_forms)
        self._is_plan_current = is_complete
        results = iter(zip(plan.axes, plan.problems, strict=True))
        resizing = refitting_dialog if self._has_new_fields else growing_dialog
        self._has_new_fields = False
        with resizing(self):
            for form in self._axis_forms:
                if form.spec is None:
                    form.show_result(None, None, form.missing_text)
                else:
                    form.show_result(*next(results, (None, None)))
            axes = [axis for axis in plan.axes if axis is not None]
            # A plan with cells has all axes of its specification.
            shown_axes = axes if is_complete and plan.cell_count else []
            self._grid_preview.show_axes(shown_axes, is_zip=self._is_zip)
            self._show_cost(plan)
            problem = plan.problem if is_complete else None
            self._summary.show_blocker(problem.sentence() if problem is not None else "")
        self._update_button()

    def _show_cost(self, plan: SweepPlan) -> None:
        if plan.estimate is None or not plan.cell_count:
            self._summary.hide_cost()
        else:
            time = time_to_finish_text(plan.duration_s)
            self._summary.show_estimate(self._sweep_context.budget, plan.estimate, time)
        default_name = " × ".join(axis.name for axis in plan.axes if axis is not None)
        self._name_field.setPlaceholderText(default_name)

    # Running

    def _run_blocker(self) -> str:
        if self._is_preparing:
            return _("The runs are being prepared.")
        missing_text = next(
            (form.missing_text for form in self._axis_forms if form.spec is None), ""
        )
        if missing_text:
            return missing_text
        if not self._is_plan_current:
            return _("It is being worked out what this grid would be.")
        problem = self._plan.first_problem
        return problem.sentence() if problem is not None else ""

    def _update_button(self) -> None:
        count = self._plan.cell_count if self._is_plan_current else 0
        estimate = self._plan.estimate or Estimate()
        self._summary.update_button(self._run_button, count, estimate, self._run_blocker())

    def _on_run_clicked(self) -> None:
        if self._run_blocker():
            return
        self._is_preparing = True
        self._update_button()
        sweep_spec, plan = self.sweep_spec, self._plan

        def on_prepared(prepared: PreparedSweep) -> None:
            if self._is_finished:
                return
            if self.sweep_spec == sweep_spec and _matches_shown_price(prepared, plan):
                self.accept()
                self.prepared.emit(prepared)
                return
            self._is_preparing = False
            self._on_edited()

        self._sweep_context.sweeps.planner.prepare(sweep_spec, on_prepared, self._on_failed)

    def _on_failed(self, problem: Problem) -> None:
        if self._is_finished:
            return
        self._is_preparing = False
        with growing_dialog(self):
            self._summary.show_blocker(problem.sentence())
        self._update_button()

    def _on_add_clicked(self) -> None:
        self._add_axis().input_button.setFocus()
        self._on_edited()

    def _on_finished(self) -> None:
        self._is_finished = True
        self._subscriptions.close()
        self._plan_timer.stop()


def _matches_shown_price(prepared: PreparedSweep, plan: SweepPlan) -> bool:
    """Returns True if the prepared runs match the number and the price on the button.

    Since the price was shown, a folder may have got other files, the draft may have moved to a more
    expensive machine, and a price may have become unknown.
    """
    if len(prepared.cell_runs.runs) != plan.cell_count:
        return False
    current, shown = prepared.estimate or Estimate(), plan.estimate or Estimate()
    # Until a run has been measured, only the hourly price is shown.
    current_usd, shown_usd = (
        (current.usd_per_hour, shown.usd_per_hour)
        if shown.usd is None
        else (current.usd, shown.usd)
    )
    if current_usd is None or shown_usd is None:
        return shown_usd is None
    # Each run that ends during the preparation changes the measured times slightly.
    return current_usd <= shown_usd * _MAX_PRICE_FACTOR + _PRICE_TOLERANCE_USD
