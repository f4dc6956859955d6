"""Routes of the API: they turn a request into a reply, without a socket."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import (
    access_control,
    account_endpoints,
    control,
    fault_effects,
    inference,
    instance_proxy,
)
from runcomfy_desktop.emulator.content_faults import apply_content_faults
from runcomfy_desktop.emulator.http_messages import (
    ApiError,
    Reply,
    Request,
    json_reply,
    not_found_error,
)
from runcomfy_desktop.emulator.journal import body_summary
from runcomfy_desktop.emulator.request_bodies import check_content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.http_messages import JsonObject

    Handler = Callable[[EmulatedBackend, Request, dict[str, str]], Reply]

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
    ("list", "GET", r"/prod/v2/deployments", account_endpoints.list_deployments),
    ("create", "POST", r"/prod/v2/deployments", account_endpoints.create),
    ("read", "GET", _DEPLOYMENT, account_endpoints.read_deployment),
    ("change", "PATCH", _DEPLOYMENT, account_endpoints.change),
    ("delete", "DELETE", _DEPLOYMENT, account_endpoints.delete),
    (
        "proxy",
        "POST",
        rf"{_DEPLOYMENT}/instances/(?P<instance_id>[^/]+)/proxy/(?P<target>.+)",
        instance_proxy.call_instance,
    ),
    ("balance", "GET", r"/prod/v2/balance", account_endpoints.balance),
)
_PATTERNS = tuple(
    (call, method, re.compile(pattern), handler) for call, method, pattern, handler in _ROUTES
)


class ApiServer:
    """Handles calls on the API's port. Without a control token it has no control paths."""

    def __init__(self, backend: EmulatedBackend, control_token: str = "") -> None:
        self._backend = backend
        self._control_token = control_token

    def handle(self, request: Request) -> Reply:
        if self._control_token and request.path.startswith(control.PREFIX):
            return control.handle(self._backend, self._control_token, request)
        call = _call_name(request)
        request = replace(request, faults=self._backend.faults.begin(call))
        return fault_effects.hold_before_handling(
            self._backend, call, request, lambda: self._handle(call, request)
        )

    def _handle(self, call: str, request: Request) -> Reply:
        try:
            reply = fault_effects.fault_reply(self._backend, request) or self._answer(request)
            if reply.status < 400 and not reply.is_dropped:
                reply = fault_effects.damage_reply(
                    request, apply_content_faults(self._backend, request, reply)
                )
        except ApiError as error:
            reply = error.reply()
            if self._backend.switches.errors_in_200:
                reply = replace(reply, status=200)
        reply = fault_effects.delay_reply(self._backend, call, request, reply)
        self._backend.journal.record("api", call, request, reply.status, body_summary(request))
        return reply

    def _answer(self, request: Request) -> Reply:
        is_owner = access_control.is_account_owner(self._backend, request)
        allowed = []
        for call, method, pattern, handler in _PATTERNS:
            match = pattern.fullmatch(request.path)
            if match is not None:
                if method == request.method:
                    names = match.groupdict()
                    if not is_owner:
                        return access_control.other_account_reply(call, names, self._backend)
                    check_content_type(request)
                    return handler(self._backend, request, names)
                allowed.append(method)
        if allowed:
            content: JsonObject = {"detail": "Method Not Allowed"}
            return json_reply(content, 405, {"Allow": ", ".join(allowed)})
        raise not_found_error("Path")


def _call_name(request: Request) -> str:
    """Returns the name of a call; for a wrong method, the name of the path's first call."""
    name = "unknown"
    for call, method, pattern, _handler in _PATTERNS:
        if pattern.fullmatch(request.path):
            if method == request.method:
                return call
            name = call if name == "unknown" else name
    return name
