"""The line that names the files of a preset which were found nowhere, and asks where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.presets.preview_words import looking_text, missing_text
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, text_button
from runcomfy_desktop.ui.widgets.labels import breakable, plain_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.media import MediaFile


class MissingFiles(QWidget):
    """One question for all of them. Emits `places_chosen` with paths of folders or files."""

    places_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._text = plain_label("", "missing_files_text", self, wrap=True)
        self._folder = text_button(_("Look in a folder…"), "missing_files_folder", self)
        self._files = text_button(_("Choose files…"), "missing_files_choose", self)
        self._build()
        self._folder.clicked.connect(lambda: self._ask(for_folder=True))
        self._files.clicked.connect(lambda: self._ask(for_folder=False))

    def show_files(self, files: Sequence[MediaFile], *, is_looking: bool = False) -> None:
        self.setVisible(bool(files))
        names = [each.name for each in files]
        if files:
            self._text.setText(
                breakable(looking_text(names) if is_looking else missing_text(names))
            )
        for button in (self._folder, self._files):
            button.setEnabled(not is_looking)
            button.setAccessibleDescription(_("They are being looked for.") if is_looking else "")

    def _ask(self, *, for_folder: bool) -> None:
        title = _("Where are the files?")
        chooser = QFileDialog(self, title)
        chooser.setObjectName("missing_files_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        mode = QFileDialog.FileMode.Directory if for_folder else QFileDialog.FileMode.ExistingFiles
        chooser.setFileMode(mode)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly, for_folder)
        chooser.filesSelected.connect(self._on_files_selected)
        chooser.open()

    def _on_files_selected(self, paths: list[str]) -> None:
        if paths:
            self.places_chosen.emit(paths)

    def _build(self) -> None:
        self.setObjectName("missing_files")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, STEP, 0, STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._folder)
        row.addWidget(self._files)
        self.hide()
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        image = icons.icon("warning", colours(self.palette()).warning)
        self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))
