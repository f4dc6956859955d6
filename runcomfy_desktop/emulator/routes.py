"""The API by its paths: (method, path, query, headers, body) to a Reply, without a socket."""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import control, inference, records
from runcomfy_desktop.emulator.wire import (
    INTERNAL,
    UNAUTHORIZED,
    ApiError,
    Reply,
    Request,
    json_reply,
    not_found,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.wire import JsonObject
    from runcomfy_desktop.emulator.world import World

    Handler = Callable[[World, Request, dict[str, str]], Reply]

_REQUEST = (
    r"/prod/(?P<version>v1|v2)/deployments/(?P<deployment_id>[^/]+)/requests/(?P<request_id>[^/]+)"
)
_ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    (
        "submit",
        "POST",
        r"/prod/(?P<version>v1|v2)/deployments/(?P<deployment_id>[^/]+)/inference",
        inference.submit,
    ),
    ("status", "GET", rf"{_REQUEST}/status", inference.status),
    ("result", "GET", rf"{_REQUEST}/result", inference.result),
    ("cancel", "POST", rf"{_REQUEST}/cancel", inference.cancel),
    ("list", "GET", r"/prod/v2/deployments", records.list_deployments),
    ("read", "GET", r"/prod/v2/deployments/(?P<deployment_id>[^/]+)", records.read_deployment),
    ("balance", "GET", r"/prod/v2/balance", records.balance),
)
_PATTERNS = tuple(
    (call, method, re.compile(pattern), handler) for call, method, pattern, handler in _ROUTES
)
_HTML = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)
_SERVER_FAULTS = (500, 502, 503, 504)


class Api:
    """Answers calls on the API's port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handle(self, request: Request) -> Reply:
        if request.path.startswith(control.PREFIX):
            return control.handle(self._world, request)
        more: JsonObject = {}
        call = _call_of(request)
        try:
            reply = self._early_fault(call) or self._answer(request)
            more = inference.log_facts(call, request)
        except ApiError as error:
            reply = error.reply()
            more = inference.log_facts(call, request)
        if reply.status < 400:
            reply = self._late_fault(call, reply)
        self._world.journal.note("api", call, request, reply.status, more)
        return reply

    def _answer(self, request: Request) -> Reply:
        self._check_token(request)
        allowed = []
        for _call, method, pattern, handler in _PATTERNS:
            match = pattern.fullmatch(request.path)
            if match is not None:
                if method == request.method:
                    return handler(self._world, request, match.groupdict())
                allowed.append(method)
        if allowed:
            content: JsonObject = {"detail": "Method Not Allowed"}
            return json_reply(content, 405, {"Allow": ", ".join(allowed)})
        raise not_found("Path")

    def _check_token(self, request: Request) -> None:
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        is_known = hmac.compare_digest(token.encode(), self._world.token.encode())
        if scheme.lower() != "bearer" or not is_known:
            raise ApiError(401, UNAUTHORIZED, "Token is missing, invalid or expired")

    def _early_fault(self, call: str) -> Reply | None:
        """A failure before the call is even looked at."""
        faults = self._world.faults
        refused = faults.take("unauthorized", call)
        if refused is not None:
            if "plain" in refused:
                return Reply(401, b"Unauthorized", "text/plain; charset=utf-8")
            return ApiError(401, UNAUTHORIZED, "Token is missing, invalid or expired").reply()
        limited = faults.take("rate-limit", call)
        if limited is not None:
            headers = {"Retry-After": limited[1]} if len(limited) > 1 else {}
            return json_reply({"error_message": "Too many requests"}, 429, headers)
        for status in _SERVER_FAULTS:
            if faults.take(f"status-{status}", call) is not None:
                return ApiError(status, INTERNAL, "Internal error").reply()
        if faults.take("html", call) is not None:
            return Reply(502, _HTML.encode(), "text/html")
        return None

    def _late_fault(self, call: str, reply: Reply) -> Reply:
        """A failure of the answer alone: the call itself has worked."""
        faults = self._world.faults
        if faults.take("empty", call) is not None:
            reply = replace(reply, body=b"")
        elif faults.take("truncated", call) is not None:
            reply = replace(reply, body=reply.body[: len(reply.body) // 2])
        if call == "submit":
            if faults.take("drop-answer", call) is not None:
                return replace(reply, drop=True)
            delay = faults.take("delay-answer", call)
            if delay is not None:
                return replace(reply, delay_s=float(delay[0]))
        return reply


def _call_of(request: Request) -> str:
    for call, _method, pattern, _handler in _PATTERNS:
        if pattern.fullmatch(request.path):
            return call
    return "unknown"
