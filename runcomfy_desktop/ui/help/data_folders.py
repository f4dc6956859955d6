"""Data folders dialog: where the program stores data, its size, and a button to open each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from runcomfy_desktop.domain.diagnostics import HOME, hide_home
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import run_for_dialog
from runcomfy_desktop.ui.help.folder_size import folder_size_text
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row
from runcomfy_desktop.ui.widgets.property_grid import ElidedValueLabel

if TYPE_CHECKING:
    from runcomfy_desktop.domain.diagnostics import StorageLocation
    from runcomfy_desktop.ui.base.session_services import InstallationInfo

_WIDTH = 150 * STEP
_COLUMN_GAP = 4 * STEP


class DataFoldersDialog(Dialog):
    """Dialog that lists the data folders.

    Emits `folder_requested` with the path of a folder to show.
    """

    folder_requested = Signal(object)  # a path, see PendingRequests

    def __init__(self, info: InstallationInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._home_paths = info.home_paths
        self._grid = QGridLayout()
        self._loading_label = muted_label(_("Looking…"), "folders_looking", self)
        self._close = text_button(_("Close"), "close_folders", self, primary=True)
        self._build()
        self._close.clicked.connect(self.reject)
        run_for_dialog(self, info.storage_locations, self._on_locations_read)

    def _build(self) -> None:
        self.setObjectName("data_folders_dialog")
        self.setWindowTitle(_("Data folders"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        intro = _(
            "Everything that this program keeps on this computer is here. The key is not: it is "
            "in the system's keyring."
        )
        self._grid.setHorizontalSpacing(_COLUMN_GAP)
        self._grid.setVerticalSpacing(STEP // 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self._loading_label, 0, 0)
        self._close.setDefault(True)
        column(
            plain_label(intro, "folders_intro", self, wrap=True),
            (self._grid, 1),
            row(STRETCH, self._close),
            owner=self,
            spacing=5 * STEP,
            margins=DIALOG_MARGINS,
        )

    def _on_locations_read(self, locations: tuple[StorageLocation, ...]) -> None:
        self._loading_label.hide()
        for number, location in enumerate(locations):
            self._add_location(3 * number, location)
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _add_location(self, at: int, location: StorageLocation) -> None:
        path = ElidedValueLabel(self)
        path.set_elide_mode(Qt.TextElideMode.ElideMiddle)
        path.setObjectName(f"path_{location.key}")
        short = hide_home(location.path, self._home_paths)
        # The home folder's name may also occur further inside a path; it stays there.
        path.setText(short if short.startswith(HOME) else location.path)
        path.setForegroundRole(muted_label("", "", self).foregroundRole())
        size = muted_label(folder_size_text(location), f"size_{location.key}", self)
        button = text_button(_("Open"), f"open_{location.key}", self)
        button.setAccessibleName(_("Open: %s") % location.name)
        button.clicked.connect(partial(self._on_open_clicked, location))
        name = plain_label(location.name, f"name_{location.key}", self)
        self._grid.addLayout(row(name, STRETCH, size), at, 0)
        self._grid.addWidget(path, at + 1, 0)
        self._grid.addWidget(button, at, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        self._grid.setRowMinimumHeight(at + 2, 2 * STEP)

    def _on_open_clicked(self, location: StorageLocation) -> None:
        folder = location.path
        if location.is_file:
            folder = folder[: max(folder.rfind("/"), folder.rfind("\\"))]
        self.folder_requested.emit(folder)
