"""What faults do to any call, on either port: before it is looked at, and to its answer."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access import refused_token
from runcomfy_desktop.emulator.wire import INTERNAL, ApiError, Reply, Request, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.wire import JsonObject
    from runcomfy_desktop.emulator.world import World

_HTML = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)
_CODES: dict[int, tuple[int, str]] = {
    401: (401001, "Token is missing, invalid or expired"),
    403: (403003, "The account does not own this deployment"),
    404: (404001, "Request not found"),
    422: (422001, "Validation error"),
}


def held_first(world: World, call: str, request: Request, go_on: Callable[[], Reply]) -> Reply:
    """The answer, or one that waits before `go_on` makes it."""
    if request.occasion.take("hold-request") is None:
        return go_on()
    held = world.holds.hold(call, request.path, "request")
    return Reply(0, b"", held=held, then=go_on)


def instead(world: World, request: Request) -> Reply | None:
    """What comes in place of the answer, of a call that is never looked at. May raise ApiError."""
    faults = request.occasion
    if faults.take("drop-request") is not None:
        return Reply(0, b"", drop=True)
    refused = faults.take("unauthorized")
    if refused is not None:
        return refused_token(refused[0] if refused else "")
    limited = faults.take("rate-limit")
    if limited is not None:
        headers = _retry_after(world, *limited[1:])
        return json_reply({"error_message": "Too many requests"}, 429, headers)
    failed = faults.take("status")
    if failed is not None:
        return _failed(int(failed[0]))
    if faults.take("html") is not None:
        return Reply(502, _HTML.encode(), "text/html")
    return None


def spoiled(request: Request, reply: Reply) -> Reply:
    """The answer of a call that worked, as it goes out."""
    faults = request.occasion
    if faults.take("empty") is not None:
        return replace(reply, body=b"")
    if faults.take("truncated") is not None:
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    if faults.take("drop-answer") is not None:
        return replace(reply, drop=True)
    return reply


def kept_back(world: World, call: str, request: Request, reply: Reply) -> Reply:
    """The answer with the time that it takes; also one that says no."""
    faults = request.occasion
    if reply.drop:
        return reply
    for name in ("delay", "delay-answer"):
        delay = faults.take(name)
        if delay is not None:
            reply = replace(reply, delay_s=float(delay[0]))
    if faults.take("hold") is not None:
        return replace(reply, held=world.holds.hold(call, request.path, "answer"))
    if faults.take("hold-half") is not None:
        half = len(reply.body) // 2
        return replace(reply, held=world.holds.hold(call, request.path, "half"), held_at=half)
    return reply


def _failed(status: int) -> Reply:
    if status >= 500:
        return ApiError(status, INTERNAL, "Internal error").reply()
    if status in _CODES:
        return ApiError(status, *_CODES[status]).reply()
    content: JsonObject = {"error_message": "No"} if status >= 400 else {}
    return json_reply(content, status)


def _retry_after(world: World, seconds: str = "", form: str = "") -> dict[str, str]:
    if not seconds:
        return {}
    if form != "date":
        return {"Retry-After": seconds}
    return {"Retry-After": formatdate(world.now() + float(seconds), usegmt=True)}
