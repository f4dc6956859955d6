"""Lists, reads, changes and deletes deployments.

Each change and deletion is sent once and never repeated: if the response is lost, it may or may not
have been carried out. The Problem then has `is_uncertain` set.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants, wire
from runcomfy_desktop.api.errors import unreadable_response_problem
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.request_body import JsonBody
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import deployment_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.response import ApiResponse
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentChanges

# Records can contain whole workflows; the response to a change may contain one unrequested.
_CAP_BYTES = constants.LARGE_JSON_CAP_BYTES
_log = logging.getLogger(__name__)


async def list_deployments(
    client: Client, *, ids: Sequence[str] = (), includes: Sequence[str] = ()
) -> tuple[Deployment, ...]:
    """Returns the account's deployments, or only those with the given `ids`. Raises Problem."""
    params = [("ids", each) for each in ids] + [("includes", each) for each in includes]
    response = await client.get(client.url("v2", "deployments"), params, cap_bytes=_CAP_BYTES)
    value = await client.read(response, ApiOperation.READ)
    found = wire.deployments(value)
    if found is None:
        raise unreadable_response_problem(response, "no list of deployments", ApiOperation.READ)
    if wire.has_more_pages(value):
        # Paging is not documented. This message will show when the service introduces it.
        _log.info("The list of deployments names a next page, which is not read")
    return found


async def read_deployment(
    client: Client, deployment_id: str, *, includes: Sequence[str] = ("payload", "readme")
) -> Deployment:
    """Returns one deployment. Raises Problem."""
    params = [("includes", each) for each in includes]
    url = client.url("v2", "deployments", deployment_id)
    response = await client.get(
        url, params, operation=ApiOperation.DEPLOYMENT, cap_bytes=_CAP_BYTES
    )
    found = wire.deployment(await client.read(response, ApiOperation.DEPLOYMENT))
    if found is None:
        raise unreadable_response_problem(response, "no deployment", ApiOperation.DEPLOYMENT)
    return found


async def change_deployment(
    client: Client, deployment_id: str, changes: DeploymentChanges
) -> Deployment:
    """Changes a deployment and returns its record.

    The record is read first: the service refuses a change that does not name the deployment,
    although its documentation calls the name optional. Raises Problem, which may have
    `is_uncertain` set.
    """
    url = client.url("v2", "deployments", deployment_id)
    response = await client.get(url, operation=ApiOperation.DEPLOYMENT, cap_bytes=_CAP_BYTES)
    value = await client.read(response, ApiOperation.DEPLOYMENT)
    before = wire.deployment(value)
    if before is None:
        raise unreadable_response_problem(response, "no deployment", ApiOperation.DEPLOYMENT)
    problem = deployment_problem(changes.applied_to(before))
    # Invalid values present before the change came from the service. They do not block the change:
    # disabling the deployment may be the only way to stop its costs.
    if problem is not None and deployment_problem(before) is None:
        raise problem
    if changes.is_empty:
        return before
    body = JsonBody({"name": _raw_name(value, before), **_request_fields(changes)})
    response = await client.send_once("PATCH", url, body, ApiOperation.CHANGE, cap_bytes=_CAP_BYTES)
    return await _read_changed_deployment(client, response, deployment_id)


async def delete_deployment(client: Client, deployment_id: str) -> None:
    """Deletes a deployment permanently; a deployment already gone is not an error.

    Raises Problem, which may have `is_uncertain` set.
    """
    url = client.url("v2", "deployments", deployment_id)
    response = await client.send_once(
        "DELETE", url, None, ApiOperation.DELETE, cap_bytes=_CAP_BYTES
    )
    try:
        await client.read(response, ApiOperation.DELETE)
    except Problem as problem:
        is_gone = problem.kind is ProblemKind.NOT_FOUND
        if not is_gone or (
            problem.is_endpoint_missing and await _may_still_exist(client, deployment_id)
        ):
            raise


async def _may_still_exist(client: Client, deployment_id: str) -> bool:
    """Reports whether a deployment may still exist, and cost money, after a "not found".

    The "not found" may have been about the endpoint itself. Returns True if that cannot be
    determined.
    """
    try:
        remaining = await list_deployments(client, ids=[deployment_id])
    except Problem:
        return True
    return any(each.deployment_id == deployment_id for each in remaining)


async def _read_changed_deployment(
    client: Client, response: ApiResponse, deployment_id: str
) -> Deployment:
    value = await client.read(response, ApiOperation.CHANGE)
    if value is None:
        # Accepted with an empty response, so the record is read.
        return await read_deployment(client, deployment_id, includes=())
    record = wire.deployment(value)
    if record is None:
        raise unreadable_response_problem(response, "no deployment", ApiOperation.CHANGE)
    return record


def _raw_name(value: Json, record: Deployment) -> str:
    """Returns the name exactly as the service has it.

    The name in `record` is cleaned for display; sending it would rename the deployment.
    """
    inner = wire.field(value, "deployment")
    return wire.text(wire.field(inner or value, "name")) or record.name


def _request_fields(changes: DeploymentChanges) -> JsonObject:
    """Returns the changed fields under the service's names."""
    fields: JsonObject = {
        "min_instances": changes.min_instances,
        "max_instances": changes.max_instances,
        "queue_size": changes.queue_size,
        "keep_warm_duration_in_seconds": changes.keep_warm_s,
        "is_enabled": changes.is_enabled,
    }
    return {name: value for name, value in fields.items() if value is not None}
