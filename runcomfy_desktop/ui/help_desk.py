"""What the Help menu opens: diagnostics, the data folders, updates, and what this program is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDialog, QWidget

    from runcomfy_desktop.core.updates import Updates
    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.parts import Inspection
    from runcomfy_desktop.ui.places import Places


class HelpDesk(QObject):
    """Opens each dialog once. Until `lend` was called only About is there, without its texts."""

    def __init__(self, window: QWidget, menu: Actions, places: Places) -> None:
        super().__init__(window)
        self._window = window
        self._menu = menu
        self._places = places
        self._inspect: Callable[[], Inspection] | None = None
        self._updates: Updates | None = None
        self._dialogs: dict[str, QDialog] = {}
        for action, deed in (
            (menu.diagnostics, self.open_diagnostics),
            (menu.data_folders, self.open_folders),
            (menu.check_updates, self.ask_for_updates),
            (menu.about, self.open_about),
        ):
            action.triggered.connect(lambda _checked=False, deed=deed: deed())
        self._follow()

    def lend(self, inspect: Callable[[], Inspection]) -> None:
        """From now on there is something to show."""
        self._inspect = inspect
        self._follow()

    def lend_updates(self, updates: Updates) -> None:
        """From now on it can be asked whether there is a newer version."""
        self._updates = updates
        updates.shown.subscribe(lambda _nothing: self._show_updates())
        self._menu.check_updates.setVisible(True)

    def ask_for_updates(self) -> None:
        if self._updates is not None:
            self._updates.ask()
            self._show_updates()

    def open_diagnostics(self) -> None:
        if self._inspect is None or self._raise("diagnostics"):
            return
        from runcomfy_desktop.ui.dialogs.diagnostics import DiagnosticsDialog

        self._open("diagnostics", DiagnosticsDialog(self._inspect(), self._window))

    def open_folders(self) -> None:
        if self._inspect is None or self._raise("folders"):
            return
        from runcomfy_desktop.ui.dialogs.data_folders import DataFoldersDialog

        dialog = DataFoldersDialog(self._inspect(), self._window)
        dialog.folder_requested.connect(lambda path: self._places.open_folder(Path(path)))
        self._open("folders", dialog)

    def open_about(self) -> None:
        if self._raise("about"):
            return
        from runcomfy_desktop.ui.dialogs.about import AboutDialog

        documents = self._inspect().documents if self._inspect is not None else tuple
        dialog = AboutDialog(documents, self._window)
        dialog.page_requested.connect(self._places.open_page)
        self._open("about", dialog)

    def _show_updates(self) -> None:
        if self._updates is None or self._raise("updates"):
            return
        from runcomfy_desktop.ui.dialogs.update import UpdateDialog

        dialog = UpdateDialog(self._updates, self._window)
        dialog.page_requested.connect(self._places.open_page)
        self._open("updates", dialog)

    def _follow(self) -> None:
        for action in (self._menu.diagnostics, self._menu.data_folders):
            action.setEnabled(self._inspect is not None)

    def _raise(self, name: str) -> bool:
        """Brings a dialog forward that is open already."""
        if name in self._dialogs:
            self._dialogs[name].raise_()
            self._dialogs[name].activateWindow()
            return True
        return False

    def _open(self, name: str, dialog: QDialog) -> None:
        self._dialogs[name] = dialog
        dialog.finished.connect(lambda _result: self._dialogs.pop(name, None))
        dialog.open()
