"""One axis of a sweep: the input, the way to say its values, and what comes of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from runcomfy_desktop.domain.live import live_spec
from runcomfy_desktop.domain.sweep.spec import key_of
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.batches import axis_editors as editors
from runcomfy_desktop.ui.batches.axis_kinds import (
    AxisKind,
    hint_for,
    kind_of,
    kinds_for,
    words_for,
)
from runcomfy_desktop.ui.batches.csv_editor import CsvEditor
from runcomfy_desktop.ui.batches.input_button import InputButton
from runcomfy_desktop.ui.dialogs.settings_form import fault_label, name_field
from runcomfy_desktop.ui.formatting import shortened
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.dialog import growing
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.input_spec import InputSpec
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.sweep.spec import AxisSpec
    from runcomfy_desktop.domain.sweep.sweep import Axis
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.batches.offer import Aids

LETTERS = "XYZ"
_KIND_WIDTH = 44 * STEP
_HEADS = 6
_HEAD_LETTERS = 24
_EDITORS: dict[AxisKind, type[editors.AxisEditor]] = {
    AxisKind.RANGE: editors.RangeEditor,
    AxisKind.LIST: editors.TextEditor,
    AxisKind.LINES: editors.LinesEditor,
    AxisKind.REPLACE: editors.ReplaceEditor,
    AxisKind.CHOICES: editors.ChoicesEditor,
    AxisKind.FILES: editors.FolderEditor,
    AxisKind.CSV: CsvEditor,
    AxisKind.PRESETS: editors.PresetsEditor,
    AxisKind.DEPLOYMENTS: editors.DeploymentsEditor,
}


class AxisForm(QFrame):
    """Emits `edited`, `grown` when it has another editor, and `removed` when it is to go."""

    edited = Signal()
    grown = Signal()
    removed = Signal()

    def __init__(self, number: int, aids: Aids, parent: QWidget) -> None:
        super().__init__(parent)
        self._aids = aids
        self._name = f"axis_{LETTERS[number].lower()}"
        self._editor: editors.AxisEditor | None = None
        self._proposed: AxisSpec | None = None
        self._letter = heading_label(LETTERS[number], f"{self._name}_letter", self, 1.0)
        spoken = _("Input of axis %s") % LETTERS[number]
        self._input = InputButton(aids.picker, f"{self._name}_input", spoken, self)
        self._kind = QComboBox(self)
        self._remove = icon_button(_("Remove this axis"), f"{self._name}_remove", self)
        self._holder = QVBoxLayout()
        self._hint = muted_label("", f"{self._name}_hint", self, wrap=True)
        self._points = muted_label("", f"{self._name}_points", self, wrap=True)
        self._fault = fault_label(f"{self._name}_fault", self)
        self._build(LETTERS[number])
        self._show_kinds(None)

    # What it says

    def vary(self, key: InputKey) -> None:
        """Goes over an input, by the way that fits it best."""
        self._input.show_key(key)
        self._show_kinds(None)

    def load(self, spec: AxisSpec, *, is_proposal: bool = False) -> None:
        """Shows what was said before; of a proposal, what is proposed now."""
        self._input.show_key(key_of(spec))
        self._show_kinds(kind_of(spec))
        if self._editor is not None and not is_proposal:
            self._editor.load(spec)

    @property
    def spec(self) -> AxisSpec | None:
        """None while there is nothing to try."""
        return None if self._editor is None else self._editor.spec(self._input.key)

    @property
    def is_proposal(self) -> bool:
        """Returns whether it says what it began with, by the value that the draft had."""
        return self.spec == self._proposed

    @property
    def missing(self) -> str:
        """Why there is no spec."""
        if self._kind_now.has_input and self._input.key is None:
            return _("Choose the input that is varied.")
        return "" if self._editor is None else self._editor.missing

    @property
    def button(self) -> InputButton:
        return self._input

    def tell(self, axis: Axis | None, fault: Problem | None, missing: str = "") -> None:
        """What came of it: its points, or what is wrong."""
        text = ""
        if axis is not None:
            heads = [shortened(each.label, _HEAD_LETTERS) for each in axis.points[:_HEADS]]
            more = ["…"] if len(axis.points) > _HEADS else []
            count = len(axis.points)
            text = n_("%s value: %s", "%s values: %s", count)
            text = text % (f"{count:,}", ", ".join((*heads, *more)))
        self._points.setText(text)
        self._points.setVisible(bool(text))
        wrong = fault.sentence() if fault is not None else missing
        self._fault.setText(wrong)
        self._fault.setVisible(fault is not None)
        if missing and fault is None:
            self._points.setText(missing)
            self._points.show()
        self._kind.setAccessibleDescription(wrong)

    def allow_removal(self, allowed: bool) -> None:
        self._remove.setVisible(allowed)

    # Building

    def _build(self, letter: str) -> None:
        self.setObjectName(self._name)
        self.setProperty("card", True)
        name_field(self._kind, f"{self._name}_kind", _("Values of axis %s") % letter)
        self._kind.setFixedWidth(_KIND_WIDTH)
        self._remove.setAccessibleName(_("Remove axis %s") % letter)
        self._letter.setFixedWidth(4 * STEP)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._letter)
        row.addWidget(self._input, 1)
        row.addWidget(self._kind)
        row.addStretch(0)
        row.addWidget(self._remove)
        body = QVBoxLayout()
        body.setContentsMargins(6 * STEP, 0, 0, 0)
        body.setSpacing(STEP)
        body.addLayout(self._holder)
        for widget in (self._hint, self._points, self._fault):
            body.addWidget(widget)
            widget.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 3 * STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(2 * STEP)
        column.addLayout(row)
        column.addLayout(body)
        self._input.chosen.connect(self._on_input_chosen)
        self._kind.currentIndexChanged.connect(self._on_kind_changed)
        self._remove.clicked.connect(self.removed)
        self._dress()

    @property
    def _kind_now(self) -> AxisKind:
        kind = self._kind.currentData()
        assert isinstance(kind, AxisKind)
        return kind

    def _input_spec(self) -> InputSpec | None:
        bench = self._aids.offer.workbench.state
        key = self._input.key
        if key is None or bench.draft is None or key.node_id not in bench.draft.workflow.nodes:
            return None
        return live_spec(key, bench.draft, bench.schema)

    def _show_kinds(self, wanted: AxisKind | None) -> None:
        """The ways that fit the input; `wanted` is taken in any case, None takes the best."""
        spec = self._input_spec()
        kinds = list(kinds_for(None if spec is None else spec.kind))
        if self._aids.offer.presets is None:
            kinds.remove(AxisKind.PRESETS)
        if self._input.key is None:
            kinds = [AxisKind.LIST, *kinds]
        if wanted is not None and wanted not in kinds:
            kinds = [wanted, *kinds]
        self._kind.blockSignals(True)
        self._kind.clear()
        for kind in kinds:
            self._kind.addItem(words_for(kind), kind)
        self._kind.setCurrentIndex(0 if wanted is None else kinds.index(wanted))
        self._kind.blockSignals(False)
        self._show_editor()

    def _show_editor(self) -> None:
        with growing(self):
            if self._editor is not None:
                self._editor.hide()
                self._editor.deleteLater()
            kind = self._kind_now
            self._editor = _EDITORS[kind](self._name, self._aids, self)
            self._editor.begin(self._input.key, self._value_now(), self._input_spec())
            self._proposed = self._editor.spec(self._input.key)
            self._editor.edited.connect(self.edited)
            self._editor.setEnabled(not kind.has_input or self._input.key is not None)
            self._holder.addWidget(self._editor)
            self._editor.setVisible(not kind.has_input or self._input.key is not None)
            self._input.setEnabled(kind.has_input)
            self._input.setVisible(kind.has_input)
            hint = hint_for(kind) if not kind.has_input or self._input.key is not None else ""
            self._hint.setText(hint)
            self._hint.setVisible(bool(hint))
        self.grown.emit()

    def _value_now(self) -> Value:
        draft, key = self._aids.offer.workbench.state.draft, self._input.key
        return None if draft is None or key is None else draft.value(key)

    def _on_input_chosen(self) -> None:
        self._show_kinds(None)
        self.edited.emit()

    def _on_kind_changed(self) -> None:
        self._show_editor()
        self.edited.emit()

    def _dress(self) -> None:
        self._remove.setIcon(icons.icon("close", colours(self.palette()).muted))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
