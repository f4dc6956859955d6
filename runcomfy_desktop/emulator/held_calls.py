"""Calls held until a test releases them, so that the test can check the client in a known state.

While a response is held, nothing else happens to its call, however long the test takes to check or
to end the client.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class HeldCall:
    """Call that is held until it is released.

    `stage` is `request` (not handled yet), `answer` (handled) or `half` (half the body is sent).
    """

    call: str
    path: str
    stage: str
    released: Future[None] = field(default_factory=Future)
    """Done when the call may continue."""

    def wait(self) -> None:
        """Blocks the calling thread until the call may continue."""
        self.released.result()

    def release(self) -> None:
        if not self.released.done():
            self.released.set_result(None)


class HeldCalls:
    """The calls that a hold fault keeps waiting until they are released.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[HeldCall] = []
        self._is_closed = False

    def hold(self, call: str, path: str, stage: str) -> HeldCall:
        held = HeldCall(call, path, stage)
        with self._lock:
            if self._is_closed:
                held.release()
            else:
                self._held.append(held)
        return held

    def held(self) -> list[dict[str, str]]:
        """Returns the calls held now, oldest first."""
        with self._lock:
            return [
                {"call": each.call, "path": each.path, "stage": each.stage} for each in self._held
            ]

    def release(self, call: str = "") -> int:
        """Releases all held calls, or those of one kind; returns their number."""
        with self._lock:
            released = [each for each in self._held if call in ("", each.call)]
            self._held = [each for each in self._held if each not in released]
        for each in released:
            each.release()
        return len(released)

    def close(self) -> None:
        """Releases all held calls; from now on no call is held."""
        with self._lock:
            self._is_closed = True
        self.release()
