"""The calls that read the account: deployments and balance."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access_control import find_deployment
from runcomfy_desktop.emulator.http_messages import (
    Json,
    Reply,
    Request,
    error_detail,
    json_reply,
    validation_error,
)

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedBackend

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
