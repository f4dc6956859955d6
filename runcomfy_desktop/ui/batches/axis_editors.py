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

from runcomfy_desktop.domain.input_spec import InputKind
from runcomfy_desktop.domain.sweep.spec import (
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
from runcomfy_desktop.ui.batches.axis_kinds import AxisKind
from runcomfy_desktop.ui.dialogs.settings_form import name_field
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.check_list import CheckList
from runcomfy_desktop.ui.widgets.labels import muted_label

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.input_spec import InputSpec
    from runcomfy_desktop.domain.sweep.spec import AxisSpec
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.batches.offer import Aids

_NUMBER_WIDTH = 20 * STEP
_LINES = 4
_MAX_LETTERS = 1_000_000


class AxisEditor(QWidget):
    """Emits `edited`. `name` begins the names of its parts."""

    edited = Signal()

    def __init__(self, name: str, aids: Aids, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._aids = aids

    def begin(self, key: InputKey | None, value: Value, spec: InputSpec | None) -> None:
        """Another input, with the value that it has now."""

    def load(self, spec: AxisSpec) -> None:
        """Shows what was said before; it is of this editor's kind."""

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        """What is said now; None while it says nothing of any input."""
        return None

    @property
    def missing(self) -> str:
        """What is to be done while it says nothing."""
        return _("Tick at least one value.")


class RangeEditor(AxisEditor):
    """From, to, and either the step or how many."""

    def __init__(self, name: str, aids: Aids, parent: QWidget) -> None:
        super().__init__(name, aids, parent)
        self._fields: list[QLineEdit] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        for part, text, spoken in (
            ("start", _("From"), _("First number")),
            ("stop", _("to"), _("Last number")),
            ("step", _("step"), _("Step between the numbers")),
            ("count", _("or how many"), _("How many numbers, in place of a step")),
        ):
            field = QLineEdit(self)
            name_field(field, f"{name}_{part}", spoken)
            field.setFixedWidth(_NUMBER_WIDTH)
            field.setMaxLength(40)
            field.textChanged.connect(self.edited)
            self._fields.append(field)
            row.addWidget(muted_label(text, f"{name}_{part}_label", self))
            row.addWidget(field)
        row.addStretch(1)

    def begin(self, key: InputKey | None, value: Value, spec: InputSpec | None) -> None:
        self._put("", "", "", "")
        if spec is None or isinstance(value, bool) or not isinstance(value, int | float):
            return
        # Three numbers around the one that it has now, so that there is something to look at.
        step = spec.step or (1 if spec.kind is InputKind.INT else 0.1)
        start, stop = (texts.value_text(each, spec) for each in _around(value, step, spec))
        self._put(start, stop, "", "3")

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, RangeSpec):
            self._put(spec.start, spec.stop, spec.step, spec.count)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        start, stop, step, count = (field.text() for field in self._fields)
        return None if key is None else RangeSpec(key, start, stop, step, count)

    def _put(self, *values: str) -> None:
        for field, text in zip(self._fields, values, strict=True):
            field.setText(text)


class TextEditor(AxisEditor):
    """A box of text: lines, a list, or what is replaced by what."""

    kind = AxisKind.LIST

    def __init__(self, name: str, aids: Aids, parent: QWidget) -> None:
        super().__init__(name, aids, parent)
        self._box = QPlainTextEdit(self)
        name_field(self._box, f"{name}_text", _("Values"))
        self._box.setProperty("reading", True)
        self._box.setTabChangesFocus(True)
        self._box.setFixedHeight(self._box.fontMetrics().lineSpacing() * _LINES + 4 * STEP)
        self._box.textChanged.connect(self.edited)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._box)

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, ListSpec | LinesSpec | ReplaceSpec):
            self._box.setPlainText(spec.text)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        if key is None:
            return None
        text = self._box.toPlainText()[:_MAX_LETTERS]
        if self.kind is AxisKind.LINES:
            return LinesSpec(key, text)
        return ReplaceSpec(key, text) if self.kind is AxisKind.REPLACE else ListSpec(key, text)


