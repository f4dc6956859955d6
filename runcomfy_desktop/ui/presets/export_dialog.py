"""Dialog that asks before an export whether to include the presets' files, and shows the size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox

from runcomfy_desktop.domain.presets.file_format import MAX_FILES_BYTES
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import file_size
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.form_layout import hint_label, set_field_name
from runcomfy_desktop.ui.widgets.labels import heading_label
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

_WIDTH = 110 * STEP
# Base64 text is a third larger than the bytes.
_BASE64_FACTOR = 4 / 3


class ExportPresetsDialog(Dialog):
    """Dialog for presets that name files; `sizes` are their sizes in bytes.

    Emits `confirmed` with True if the files are to be included.
    """

    confirmed = Signal(bool)

    def __init__(self, count: int, sizes: Sequence[int], parent: QWidget) -> None:
        super().__init__(parent)
        title = n_("Export %d preset", "Export %d presets", count) % count
        self._files_box = QCheckBox(_("Bring the files along (self-contained)"), self)
        confirm_text = _("Choose a file…") if count == 1 else _("Choose a folder…")
        self._export_button = text_button(confirm_text, "export_presets_yes", self, primary=True)
        self._cancel_button = text_button(_("Cancel"), "export_presets_no", self)
        self._hint = hint_label(_size_text(count, sizes), self)
        self.setObjectName("export_question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        set_field_name(self._files_box, "export_with_files", self._files_box.text())
        self._files_box.setAccessibleDescription(self._hint.text())
        self._files_box.setEnabled(sum(sizes) <= MAX_FILES_BYTES)
        self._export_button.setDefault(True)
        column(
            heading_label(title, "export_presets_title", self, 1.1, wrap=True),
            column(self._files_box, self._hint, spacing=STEP),
            2 * STEP,
            row(STRETCH, self._cancel_button, self._export_button),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )
        self._export_button.clicked.connect(self._on_export_clicked)
        self._cancel_button.clicked.connect(self.reject)

    def _on_export_clicked(self) -> None:
        self.accept()
        self.confirmed.emit(self._files_box.isChecked())


def _size_text(count: int, sizes: Sequence[int]) -> str:
    total_bytes = sum(sizes)
    if total_bytes > MAX_FILES_BYTES:
        text = n_(
            "The file has %s. At most %s can be brought along at once.",
            "The files have %s together. At most %s can be brought along at once.",
            len(sizes),
        )
        return text % (file_size(total_bytes), file_size(MAX_FILES_BYTES))
    size = file_size(round(total_bytes * _BASE64_FACTOR))
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
