"""Lists, reads, changes and deletes deployments.

Each change and deletion is sent once. One whose answer is lost may have been carried out, and there
is no telling which, so none is repeated: the Problem says that it `is_uncertain`.
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

# Whole workflows come with the records, and may come with the answer to a change, unasked.
_CAP_BYTES = constants.LARGE_JSON_CAP_BYTES
_log = logging.getLogger(__name__)


async def list_deployments(
    client: Client, *, ids: Sequence[str] = (), includes: Sequence[str] = ()
) -> tuple[Deployment, ...]:
    """The account's deployments, or those of `ids`. Raises Problem."""
    params = [("ids", each) for each in ids] + [("includes", each) for each in includes]
    response = await client.get(client.url("v2", "deployments"), params, cap_bytes=_CAP_BYTES)
    value = await client.read(response, ApiOperation.READ)
    found = wire.deployments(value)
    if found is None:
        raise unreadable_response_problem(response, "no list of deployments", ApiOperation.READ)
    if wire.has_more_pages(value):
        # No paging is documented. Should it come, this is how one will notice.
        _log.info("The list of deployments names a next page, which is not read")
    return found


async def read_deployment(
    client: Client, deployment_id: str, *, includes: Sequence[str] = ("payload", "readme")
) -> Deployment:
    """One deployment. Raises Problem."""
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
    """Changes a deployment and returns its record. Raises Problem, which may be
    `is_uncertain`.

    The record is read first: the service refuses a change that does not name the deployment,
    although its documents call the name optional.
    """
    url = client.url("v2", "deployments", deployment_id)
    response = await client.get(url, operation=ApiOperation.DEPLOYMENT, cap_bytes=_CAP_BYTES)
    value = await client.read(response, ApiOperation.DEPLOYMENT)
    before = wire.deployment(value)
    if before is None:
        raise unreadable_response_problem(response, "no deployment", ApiOperation.DEPLOYMENT)
    problem = deployment_problem(changes.applied_to(before))
    # What was odd before is the service's doing, and disabling may be how to stop its costs.
    if problem is not None and deployment_problem(before) is None:
        raise problem
    if changes.is_empty:
        return before
    body = JsonBody({"name": _raw_name(value, before), **_request_fields(changes)})
    response = await client.send_once("PATCH", url, body, ApiOperation.CHANGE, cap_bytes=_CAP_BYTES)
    return await _read_changed_deployment(client, response, deployment_id)


async def delete_deployment(client: Client, deployment_id: str) -> None:
    """Deletes a deployment for good; one that is gone already is fine.

    Raises Problem, which may be `is_uncertain`.
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
    """Whether a deployment may still be there, and cost money, after a "not found" that may have
    been about the call itself."""
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
        # Accepted without a word: the record tells what it is now.
        return await read_deployment(client, deployment_id, includes=())
    record = wire.deployment(value)
    if record is None:
        raise unreadable_response_problem(response, "no deployment", ApiOperation.CHANGE)
    return record


def _raw_name(value: Json, record: Deployment) -> str:
    """The name as the service has it: ours is made fit to be shown, and would rename it."""
    inner = wire.field(value, "deployment")
    return wire.text(wire.field(inner or value, "name")) or record.name


def _request_fields(changes: DeploymentChanges) -> JsonObject:
    """What is to change, in the service's words."""
    fields: JsonObject = {
        "min_instances": changes.min_instances,
        "max_instances": changes.max_instances,
        "queue_size": changes.queue_size,
        "keep_warm_duration_in_seconds": changes.keep_warm_s,
        "is_enabled": changes.is_enabled,
    }
    return {name: value for name, value in fields.items() if value is not None}
