"""API calls about the account: its deployments, from listing to deletion, and its balance.

A field that the documentation does not name is refused, so that a typing error is noticed here and
not after a deployment has run on the wrong hardware. The responses to create and change contain the
whole payload unasked, as the real service's do according to the vendor's command-line tool.
"""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access_control import find_deployment
from runcomfy_desktop.emulator.deployments import EmulatedDeployment
from runcomfy_desktop.emulator.dialect import timestamp
from runcomfy_desktop.emulator.http_messages import (
    VALIDATION,
    ApiError,
    Json,
    Reply,
    Request,
    error_detail,
    json_reply,
    not_found_error,
    validation_error,
)
from runcomfy_desktop.emulator.request_bodies import parse_json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.http_messages import JsonObject
    from runcomfy_desktop.emulator.saved_workflows import SavedWorkflow

    _FieldCheck = Callable[[Json], tuple[str, str] | None]

_PAYLOAD_INCLUDES = frozenset({"payload"})
# API names of deployment attributes, if they differ.
_ATTRIBUTES = {"keep_warm_duration_in_seconds": "keep_warm_s"}
SKUS = (
    "TURING_16",
    "AMPERE_24",
    "AMPERE_48",
    "ADA_48_PLUS",
    "AMPERE_80",
    "ADA_80_PLUS",
    "HOPPER_141",
)
_INCLUDES = ("payload", "readme")


def list_deployments(
    backend: EmulatedBackend, request: Request, _path_params: dict[str, str]
) -> Reply:
    """Returns all deployments, or those in `ids`, as a bare array or (if switched) in an object."""
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


def _check_fields(body: JsonObject, rules: Mapping[str, _FieldCheck]) -> JsonObject:
    """Returns the fields that are set. Raises ApiError 422001 with every mistake in `detail`.

    `CREATE_FIELDS` are all required, `PATCH_FIELDS` are all optional. Null counts as missing.
    """
    content: JsonObject = {name: value for name, value in body.items() if value is not None}
    errors = [
        error_detail(["body", name], "extra fields not permitted", "value_error.extra")
        for name in content
        if name not in rules
    ]
    for name, rule in rules.items():
        if name in content:
            error = rule(content[name])
            if error is not None:
                errors.append(error_detail(["body", name], *error))
        elif rules is CREATE_FIELDS:
            errors.append(error_detail(["body", name], "field required", "value_error.missing"))
    if errors:
        raise validation_error(*errors)
    return content


