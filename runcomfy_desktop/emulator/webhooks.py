"""Webhooks: the address in a submit, and the deliveries that report a request's states.

The address comes as a query parameter, or in the body as in older documentation; the query
parameter takes precedence. The end of a request is always reported, its earlier states only on
demand. `WebhookOutbox` knows which deliveries are due at a time of the backend's clock;
`WebhookSender` posts them.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runcomfy_desktop.emulator.http_messages import error_detail, validation_error
from runcomfy_desktop.emulator.lifecycle import RequestState
from runcomfy_desktop.emulator.loopback import is_loopback, send_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend, EmulatedRun
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject, Request
    from runcomfy_desktop.emulator.lifecycle import RequestSpan

_FLAG = "webhook_intermediate_status"
_MAX_RETRY_PAUSE_S = 3600.0
_GIVE_UP_AFTER_S = 24 * 3600.0
_MAX_LOG_ENTRIES = 1000

_POLL_INTERVAL_S = 0.05
_MAX_CONCURRENT = 16


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Address to which a request's states are reported.

    `wants_intermediate` is True if the earlier states are reported as well as the end.
    """

    address: str
    wants_intermediate: bool


def read_webhook(request: Request, body: Json) -> WebhookTarget | None:
    """Returns the webhook in a submit; None if there is none. Raises ApiError 422001 if invalid."""
    content = body if isinstance(body, dict) else {}
    flags = request.query.get(_FLAG)
    if flags and flags[-1].lower() not in ("true", "false"):
        message = "value could not be parsed to a boolean"
        raise validation_error(error_detail(["query", _FLAG], message, "type_error.bool"))
    is_in_query = "webhook" in request.query
    address = request.query["webhook"][-1] if is_in_query else content.get("webhook")
    if not isinstance(address, str):
        return None
    if not _is_address(address):
        loc = ["query" if is_in_query else "body", "webhook"]
        raise validation_error(error_detail(loc, "an HTTPS URL is expected", "value_error.url"))
    intermediate = flags[-1].lower() == "true" if flags else content.get(_FLAG) is True
    return WebhookTarget(address, intermediate)


