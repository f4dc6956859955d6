"""The four queue calls: submit, status, result, cancel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.dialect import timestamp
from runcomfy_desktop.emulator.journal import shortened
from runcomfy_desktop.emulator.lifecycle import State
from runcomfy_desktop.emulator.validation import read_order
from runcomfy_desktop.emulator.wire import (
    DISABLED,
    ApiError,
    Json,
    Reply,
    Request,
    fault_at,
    invalid,
    json_reply,
    not_found,
)

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.deployments import Deployment
    from runcomfy_desktop.emulator.outcome import Failing, Outcome
    from runcomfy_desktop.emulator.wire import JsonObject
    from runcomfy_desktop.emulator.world import Run, World

_MAX_DEPTH = 100


def submit(world: World, request: Request, names: dict[str, str]) -> Reply:
    deployment = find_deployment(world, names["deployment_id"])
    if not deployment.is_enabled:
        raise ApiError(world.dialect.gate_status, DISABLED, "DisabledDeployment")
    order = read_order(
        _parsed(request.body),
        deployment.workflow,
        world.classes,
        needs_overrides=world.dialect.needs_overrides,
    )
    _check_webhook(request)
    run = world.submit(deployment, order, names["version"])
    world.journal.count_accepted(deployment.deployment_id)
    urls = _urls(world, run)
    return json_reply({"request_id": run.request_id, **urls}, world.dialect.submit_status)


def status(world: World, _request: Request, names: dict[str, str]) -> Reply:
    run = _find_run(world, names)
    state = world.state(run)
    content: JsonObject = {
        "request_id": run.request_id,
        "status": world.dialect.status_word(state),
    }
    if state is State.IN_QUEUE:
        content["queue_position"] = world.position(run)
    if world.dialect.has_instance_id and state in (State.IN_PROGRESS, State.COMPLETED):
        content["instance_id"] = world.instance_id(run)
    urls = _urls(world, run)
    content["status_url"] = urls["status_url"]
    content["result_url"] = urls["result_url"]
    return json_reply(content)


def result(world: World, _request: Request, names: dict[str, str]) -> Reply:
    run = _find_run(world, names)
    state = world.state(run)
    content: JsonObject = {
        "request_id": run.request_id,
        "status": world.dialect.status_word(state),
        "created_at": timestamp(run.submitted_s),
    }
    if state in (State.COMPLETED, State.CANCELLED):
        content["finished_at"] = timestamp(world.span(run).ended_s)
    if state is State.COMPLETED:
        if world.dialect.has_instance_id:
            content["instance_id"] = world.instance_id(run)
        outcome = world.outcome(run)
        content["status"] = "failed" if outcome.errors else "succeeded"
        if outcome.errors:
            content["error"] = _error_value(world, outcome)
        else:
            root = f"{world.storage_url}/deployment_requests/{run.request_id}"
            content["outputs"] = outcome.outputs_json(root)
    return json_reply(content)


def cancel(world: World, _request: Request, names: dict[str, str]) -> Reply:
    run = _find_run(world, names)
    accepted, state = world.cancel(run)
    code, content = world.dialect.cancel_answer(run.request_id, state, accepted=accepted)
    return json_reply(content, code)


def find_deployment(world: World, deployment_id: str) -> Deployment:
    deployment = world.deployments.get(deployment_id)
    if deployment is None:
        raise not_found("Deployment")
    return deployment


def log_facts(call: str, request: Request) -> JsonObject:
    """What the log keeps of a submit's body: its overrides, with media shortened."""
    if call != "submit":
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    overrides = body.get("overrides") if isinstance(body, dict) else None
    return {"overrides": shortened(overrides)} if _depth_ok(overrides) else {}


def _find_run(world: World, names: dict[str, str]) -> Run:
    find_deployment(world, names["deployment_id"])
    run = world.runs.get(names["request_id"])
    if run is None or run.deployment_id != names["deployment_id"]:
        raise not_found("Request")
    return run


def _urls(world: World, run: Run) -> dict[str, Json]:
    """The three addresses of a request, by the path version it was submitted by."""
    root = (
        f"{world.base_url}/prod/{run.version}/deployments/{run.deployment_id}"
        f"/requests/{run.request_id}"
    )
    return {f"{call}_url": f"{root}/{call}" for call in ("status", "result", "cancel")}


def _parsed(body: bytes) -> Json:
    try:
        value: Json = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise invalid(
            fault_at(["body"], "the body is not JSON", "value_error.jsondecode")
        ) from None
    if not _depth_ok(value):
        raise invalid(fault_at(["body"], "the body is nested too deeply", "value_error.depth"))
    return value


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _depth_ok(value: Json) -> bool:
    level: list[Json] = [value]
    for _depth in range(_MAX_DEPTH):
        level = [
            each
            for container in level
            if isinstance(container, dict | list)
            for each in (container.values() if isinstance(container, dict) else container)
            if isinstance(each, dict | list)
        ]
        if not level:
            return True
    return False


def _check_webhook(request: Request) -> None:
    flag = request.query.get("webhook_intermediate_status", ["false"])[-1]
    if flag.lower() not in ("true", "false"):
        loc = ["query", "webhook_intermediate_status"]
        raise invalid(fault_at(loc, "value could not be parsed to a boolean", "type_error.bool"))
    for address in request.query.get("webhook", []):
        if not address.startswith(("https://", "http://")):
            raise invalid(fault_at(["query", "webhook"], "invalid URL", "value_error.url"))


def _error_value(world: World, outcome: Outcome) -> Json:
    """The errors in the shape that is asked for; a list with codes by default."""
    arguments = world.faults.take("error-shape", "result")
    shape = arguments[0] if arguments else "list"
    first = outcome.errors[0]
    if shape == "string":
        return first.message
    if shape == "object":
        return {"type": first.kind, "message": first.message}
    if shape == "comfy":
        return [_comfy_entry(each) for each in outcome.errors]
    return [
        {"errorCode": each.code, "error": each.message, "debugInfo": each.technical}
        for each in outcome.errors
    ]


def _comfy_entry(error: Failing) -> JsonObject:
    return {"type": error.kind, "message": error.message, "details": error.technical}
