"""Effects of the faults that can strike any call, before it is handled or on its response."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access_control import invalid_token_reply
from runcomfy_desktop.emulator.http_messages import (
    BACKEND_NOT_FOUND,
    DELETED,
    DISABLED,
    INSUFFICIENT_FUNDS,
    INTERNAL,
    REQUEST_NOT_FOUND,
    ApiError,
    Reply,
    Request,
    json_reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.http_messages import JsonObject

_HTML = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)
_GATE_CODES = frozenset({INSUFFICIENT_FUNDS, DISABLED, DELETED})
_STATUS_OF = {REQUEST_NOT_FOUND: 404, 11008: 400}
_MESSAGES = {
    INSUFFICIENT_FUNDS: "InsufficientFunds",
    DISABLED: "DisabledDeployment",
    DELETED: "DeletedDeployment",
    BACKEND_NOT_FOUND: "InferenceServiceConnectionError",
    REQUEST_NOT_FOUND: "InferenceServiceRequestMissing",
}
_ERRORS_BY_STATUS: dict[int, tuple[int, str]] = {
    401: (401001, "Token is missing, invalid or expired"),
    403: (403003, "The account does not own this deployment"),
    404: (404001, "Request not found"),
    422: (422001, "Validation error"),
}


def hold_before_handling(
    backend: EmulatedBackend, call: str, request: Request, handle: Callable[[], Reply]
) -> Reply:
    """Returns the response of `handle`, or a reply that is held before `handle` is called."""
    held = request.faults.hold(
        "hold-request", lambda: backend.held_calls.hold(call, request.path, "request")
    )
    return handle() if held is None else Reply(0, b"", held_call=held, continuation=handle)


def fault_reply(backend: EmulatedBackend, request: Request) -> Reply | None:
    """Returns a reply that replaces the handling of a call; None if no such fault strikes.

    May raise ApiError.
    """
    faults = request.faults
    if faults.take("drop-request") is not None:
        return Reply(0, b"", is_dropped=True)
    refused = faults.take("unauthorized")
    if refused is not None:
        return invalid_token_reply(refused[0] if refused else "")
    limited = faults.take("rate-limit")
    if limited is not None:
        headers = _retry_after(backend, *limited[1:])
        return json_reply({"error_message": "Too many requests"}, 429, headers)
    unavailable = faults.take("unavailable")
    if unavailable is not None:
        headers = _retry_after(backend, *unavailable[1:])
        return json_reply({"error_message": "Service Unavailable"}, 503, headers)
    failed = faults.take("status")
    if failed is not None:
        return _status_reply(int(failed[0]))
    error = faults.take("error")
    if error is not None:
        raise _api_error(backend, *map(int, error[:2]))
    if faults.take("html") is not None:
        return Reply(502, _HTML.encode(), "text/html")
    return None


def damage_reply(request: Request, reply: Reply) -> Reply:
    """Returns the reply to a successful call, damaged by the faults that strike."""
    faults = request.faults
    if faults.take("empty") is not None:
        return replace(reply, body=b"")
    if faults.take("truncated") is not None:
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    if faults.take("wrong-type") is not None:
        reply = replace(reply, content_type="text/html; charset=utf-8")
    length_difference = faults.take("wrong-length")
    if length_difference is not None:
        reply = replace(reply, extra_length_bytes=int(length_difference[0]))
    if faults.take("drop-answer") is not None:
        return replace(reply, is_dropped=True)
    return reply


def delay_reply(backend: EmulatedBackend, call: str, request: Request, reply: Reply) -> Reply:
    """Returns the reply, delayed or held by faults; this includes error responses."""
    faults = request.faults
    if reply.is_dropped:
        return reply
    for name in ("delay", "delay-answer"):
        delay = faults.take(name)
        if delay is not None:
            reply = replace(reply, delay_s=float(delay[0]))
    byte_interval = faults.take("drip")
    if byte_interval is not None:
        reply = replace(reply, byte_interval_s=float(byte_interval[0]))
    held = faults.hold("hold", lambda: backend.held_calls.hold(call, request.path, "answer"))
    if held is not None:
        return replace(reply, held_call=held)
    held = faults.hold("hold-half", lambda: backend.held_calls.hold(call, request.path, "half"))
    if held is not None:
        return replace(reply, held_call=held, held_at_byte=len(reply.body) // 2)
    return reply


def _status_reply(status: int) -> Reply:
    if status >= 500:
        return ApiError(status, INTERNAL, "Internal error").reply()
    if status in _ERRORS_BY_STATUS:
        return ApiError(status, *_ERRORS_BY_STATUS[status]).reply()
    content: JsonObject = {"error_message": "No"} if status >= 400 else {}
    return json_reply(content, status)


def _api_error(backend: EmulatedBackend, code: int, status: int = 0) -> ApiError:
    if not status:
        status = code // 1000 if code >= 100_000 else _STATUS_OF.get(code, 500)
        status = backend.gate_status if code in _GATE_CODES else status
    return ApiError(status, code, _MESSAGES.get(code, "Something went wrong"))


def _retry_after(backend: EmulatedBackend, seconds: str = "", form: str = "") -> dict[str, str]:
    if not seconds:
        return {}
    if form != "date":
        return {"Retry-After": seconds}
    return {"Retry-After": formatdate(backend.now() + float(seconds), usegmt=True)}
