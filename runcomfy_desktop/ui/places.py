"""Leads to places outside the window: folders of this computer and pages in the browser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.outputs.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROFILE_PAGE = "https://www.runcomfy.com/profile"


class Places(QObject):
    """Opens what it is asked for; emits `failed` with what could not be opened, in words.

    `open_url` hands an address to somebody and says whether it was taken; usually the desktop.
    """

    failed = Signal(str)

    def __init__(self, parent: QObject, open_url: Callable[[QUrl], bool] | None = None) -> None:
        super().__init__(parent)
        self._open_url = open_url or QDesktopServices.openUrl
        self._background = Background(self)

    def open_profile(self) -> None:
        """The page where a person makes and copies keys."""
        if not self._open_url(QUrl(PROFILE_PAGE)):
            self.failed.emit(_("No browser could be opened. The page is %s.") % PROFILE_PAGE)

    def open_page(self, url: QUrl) -> None:
        """A page that the person was shown the address of, and agreed to."""
        if not self._open_url(url):
            self.failed.emit(_("No browser could be opened. The page is %s.") % url.toString())

    def open_folder(self, folder: Path) -> None:
        """Shows a folder, made first where it is not there yet; disks are slow, so elsewhere."""
        self._background.run(partial(_make, folder), partial(self._on_folder_made, folder))

    def show_folder(self, folder: Path) -> None:
        """Shows a folder of somebody else's, which is never made."""
        self._background.run(partial(_look_at, folder), partial(self._on_folder_made, folder))

    def _on_folder_made(self, folder: Path, fault: str) -> None:
        if fault:
            self.failed.emit(_("The folder %s cannot be opened: %s.") % (folder, fault))
        elif not self._open_url(QUrl.fromLocalFile(str(folder))):
            self.failed.emit(_("No file manager could be opened. The folder is %s.") % folder)


def _make(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _look_at(folder: Path) -> str:
    try:
        return "" if folder.is_dir() else _("it is not there")
    except OSError as error:
        return error.strerror or str(error)
