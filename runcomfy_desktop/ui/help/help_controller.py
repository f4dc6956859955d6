"""Controller of the Help menu: diagnostics, data folders, updates, and About."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDialog, QWidget

    from runcomfy_desktop.core.updates import Updates
    from runcomfy_desktop.ui.base.external_opener import ExternalOpener
    from runcomfy_desktop.ui.base.session_services import InstallationInfo
    from runcomfy_desktop.ui.help.help_actions import HelpActions


class HelpController(QObject):
    """Opens each dialog of the Help menu, one instance at a time.

    `get_info` returns the information about the installation; it is called when a dialog opens.
    """

    def __init__(
        self,
        window: QWidget,
        actions: HelpActions,
        opener: ExternalOpener,
        get_info: Callable[[], InstallationInfo],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._opener = opener
        self._get_info = get_info
        self._updates: Updates | None = None
        self._dialogs: dict[str, QDialog] = {}
        for action, handler in (
            (actions.diagnostics, self.open_diagnostics),
            (actions.data_folders, self.open_data_folders),
            (actions.check_updates, self.check_for_updates),
            (actions.about, self.open_about),
        ):
            action.triggered.connect(lambda _checked=False, handler=handler: handler())

    def provide_updates(self, updates: Updates) -> None:
        """Enables the check for a newer version."""
        self._updates = updates
        updates.details_requested.subscribe(lambda _nothing: self._show_updates())
        self._actions.check_updates.setVisible(True)

    def check_for_updates(self) -> None:
        if self._updates is not None:
            self._updates.check_now()
            self._show_updates()

    def open_diagnostics(self) -> None:
        if self._raise_dialog("diagnostics"):
            return
        from runcomfy_desktop.ui.help.diagnostics import DiagnosticsDialog

        self._open_dialog("diagnostics", DiagnosticsDialog(self._get_info(), self._window))

    def open_data_folders(self) -> None:
        if self._raise_dialog("folders"):
            return
        from runcomfy_desktop.ui.help.data_folders import DataFoldersDialog

        dialog = DataFoldersDialog(self._get_info(), self._window)
        dialog.folder_requested.connect(lambda path: self._opener.open_folder(Path(path)))
        self._open_dialog("folders", dialog)

    def open_about(self) -> None:
        if self._raise_dialog("about"):
            return
        from runcomfy_desktop.ui.help.about import AboutDialog

        dialog = AboutDialog(self._get_info().documents, self._window)
        dialog.page_requested.connect(self._opener.open_page)
        self._open_dialog("about", dialog)

    def _show_updates(self) -> None:
        if self._updates is None or self._raise_dialog("updates"):
            return
        from runcomfy_desktop.ui.help.update import UpdateDialog

        dialog = UpdateDialog(self._updates, self._window)
        dialog.page_requested.connect(self._opener.open_page)
        self._open_dialog("updates", dialog)

    def _raise_dialog(self, name: str) -> bool:
        """Raises a dialog if it is already open; returns False if it is not."""
        if name in self._dialogs:
            self._dialogs[name].raise_()
            self._dialogs[name].activateWindow()
            return True
        return False

    def _open_dialog(self, name: str, dialog: QDialog) -> None:
        self._dialogs[name] = dialog
        dialog.finished.connect(lambda _result: self._dialogs.pop(name, None))
        dialog.open()
