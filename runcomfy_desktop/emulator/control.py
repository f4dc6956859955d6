"""Paths for tests, clearly apart from the API: what came in, and how the service behaves.

| path below `/__emulator__/` | what it does |
|---|---|
| `GET requests` | every call so far, oldest first |
| `GET counts` | calls by kind, accepted submits |
| `GET runs` | every accepted submit, oldest first: its request, deployment and overrides |
| `GET`, `POST faults` | bad days on demand; body: a spec as plain text, see `faults` |
| `GET held` | the calls that a fault holds back now, oldest first |
| `POST release` | lets all of them go, or those of the kind that the body names (plain text) |
| `GET`, `POST switches` | a JSON object of some or all `Switches` |
| `GET`, `POST balance` | US dollars as a JSON number; zero and less stop every deployment |
| `GET webhooks` | every try to deliver one, oldest first |
| `POST skip` | seconds as a JSON number: the clock jumps ahead by so much |

They are there only for whoever starts the emulator with a token of its own for them, by
`Api(world, new_token())` or the option `--control`; the demo does not. Each call carries that
token as the API's calls do theirs. They are not logged.
"""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access import carries
from runcomfy_desktop.emulator.bodies import parsed
from runcomfy_desktop.emulator.journal import shortened
from runcomfy_desktop.emulator.wire import ApiError, Reply, Request, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.wire import Json
    from runcomfy_desktop.emulator.world import World

PREFIX = "/__emulator__/"


def new_token() -> str:
    return secrets.token_urlsafe(32)


def handle(world: World, token: str, request: Request) -> Reply:
    """Answers a request that has the token and does not come from a page in a browser."""
    if "origin" in request.headers:
        return json_reply({"error_message": "No control from a page"}, 403)
    if not carries(request, token):
        return json_reply({"error_message": "The control token is missing or wrong"}, 401)
    name = request.path.removeprefix(PREFIX)
    if request.method == "POST" and name in _SETTERS:
        try:
            _SETTERS[name](world, request.body)
        except (ValueError, ApiError) as error:
            return json_reply({"error_message": str(error)}, 400)
        request = Request("GET", request.path)
    if request.method == "GET" and name in _GETTERS:
        return json_reply(_GETTERS[name](world))
    return json_reply({"error_message": "No such control path"}, 404)


def _faults(world: World) -> Json:
    faults = world.faults
    return {"faults": faults.spec, "seed": faults.seed, "struck": {**faults.struck()}}


def _held(world: World) -> Json:
    return [{**each} for each in world.holds.held()]


def _set_faults(world: World, body: bytes) -> None:
    world.faults.set(body.decode("utf-8"))


def _release(world: World, body: bytes) -> None:
    world.holds.release(body.decode("utf-8").strip())


def _set_switches(world: World, body: bytes) -> None:
    world.switches = world.switches.changed(parsed(body))


def _set_balance(world: World, body: bytes) -> None:
    world.balance_microdollars = round(_number(body) * 1_000_000)


def _skip(world: World, body: bytes) -> None:
    seconds = _number(body)
    if seconds < 0:
        raise ValueError("time does not run backwards")
    world.skipped_s += seconds


def _runs(world: World) -> Json:
    """What the service's own pages would list."""
    with world.lock:
        runs = list(world.runs.values())
    return [
        {
            "request_id": run.request_id,
            "deployment_id": run.deployment_id,
            "overrides": shortened(run.order.overrides),
        }
        for run in runs
    ]


def _number(body: bytes) -> float:
    value = parsed(body)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a number is expected")
    return value


_SETTERS: dict[str, Callable[[World, bytes], None]] = {
    "faults": _set_faults,
    "release": _release,
    "switches": _set_switches,
    "balance": _set_balance,
    "skip": _skip,
}
_GETTERS: dict[str, Callable[[World], Json]] = {
    "runs": _runs,
    "requests": lambda world: world.journal.entries(),
    "counts": lambda world: world.journal.counts(),
    "faults": _faults,
    "held": _held,
    "release": _held,
    "switches": lambda world: world.switches.as_json(),
    "balance": lambda world: world.balance_microdollars / 1_000_000,
    "webhooks": lambda world: world.mailbag.log(),
    "skip": lambda world: world.skipped_s,
}
