"""Takes webhook letters out, by real HTTP and only within this computer.

Nothing here ever connects to another computer: a letter to any address but loopback is withheld
and written down as such. Redirects are not followed and proxies are not used, for the same reason.
Each letter goes by a thread of its own, so that a slow receiver holds up nobody.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.loopback import is_loopback, send_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.webhooks import WebhookDelivery, WebhookOutbox

_POLL_INTERVAL_S = 0.05
_MAX_CONCURRENT = 16


class WebhookSender:
    """Looks into the mailbag while there is something in it."""

    def __init__(self, outbox: WebhookOutbox, stopping: threading.Event) -> None:
        self._outbox = outbox
        self._stopping = stopping
        self._slots = threading.BoundedSemaphore(_MAX_CONCURRENT)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """To be called when `stopping` is set; letters on their way are left to themselves."""
        self._outbox.has_work.set()
        self._thread.join()

    def _run(self) -> None:
        while self._outbox.has_work.wait() and not self._stopping.wait(_POLL_INTERVAL_S):
            self.send_due(_run_in_thread)

    def send_due(self, run: Callable[[Callable[[], None]], None]) -> None:
        """One round; `run` sees to it that each letter is taken out."""
        for delivery in self._outbox.take_due():
            if is_loopback(delivery.address):
                run(lambda delivery=delivery: self._send(delivery))  # type: ignore[misc]  # bound now
            else:
                self._outbox.withhold(delivery)

    def _send(self, delivery: WebhookDelivery) -> None:
        with self._slots:
            status, _body = send_request("POST", delivery.address, delivery.body)
            self._outbox.finish(delivery, status)


def _run_in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()
