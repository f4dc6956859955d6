"""Editor for an axis from the rows of a CSV file, with an input for each column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLineEdit, QWidget

from runcomfy_desktop.domain.base.fuzzy import fold
from runcomfy_desktop.domain.sweeps.spec import CsvSpec
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.sweeps.axis_editors import AxisEditor
from runcomfy_desktop.ui.sweeps.input_button import InputButton
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import error_label, set_field_name, show_field_error
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.sweeps.csv_table import CsvTable
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec
    from runcomfy_desktop.ui.sweeps.sweep_context import AxisContext

_DIRECT_CHILDREN = Qt.FindChildOption.FindDirectChildrenOnly
_MAX_COLUMN_CHARS = 28
# More columns would not be assigned by hand; presets are better for that.
_MAX_COLUMNS = 40


class CsvEditor(AxisEditor):
    """Editor for the file, the inputs of its columns, and the column that labels the rows.

    A column with the name of exactly one input is assigned to this input automatically.
    """

    def __init__(self, name: str, context: AxisContext, parent: QWidget) -> None:
        super().__init__(name, context, parent)
        self._path_field = QLineEdit(self)
        self._error_label = error_label(f"{name}_csv_fault", self)
        self._table = QWidget(self)
        self._grid = QGridLayout(self._table)
        self._label_column_box = QComboBox(self)
        self._label_column_label = muted_label(_("Head of a row"), f"{name}_heads_label", self)
        self._input_buttons: dict[str, InputButton] = {}
        self._loaded_spec = CsvSpec("")
        self._read_timer = QTimer(self)
        self._build(name)
        self._read_timer.setInterval(context.sweep.file_delay_ms)

    def load(self, spec: AxisSpec) -> None:
        if isinstance(spec, CsvSpec):
            self._loaded_spec = spec
            self._path_field.setText(spec.path)

    def spec(self, key: InputKey | None) -> AxisSpec | None:
        current = self._current_spec()
        return current if current.path else None

    @property
    def missing_text(self) -> str:
        return _("Choose a CSV file.")

    def _current_spec(self) -> CsvSpec:
        path = self._path_field.text().strip()
        if not self._input_buttons:
            # The file has not been read yet: the earlier choice is kept.
            return CsvSpec(path, self._loaded_spec.columns, self._loaded_spec.label_column)
        pairs = ((column, button.key) for column, button in self._input_buttons.items())
        columns = tuple((column, target) for column, target in pairs if target is not None)
        return CsvSpec(path, columns, self._label_column_box.currentData() or "")

    def _build(self, name: str) -> None:
        set_field_name(self._path_field, f"{name}_csv", _("CSV file"))
        self._path_field.setPlaceholderText(
            _("CSV file with the names of its columns in the first line")
        )
        browse = text_button(_("Browse…"), f"{name}_csv_browse", self)
        browse.clicked.connect(self._on_browse_clicked)
        set_field_name(self._label_column_box, f"{name}_heads", _("Column that heads a row"))
        self._label_column_box.currentIndexChanged.connect(self.edited)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * STEP)
        self._grid.setVerticalSpacing(STEP)
        self._grid.setColumnStretch(1, 1)
        label_column_row = row(
            self._label_column_label, self._label_column_box, STRETCH, spacing=3 * STEP
        )
        column(
            row((self._path_field, 1), browse),
            self._error_label,
            self._table,
            label_column_row,
            owner=self,
        )
        self._show_columns(None)
        self._read_timer.setSingleShot(True)
        self._read_timer.timeout.connect(self._read)
        self._path_field.textChanged.connect(self._on_path_changed)

    def _on_browse_clicked(self) -> None:
        dialog = QFileDialog(self, _("Choose a CSV file"))
        dialog.setObjectName("sweep_csv_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([_("Tables (*.csv *.tsv *.txt)"), _("All files (*)")])
        dialog.fileSelected.connect(self._path_field.setText)
        dialog.open()

    def _on_path_changed(self) -> None:
        show_field_error(self._path_field, self._error_label, "")
        self._show_columns(None)
        self._read_timer.start()
        self.edited.emit()

    def _read(self) -> None:
        path = self._path_field.text().strip()
        if path:
            self._context.sweep.sweeps.planner.read_table(
                path,
                lambda table: self._on_read(path, table),
                lambda problem: self._on_failed(path, problem),
            )

    def _on_read(self, path: str, table: CsvTable) -> None:
        if path == self._path_field.text().strip():
            with growing_dialog(self):
                self._show_columns(table)
            self.edited.emit()

    def _on_failed(self, path: str, problem: Problem) -> None:
        if path == self._path_field.text().strip():
            with growing_dialog(self):
                show_field_error(self._path_field, self._error_label, problem.sentence())
            self.edited.emit()

    def _show_columns(self, table: CsvTable | None) -> None:
        """Lists the columns, each with its input."""
        self._loaded_spec = previous = (
            self._current_spec() if self._input_buttons else self._loaded_spec
        )
        for widget in self._table.findChildren(QWidget, options=_DIRECT_CHILDREN):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._input_buttons = {}
        columns = [] if table is None else [each for each in table.columns if each]
        chosen = dict(previous.columns) or self._match_by_name(columns)
        for number, name in enumerate(columns[:_MAX_COLUMNS]):
            self._add_column(number, name, chosen.get(name))
        if len(columns) > _MAX_COLUMNS:
            omitted_count = len(columns) - _MAX_COLUMNS
            text = (
                n_("%d more column is left out.", "%d more columns are left out.", omitted_count)
                % omitted_count
            )
            label = muted_label(text, f"{self._name}_left_out", self._table)
            self._grid.addWidget(label, _MAX_COLUMNS, 0, 1, 2)
        self._table.setVisible(bool(columns))
        self._show_label_columns(columns, previous.label_column)

    def _add_column(self, number: int, column: str, key: InputKey | None) -> None:
        name = f"{self._name}_column_{number}"
        label = plain_label(
            shortened(one_line(column), _MAX_COLUMN_CHARS), f"{name}_label", self._table
        )
        accessible_name = _("Column %s") % column
        button = InputButton(
            self._context.picker, name, accessible_name, self._table, _("Left out")
        )
        button.show_key(key)
        button.chosen.connect(self.edited)
        self._input_buttons[column] = button
        self._grid.addWidget(label, number, 0)
        self._grid.addWidget(button, number, 1)

    def _show_label_columns(self, columns: list[str], chosen: str) -> None:
        self._label_column_box.blockSignals(True)
        self._label_column_box.clear()
        self._label_column_box.addItem(_("its values"), "")
        for name in columns[:_MAX_COLUMNS]:
            self._label_column_box.addItem(shortened(one_line(name), _MAX_COLUMN_CHARS), name)
        self._label_column_box.setCurrentIndex(max(0, self._label_column_box.findData(chosen)))
        self._label_column_box.blockSignals(False)
        for widget in (self._label_column_box, self._label_column_label):
            widget.setVisible(bool(columns))

    def _match_by_name(self, columns: list[str]) -> dict[str, InputKey]:
        """Returns the inputs for the columns that have the name of exactly one input."""
        keys_by_name: dict[str, list[InputKey]] = {}
        for entry in self._context.sweep.inputs():
            if isinstance(entry.target, InputKey):
                for name in (entry.text, _("%s of %s") % (entry.text, entry.context)):
                    keys_by_name.setdefault(fold(name), []).append(entry.target)
        pairs = ((column, keys_by_name.get(fold(column), [])) for column in columns)
        return {column: keys[0] for column, keys in pairs if len(keys) == 1}
