"""Files and links from outside that wait until a session can open them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.domain.app_link import is_link

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class PendingLink:
    """Waiting link; records if the list was refreshed for it, and the title of its last notice."""

    deployment_id: str
    since_s: float
    has_refreshed: bool = False
    last_title: str = ""


class PendingRequests(QObject):
    """Passes files and links on to the session, or keeps the newest until there is one.

    A session takes the waiting ones when it starts, and receives later ones through `file_arrived`
    and `link_arrived`. `link` is the link that still waits for its deployment: it outlives the
    session, as it may wait for one with another key.
    """

    file_arrived = Signal(object)  # a path, see MainWindow
    link_arrived = Signal(object)  # a text that may not be valid Unicode

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.link: PendingLink | None = None
        self._has_session = False
        self._waiting_file = ""
        self._waiting_link = ""

    def add(self, path_or_link: str) -> None:
        """Passes on a file or a link, or keeps it; an empty text means that there is none."""
        if is_link(path_or_link):
            self._waiting_link = path_or_link
        elif path_or_link:
            self._waiting_file = path_or_link
        if self._has_session:
            self._pass_on()

    def begin_session(self) -> Callable[[], None]:
        """Passes on what waits, and everything from now on until the returned function is called.

        Call it after both signals are connected.
        """
        self._has_session = True
        self._pass_on()
        return self._end_session

    def _end_session(self) -> None:
        self._has_session = False

    def _pass_on(self) -> None:
        file, self._waiting_file = self._waiting_file, ""
        link, self._waiting_link = self._waiting_link, ""
        if file:
            self.file_arrived.emit(file)
        if link:
            self.link_arrived.emit(link)
