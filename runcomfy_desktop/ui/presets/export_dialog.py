"""Asks, before presets are exported, whether the files that they name come along, and says how
large that gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout

from runcomfy_desktop.domain.preset.form import MAX_FILES_BYTES
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.dialogs.settings_form import hint, name_field
from runcomfy_desktop.ui.formatting import file_size
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

_WIDTH = 110 * STEP
# How bytes are written in a text makes a third more of them.
_AS_TEXT = 4 / 3


class ExportDialog(Dialog):
    """For presets that name files: `sizes` are their bytes. Emits `agreed` with whether they come
    along."""

    agreed = Signal(bool)

    def __init__(self, count: int, sizes: Sequence[int], parent: QWidget) -> None:
        super().__init__(parent)
        title = n_("Export %d preset", "Export %d presets", count) % count
        self._files = QCheckBox(_("Bring the files along (self-contained)"), self)
        go_on = _("Choose a file…") if count == 1 else _("Choose a folder…")
        self._yes = text_button(go_on, "export_presets_yes", self, primary=True)
        self._no = text_button(_("Cancel"), "export_presets_no", self)
        self._hint = hint(_words(count, sizes), self)
        self.setObjectName("export_question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        name_field(self._files, "export_with_files", self._files.text())
        self._files.setAccessibleDescription(self._hint.text())
        self._files.setEnabled(sum(sizes) <= MAX_FILES_BYTES)
        self._yes.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(3 * STEP)
        layout.addWidget(heading_label(title, "export_presets_title", self, 1.1, wrap=True))
        files = QVBoxLayout()
        files.setSpacing(STEP)
        files.addWidget(self._files)
        files.addWidget(self._hint)
        layout.addLayout(files)
        layout.addSpacing(2 * STEP)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * STEP)
        buttons.addStretch(1)
        buttons.addWidget(self._no)
        buttons.addWidget(self._yes)
        layout.addLayout(buttons)
        self._yes.clicked.connect(self._on_yes_clicked)
        self._no.clicked.connect(self.reject)

    def _on_yes_clicked(self) -> None:
        self.accept()
        self.agreed.emit(self._files.isChecked())


def _words(count: int, sizes: Sequence[int]) -> str:
    whole = sum(sizes)
    if whole > MAX_FILES_BYTES:
        text = n_(
            "The file has %s. At most %s can be brought along at once.",
            "The files have %s together. At most %s can be brought along at once.",
            len(sizes),
        )
        return text % (file_size(whole), file_size(MAX_FILES_BYTES))
    size = file_size(round(whole * _AS_TEXT))
    if count == 1:
        text = n_(
            "%d file, the preset takes about %s more. Without it, only a note where it lies goes "
            "along.",
            "%d files, the preset takes about %s more. Without them, only notes where they lie go "
            "along.",
            len(sizes),
        )
    else:
        text = n_(
            "%d file, the presets take about %s more. Without it, only a note where it lies goes "
            "along.",
            "%d files, the presets take about %s more together. Without them, only notes where "
            "they lie go along.",
            len(sizes),
        )
    return text % (len(sizes), size)
