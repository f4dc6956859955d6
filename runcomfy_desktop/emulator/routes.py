"""The API by its paths: (method, path, query, headers, body) to a Reply, without a socket."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import access, changes, control, inference, proxy, records
from runcomfy_desktop.emulator.bodies import check_type
from runcomfy_desktop.emulator.journal import facts_of
from runcomfy_desktop.emulator.wire import (
    INTERNAL,
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
_DEPLOYMENT = r"/prod/v2/deployments/(?P<deployment_id>[^/]+)"
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
    ("create", "POST", r"/prod/v2/deployments", changes.create),
    ("read", "GET", _DEPLOYMENT, records.read_deployment),
    ("change", "PATCH", _DEPLOYMENT, changes.change),
    ("delete", "DELETE", _DEPLOYMENT, changes.delete),
    (
        "proxy",
        "POST",
        rf"{_DEPLOYMENT}/instances/(?P<instance_id>[^/]+)/proxy/(?P<target>.+)",
        proxy.call,
    ),
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
        call = _call_of(request)
        try:
            reply = self._early_fault(call) or self._answer(request)
            if reply.status < 400:
                reply = self._late_fault(call, reply)
        except ApiError as error:
            reply = error.reply()
            if self._world.switches.errors_in_200:
                reply = replace(reply, status=200)
        self._world.journal.note("api", call, request, reply.status, facts_of(request))
        return reply

    def _answer(self, request: Request) -> Reply:
        is_owner = access.check_token(self._world, request)
        allowed = []
        for call, method, pattern, handler in _PATTERNS:
            match = pattern.fullmatch(request.path)
            if match is not None:
                if method == request.method:
                    names = match.groupdict()
                    if not is_owner:
                        return access.answer_stranger(call, names, self._world)
                    check_type(request)
                    return handler(self._world, request, names)
                allowed.append(method)
        if allowed:
            content: JsonObject = {"detail": "Method Not Allowed"}
            return json_reply(content, 405, {"Allow": ", ".join(allowed)})
        raise not_found("Path")

    def _early_fault(self, call: str) -> Reply | None:
        """A failure before the call is even looked at."""
        faults = self._world.faults
        refused = faults.take("unauthorized", call)
        if refused is not None:
            return access.refused_token(refused[0] if refused else "")
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
    """The name of a call; of a wrong method, the first that the path has."""
    found = "unknown"
    for call, method, pattern, _handler in _PATTERNS:
        if pattern.fullmatch(request.path):
            if method == request.method:
                return call
            found = call if found == "unknown" else found
    return found
