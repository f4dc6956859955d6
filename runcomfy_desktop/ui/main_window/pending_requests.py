"""Files and links from outside that wait until a session can open them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.domain.app_link import is_link, parse_link
from runcomfy_desktop.domain.base.problem import Problem

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

    A session takes the waiting ones when it starts, and receives later ones through `file_arrived`,
    with a path, and `link_arrived`, with a PendingLink. `refused` carries the Problem of an invalid
    link at once. `link` is the link that still waits for its deployment: it outlives the session,
    as it may wait for one with another key.
    """

    # As an object: as Qt text a path would lose bytes that are not UTF-8.
    file_arrived = Signal(object)
    link_arrived = Signal(object)
    refused = Signal(object)

    def __init__(
        self, parent: QObject | None = None, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._clock_s = clock_s
        self.link: PendingLink | None = None
        self._has_session = False
        self._waiting_file = ""
        self._waiting_link: PendingLink | None = None

    def add(self, path_or_link: str) -> None:
        """Passes on a file or a link, or keeps it; an empty text means that there is none."""
        if is_link(path_or_link):
            try:
                deployment_id = parse_link(path_or_link).deployment_id
            except Problem as problem:
                self.refused.emit(problem)
                return
            self._waiting_link = PendingLink(deployment_id, self._clock_s())
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
        link, self._waiting_link = self._waiting_link, None
        if file:
            self.file_arrived.emit(file)
        if link is not None:
            self.link_arrived.emit(link)
