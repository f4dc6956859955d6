"""Webhooks: what a submit asks for, and the letters that tell of its states.

The address comes as a query parameter, or in the body as older documents had it; the query wins.
The end of a request is always told, its earlier states when that was asked for. `Mailbag` knows
which letters are due at a moment of the world's clock; `courier` takes them out.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runcomfy_desktop.emulator.lifecycle import State
from runcomfy_desktop.emulator.loopback import is_loopback
from runcomfy_desktop.emulator.wire import fault_at, invalid

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.lifecycle import Span
    from runcomfy_desktop.emulator.wire import Json, JsonObject, Request
    from runcomfy_desktop.emulator.world import Run, World

_FLAG = "webhook_intermediate_status"
_LONGEST_PAUSE_S = 3600.0
_GIVEN_UP_AFTER_S = 24 * 3600.0
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a request's states are told to; `intermediate`: not only its end."""

    address: str
    intermediate: bool


def read_hook(request: Request, body: Json) -> Hook | None:
    """The webhook a submit asks for. Raises ApiError 422001 for one that cannot be."""
    content = body if isinstance(body, dict) else {}
    flags = request.query.get(_FLAG)
    if flags and flags[-1].lower() not in ("true", "false"):
        message = "value could not be parsed to a boolean"
        raise invalid(fault_at(["query", _FLAG], message, "type_error.bool"))
    is_in_query = "webhook" in request.query
    address = request.query["webhook"][-1] if is_in_query else content.get("webhook")
    if not isinstance(address, str):
        return None
    if not _is_address(address):
        loc = ["query" if is_in_query else "body", "webhook"]
        raise invalid(fault_at(loc, "an HTTPS URL is expected", "value_error.url"))
    intermediate = flags[-1].lower() == "true" if flags else content.get(_FLAG) is True
    return Hook(address, intermediate)


def _is_address(address: str) -> bool:
    """HTTPS, as the documents ask for; plain HTTP on this computer, so that a test can listen."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or any(character.isspace() or ord(character) < 32 for character in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))


@dataclass(slots=True, eq=False)
class Letter:
    """One state of one request, until it has been taken or given up."""

    request_id: str
    status: str
    address: str
    body: bytes
    first_s: float
    due_s: float
    tries: int = 0
    is_away: bool = False


@dataclass(slots=True, eq=False)
class _Subscription:
    """A request whose states are told, and which of them have been."""

    run: Run
    hook: Hook
    told: set[str] = field(default_factory=set)


class Mailbag:
    """All letters of a world. Safe to use from several threads.

    `busy` is set while there is anything to tell, now or later.
    """

    def __init__(self, world: World) -> None:
        self.busy = threading.Event()
        self._world = world
        self._lock = threading.Lock()
        self._subscriptions: list[_Subscription] = []
        self._letters: list[Letter] = []
        self._log: deque[JsonObject] = deque(maxlen=_KEPT)

    def subscribe(self, run: Run, hook: Hook) -> None:
        with self._lock:
            self._subscriptions.append(_Subscription(run, hook))
            self.busy.set()

    def take_due(self) -> list[Letter]:
        """The letters to be taken out now; each is away until `returned` is told of it."""
        with self._lock:
            followed = [*self._subscriptions]
        # Without the lock: to find out how a run ends takes its time.
        over = [each for each in followed if not self._follow(each)]
        now_s = self._world.now()
        with self._lock:
            self._subscriptions = [each for each in self._subscriptions if each not in over]
            due = [each for each in self._letters if each.due_s <= now_s and not each.is_away]
            for letter in due:
                letter.is_away = True
            if not self._subscriptions and not self._letters:
                self.busy.clear()
        return due

    def returned(self, letter: Letter, answer: int) -> None:
        """What became of a letter: the HTTP code, 0 without one. Anything but 2xx is tried again,
        after a pause that doubles, for a day."""
        now_s = self._world.now()
        with self._lock:
            letter.tries += 1
            letter.is_away = False
            self._note(letter, answer=answer)
            letter.due_s = now_s + min(2.0 ** (letter.tries - 1), _LONGEST_PAUSE_S)
            is_taken = 200 <= answer < 300
            if is_taken or letter.due_s > letter.first_s + _GIVEN_UP_AFTER_S:
                self._letters.remove(letter)

    def withhold(self, letter: Letter) -> None:
        """The letter goes to another computer: from here nothing ever does."""
        with self._lock:
            self._letters.remove(letter)
            self._note(letter, withheld=True)

    def log(self) -> list[Json]:
        """Every try, oldest first."""
        with self._lock:
            return list(self._log)

    def _note(self, letter: Letter, **more: Json) -> None:
        entry: JsonObject = {
            "request_id": letter.request_id,
            "status": letter.status,
            "address": letter.address,
            "try": letter.tries,
            "at_s": self._world.now(),
        }
        self._log.append({**entry, **more})

    def _follow(self, subscription: _Subscription) -> bool:
        """Writes the letters that are due since the last look; whether there may be more."""
        run = subscription.run
        if run.deployment_id in self._world.deleted:
            return False
        span, now_s = self._world.span(run), self._world.now()
        if subscription.hook.intermediate:
            self._write_once(subscription, State.IN_QUEUE.value, span)
            if span.begun_s <= now_s:
                self._write_once(subscription, State.IN_PROGRESS.value, span)
        if now_s < span.ended_s:
            return True
        self._write_once(subscription, self._end_word(run, span), span)
        return False

    def _end_word(self, run: Run, span: Span) -> str:
        if span.cancelled:
            return State.CANCELLED.value
        return "failed" if self._world.outcome(run).errors else "succeeded"

    def _write_once(self, subscription: _Subscription, status: str, span: Span) -> None:
        if status in subscription.told:
            return
        subscription.told.add(status)
        run, now_s = subscription.run, self._world.now()
        body = json.dumps(self._content(run, status, span)).encode()
        address = subscription.hook.address
        letter = Letter(run.request_id, status, address, body, now_s, now_s)
        with self._lock:
            self._letters.append(letter)

    def _content(self, run: Run, status: str, span: Span) -> JsonObject:
        content: JsonObject = {
            "request_id": run.request_id,
            "deployment_id": run.deployment_id,
            "status": status,
            "created_at": self._world.moment(run.submitted_s),
        }
        if status in (State.IN_QUEUE.value, State.IN_PROGRESS.value):
            return content
        content["finished_at"] = self._world.moment(span.ended_s)
        if status == "failed":
            first = self._world.outcome(run).errors[0]
            content["error"] = {"type": first.kind, "message": first.message}
        if status == "succeeded":
            content[self._world.dialect.webhook_outputs] = self._world.outputs(run)
        return content