class LinesEditor(TextEditor):
    """Lines of a text."""

    kind = AxisKind.LINES


class ReplaceEditor(TextEditor):
    """What is looked for, and what takes its place."""

    kind = AxisKind.REPLACE


class TickEditor(AxisEditor):
    """A list to tick."""

    def __init__(self, name: str, aids: Aids, parent: QWidget) -> None:
        super().__init__(name, aids, parent)
        self._ticks = CheckList(name, _("Values"), self)
        self._ticks.edited.connect(self.edited)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._ticks)


class ChoicesEditor(TickEditor):
    """The choices of a combo, or on and off."""

    def begin(self, key: InputKey | None, value: Value, spec: InputSpec | None) -> None:
        choices: tuple[str, ...] = ()
        if spec is not None and spec.kind is InputKind.BOOLEAN:
            choices = ("true", "false")
        elif spec is not None:
            choices = tuple(map(str, spec.choices))
        words = {"true": _("On"), "false": _("Off")} if choices == ("true", "false") else {}
        rows = [(each, words.get(each, each)) for each in choices]
        self._ticks.show_rows(rows, [each for each in choices if words or each == str(value)])

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, ChoicesSpec):
            self._ticks.tick(spec.picked)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        picked = self._ticks.picked
        # With none picked, all of them would be meant.
        return ChoicesSpec(key, picked) if key is not None and picked else None


class PresetsEditor(TickEditor):
    """Presets, each applied whole."""

    def begin(self, key: InputKey | None, value: Value, spec: InputSpec | None) -> None:
        presets = self._aids.offer.presets
        self._ticks.show_rows(() if presets is None else presets(), ())

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, PresetsSpec):
            self._ticks.tick(spec.paths)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        return PresetsSpec(self._ticks.picked)


class DeploymentsEditor(TickEditor):
    """Deployments that the same inputs go to."""

    def begin(self, key: InputKey | None, value: Value, spec: InputSpec | None) -> None:
        own = self._aids.offer.own_deployment()
        self._ticks.show_rows(self._aids.offer.deployments(), (own,) if own else ())

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, DeploymentsSpec):
            self._ticks.tick(spec.deployment_ids)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        return DeploymentsSpec(self._ticks.picked)


class FolderEditor(AxisEditor):
    """The folder whose files are tried."""

    def __init__(self, name: str, aids: Aids, parent: QWidget) -> None:
        super().__init__(name, aids, parent)
        self._path = QLineEdit(self)
        name_field(self._path, f"{name}_folder", _("Folder"))
        self._path.setPlaceholderText(_("Folder with the files"))
        self._path.textChanged.connect(self.edited)
        browse = text_button(_("Browse…"), f"{name}_browse", self)
        browse.clicked.connect(self._on_browse_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._path, 1)
        row.addWidget(browse)

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, FilesSpec):
            self._path.setText(spec.folder)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        folder = self._path.text().strip()
        return None if key is None or not folder else FilesSpec(key, folder)

    @property
    def missing(self) -> str:
        return _("Choose a folder.")

    def _on_browse_clicked(self) -> None:
        chooser = QFileDialog(self, _("Choose a folder"))
        chooser.setObjectName("sweep_folder_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        if self._path.text():
            chooser.setDirectory(self._path.text())
        chooser.fileSelected.connect(self._path.setText)
        chooser.open()


def _around(value: float, step: float, spec: InputSpec) -> tuple[float, float]:
    """A step below and a step above, as far as the input goes."""
    low, high = value - step, value + step
    if spec.minimum is not None:
        low = max(low, spec.minimum)
    if spec.maximum is not None:
        high = min(high, spec.maximum)
    if spec.kind is InputKind.INT:
        return int(low), int(high)
    return low, high
