"""Calls that are held back until somebody lets them go, so that a test knows where a client is.

What is held is a moment that stays: while an answer waits here nothing else happens to its call,
however long the test takes to look, or to end the client.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class HeldCall:
    """One call that waits; `stage` is `request`, `answer` or `half` (of the body is out)."""

    call: str
    path: str
    stage: str
    released: Future[None] = field(default_factory=Future)
    """Done when it may go on."""

    def wait(self) -> None:
        """For a thread: returns when it may go on."""
        self.released.result()

    def release(self) -> None:
        if not self.released.done():
            self.released.set_result(None)


class HeldCalls:
    """All calls that wait. Safe to use from several threads."""

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
        """What waits now, oldest first."""
        with self._lock:
            return [
                {"call": each.call, "path": each.path, "stage": each.stage} for each in self._held
            ]

    def release(self, call: str = "") -> int:
        """Lets go what waits now, or only the calls of one kind; says how many that were."""
        with self._lock:
            released = [each for each in self._held if call in ("", each.call)]
            self._held = [each for each in self._held if each not in released]
        for each in released:
            each.release()
        return len(released)

    def close(self) -> None:
        """Lets everything go, now and from now on."""
        with self._lock:
            self._is_closed = True
        self.release()
