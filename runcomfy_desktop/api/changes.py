"""Changes and deletes deployments. Each call goes out once.

A call whose answer is lost may have been carried out, and there is no telling which: so none of
them is repeated by itself, and the Problem says that it is uncertain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants, wire
from runcomfy_desktop.api.body import JsonBody
from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import unreadable
from runcomfy_desktop.domain.deployment import deployment_fault
from runcomfy_desktop.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.api.answer import Answer
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.deployment import Deployment, DeploymentChanges
    from runcomfy_desktop.domain.json_value import Json, JsonObject

# The answer may hold the whole workflow, although nobody asked for it.
_CAP = constants.LARGE_JSON_CAP_BYTES


async def change_deployment(
    client: Client, deployment_id: str, changes: DeploymentChanges
) -> Deployment:
    """Changes a deployment and returns its record. Raises Problem; see `uncertain` there.

    The record is read first: the service refuses a change that does not name the deployment,
    although its documents call the name optional.
    """
    url = client.url("v2", "deployments", deployment_id)
    answer = await client.get(url, errand=Errand.RECORD, cap_bytes=_CAP)
    value = await client.read(answer, Errand.RECORD)
    before = wire.deployment(value)
    if before is None:
        raise unreadable(answer, "no deployment", Errand.RECORD)
    fault = deployment_fault(changes.applied_to(before))
    # What was odd before is the service's doing, and disabling may be how to stop its costs.
    if fault is not None and deployment_fault(before) is None:
        raise fault
    if changes.is_empty:
        return before
    body = JsonBody({"name": _name(value, before), **_fields(changes)})
    answer = await client.send_once("PATCH", url, body, Errand.CHANGE, cap_bytes=_CAP)
    return await _changed(client, answer, deployment_id)


async def delete_deployment(client: Client, deployment_id: str) -> None:
    """Deletes a deployment for good; one that is gone already is fine.

    Raises Problem; see `uncertain` there.
    """
    url = client.url("v2", "deployments", deployment_id)
    answer = await client.send_once("DELETE", url, None, Errand.DELETE, cap_bytes=_CAP)
    try:
        await client.read(answer, Errand.DELETE)
    except Problem as problem:
        gone = problem.kind is ProblemKind.NOT_FOUND
        if not gone or (problem.unserved and await _may_be_there(client, deployment_id)):
            raise


async def _may_be_there(client: Client, deployment_id: str) -> bool:
    """Whether a deployment may still be there, and cost money, after a "not found" that may have
    been about the call itself."""
    try:
        left = await list_deployments(client, ids=[deployment_id])
    except Problem:
        return True
    return any(each.deployment_id == deployment_id for each in left)


async def _changed(client: Client, answer: Answer, deployment_id: str) -> Deployment:
    value = await client.read(answer, Errand.CHANGE)
    if value is None:
        # Accepted without a word: the record tells what it is now.
        return await read_deployment(client, deployment_id, includes=())
    record = wire.deployment(value)
    if record is None:
        raise unreadable(answer, "no deployment", Errand.CHANGE)
    return record


def _name(value: Json, record: Deployment) -> str:
    """The name as the service has it: ours is made fit to be shown, and would rename it."""
    inner = wire.field(value, "deployment")
    return wire.text(wire.field(inner or value, "name")) or record.name


def _fields(changes: DeploymentChanges) -> JsonObject:
    """What is to change, in the service's words."""
    wanted: JsonObject = {
        "min_instances": changes.min_instances,
        "max_instances": changes.max_instances,
        "queue_size": changes.queue_size,
        "keep_warm_duration_in_seconds": changes.keep_warm_s,
        "is_enabled": changes.is_enabled,
    }
    return {name: value for name, value in wanted.items() if value is not None}
