"""Form for one axis of a sweep: the input, the kind of its values, their editor, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QWidget

from runcomfy_desktop.domain.drafts.dynamic_inputs import active_spec
from runcomfy_desktop.domain.sweeps.axis_kinds import (
    AxisKind,
    kind_hint,
    kind_of,
    kind_text,
    kinds_for,
)
from runcomfy_desktop.domain.sweeps.cells import AXIS_LETTERS
from runcomfy_desktop.domain.sweeps.spec import key_of
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.sweeps import axis_editors as editors
from runcomfy_desktop.ui.sweeps.csv_editor import CsvEditor
from runcomfy_desktop.ui.sweeps.input_button import InputButton
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import error_label, set_field_name
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label
from runcomfy_desktop.ui.widgets.layouts import column, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.schema.input_spec import InputSpec
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec
    from runcomfy_desktop.domain.sweeps.sweep import Axis
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.sweeps.sweep_context import AxisContext

_KIND_WIDTH = 44 * STEP
_MAX_LABELS = 6
_MAX_LABEL_CHARS = 24
_EDITORS: dict[AxisKind, type[editors.AxisEditor]] = {
    AxisKind.RANGE: editors.RangeEditor,
    AxisKind.LIST: editors.ListEditor,
    AxisKind.LINES: editors.LinesEditor,
    AxisKind.REPLACE: editors.ReplaceEditor,
    AxisKind.CHOICES: editors.ChoicesEditor,
    AxisKind.FILES: editors.FolderEditor,
    AxisKind.CSV: CsvEditor,
    AxisKind.PRESETS: editors.PresetsEditor,
    AxisKind.DEPLOYMENTS: editors.DeploymentsEditor,
}


class AxisForm(QFrame):
    """Form for one axis.

    Emits `edited`, `editor_changed` after its editor has been replaced, and `remove_requested` when
    the axis is to be removed.
    """

    edited = Signal()
    editor_changed = Signal()
    remove_requested = Signal()

    def __init__(self, number: int, context: AxisContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        letter = AXIS_LETTERS[number]
        name = self._name = f"axis_{letter.lower()}"
        self._letter_label = heading_label(letter, f"{name}_letter", self, 1.0)
        accessible_name = _("Input of axis %s") % letter
        self.input_button = InputButton(context.picker, f"{name}_input", accessible_name, self)
        self._kind_box = QComboBox(self)
        self._remove_button = icon_button(_("Remove this axis"), f"{name}_remove", self)
        self._editor_layout = column()
        self._hint_label = muted_label("", f"{name}_hint", self, wrap=True)
        self._points_label = muted_label("", f"{name}_points", self, wrap=True)
        self._error_label = error_label(f"{name}_fault", self)
        self._build(letter)
        self._list_kinds(None)
        self._editor = self._make_editor()
        self._proposed_spec = self._editor.spec(None)
        self._show_editor()

    # Specification

    def set_input(self, key: InputKey) -> None:
        """Sets the input, and chooses the kind of values that fits it best."""
        self.input_button.show_key(key)
        self._show_kinds(None)

    def load(self, spec: AxisSpec, *, is_proposal: bool = False) -> None:
        """Shows an earlier specification, or for a proposal the one that the draft proposes now."""
        self.input_button.show_key(key_of(spec))
        self._show_kinds(kind_of(spec))
        if not is_proposal:
            self._editor.load(spec)

    @property
    def spec(self) -> AxisSpec | None:
        """Current specification; None while there are no values."""
        return self._editor.spec(self.input_button.key)

    @property
    def is_proposal(self) -> bool:
        """True if the specification is still the one proposed from the draft's value."""
        return self.spec == self._proposed_spec

    @property
    def missing_text(self) -> str:
        """Instruction that is shown while there is no specification."""
        if self._current_kind.has_input and self.input_button.key is None:
            return _("Choose the input that is varied.")
        return self._editor.missing_text

    def show_result(
        self, axis: Axis | None, problem: Problem | None, missing_text: str = ""
    ) -> None:
        """Shows the resulting points, or the error, or what is missing."""
        text = missing_text if axis is None else _points_text(axis)
        error = "" if problem is None else problem.sentence()
        for label, shown_text in ((self._points_label, text), (self._error_label, error)):
            label.setText(shown_text)
            label.setVisible(bool(shown_text))
        self._kind_box.setAccessibleDescription(error or missing_text)

    def set_removable(self, is_removable: bool) -> None:
        self._remove_button.setVisible(is_removable)

    # Building

    def _build(self, letter: str) -> None:
        self.setObjectName(self._name)
        self.setProperty("card", True)
        set_field_name(self._kind_box, f"{self._name}_kind", _("Values of axis %s") % letter)
        self._kind_box.setFixedWidth(_KIND_WIDTH)
        self._remove_button.setAccessibleName(_("Remove axis %s") % letter)
        self._letter_label.setFixedWidth(4 * STEP)
        TintedIcon(self._remove_button, "close")
        header = row(self._letter_label, (self.input_button, 1), self._kind_box)
        header.addStretch(0)
        header.addWidget(self._remove_button)
        texts = (self._hint_label, self._points_label, self._error_label)
        for label in texts:
            label.hide()
        body = column(self._editor_layout, *texts, spacing=STEP, margins=(6 * STEP, 0, 0, 0))
        column(header, body, owner=self, margins=3 * STEP)
        self.input_button.chosen.connect(self._on_input_chosen)
        self._kind_box.currentIndexChanged.connect(self._on_kind_changed)
        self._remove_button.clicked.connect(self.remove_requested)

    @property
    def _current_kind(self) -> AxisKind:
        kind = self._kind_box.currentData()
        assert isinstance(kind, AxisKind)
        return kind

    def _input_spec(self) -> InputSpec | None:
        editor_state = self._context.sweep.draft_editor.state
        draft, key = editor_state.draft, self.input_button.key
        if key is None or draft is None or key.node_id not in draft.workflow.nodes:
            return None
        return active_spec(key, draft, editor_state.schema)

    def _show_kinds(self, requested_kind: AxisKind | None) -> None:
        """Lists the kinds that fit the input, and shows the editor of one, see `_list_kinds`."""
        self._list_kinds(requested_kind)
        self._replace_editor()

    def _list_kinds(self, requested_kind: AxisKind | None) -> None:
        """Lists the kinds that fit the input.

        `requested_kind` is listed and selected in any case; None selects the best kind.
        """
        input_spec = self._input_spec()
        kinds = list(kinds_for(None if input_spec is None else input_spec.kind))
        if self.input_button.key is None:
            kinds = [AxisKind.LIST, *kinds]
        if requested_kind is not None and requested_kind not in kinds:
            kinds = [requested_kind, *kinds]
        self._kind_box.blockSignals(True)
        self._kind_box.clear()
        for kind in kinds:
            self._kind_box.addItem(kind_text(kind), kind)
        self._kind_box.setCurrentIndex(0 if requested_kind is None else kinds.index(requested_kind))
        self._kind_box.blockSignals(False)

    def _make_editor(self) -> editors.AxisEditor:
        """Returns an editor of the current kind, with the values that the draft proposes."""
        editor = _EDITORS[self._current_kind](self._name, self._context, self)
        editor.start_from(self.input_button.key, self._current_value(), self._input_spec())
        editor.edited.connect(self.edited)
        return editor

    def _replace_editor(self) -> None:
        with growing_dialog(self):
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = self._make_editor()
            self._proposed_spec = self._editor.spec(self.input_button.key)
            self._show_editor()
        self.editor_changed.emit()

    def _show_editor(self) -> None:
        kind = self._current_kind
        is_usable = not kind.has_input or self.input_button.key is not None
        self._editor.setEnabled(is_usable)
        self._editor_layout.addWidget(self._editor)
        self._editor.setVisible(is_usable)
        self.input_button.setEnabled(kind.has_input)
        self.input_button.setVisible(kind.has_input)
        hint = kind_hint(kind) if is_usable else ""
        self._hint_label.setText(hint)
        self._hint_label.setVisible(bool(hint))

    def _current_value(self) -> Value:
        draft, key = self._context.sweep.draft_editor.state.draft, self.input_button.key
        return None if draft is None or key is None else draft.value(key)

    def _on_input_chosen(self) -> None:
        self._show_kinds(None)
        self.edited.emit()

    def _on_kind_changed(self) -> None:
        self._replace_editor()
        self.edited.emit()


def _points_text(axis: Axis) -> str:
    labels = [shortened(each.label, _MAX_LABEL_CHARS) for each in axis.points[:_MAX_LABELS]]
    count = len(axis.points)
    if count > _MAX_LABELS:
        labels.append("…")
    return n_("%s value: %s", "%s values: %s", count) % (f"{count:,}", ", ".join(labels))
