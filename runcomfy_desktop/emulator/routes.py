"""The API by its paths: (method, path, query, headers, body) to a Reply, without a socket."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import access, changes, control, inference, proxy, records, spoiling
from runcomfy_desktop.emulator.bodies import check_type
from runcomfy_desktop.emulator.journal import facts_of
from runcomfy_desktop.emulator.twists import twisted
from runcomfy_desktop.emulator.wire import ApiError, Reply, Request, json_reply, not_found

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


class Api:
    """Answers calls on the API's port. Without a token for them there are no control paths."""

    def __init__(self, world: World, control_token: str = "") -> None:
        self._world = world
        self._control_token = control_token

    def handle(self, request: Request) -> Reply:
        if self._control_token and request.path.startswith(control.PREFIX):
            return control.handle(self._world, self._control_token, request)
        call = _call_of(request)
        request = replace(request, occasion=self._world.faults.begin(call))
        return spoiling.held_first(self._world, call, request, lambda: self._handle(call, request))

    def _handle(self, call: str, request: Request) -> Reply:
        try:
            reply = spoiling.instead(self._world, request) or self._answer(request)
            if reply.status < 400 and not reply.drop:
                reply = spoiling.spoiled(request, twisted(self._world, request, reply))
        except ApiError as error:
            reply = error.reply()
            if self._world.switches.errors_in_200:
                reply = replace(reply, status=200)
        reply = spoiling.kept_back(self._world, call, request, reply)
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


def _call_of(request: Request) -> str:
    """The name of a call; of a wrong method, the first that the path has."""
    found = "unknown"
    for call, method, pattern, _handler in _PATTERNS:
        if pattern.fullmatch(request.path):
            if method == request.method:
                return call
            found = call if found == "unknown" else found
    return found
