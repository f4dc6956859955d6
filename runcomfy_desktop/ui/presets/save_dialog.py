"""Dialog to save a preset: name, folder, note, a summary of the content, files and pins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from runcomfy_desktop.domain.presets.file_format import MAX_FILES_BYTES
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import file_size, one_line, shortened
from runcomfy_desktop.ui.presets.preset_delegate import MAX_NAME_CHARS
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import FormLayout, hint_label, set_field_name
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 120 * STEP
MAX_INPUTS_NAMED = 6
_MAX_INPUT_CHARS = 60
_NOTE_LINES = 3
# Base64 text is a third larger than the bytes.
_BASE64_FACTOR = 4 / 3


@dataclass(frozen=True, slots=True)
class PresetSaveOptions:
    """Choices offered in the dialog, and the content that a preset would have.

    `input_names` holds the names of the first few changed inputs, `input_count` the number of all
    of them. `file_sizes` holds the size of each file among their values. `find_path` takes a folder
    and a name and returns the path of the preset with that name, or "".
    """

    input_names: tuple[str, ...]
    input_count: int
    folders: tuple[str, ...]
    find_path: Callable[[str, str], str]
    file_sizes: tuple[int, ...] = ()
    pin_count: int = 0


@dataclass(frozen=True, slots=True)
class PresetSaveRequest:
    """The user's choices. `replaces` is the path of the preset to replace, or ""."""

    name: str
    folder: str
    note: str
    with_files: bool
    with_pins: bool
    replaces: str = ""


