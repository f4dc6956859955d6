"""Opens places outside the window: folders of this computer and pages in the browser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.base.local_files import local_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROFILE_PAGE = "https://www.runcomfy.com/profile"


class ExternalOpener(QObject):
    """Opens folders and pages, usually through the desktop.

    Emits `failed` with a sentence if a folder cannot be created or found, and `not_opened` with an
    address that the desktop did not accept. `open_url` opens an address and returns whether it was
    accepted.
    """

    failed = Signal(str)
    not_opened = Signal(QUrl)

    def __init__(self, parent: QObject, open_url: Callable[[QUrl], bool] | None = None) -> None:
        super().__init__(parent)
        self._open_url = open_url or QDesktopServices.openUrl
        self._tasks = BackgroundTasks(self)

    def open_profile(self) -> None:
        """Opens the page on which users create and copy API keys."""
        self.open_page(QUrl(PROFILE_PAGE))

    def open_page(self, url: QUrl) -> None:
        """Opens a page after the user has seen its address and agreed."""
        self._open(url)

    def open_folder(self, folder: Path) -> None:
        """Opens a folder, creating it if needed; in the background, because disks can be slow."""
        self._tasks.run(partial(_create_folder, folder), partial(self._on_folder_ready, folder))

    def show_folder(self, folder: Path) -> None:
        """Opens a folder that is not the program's own and is therefore never created."""
        self._tasks.run(partial(_check_folder, folder), partial(self._on_folder_ready, folder))

    def _on_folder_ready(self, folder: Path, error: str) -> None:
        if error:
            self.failed.emit(_("The folder %s cannot be opened: %s.") % (folder, error))
        else:
            self._open(QUrl.fromLocalFile(str(folder)))

    def _open(self, url: QUrl) -> None:
        if not self._open_url(url):
            self.not_opened.emit(url)


def not_opened_notice(url: QUrl) -> Notice:
    """Returns the notice for an address that could not be opened, with a button to copy it."""
    if url.isLocalFile():
        title, location = _("No program could open this place."), local_path(url)
        button = _("Copy path")
    else:
        title, location = _("No browser could be opened."), url.toString()
        button = _("Copy address")
    copy = partial(QGuiApplication.clipboard().setText, location)
    return Notice(NoticeLevel.WARNING, title, one_line(location), "", button, copy)


def _create_folder(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _check_folder(folder: Path) -> str:
    try:
        return "" if folder.is_dir() else _("it is not there")
    except OSError as error:
        return error.strerror or str(error)
