"""Control paths for tests, separate from the API: the calls received, and the service's behaviour.

| path below `/__emulator__/` | effect |
|---|---|
| `GET requests` | every call so far, oldest first |
| `GET counts` | calls by kind, accepted submits |
| `GET runs` | every accepted submit, oldest first: its request, deployment and overrides |
| `GET`, `POST faults` | faults to inject; body: a spec as plain text, see `faults` |
| `GET held` | the calls that a fault holds back now, oldest first |
| `POST release` | releases all held calls, or those of the kind in the body (plain text) |
| `GET`, `POST switches` | a JSON object of some or all `BehaviourSwitches` |
| `GET`, `POST balance` | US dollars as a JSON number; zero and less stop every deployment |
| `GET webhooks` | every attempted webhook delivery, oldest first |
| `POST skip` | seconds as a JSON number: the clock jumps ahead by that time |

Control paths exist only if the emulator is started with a separate control token, by
`ApiServer(backend, new_token())` or the option `--control`; the demo has none. Each control call
carries the control token as a bearer token. Control calls are not logged.
"""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access_control import has_bearer_token
from runcomfy_desktop.emulator.http_messages import ApiError, Reply, Request, json_reply
from runcomfy_desktop.emulator.journal import shorten_long_texts
from runcomfy_desktop.emulator.request_bodies import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.http_messages import Json

PREFIX = "/__emulator__/"


def new_token() -> str:
    return secrets.token_urlsafe(32)


def handle(backend: EmulatedBackend, token: str, request: Request) -> Reply:
    """Handles a call to a control path.

    Refuses calls without the control token (401), and calls from web pages (403).
    """
    if "origin" in request.headers:
        return json_reply({"error_message": "No control from a page"}, 403)
    if not has_bearer_token(request, token):
        return json_reply({"error_message": "The control token is missing or wrong"}, 401)
    name = request.path.removeprefix(PREFIX)
    if request.method == "POST" and name in _SETTERS:
        try:
            _SETTERS[name](backend, request.body)
        except (ValueError, ApiError) as error:
            return json_reply({"error_message": str(error)}, 400)
        request = Request("GET", request.path)
    if request.method == "GET" and name in _GETTERS:
        return json_reply(_GETTERS[name](backend))
    return json_reply({"error_message": "No such control path"}, 404)


def _faults(backend: EmulatedBackend) -> Json:
    faults = backend.faults
    return {"faults": faults.spec, "seed": faults.seed, "struck": {**faults.applied_counts()}}


def _held_calls(backend: EmulatedBackend) -> Json:
    return [{**each} for each in backend.held_calls.held()]


def _set_faults(backend: EmulatedBackend, body: bytes) -> None:
    backend.faults.set(body.decode("utf-8"))


def _release(backend: EmulatedBackend, body: bytes) -> None:
    backend.held_calls.release(body.decode("utf-8").strip())


def _set_switches(backend: EmulatedBackend, body: bytes) -> None:
    backend.switches = backend.switches.changed(parse_json(body))


def _set_balance(backend: EmulatedBackend, body: bytes) -> None:
    backend.balance_microdollars = round(_number(body) * 1_000_000)


def _skip_time(backend: EmulatedBackend, body: bytes) -> None:
    seconds = _number(body)
    if seconds < 0:
        raise ValueError("time does not run backwards")
    backend.skipped_s += seconds


def _runs(backend: EmulatedBackend) -> Json:
    """Returns all requests with their overrides, as RunComfy's own web pages would list them."""
    with backend.lock:
        runs = list(backend.runs.values())
    return [
        {
            "request_id": run.request_id,
            "deployment_id": run.deployment_id,
            "overrides": shorten_long_texts(run.submit_request.overrides),
        }
        for run in runs
    ]


def _number(body: bytes) -> float:
    value = parse_json(body)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a number is expected")
    return value


_SETTERS: dict[str, Callable[[EmulatedBackend, bytes], None]] = {
    "faults": _set_faults,
    "release": _release,
    "switches": _set_switches,
    "balance": _set_balance,
    "skip": _skip_time,
}
_GETTERS: dict[str, Callable[[EmulatedBackend], Json]] = {
    "runs": _runs,
    "requests": lambda backend: backend.journal.entries(),
    "counts": lambda backend: backend.journal.counts(),
    "faults": _faults,
    "held": _held_calls,
    "release": _held_calls,
    "switches": lambda backend: backend.switches.as_json(),
    "balance": lambda backend: backend.balance_microdollars / 1_000_000,
    "webhooks": lambda backend: backend.outbox.log(),
    "skip": lambda backend: backend.skipped_s,
}