class SavePresetDialog(Dialog):
    """Dialog that emits `save_requested` with a PresetSaveRequest."""

    save_requested = Signal(object)

    def __init__(self, options: PresetSaveOptions, parent: QWidget) -> None:
        super().__init__(parent)
        self._options = options
        self._name_field = QLineEdit(self)
        self._folder_box = QComboBox(self)
        self._note_field = QPlainTextEdit(self)
        self._content_label = plain_label("", "preset_content", self, wrap=True)
        self._files_box = QCheckBox(_("Bring the files along (self-contained)"), self)
        self._files_hint = hint_label("", self)
        self._pins_box = QCheckBox(_("Include the essentials of this workflow"), self)
        self._name_taken_label = muted_label("", "preset_name_taken", self, wrap=True)
        self._replace_button = text_button(_("Replace it"), "replace_preset", self)
        self._cancel_button = text_button(_("Cancel"), "cancel_save_preset", self)
        self._save_button = text_button(_("Save"), "save_preset_yes", self, primary=True)
        self._build()
        self._connect()
        self._show_content()

    def set_values(self, name: str, folder: str, note: str) -> None:
        """Sets the initial values of the fields."""
        self._name_field.setText(name)
        self._name_field.selectAll()
        index = self._folder_box.findData(folder)
        if index >= 0:
            self._folder_box.setCurrentIndex(index)
        else:
            self._folder_box.setEditText(folder)
        self._note_field.setPlainText(note)
        self._validate()
        self._name_field.setFocus()

    # Building

    def _build(self) -> None:
        self.setObjectName("save_preset_dialog")
        self.setWindowTitle(_("Save as a preset"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._set_up_fields()
        form = self._build_form()
        buttons = row(self._replace_button, STRETCH, self._cancel_button, self._save_button)
        column(form, buttons, owner=self, spacing=5 * STEP, margins=DIALOG_MARGINS)
        self._save_button.setDefault(True)

    def _set_up_fields(self) -> None:
        set_field_name(self._name_field, "preset_name", _("Name"))
        set_field_name(self._folder_box, "preset_folder", _("Folder"))
        set_field_name(self._note_field, "preset_note", _("Note"))
        set_field_name(self._files_box, "preset_with_files", self._files_box.text())
        set_field_name(self._pins_box, "preset_with_pins", self._pins_box.text())
        self._name_field.setMaxLength(MAX_NAME_CHARS)
        self._folder_box.setEditable(True)
        self._folder_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._folder_box.addItem(_("None"), "")
        for folder in self._options.folders:
            if folder:
                self._folder_box.addItem(folder, folder)
        field = self._folder_box.lineEdit()
        assert field is not None
        field.setMaxLength(MAX_NAME_CHARS)
        self._note_field.setProperty("reading", True)
        self._note_field.setTabChangesFocus(True)
        self._note_field.setPlaceholderText(_("What it is good for (may stay empty)"))
        lines = self._note_field.fontMetrics().lineSpacing() * _NOTE_LINES
        self._note_field.setFixedHeight(lines + 5 * STEP)

    def _build_form(self) -> FormLayout:
        form = FormLayout()
        form.add_row(_("&Name"), self._name_field, self._name_field, self._name_taken_label)
        folder_hint = hint_label(_("Choose one, or type the name of a new one."), self)
        form.add_row(_("&Folder"), self._folder_box, self._folder_box, folder_hint)
        form.add_row(_("N&ote"), self._note_field, self._note_field)
        self._content_label.setContentsMargins(0, STEP + STEP // 2, 0, 0)
        form.add_row(_("In it"), None, self._content_label)
        has_files, has_pins = bool(self._options.file_sizes), bool(self._options.pin_count)
        number = form.add_row(_("F&iles"), self._files_box, self._files_box, self._files_hint)
        form.set_row_visible(number, visible=has_files)
        number = form.add_row(_("&Essentials"), self._pins_box, self._pins_box)
        form.set_row_visible(number, visible=has_pins)
        self._pins_box.setChecked(has_pins)
        return form

    def _connect(self) -> None:
        self._name_field.textChanged.connect(self._validate)
        self._folder_box.editTextChanged.connect(self._validate)
        self._pins_box.toggled.connect(self._validate)
        self._replace_button.clicked.connect(lambda: self._finish(self._existing_path()))
        self._cancel_button.clicked.connect(self.reject)
        self._save_button.clicked.connect(lambda: self._finish(""))

    # Display

    def _show_content(self) -> None:
        names, count = self._options.input_names[:MAX_INPUTS_NAMED], self._options.input_count
        if not count:
            self._content_label.setText(_("Nothing is changed here, so no input would be in it."))
        else:
            first_names = ", ".join(shortened(one_line(name), _MAX_INPUT_CHARS) for name in names)
            more_count = count - MAX_INPUTS_NAMED
            text = n_("%d input: %s", "%d inputs: %s", count) % (count, first_names)
            more_text = (
                n_("and %d more", "and %d more", more_count) % more_count if more_count > 0 else ""
            )
            self._content_label.setText(" ".join(filter(None, (text, more_text))))
        sizes = self._options.file_sizes
        size = round(sum(sizes) * _BASE64_FACTOR)
        # Without the files, only their location on this computer and their identification are kept.
        pattern = n_(
            "%d file, the preset takes about %s. Without it, only a note where it lies is kept.",
            "%d files, the preset takes about %s. Without them, only notes where they lie are "
            "kept.",
            len(sizes),
        )
        text = pattern % (len(sizes), file_size(size))
        if sum(sizes) > MAX_FILES_BYTES:
            self._files_box.setEnabled(False)
            text = _("Together they have %s. A preset can bring at most %s.") % (
                file_size(sum(sizes)),
                file_size(MAX_FILES_BYTES),
            )
        self._files_hint.setText(text)

    def _validate(self) -> None:
        name, existing_path = self._typed_name(), self._existing_path()
        with growing_dialog(self):
            text = _("There is a preset of this name here. The new one will be “%s”.")
            self._name_taken_label.setText(text % self._free_name() if existing_path else "")
            self._name_taken_label.setVisible(bool(existing_path))
            self._replace_button.setVisible(bool(existing_path))
        reason = "" if name else _("Give it a name first.")
        if not self._options.input_count and not (
            self._options.pin_count and self._pins_box.isChecked()
        ):
            reason = _("Nothing is changed here: there is nothing to keep yet.")
        for button in (self._save_button, self._replace_button):
            button.setEnabled(not reason)
            button.setToolTip(tooltip(reason))
            button.setAccessibleDescription(reason)

    def _typed_name(self) -> str:
        return " ".join(self._name_field.text().split())

    def _free_name(self) -> str:
        """Returns the typed name, with a number appended if it is taken."""
        folder, name = self._typed_folder(), self._typed_name()
        candidate, number = name, 1
        while self._options.find_path(folder, candidate):
            number += 1
            candidate = f"{name} {number}"
        return candidate

    def _typed_folder(self) -> str:
        text = self._folder_box.currentText().strip()
        index = self._folder_box.findText(text)
        chosen = self._folder_box.itemData(index) if index >= 0 else text
        return str(chosen).strip("/ ")

    def _existing_path(self) -> str:
        return self._options.find_path(self._typed_folder(), self._typed_name())

    def _finish(self, replaces: str) -> None:
        self.accept()
        self.save_requested.emit(
            PresetSaveRequest(
                self._typed_name() if replaces else self._free_name(),
                self._typed_folder(),
                self._note_field.toPlainText().strip(),
                with_files=self._files_box.isChecked(),
                with_pins=self._pins_box.isChecked() and bool(self._options.pin_count),
                replaces=replaces,
            )
        )
