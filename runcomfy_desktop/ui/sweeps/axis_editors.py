"""Editors for the values of an axis, one for each kind of specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPlainTextEdit, QWidget

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.sweeps.spec import (
    ChoicesSpec,
    DeploymentsSpec,
    FilesSpec,
    LinesSpec,
    ListSpec,
    PresetsSpec,
    RangeSpec,
    ReplaceSpec,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.check_list import CheckList
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.form_layout import set_field_name
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import column, row

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.schema.input_spec import InputSpec
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.sweeps.sweep_context import AxisContext

_NUMBER_WIDTH = 20 * STEP
_LINES = 4
_MAX_CHARS = 1_000_000


class AxisEditor(QWidget):
    """Base class of the editors; emits `edited`.

    `name` is the prefix of its widgets' object names.
    """

    edited = Signal()

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._context = context

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        """Resets the editor for another input with its current value."""

    def load(self, spec: AxisSpec) -> None:
        """Shows an earlier specification if it is of this editor's kind."""

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        """Returns the current specification for the input `key`; None while there is none."""
        return None

    @property
    def missing_text(self) -> str:
        """Instruction that is shown while there is no specification."""
        return _("Tick at least one value.")


class RangeEditor(AxisEditor):
    """Editor for a range of numbers: start, stop, and either the step or the count."""

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._fields: list[QLineEdit] = []
        layout = row(owner=self)
        for part, text, accessible_name in (
            ("start", _("From"), _("First number")),
            ("stop", _("to"), _("Last number")),
            ("step", _("step"), _("Step between the numbers")),
            ("count", _("or how many"), _("How many numbers, in place of a step")),
        ):
            field = QLineEdit(self)
            set_field_name(field, f"{name}_{part}", accessible_name)
            field.setFixedWidth(_NUMBER_WIDTH)
            field.setMaxLength(40)
            field.textChanged.connect(self.edited)
            self._fields.append(field)
            layout.addWidget(muted_label(text, f"{name}_{part}_label", self))
            layout.addWidget(field)
        layout.addStretch(1)

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        self._set_fields("", "", "", "")
        if input_spec is None or isinstance(value, bool) or not isinstance(value, int | float):
            return
        # Proposes three numbers around the current value, so that the fields are not empty.
        step = input_spec.step or (1 if input_spec.kind is InputKind.INT else 0.1)
        start, stop = (
            texts.value_text(each, input_spec)
            for each in _neighbour_values(value, step, input_spec)
        )
        self._set_fields(start, stop, "", "3")

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, RangeSpec):
            self._set_fields(spec.start, spec.stop, spec.step, spec.count)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        start, stop, step, count = (field.text() for field in self._fields)
        return None if key is None else RangeSpec(key, start, stop, step, count)

    def _set_fields(self, *values: str) -> None:
        for field, text in zip(self._fields, values, strict=True):
            field.setText(text)


class ListEditor(AxisEditor):
    """Editor with a text box for a list of values; base class of the two editors below."""

    spec_type: type[ListSpec | LinesSpec | ReplaceSpec] = ListSpec

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._text_box = QPlainTextEdit(self)
        set_field_name(self._text_box, f"{name}_text", _("Values"))
        self._text_box.setProperty("reading", True)
        self._text_box.setTabChangesFocus(True)
        self._text_box.setFixedHeight(
            self._text_box.fontMetrics().lineSpacing() * _LINES + 4 * STEP
        )
        self._text_box.textChanged.connect(self.edited)
        column(self._text_box, owner=self)

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, ListSpec | LinesSpec | ReplaceSpec):
            self._text_box.setPlainText(spec.text)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        text = self._text_box.toPlainText()[:_MAX_CHARS]
        return None if key is None else self.spec_type(key, text)


class LinesEditor(ListEditor):
    """Editor for text in which each line is one value."""

    spec_type = LinesSpec


class ReplaceEditor(ListEditor):
    """Editor for replacements: a search text and its substitutes."""

    spec_type = ReplaceSpec


class CheckListEditor(AxisEditor):
    """Base class of the editors with a list of check boxes."""

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._check_list = CheckList(name, _("Values"), self)
        self._check_list.edited.connect(self.edited)
        column(self._check_list, owner=self)


class ChoicesEditor(CheckListEditor):
    """Editor for the choices of a combo, or for on and off."""

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        labels = {}
        choices = () if input_spec is None else tuple(map(str, input_spec.choices))
        if input_spec is not None and input_spec.kind is InputKind.BOOLEAN:
            labels = {"true": _("On"), "false": _("Off")}
            choices = tuple(labels)
        rows = [(each, labels.get(each, each)) for each in choices]
        self._check_list.show_rows(rows, [each for each in choices if labels or each == str(value)])

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, ChoicesSpec):
            self._check_list.set_checked(spec.picked)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        picked = self._check_list.checked_keys
        # An empty selection would mean all choices.
        return ChoicesSpec(key, picked) if key is not None and picked else None


class PresetsEditor(CheckListEditor):
    """Editor for presets; each is applied completely."""

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        self._check_list.show_rows(self._context.sweep.presets(), ())

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, PresetsSpec):
            self._check_list.set_checked(spec.paths)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        return PresetsSpec(self._check_list.checked_keys)


class DeploymentsEditor(CheckListEditor):
    """Editor for deployments that run the same inputs."""

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        current_id = self._context.sweep.current_deployment_id()
        self._check_list.show_rows(
            self._context.sweep.deployments(), (current_id,) if current_id else ()
        )

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, DeploymentsSpec):
            self._check_list.set_checked(spec.deployment_ids)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        return DeploymentsSpec(self._check_list.checked_keys)


class FolderEditor(AxisEditor):
    """Editor for a folder; each of its files is one value."""

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._path_field = QLineEdit(self)
        set_field_name(self._path_field, f"{name}_folder", _("Folder"))
        self._path_field.setPlaceholderText(_("Folder with the files"))
        self._path_field.textChanged.connect(self.edited)
        browse = text_button(_("Browse…"), f"{name}_browse", self)
        browse.clicked.connect(self._on_browse_clicked)
        row((self._path_field, 1), browse, owner=self)

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, FilesSpec):
            self._path_field.setText(spec.folder)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        folder = self._path_field.text().strip()
        return None if key is None or not folder else FilesSpec(key, folder)

    @property
    def missing_text(self) -> str:
        return _("Choose a folder.")

    def _on_browse_clicked(self) -> None:
        dialog = QFileDialog(self, _("Choose a folder"))
        dialog.setObjectName("sweep_folder_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if self._path_field.text():
            dialog.setDirectory(self._path_field.text())
        dialog.fileSelected.connect(self._path_field.setText)
        dialog.open()


def _neighbour_values(value: float, step: float, spec: InputSpec) -> tuple[float, float]:
    """Returns the values one step below and above, within the limits of the input."""
    low, high = value - step, value + step
    if spec.minimum is not None:
        low = max(low, spec.minimum)
    if spec.maximum is not None:
        high = min(high, spec.maximum)
    if spec.kind is InputKind.INT:
        return int(low), int(high)
    return low, high