def _check_text(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "str type expected", "type_error.str"
    if not value.strip():
        return "ensure this value has at least 1 character", "value_error.any_str.min_length"
    return None


def _check_uuid(value: Json) -> tuple[str, str] | None:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return "value is not a valid uuid", "type_error.uuid"
    return None if isinstance(value, str) else ("str type expected", "type_error.str")


def _check_hardware(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return "value is not a valid list", "type_error.list"
    if len(value) != 1:
        return "exactly one hardware is expected", "value_error.list.length"
    if value[0] not in SKUS:
        message = f"value is not a valid enumeration member; permitted: {', '.join(SKUS)}"
        return message, "type_error.enum"
    return None


def _check_boolean(value: Json) -> tuple[str, str] | None:
    if isinstance(value, bool):
        return None
    return "value could not be parsed to a boolean", "type_error.bool"


def _whole_number(low: int, high: int | None = None) -> _FieldCheck:
    def check_whole(value: Json) -> tuple[str, str] | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return "value is not a valid integer", "type_error.integer"
        if value < low:
            message = f"ensure this value is greater than or equal to {low}"
            return message, "value_error.number.not_ge"
        if high is not None and value > high:
            return f"ensure this value is less than or equal to {high}", "value_error.number.not_le"
        return None

    return check_whole


# Limits in the newest documentation; older versions had 3 and 10.
_SETTINGS: dict[str, _FieldCheck] = {
    "name": _check_text,
    "workflow_version": _check_text,
    "hardware": _check_hardware,
    "min_instances": _whole_number(0, 30),
    "max_instances": _whole_number(1, 60),
    "queue_size": _whole_number(0),
    "keep_warm_duration_in_seconds": _whole_number(0),
}


CREATE_FIELDS: Mapping[str, _FieldCheck] = {**_SETTINGS, "workflow_id": _check_uuid}


PATCH_FIELDS: Mapping[str, _FieldCheck] = {**_SETTINGS, "is_enabled": _check_boolean}


def create(backend: EmulatedBackend, request: Request, _path_params: dict[str, str]) -> Reply:
    content = _check_fields(parse_json_object(request.body), CREATE_FIELDS)
    _check_scaling(content)
    workflow_id, version = str(content["workflow_id"]), str(content["workflow_version"])
    workflow = backend.saved_workflows.get(workflow_id)
    if workflow is None:
        raise not_found_error("Workflow")
    if workflow.is_lora:
        loc = ["body", "workflow_id"]
        raise validation_error(
            error_detail(loc, "a LoRA is deployed on the web site", "value_error.lora")
        )
    now_s = backend.now()
    deployment = EmulatedDeployment(
        deployment_id=str(uuid.uuid4()),
        created_at=timestamp(now_s),
        updated_at=timestamp(now_s),
        workflow=_graph(workflow, version),
        overrides=copy.deepcopy(workflow.overrides),
        readme=workflow.readme,
        created_at_s=now_s,
        **_attributes(content),  # type: ignore[arg-type]  # checked field by field
    )
    with backend.lock:
        backend.deployments[deployment.deployment_id] = deployment
    return json_reply(_record(backend, deployment))


def change(backend: EmulatedBackend, request: Request, path_params: dict[str, str]) -> Reply:
    """Changes the given fields. Past and current runs keep the scaling with which they started."""
    deployment = find_deployment(backend, path_params["deployment_id"])
    body = parse_json_object(request.body)
    if body.get("name") in (None, ""):
        # The documentation calls every field optional; the service requires this one.
        raise ApiError(422, VALIDATION, "Deployment name is required")
    content = _check_fields(body, PATCH_FIELDS)
    with backend.lock:
        _check_scaling({**deployment.as_json(frozenset(), ""), **content})
        _set_version(backend, deployment, content)
        old_scaling = deployment.scaling
        for name, value in _attributes(content).items():
            setattr(deployment, name, value)
        if deployment.scaling != old_scaling:
            deployment.earlier_scalings.append((backend.now(), old_scaling))
        if "is_enabled" in content:
            deployment.is_out_of_funds = False
        deployment.updated_at = timestamp(backend.now())
        return json_reply(_record(backend, deployment))


def delete(backend: EmulatedBackend, _request: Request, path_params: dict[str, str]) -> Reply:
    """Deletes a deployment for good: its requests are no longer found, but its files remain."""
    deployment = find_deployment(backend, path_params["deployment_id"])
    with backend.lock:
        backend.deployments.pop(deployment.deployment_id, None)
        backend.deleted[deployment.deployment_id] = deployment
    if backend.switches.empty_delete:
        return Reply(204, b"")
    return json_reply({"id": deployment.deployment_id, "deleted": True})


def _set_version(
    backend: EmulatedBackend, deployment: EmulatedDeployment, content: JsonObject
) -> None:
    version = content.get("workflow_version")
    if version is not None and version != deployment.workflow_version:
        deployment.workflow = _graph(backend.saved_workflows[deployment.workflow_id], str(version))


def _graph(saved_workflow: SavedWorkflow, version: str) -> JsonObject:
    graph = saved_workflow.versions.get(version)
    if graph is None:
        raise not_found_error("Workflow version")
    return copy.deepcopy(graph)


def _check_scaling(content: JsonObject) -> None:
    minimum, maximum = content["min_instances"], content["max_instances"]
    if isinstance(minimum, int) and isinstance(maximum, int) and minimum > maximum:
        message = "min_instances must not be greater than max_instances"
        raise validation_error(error_detail(["body", "min_instances"], message, "value_error"))


def _attributes(content: JsonObject) -> dict[str, Json]:
    values = {_ATTRIBUTES.get(name, name): value for name, value in content.items()}
    hardware = values.get("hardware")
    if isinstance(hardware, list):
        values["hardware"] = hardware[0]
    return values


def _record(backend: EmulatedBackend, deployment: EmulatedDeployment) -> JsonObject:
    return deployment.as_json(
        _PAYLOAD_INCLUDES, backend.object_info_url(deployment), backend.format_time
    )