def _is_address(address: str) -> bool:
    """Accepts HTTPS, as documented, and HTTP on this computer, so that a test can listen."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or any(character.isspace() or ord(character) < 32 for character in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))


@dataclass(slots=True, eq=False)
class WebhookDelivery:
    """One state of one request, to be sent until the receiver accepts it or it is abandoned."""

    request_id: str
    status: str
    address: str
    body: bytes
    created_s: float
    due_s: float
    tries: int = 0
    is_in_flight: bool = False


@dataclass(slots=True, eq=False)
class _WebhookSubscription:
    """Request whose states are reported, and the states already reported."""

    run: EmulatedRun
    webhook: WebhookTarget
    notified: set[str] = field(default_factory=set)


class WebhookOutbox:
    """All deliveries of a backend. Safe to use from several threads.

    `has_work` is set while there is anything to report, now or later.
    """

    def __init__(self, backend: EmulatedBackend) -> None:
        self.has_work = threading.Event()
        self._backend = backend
        self._lock = threading.Lock()
        self._subscriptions: list[_WebhookSubscription] = []
        self._deliveries: list[WebhookDelivery] = []
        self._log: deque[JsonObject] = deque(maxlen=_MAX_LOG_ENTRIES)

    def subscribe(self, run: EmulatedRun, webhook: WebhookTarget) -> None:
        with self._lock:
            self._subscriptions.append(_WebhookSubscription(run, webhook))
            self.has_work.set()

    def take_due(self) -> list[WebhookDelivery]:
        """Returns the deliveries to send now; each stays in flight until `finish` is called."""
        with self._lock:
            subscriptions = [*self._subscriptions]
        # Without the lock, because computing the outcome of a run takes time.
        finished = [each for each in subscriptions if not self._queue_due(each)]
        now_s = self._backend.now()
        with self._lock:
            self._subscriptions = [each for each in self._subscriptions if each not in finished]
            due = [
                each for each in self._deliveries if each.due_s <= now_s and not each.is_in_flight
            ]
            for delivery in due:
                delivery.is_in_flight = True
            if not self._subscriptions and not self._deliveries:
                self.has_work.clear()
        return due

    def finish(self, delivery: WebhookDelivery, status: int) -> None:
        """Records the result of a delivery: the HTTP status code, or 0 without a response.

        A result other than 2xx is retried for a day, with pauses that double up to a limit.
        """
        now_s = self._backend.now()
        with self._lock:
            delivery.tries += 1
            delivery.is_in_flight = False
            self._log_try(delivery, answer=status)
            delivery.due_s = now_s + min(2.0 ** (delivery.tries - 1), _MAX_RETRY_PAUSE_S)
            is_accepted = 200 <= status < 300
            if is_accepted or delivery.due_s > delivery.created_s + _GIVE_UP_AFTER_S:
                self._deliveries.remove(delivery)

    def withhold(self, delivery: WebhookDelivery) -> None:
        """Removes a delivery to another computer, because the emulator never sends one."""
        with self._lock:
            self._deliveries.remove(delivery)
            self._log_try(delivery, withheld=True)

    def log(self) -> list[Json]:
        """Returns every attempted delivery, oldest first."""
        with self._lock:
            return list(self._log)

    def _log_try(self, delivery: WebhookDelivery, **more: Json) -> None:
        entry: JsonObject = {
            "request_id": delivery.request_id,
            "status": delivery.status,
            "address": delivery.address,
            "try": delivery.tries,
            "at_s": self._backend.now(),
        }
        self._log.append({**entry, **more})

    def _queue_due(self, subscription: _WebhookSubscription) -> bool:
        """Queues deliveries that became due; returns True if more may follow."""
        run = subscription.run
        if run.deployment_id in self._backend.deleted:
            return False
        span, now_s = self._backend.span(run), self._backend.now()
        if subscription.webhook.wants_intermediate:
            self._queue_once(subscription, RequestState.IN_QUEUE.value, span)
            if span.started_s <= now_s:
                self._queue_once(subscription, RequestState.IN_PROGRESS.value, span)
        if now_s < span.ended_s:
            return True
        self._queue_once(subscription, self._end_status(run, span), span)
        return False

    def _end_status(self, run: EmulatedRun, span: RequestSpan) -> str:
        if span.is_cancelled:
            return RequestState.CANCELLED.value
        return "failed" if self._backend.outcome(run).errors else "succeeded"

    def _queue_once(
        self, subscription: _WebhookSubscription, status: str, span: RequestSpan
    ) -> None:
        if status in subscription.notified:
            return
        subscription.notified.add(status)
        run, now_s = subscription.run, self._backend.now()
        body = json.dumps(self._content(run, status, span)).encode()
        address = subscription.webhook.address
        delivery = WebhookDelivery(run.request_id, status, address, body, now_s, now_s)
        with self._lock:
            self._deliveries.append(delivery)

    def _content(self, run: EmulatedRun, status: str, span: RequestSpan) -> JsonObject:
        content: JsonObject = {
            "request_id": run.request_id,
            "deployment_id": run.deployment_id,
            "status": status,
            "created_at": self._backend.format_time(run.submitted_s),
        }
        if status in (RequestState.IN_QUEUE.value, RequestState.IN_PROGRESS.value):
            return content
        content["finished_at"] = self._backend.format_time(span.ended_s)
        if status == "failed":
            first = self._backend.outcome(run).errors[0]
            content["error"] = {"type": first.kind, "message": first.message}
        if status == "succeeded":
            content[self._backend.dialect.webhook_outputs] = self._backend.outputs(run)
        return content


class WebhookSender:
    """Posts due webhooks by real HTTP, but only to this computer.

    It never connects to another computer: a delivery to any address but loopback is withheld and
    logged as withheld. For the same reason redirects are not followed and proxies are not used.
    Each delivery has its own thread, so that a slow receiver does not block the others.
    """

    def __init__(self, outbox: WebhookOutbox, stopping: threading.Event) -> None:
        self._outbox = outbox
        self._stopping = stopping
        self._slots = threading.BoundedSemaphore(_MAX_CONCURRENT)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends the sender once `stopping` is set; does not wait for deliveries in flight."""
        self._outbox.has_work.set()
        self._thread.join()

    def _run(self) -> None:
        while self._outbox.has_work.wait() and not self._stopping.wait(_POLL_INTERVAL_S):
            self.send_due(_run_in_thread)

    def send_due(self, run: Callable[[Callable[[], None]], None]) -> None:
        """Handles all due deliveries; `run` is called with the function that sends each."""
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
