"""The editors for what an axis goes over, one for each way to say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.sweeps.axis_kinds import AxisKind
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
from runcomfy_desktop.ui.input_tree import texts
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.sweeps.check_list import CheckList
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.form_layout import set_field_name
from runcomfy_desktop.ui.widgets.labels import muted_label

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
    """Emits `edited`. `name` begins the names of its parts."""

    edited = Signal()

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._context = context

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        """Another input, with the value that it has now."""

    def load(self, spec: AxisSpec) -> None:
        """Shows what was said before; it is of this editor's kind."""

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        """What is said now; None while it says nothing of any input."""
        return None

    @property
    def missing_text(self) -> str:
        """What is to be done while it says nothing."""
        return _("Tick at least one value.")


class RangeEditor(AxisEditor):
    """From, to, and either the step or how many."""

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._fields: list[QLineEdit] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
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
            row.addWidget(muted_label(text, f"{name}_{part}_label", self))
            row.addWidget(field)
        row.addStretch(1)

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        self._set_fields("", "", "", "")
        if input_spec is None or isinstance(value, bool) or not isinstance(value, int | float):
            return
        # Three numbers around the one that it has now, so that there is something to look at.
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


class AxisTextEditor(AxisEditor):
    """A box of text: lines, a list, or what is replaced by what."""

    kind = AxisKind.LIST

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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._text_box)

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, ListSpec | LinesSpec | ReplaceSpec):
            self._text_box.setPlainText(spec.text)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        if key is None:
            return None
        text = self._text_box.toPlainText()[:_MAX_CHARS]
        if self.kind is AxisKind.LINES:
            return LinesSpec(key, text)
        return ReplaceSpec(key, text) if self.kind is AxisKind.REPLACE else ListSpec(key, text)


class LinesEditor(AxisTextEditor):
    """Lines of a text."""

    kind = AxisKind.LINES


class ReplaceEditor(AxisTextEditor):
    """What is looked for, and what takes its place."""

    kind = AxisKind.REPLACE


class CheckListEditor(AxisEditor):
    """A list to tick."""

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._check_list = CheckList(name, _("Values"), self)
        self._check_list.edited.connect(self.edited)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._check_list)


class ChoicesEditor(CheckListEditor):
    """The choices of a combo, or on and off."""

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        choices: tuple[str, ...] = ()
        if input_spec is not None and input_spec.kind is InputKind.BOOLEAN:
            choices = ("true", "false")
        elif input_spec is not None:
            choices = tuple(map(str, input_spec.choices))
        labels = {"true": _("On"), "false": _("Off")} if choices == ("true", "false") else {}
        rows = [(each, labels.get(each, each)) for each in choices]
        self._check_list.show_rows(rows, [each for each in choices if labels or each == str(value)])

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, ChoicesSpec):
            self._check_list.set_checked(spec.picked)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        picked = self._check_list.checked_keys
        # With none picked, all of them would be meant.
        return ChoicesSpec(key, picked) if key is not None and picked else None


class PresetsEditor(CheckListEditor):
    """Presets, each applied whole."""

    def start_from(self, key: InputKey | None, value: Value, input_spec: InputSpec | None) -> None:
        presets = self._context.sweep.presets
        self._check_list.show_rows(() if presets is None else presets(), ())

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, PresetsSpec):
            self._check_list.set_checked(spec.paths)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        return PresetsSpec(self._check_list.checked_keys)


class DeploymentsEditor(CheckListEditor):
    """Deployments that the same inputs go to."""

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
    """The folder whose files are tried."""

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._path_field = QLineEdit(self)
        set_field_name(self._path_field, f"{name}_folder", _("Folder"))
        self._path_field.setPlaceholderText(_("Folder with the files"))
        self._path_field.textChanged.connect(self.edited)
        browse = text_button(_("Browse…"), f"{name}_browse", self)
        browse.clicked.connect(self._on_browse_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._path_field, 1)
        row.addWidget(browse)

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
    """A step below and a step above, as far as the input goes."""
    low, high = value - step, value + step
    if spec.minimum is not None:
        low = max(low, spec.minimum)
    if spec.maximum is not None:
        high = min(high, spec.maximum)
    if spec.kind is InputKind.INT:
        return int(low), int(high)
    return low, high
