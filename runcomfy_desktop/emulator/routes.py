"""The API by its paths: (method, path, query, headers, body) to a Reply, without a socket."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import (
    access_control,
    control,
    deployment_edits,
    fault_effects,
    inference,
    instance_proxy,
)
from runcomfy_desktop.emulator.access_control import find_deployment
from runcomfy_desktop.emulator.content_faults import apply_content_faults
from runcomfy_desktop.emulator.http_messages import (
    ApiError,
    Json,
    Reply,
    Request,
    error_detail,
    json_reply,
    not_found_error,
    validation_error,
)
from runcomfy_desktop.emulator.journal import body_summary
from runcomfy_desktop.emulator.request_bodies import check_content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.http_messages import JsonObject

    Handler = Callable[[EmulatedBackend, Request, dict[str, str]], Reply]

_INCLUDES = ("payload", "readme")


def list_deployments(
    backend: EmulatedBackend, request: Request, _path_params: dict[str, str]
) -> Reply:
    """All deployments, or those named by `ids`, as a bare array or (by switch) in an object."""
    includes = _includes(request)
    wanted = _requested_ids(request)
    records: list[Json] = [
        each.as_json(includes, backend.object_info_url(each), backend.format_time)
        for each in [*backend.deployments.values()]
        if wanted is None or each.deployment_id in wanted
    ]
    return json_reply({"deployments": records} if backend.switches.wrapped_list else records)


def read_deployment(
    backend: EmulatedBackend, request: Request, path_params: dict[str, str]
) -> Reply:
    deployment = find_deployment(backend, path_params["deployment_id"])
    address = backend.object_info_url(deployment)
    return json_reply(deployment.as_json(_includes(request), address, backend.format_time))


def balance(backend: EmulatedBackend, _request: Request, _path_params: dict[str, str]) -> Reply:
    microdollars = backend.balance_microdollars
    return json_reply(
        {
            "balance_usd": microdollars / 1_000_000,
            "balance_microdollars": microdollars,
            "currency": "USD",
        }
    )


def _includes(request: Request) -> frozenset[str]:
    includes = request.query.get("includes", [])
    for each in includes:
        if each not in _INCLUDES:
            message = f"value is not a valid enumeration member; permitted: {', '.join(_INCLUDES)}"
            raise validation_error(error_detail(["query", "includes"], message, "type_error.enum"))
    return frozenset(includes)


def _requested_ids(request: Request) -> frozenset[str] | None:
    ids = request.query.get("ids")
    if ids is None:
        return None
    try:
        return frozenset(str(uuid.UUID(each)) for each in ids)
    except ValueError:
        loc = ["query", "ids"]
        raise validation_error(
            error_detail(loc, "value is not a valid uuid", "type_error.uuid")
        ) from None


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
    ("list", "GET", r"/prod/v2/deployments", list_deployments),
    ("create", "POST", r"/prod/v2/deployments", deployment_edits.create),
    ("read", "GET", _DEPLOYMENT, read_deployment),
    ("change", "PATCH", _DEPLOYMENT, deployment_edits.change),
    ("delete", "DELETE", _DEPLOYMENT, deployment_edits.delete),
    (
        "proxy",
        "POST",
        rf"{_DEPLOYMENT}/instances/(?P<instance_id>[^/]+)/proxy/(?P<target>.+)",
        instance_proxy.call_instance,
    ),
    ("balance", "GET", r"/prod/v2/balance", balance),
)
_PATTERNS = tuple(
    (call, method, re.compile(pattern), handler) for call, method, pattern, handler in _ROUTES
)


class ApiServer:
    """Answers calls on the API's port. Without a token for them there are no control paths."""

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
    """The name of a call; of a wrong method, the first that the path has."""
    name = "unknown"
    for call, method, pattern, _handler in _PATTERNS:
        if pattern.fullmatch(request.path):
            if method == request.method:
                return call
            name = call if name == "unknown" else name
    return name
