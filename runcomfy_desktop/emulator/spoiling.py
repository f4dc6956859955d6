"""What faults do to any call, on either port: before it is looked at, and to its answer."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access import refused_token
from runcomfy_desktop.emulator.wire import (
    BACKEND_GONE,
    DELETED,
    DISABLED,
    INSUFFICIENT_FUNDS,
    INTERNAL,
    REQUEST_MISSING,
    ApiError,
    Reply,
    Request,
    json_reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.wire import JsonObject
    from runcomfy_desktop.emulator.world import World

_HTML = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)
_GATES = frozenset({INSUFFICIENT_FUNDS, DISABLED, DELETED})
_STATUS_OF = {REQUEST_MISSING: 404, 11008: 400}
_MESSAGES = {
    INSUFFICIENT_FUNDS: "InsufficientFunds",
    DISABLED: "DisabledDeployment",
    DELETED: "DeletedDeployment",
    BACKEND_GONE: "InferenceServiceConnectionError",
    REQUEST_MISSING: "InferenceServiceRequestMissing",
}
_CODES: dict[int, tuple[int, str]] = {
    401: (401001, "Token is missing, invalid or expired"),
    403: (403003, "The account does not own this deployment"),
    404: (404001, "Request not found"),
    422: (422001, "Validation error"),
}


def held_first(world: World, call: str, request: Request, go_on: Callable[[], Reply]) -> Reply:
    """The answer, or one that waits before `go_on` makes it."""
    held = request.occasion.hold(
        "hold-request", lambda: world.holds.hold(call, request.path, "request")
    )
    return go_on() if held is None else Reply(0, b"", held=held, then=go_on)


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
    unavailable = faults.take("unavailable")
    if unavailable is not None:
        headers = _retry_after(world, *unavailable[1:])
        return json_reply({"error_message": "Service Unavailable"}, 503, headers)
    failed = faults.take("status")
    if failed is not None:
        return _failed(int(failed[0]))
    error = faults.take("error")
    if error is not None:
        raise _error(world, *map(int, error[:2]))
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
    if faults.take("wrong-type") is not None:
        reply = replace(reply, content_type="text/html; charset=utf-8")
    wrong = faults.take("wrong-length")
    if wrong is not None:
        reply = replace(reply, more_bytes=int(wrong[0]))
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
    drip = faults.take("drip")
    if drip is not None:
        reply = replace(reply, drip_s=float(drip[0]))
    held = faults.hold("hold", lambda: world.holds.hold(call, request.path, "answer"))
    if held is not None:
        return replace(reply, held=held)
    held = faults.hold("hold-half", lambda: world.holds.hold(call, request.path, "half"))
    if held is not None:
        return replace(reply, held=held, held_at=len(reply.body) // 2)
    return reply


def _failed(status: int) -> Reply:
    if status >= 500:
        return ApiError(status, INTERNAL, "Internal error").reply()
    if status in _CODES:
        return ApiError(status, *_CODES[status]).reply()
    content: JsonObject = {"error_message": "No"} if status >= 400 else {}
    return json_reply(content, status)


def _error(world: World, code: int, status: int = 0) -> ApiError:
    if not status:
        status = code // 1000 if code >= 100_000 else _STATUS_OF.get(code, 500)
        status = world.gate_status if code in _GATES else status
    return ApiError(status, code, _MESSAGES.get(code, "Something went wrong"))


def _retry_after(world: World, seconds: str = "", form: str = "") -> dict[str, str]:
    if not seconds:
        return {}
    if form != "date":
        return {"Retry-After": seconds}
    return {"Retry-After": formatdate(world.now() + float(seconds), usegmt=True)}
