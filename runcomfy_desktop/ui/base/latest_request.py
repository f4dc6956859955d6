"""Requests of a session of which only the newest result is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.ui.base.session_scope import SessionScope

T = TypeVar("T")


class LatestRequest:
    """Delivers the result of the newest request until the session ends, and drops all others.

    The services finish their work after the session has left the window, and call back then.
    """

    def __init__(self, scope: SessionScope) -> None:
        self._number = 0
        scope.call_on_close(self.cancel)

    def start(self, deliver: Callable[[T], object]) -> Callable[[T], object]:
        """Cancels the previous request, and returns the callback for the result of a new one."""
        self.cancel()
        number = self._number

        def on_result(result: T) -> None:
            if number == self._number:
                deliver(result)

        return on_result

    def cancel(self) -> None:
        """Drops the result of the request in progress, if there is one."""
        self._number += 1
