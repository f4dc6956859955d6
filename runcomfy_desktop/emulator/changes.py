"""Creating, editing and deleting deployments.

A field that the documents do not name is refused: a slip of the pen should be noticed here and not
after a deployment has run on the wrong hardware. The answers carry the whole payload without being
asked, as the vendor's command line says of the real ones.
"""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access import find_deployment
from runcomfy_desktop.emulator.bodies import parsed_object
from runcomfy_desktop.emulator.deployments import Deployment
from runcomfy_desktop.emulator.dialect import timestamp
from runcomfy_desktop.emulator.fields import CREATE, PATCH, check
from runcomfy_desktop.emulator.wire import (
    VALIDATION,
    ApiError,
    Reply,
    Request,
    fault_at,
    invalid,
    json_reply,
    not_found,
)

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.shelf import SavedWorkflow
    from runcomfy_desktop.emulator.wire import Json, JsonObject
    from runcomfy_desktop.emulator.world import World

_PAYLOAD = frozenset({"payload"})
# Names of the API for the attributes of a Deployment, where they differ.
_ATTRIBUTES = {"keep_warm_duration_in_seconds": "keep_warm_s"}


def create(world: World, request: Request, _names: dict[str, str]) -> Reply:
    content = check(parsed_object(request.body), CREATE)
    _check_scale(content)
    workflow_id, version = str(content["workflow_id"]), str(content["workflow_version"])
    saved = world.shelf.get(workflow_id)
    if saved is None:
        raise not_found("Workflow")
    if saved.is_lora:
        loc = ["body", "workflow_id"]
        raise invalid(fault_at(loc, "a LoRA is deployed on the web site", "value_error.lora"))
    now_s = world.now()
    deployment = Deployment(
        deployment_id=str(uuid.uuid4()),
        created_at=timestamp(now_s),
        updated_at=timestamp(now_s),
        workflow=_graph(saved, version),
        overrides=copy.deepcopy(saved.overrides),
        readme=saved.readme,
        exists_since_s=now_s,
        **_attributes(content),  # type: ignore[arg-type]  # checked, field by field
    )
    with world.lock:
        world.deployments[deployment.deployment_id] = deployment
    return json_reply(_record(world, deployment))


def change(world: World, request: Request, names: dict[str, str]) -> Reply:
    """Sets what the body names. What runs or ran is not touched: it keeps the scale it had."""
    deployment = find_deployment(world, names["deployment_id"])
    body = parsed_object(request.body)
    if body.get("name") in (None, ""):
        # The documents call every field optional; the service does not.
        raise ApiError(422, VALIDATION, "Deployment name is required")
    content = check(body, PATCH)
    with world.lock:
        _check_scale({**deployment.record(frozenset(), ""), **content})
        _set_version(world, deployment, content)
        earlier = deployment.scale
        for name, value in _attributes(content).items():
            setattr(deployment, name, value)
        if deployment.scale != earlier:
            deployment.earlier.append((world.now(), earlier))
        if "is_enabled" in content:
            deployment.stopped = False
        deployment.updated_at = timestamp(world.now())
        return json_reply(_record(world, deployment))


def delete(world: World, _request: Request, names: dict[str, str]) -> Reply:
    """For good: its requests are not found from now on, files that were written stay."""
    deployment = find_deployment(world, names["deployment_id"])
    with world.lock:
        world.deployments.pop(deployment.deployment_id, None)
        world.deleted[deployment.deployment_id] = deployment
    if world.switches.empty_delete:
        return Reply(204, b"")
    return json_reply({"id": deployment.deployment_id, "deleted": True})


def _set_version(world: World, deployment: Deployment, content: JsonObject) -> None:
    version = content.get("workflow_version")
    if version is not None and version != deployment.workflow_version:
        deployment.workflow = _graph(world.shelf[deployment.workflow_id], str(version))


def _graph(saved: SavedWorkflow, version: str) -> JsonObject:
    graph = saved.versions.get(version)
    if graph is None:
        raise not_found("Workflow version")
    return copy.deepcopy(graph)


def _check_scale(content: JsonObject) -> None:
    low, high = content["min_instances"], content["max_instances"]
    if isinstance(low, int) and isinstance(high, int) and low > high:
        message = "min_instances must not be greater than max_instances"
        raise invalid(fault_at(["body", "min_instances"], message, "value_error"))


def _attributes(content: JsonObject) -> dict[str, Json]:
    values = {_ATTRIBUTES.get(name, name): value for name, value in content.items()}
    hardware = values.get("hardware")
    if isinstance(hardware, list):
        values["hardware"] = hardware[0]
    return values


def _record(world: World, deployment: Deployment) -> JsonObject:
    return deployment.record(_PAYLOAD, world.object_info_url(deployment), world.moment)
