"""The four queue calls: submit, status, result, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import lora
from runcomfy_desktop.emulator.access import find_deployment, open_deployment
from runcomfy_desktop.emulator.bodies import parsed
from runcomfy_desktop.emulator.lifecycle import State
from runcomfy_desktop.emulator.outcome import Failing, Outcome
from runcomfy_desktop.emulator.step import EXECUTION_ERROR
from runcomfy_desktop.emulator.validation import read_order
from runcomfy_desktop.emulator.webhooks import read_hook
from runcomfy_desktop.emulator.wire import (
    REQUEST_MISSING,
    ApiError,
    Json,
    Reply,
    Request,
    json_reply,
    not_found,
)

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.wire import JsonObject
    from runcomfy_desktop.emulator.world import Run, World

_FAILURES = {
    "fails": Failing(
        EXECUTION_ERROR,
        "RuntimeError",
        "KSampler: The size of tensor a (64) must match the size of tensor b (32)",
        "node 3: RuntimeError",
    ),
    "oom": Failing(
        EXECUTION_ERROR,
        "OutOfMemoryError",
        "KSampler: Allocation on device 0 would exceed allowed memory. (out of memory)",
        "node 3: OutOfMemoryError",
    ),
}


def submit(world: World, request: Request, names: dict[str, str]) -> Reply:
    deployment = open_deployment(world, names["deployment_id"])
    body = parsed(request.body)
    if deployment.is_lora:
        order = lora.read_inputs(body)
    else:
        order = read_order(
            body,
            deployment.workflow,
            world.classes,
            needs_overrides=world.dialect.needs_overrides,
            switches=world.switches,
        )
    run = world.submit(deployment, order, names["version"], read_hook(request, body))
    world.journal.count_accepted(deployment.deployment_id)
    urls = _urls(world, run)
    content: JsonObject = {"request_id": run.request_id, **urls}
    if world.switches.submit_says_status:
        content["status"] = State.IN_QUEUE.value
    return json_reply(content, world.submit_status)


def status(world: World, request: Request, names: dict[str, str]) -> Reply:
    run = _find_run(world, request, names)
    state = world.state(run)
    content: JsonObject = {
        "request_id": run.request_id,
        "status": world.dialect.status_word(state),
    }
    if run.is_lora and state is State.COMPLETED:
        # The documents of LoRA deployments have no "completed".
        content["status"] = "failed" if world.outcome(run).errors else "succeeded"
    if state is State.IN_QUEUE:
        content["queue_position"] = world.position(run)
    if world.has_instance_id and state in (State.IN_PROGRESS, State.COMPLETED):
        content["instance_id"] = world.instance_id(run)
    urls = _urls(world, run)
    content["status_url"] = urls["status_url"]
    content["result_url"] = urls["result_url"]
    return json_reply(content)


def result(world: World, request: Request, names: dict[str, str]) -> Reply:
    run = _find_run(world, request, names)
    state = world.state(run)
    content: JsonObject = {
        "request_id": run.request_id,
        "status": world.dialect.status_word(state),
        "created_at": world.moment(run.submitted_s),
    }
    if state in (State.COMPLETED, State.CANCELLED):
        content["finished_at"] = world.moment(world.span(run).ended_s)
    if state is State.COMPLETED:
        if request.occasion.take("late-result") is not None:
            raise ApiError(404, REQUEST_MISSING, "InferenceServiceRequestMissing")
        if world.has_instance_id:
            content["instance_id"] = world.instance_id(run)
        outcome = _outcome(world, request, run)
        content["status"] = "failed" if outcome.errors else "succeeded"
        if outcome.errors:
            content["error"] = _error_value(request, outcome)
        else:
            content["output" if run.is_lora else "outputs"] = world.outputs(run)
        if outcome.node_errors:
            content["node_errors"] = [_comfy_entry(each) for each in outcome.node_errors]
    return json_reply(content)


def cancel(world: World, request: Request, names: dict[str, str]) -> Reply:
    run = _find_run(world, request, names)
    if request.occasion.take("cancel-ignored") is not None:
        accepted, state = True, world.state(run)
    elif request.occasion.take("cancel-refused") is not None:
        accepted, state = False, world.state(run)
    else:
        accepted, state = world.cancel(run)
    code, content = world.dialect.cancel_answer(run.request_id, state, accepted=accepted)
    return json_reply(content, code)


def _find_run(world: World, request: Request, names: dict[str, str]) -> Run:
    find_deployment(world, names["deployment_id"])
    run = world.runs.get(names["request_id"])
    if run is None or run.deployment_id != names["deployment_id"]:
        raise not_found("Request")
    if request.occasion.take("gone") is not None:
        raise not_found("Request")
    return run


def _urls(world: World, run: Run) -> dict[str, Json]:
    """The three addresses of a request, by the path version it was submitted by."""
    root = (
        f"{world.base_url}/prod/{run.version}/deployments/{run.deployment_id}"
        f"/requests/{run.request_id}"
    )
    return {f"{call}_url": f"{root}/{call}" for call in ("status", "result", "cancel")}


def _outcome(world: World, request: Request, run: Run) -> Outcome:
    """What the run ends with; a fault decides that for good."""
    for name, failing in _FAILURES.items():
        if request.occasion.take(name) is not None:
            run.outcome = Outcome({}, (failing,))
    return world.outcome(run)


def _error_value(request: Request, outcome: Outcome) -> Json:
    """The errors in the shape that is asked for; a list with codes by default."""
    arguments = request.occasion.take("error-shape")
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
