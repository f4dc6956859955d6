"""The line that names the files of a preset which were found nowhere, and asks where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.presets.preview_texts import missing_text, searching_text
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, text_button
from runcomfy_desktop.ui.widgets.labels import plain_label, with_break_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.media.media import MediaFile


class MissingFilesBar(QWidget):
    """One question for all of them. Emits `search_paths_chosen` with paths of folders or files."""

    search_paths_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._text = plain_label("", "missing_files_text", self, wrap=True)
        self._folder_button = text_button(_("Look in a folder…"), "missing_files_folder", self)
        self._files_button = text_button(_("Choose files…"), "missing_files_choose", self)
        self._build()
        self._folder_button.clicked.connect(lambda: self._open_file_dialog(for_folder=True))
        self._files_button.clicked.connect(lambda: self._open_file_dialog(for_folder=False))

    def show_files(self, files: Sequence[MediaFile], *, is_searching: bool = False) -> None:
        self.setVisible(bool(files))
        names = [each.name for each in files]
        if files:
            self._text.setText(
                with_break_points(searching_text(names) if is_searching else missing_text(names))
            )
        for button in (self._folder_button, self._files_button):
            button.setEnabled(not is_searching)
            button.setAccessibleDescription(_("They are being looked for.") if is_searching else "")

    def _open_file_dialog(self, *, for_folder: bool) -> None:
        title = _("Where are the files?")
        dialog = QFileDialog(self, title)
        dialog.setObjectName("missing_files_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        mode = QFileDialog.FileMode.Directory if for_folder else QFileDialog.FileMode.ExistingFiles
        dialog.setFileMode(mode)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, for_folder)
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def _on_files_selected(self, paths: list[str]) -> None:
        if paths:
            self.search_paths_chosen.emit(paths)

    def _build(self) -> None:
        self.setObjectName("missing_files")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, STEP, 0, STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._folder_button)
        row.addWidget(self._files_button)
        self.hide()
        self._apply_style()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_style()

    def _apply_style(self) -> None:
        image = icons.icon("warning", colours(self.palette()).warning)
        self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))
