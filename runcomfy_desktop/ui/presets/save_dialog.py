"""Save as a preset: its name and folder, what will be in it, and what comes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.domain.preset.form import MAX_FILES_BYTES
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.dialogs.settings_form import SettingsForm, hint, name_field
from runcomfy_desktop.ui.formatting import file_size, one_line, shortened
from runcomfy_desktop.ui.presets.painting import MAX_NAME
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog, growing
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label, tooltip

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 120 * STEP
NAMED = 6
_LETTERS = 60
_NOTE_LINES = 3
# How bytes are written in a text makes a third more of them.
_AS_TEXT = 4 / 3


@dataclass(frozen=True, slots=True)
class Offer:
    """What could be saved. `inputs` are the first names of what differs, `count` is how many there
    are; `file_bytes` is the size of
    each file among their values. `path_of` tells which preset has a name in a folder already."""

    inputs: tuple[str, ...]
    count: int
    folders: tuple[str, ...]
    path_of: Callable[[str, str], str]
    file_bytes: tuple[int, ...] = ()
    pins: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person decided. `replaces` is the path of the preset whose place it takes."""

    name: str
    folder: str
    note: str
    with_files: bool
    with_pins: bool
    replaces: str = ""


class SaveDialog(Dialog):
    """Emits `wished` with a Wish."""

    wished = Signal(object)

    def __init__(self, offer: Offer, parent: QWidget) -> None:
        super().__init__(parent)
        self._offer = offer
        self._name = QLineEdit(self)
        self._folder = QComboBox(self)
        self._note = QPlainTextEdit(self)
        self._content = plain_label("", "preset_content", self, wrap=True)
        self._files = QCheckBox(_("Bring the files along (self-contained)"), self)
        self._files_hint = hint("", self)
        self._pins = QCheckBox(_("Include the pinned inputs"), self)
        self._taken = muted_label("", "preset_name_taken", self, wrap=True)
        self._replace = text_button(_("Replace it"), "replace_preset", self)
        self._cancel = text_button(_("Cancel"), "cancel_save_preset", self)
        self._save = text_button(_("Save"), "save_preset_yes", self, primary=True)
        self._build()
        self._connect()
        self._show_content()

    def begin(self, name: str, folder: str, note: str) -> None:
        """What the fields hold at first."""
        self._name.setText(name)
        self._name.selectAll()
        place = self._folder.findData(folder)
        if place >= 0:
            self._folder.setCurrentIndex(place)
        else:
            self._folder.setEditText(folder)
        self._note.setPlainText(note)
        self._check()
        self._name.setFocus()

    # Building

    def _build(self) -> None:
        self.setObjectName("save_preset_dialog")
        self.setWindowTitle(_("Save as a preset"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._dress_fields()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(5 * STEP)
        layout.addLayout(self._form())
        layout.addLayout(self._button_row())
        self._save.setDefault(True)

    def _dress_fields(self) -> None:
        name_field(self._name, "preset_name", _("Name"))
        name_field(self._folder, "preset_folder", _("Folder"))
        name_field(self._note, "preset_note", _("Note"))
        name_field(self._files, "preset_with_files", self._files.text())
        name_field(self._pins, "preset_with_pins", self._pins.text())
        self._name.setMaxLength(MAX_NAME)
        self._folder.setEditable(True)
        self._folder.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._folder.addItem(_("None"), "")
        for folder in self._offer.folders:
            if folder:
                self._folder.addItem(folder, folder)
        field = self._folder.lineEdit()
        assert field is not None
        field.setMaxLength(MAX_NAME)
        self._note.setProperty("reading", True)
        self._note.setTabChangesFocus(True)
        self._note.setPlaceholderText(_("What it is good for (may stay empty)"))
        lines = self._note.fontMetrics().lineSpacing() * _NOTE_LINES
        self._note.setFixedHeight(lines + 5 * STEP)

    def _form(self) -> SettingsForm:
        form = SettingsForm()
        form.add(_("&Name"), self._name, self._name, self._taken)
        about = hint(_("Choose one, or type the name of a new one."), self)
        form.add(_("&Folder"), self._folder, self._folder, about)
        form.add(_("N&ote"), self._note, self._note)
        self._content.setContentsMargins(0, STEP + STEP // 2, 0, 0)
        form.add(_("In it"), None, self._content)
        has_files, has_pins = bool(self._offer.file_bytes), bool(self._offer.pins)
        row = form.add(_("F&iles"), self._files, self._files, self._files_hint)
        form.show_row(row, shown=has_files)
        row = form.add(_("&Pins"), self._pins, self._pins)
        form.show_row(row, shown=has_pins)
        self._pins.setChecked(has_pins)
        return form

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._replace)
        row.addStretch(1)
        row.addWidget(self._cancel)
        row.addWidget(self._save)
        return row

    def _connect(self) -> None:
        self._name.textChanged.connect(self._check)
        self._folder.editTextChanged.connect(self._check)
        self._pins.toggled.connect(self._check)
        self._replace.clicked.connect(lambda: self._finish(self._taken_path()))
        self._cancel.clicked.connect(self.reject)
        self._save.clicked.connect(lambda: self._finish(""))

    # What is shown

    def _show_content(self) -> None:
        names, count = self._offer.inputs[:NAMED], self._offer.count
        if not count:
            self._content.setText(_("Nothing is changed here, so no input would be in it."))
        else:
            some = ", ".join(shortened(one_line(name), _LETTERS) for name in names)
            more = count - NAMED
            text = n_("%d input: %s", "%d inputs: %s", count) % (count, some)
            rest = n_("and %d more", "and %d more", more) % more if more > 0 else ""
            self._content.setText(" ".join(filter(None, (text, rest))))
        sizes = self._offer.file_bytes
        size = round(sum(sizes) * _AS_TEXT)
        # Else only where the file lies on this computer, and what it can be known by.
        words = n_(
            "%d file, the preset takes about %s. Without it, only a note where it lies is kept.",
            "%d files, the preset takes about %s. Without them, only notes where they lie are "
            "kept.",
            len(sizes),
        )
        text = words % (len(sizes), file_size(size))
        if sum(sizes) > MAX_FILES_BYTES:
            self._files.setEnabled(False)
            text = _("Together they have %s. A preset can bring at most %s.") % (
                file_size(sum(sizes)),
                file_size(MAX_FILES_BYTES),
            )
        self._files_hint.setText(text)

    def _check(self) -> None:
        name, taken = self._typed_name(), self._taken_path()
        with growing(self):
            text = _("There is a preset of this name here. The new one will be “%s”.")
            self._taken.setText(text % self._free_name() if taken else "")
            self._taken.setVisible(bool(taken))
            self._replace.setVisible(bool(taken))
        why = "" if name else _("Give it a name first.")
        if not self._offer.count and not (self._offer.pins and self._pins.isChecked()):
            why = _("Nothing is changed here: there is nothing to keep yet.")
        for button in (self._save, self._replace):
            button.setEnabled(not why)
            button.setToolTip(tooltip(why))
            button.setAccessibleDescription(why)

    def _typed_name(self) -> str:
        return " ".join(self._name.text().split())

    def _free_name(self) -> str:
        """The typed name, with a number behind it where that is taken."""
        folder, name = self._typed_folder(), self._typed_name()
        free, number = name, 1
        while self._offer.path_of(folder, free):
            number += 1
            free = f"{name} {number}"
        return free

    def _typed_folder(self) -> str:
        text = self._folder.currentText().strip()
        place = self._folder.findText(text)
        chosen = self._folder.itemData(place) if place >= 0 else text
        return str(chosen).strip("/ ")

    def _taken_path(self) -> str:
        return self._offer.path_of(self._typed_folder(), self._typed_name())

    def _finish(self, replaces: str) -> None:
        self.accept()
        self.wished.emit(
            Wish(
                self._typed_name() if replaces else self._free_name(),
                self._typed_folder(),
                self._note.toPlainText().strip(),
                with_files=self._files.isChecked(),
                with_pins=self._pins.isChecked() and bool(self._offer.pins),
                replaces=replaces,
            )
        )
