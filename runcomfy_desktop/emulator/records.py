"""The calls that read the account: deployments and balance."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access import find_deployment
from runcomfy_desktop.emulator.wire import Json, Reply, Request, fault_at, invalid, json_reply

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.world import World

_INCLUDES = ("payload", "readme")


def list_deployments(world: World, request: Request, _names: dict[str, str]) -> Reply:
    """All deployments, or those named by `ids`, as a bare array or (by switch) in an object."""
    includes = _includes(request)
    wanted = _ids(request)
    records: list[Json] = [
        each.record(includes, world.object_info_url(each), world.moment)
        for each in [*world.deployments.values()]
        if wanted is None or each.deployment_id in wanted
    ]
    return json_reply({"deployments": records} if world.switches.wrapped_list else records)


def read_deployment(world: World, request: Request, names: dict[str, str]) -> Reply:
    deployment = find_deployment(world, names["deployment_id"])
    address = world.object_info_url(deployment)
    return json_reply(deployment.record(_includes(request), address, world.moment))


def balance(world: World, _request: Request, _names: dict[str, str]) -> Reply:
    microdollars = world.balance_microdollars
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
            raise invalid(fault_at(["query", "includes"], message, "type_error.enum"))
    return frozenset(includes)


def _ids(request: Request) -> frozenset[str] | None:
    ids = request.query.get("ids")
    if ids is None:
        return None
    try:
        return frozenset(str(uuid.UUID(each)) for each in ids)
    except ValueError:
        loc = ["query", "ids"]
        raise invalid(fault_at(loc, "value is not a valid uuid", "type_error.uuid")) from None
