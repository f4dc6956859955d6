"""Takes webhook letters out, by real HTTP and only within this computer.

Nothing here ever connects to another computer: a letter to any address but loopback is withheld
and written down as such. Redirects are not followed and proxies are not used, for the same reason.
Each letter goes by a thread of its own, so that a slow receiver holds up nobody.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.loopback import ask, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.webhooks import Letter, Mailbag

_LOOK_EVERY_S = 0.05
_AT_ONCE = 16


class Courier:
    """Looks into the mailbag while there is something in it."""

    def __init__(self, mailbag: Mailbag, stopping: threading.Event) -> None:
        self._mailbag = mailbag
        self._stopping = stopping
        self._hands = threading.BoundedSemaphore(_AT_ONCE)
        self._thread = threading.Thread(target=self._walk, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """To be called when `stopping` is set; letters on their way are left to themselves."""
        self._mailbag.busy.set()
        self._thread.join()

    def _walk(self) -> None:
        while self._mailbag.busy.wait() and not self._stopping.wait(_LOOK_EVERY_S):
            self.look(_in_a_thread)

    def look(self, run: Callable[[Callable[[], None]], None]) -> None:
        """One round; `run` sees to it that each letter is taken out."""
        for letter in self._mailbag.take_due():
            if is_loopback(letter.address):
                run(lambda letter=letter: self._take_out(letter))  # type: ignore[misc]  # bound now
            else:
                self._mailbag.withhold(letter)

    def _take_out(self, letter: Letter) -> None:
        with self._hands:
            status, _body = ask("POST", letter.address, letter.body)
            self._mailbag.returned(letter, status)


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()
