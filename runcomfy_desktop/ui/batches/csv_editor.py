"""Rows of a CSV file as an axis: the file, and which input each of its columns is put on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.fuzzy import fold
from runcomfy_desktop.domain.sweep.spec import CsvSpec
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.batches.axis_editors import AxisEditor
from runcomfy_desktop.ui.batches.input_button import InputButton
from runcomfy_desktop.ui.dialogs.settings_form import fault_label, name_field, tell_fault
from runcomfy_desktop.ui.formatting import one_line, shortened
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import growing
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label

if TYPE_CHECKING:
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.sweep.spec import AxisSpec
    from runcomfy_desktop.domain.sweep.table import Table
    from runcomfy_desktop.ui.batches.offer import Aids

_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
_LETTERS = 28
# Nobody puts more columns on inputs by hand; what a preset is for.
_SHOWN = 40


class CsvEditor(AxisEditor):
    """A column that is called like one input of the workflow is put on that by itself."""

    def __init__(self, name: str, aids: Aids, parent: QWidget) -> None:
        super().__init__(name, aids, parent)
        self._path = QLineEdit(self)
        self._fault = fault_label(f"{name}_csv_fault", self)
        self._table = QWidget(self)
        self._grid = QGridLayout(self._table)
        self._heads = QComboBox(self)
        self._heads_label = muted_label(_("Head of a row"), f"{name}_heads_label", self)
        self._buttons: dict[str, InputButton] = {}
        self._wanted = CsvSpec("")
        self._later = QTimer(self)
        self._build(name)
        self._later.setInterval(aids.pauses.file)

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, CsvSpec):
            self._wanted = spec
            self._path.setText(spec.path)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        now = self._now()
        return now if now.path else None

    @property
    def missing(self) -> str:
        return _("Choose a CSV file.")

    def _now(self) -> CsvSpec:
        path = self._path.text().strip()
        if not self._buttons:
            # Not read yet: what was chosen before stands.
            return CsvSpec(path, self._wanted.columns, self._wanted.heads)
        pairs = ((column, button.key) for column, button in self._buttons.items())
        columns = tuple((column, target) for column, target in pairs if target is not None)
        return CsvSpec(path, columns, self._heads.currentData() or "")

    def _build(self, name: str) -> None:
        name_field(self._path, f"{name}_csv", _("CSV file"))
        self._path.setPlaceholderText(_("CSV file with the names of its columns in the first line"))
        browse = text_button(_("Browse…"), f"{name}_csv_browse", self)
        browse.clicked.connect(self._on_browse_clicked)
        name_field(self._heads, f"{name}_heads", _("Column that heads a row"))
        self._heads.currentIndexChanged.connect(self.edited)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * STEP)
        self._grid.setVerticalSpacing(STEP)
        self._grid.setColumnStretch(1, 1)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._path, 1)
        row.addWidget(browse)
        heads = QHBoxLayout()
        heads.setSpacing(3 * STEP)
        heads.addWidget(self._heads_label)
        heads.addWidget(self._heads)
        heads.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        column.addLayout(row)
        column.addWidget(self._fault)
        column.addWidget(self._table)
        column.addLayout(heads)
        self._show(None)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._read)
        self._path.textChanged.connect(self._on_path_changed)

    def _on_browse_clicked(self) -> None:
        chooser = QFileDialog(self, _("Choose a CSV file"))
        chooser.setObjectName("sweep_csv_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilters([_("Tables (*.csv *.tsv *.txt)"), _("All files (*)")])
        chooser.fileSelected.connect(self._path.setText)
        chooser.open()

    def _on_path_changed(self) -> None:
        tell_fault(self._path, self._fault, "")
        self._show(None)
        self._later.start()
        self.edited.emit()

    def _read(self) -> None:
        path = self._path.text().strip()
        if path:
            self._aids.offer.sweeps.read_table(
                path,
                lambda table: self._on_read(path, table),
                lambda problem: self._on_failed(path, problem),
            )

    def _on_read(self, path: str, table: Table) -> None:
        if path == self._path.text().strip():
            with growing(self):
                self._show(table)
            self.edited.emit()

    def _on_failed(self, path: str, problem: Problem) -> None:
        if path == self._path.text().strip():
            with growing(self):
                tell_fault(self._path, self._fault, problem.sentence())
            self.edited.emit()

    def _show(self, table: Table | None) -> None:
        """Lists the columns, each with the input that it is put on."""
        self._wanted = before = self._now() if self._buttons else self._wanted
        for widget in self._table.findChildren(QWidget, options=_DIRECT):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._buttons = {}
        columns = [] if table is None else [each for each in table.columns if each]
        chosen = dict(before.columns) or self._by_name(columns)
        for number, column in enumerate(columns[:_SHOWN]):
            self._add(number, column, chosen.get(column))
        if len(columns) > _SHOWN:
            left = len(columns) - _SHOWN
            text = n_("%d more column is left out.", "%d more columns are left out.", left) % left
            label = muted_label(text, f"{self._name}_left_out", self._table)
            self._grid.addWidget(label, _SHOWN, 0, 1, 2)
        self._table.setVisible(bool(columns))
        self._show_heads(columns, before.heads)

    def _add(self, number: int, column: str, key: InputKey | None) -> None:
        name = f"{self._name}_column_{number}"
        label = plain_label(shortened(one_line(column), _LETTERS), f"{name}_label", self._table)
        spoken = _("Column %s") % column
        button = InputButton(self._aids.picker, name, spoken, self._table, _("Left out"))
        button.show_key(key)
        button.chosen.connect(self.edited)
        self._buttons[column] = button
        self._grid.addWidget(label, number, 0)
        self._grid.addWidget(button, number, 1)

    def _show_heads(self, columns: list[str], chosen: str) -> None:
        self._heads.blockSignals(True)
        self._heads.clear()
        self._heads.addItem(_("its values"), "")
        for column in columns[:_SHOWN]:
            self._heads.addItem(shortened(one_line(column), _LETTERS), column)
        self._heads.setCurrentIndex(max(0, self._heads.findData(chosen)))
        self._heads.blockSignals(False)
        for widget in (self._heads, self._heads_label):
            widget.setVisible(bool(columns))

    def _by_name(self, columns: list[str]) -> dict[str, InputKey]:
        """Inputs that are called like a column, where only one is."""
        found: dict[str, list[InputKey]] = {}
        for entry in self._aids.offer.inputs():
            if isinstance(entry.target, InputKey):
                for name in (entry.text, _("%s of %s") % (entry.text, entry.about)):
                    found.setdefault(fold(name), []).append(entry.target)
        pairs = ((column, found.get(fold(column), [])) for column in columns)
        return {column: keys[0] for column, keys in pairs if len(keys) == 1}
