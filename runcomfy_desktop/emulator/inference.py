"""The four queue calls: submit, status, result, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import lora
from runcomfy_desktop.emulator.access_control import find_accepting_deployment, find_deployment
from runcomfy_desktop.emulator.execution_step import EXECUTION_ERROR
from runcomfy_desktop.emulator.http_messages import (
    REQUEST_NOT_FOUND,
    ApiError,
    Json,
    Reply,
    Request,
    json_reply,
    not_found_error,
)
from runcomfy_desktop.emulator.lifecycle import RequestState
from runcomfy_desktop.emulator.request_bodies import parse_json
from runcomfy_desktop.emulator.run_outcome import RunFailure, RunOutcome
from runcomfy_desktop.emulator.submit_validation import read_submit_request
from runcomfy_desktop.emulator.webhooks import read_webhook

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedBackend, EmulatedRun
    from runcomfy_desktop.emulator.http_messages import JsonObject

_FAILURES = {
    "fails": RunFailure(
        EXECUTION_ERROR,
        "RuntimeError",
        "KSampler: The size of tensor a (64) must match the size of tensor b (32)",
        "node 3: RuntimeError",
    ),
    "oom": RunFailure(
        EXECUTION_ERROR,
        "OutOfMemoryError",
        "KSampler: Allocation on device 0 would exceed allowed memory. (out of memory)",
        "node 3: OutOfMemoryError",
    ),
}


def submit(backend: EmulatedBackend, request: Request, path_params: dict[str, str]) -> Reply:
    deployment = find_accepting_deployment(backend, path_params["deployment_id"])
    body = parse_json(request.body)
    if deployment.is_lora:
        submit_request = lora.read_inputs(body)
    else:
        submit_request = read_submit_request(
            body,
            deployment.workflow,
            backend.node_classes,
            needs_overrides=backend.dialect.needs_overrides,
            switches=backend.switches,
        )
    run = backend.submit(
        deployment, submit_request, path_params["version"], read_webhook(request, body)
    )
    backend.journal.count_accepted(deployment.deployment_id)
    urls = _urls(backend, run)
    content: JsonObject = {"request_id": run.request_id, **urls}
    if backend.switches.submit_says_status:
        content["status"] = RequestState.IN_QUEUE.value
    return json_reply(content, backend.submit_status)


def status(backend: EmulatedBackend, request: Request, path_params: dict[str, str]) -> Reply:
    run = _find_run(backend, request, path_params)
    state = backend.state(run)
    content: JsonObject = {
        "request_id": run.request_id,
        "status": backend.dialect.status_text(state),
    }
    if run.is_lora and state is RequestState.COMPLETED:
        # The documentation of LoRA deployments has no status "completed".
        content["status"] = "failed" if backend.outcome(run).errors else "succeeded"
    if state is RequestState.IN_QUEUE:
        content["queue_position"] = backend.position(run)
    if backend.has_instance_id and state in (RequestState.IN_PROGRESS, RequestState.COMPLETED):
        content["instance_id"] = backend.instance_id(run)
    urls = _urls(backend, run)
    content["status_url"] = urls["status_url"]
    content["result_url"] = urls["result_url"]
    return json_reply(content)


def result(backend: EmulatedBackend, request: Request, path_params: dict[str, str]) -> Reply:
    run = _find_run(backend, request, path_params)
    state = backend.state(run)
    content: JsonObject = {
        "request_id": run.request_id,
        "status": backend.dialect.status_text(state),
        "created_at": backend.format_time(run.submitted_s),
    }
    if state in (RequestState.COMPLETED, RequestState.CANCELLED):
        content["finished_at"] = backend.format_time(backend.span(run).ended_s)
    if state is RequestState.COMPLETED:
        if request.faults.take("late-result") is not None:
            raise ApiError(404, REQUEST_NOT_FOUND, "InferenceServiceRequestMissing")
        if backend.has_instance_id:
            content["instance_id"] = backend.instance_id(run)
        outcome = _outcome(backend, request, run)
        content["status"] = "failed" if outcome.errors else "succeeded"
        if outcome.errors:
            content["error"] = _error_value(request, outcome)
        else:
            content["output" if run.is_lora else "outputs"] = backend.outputs(run)
        if outcome.node_errors:
            content["node_errors"] = [_comfy_error_json(each) for each in outcome.node_errors]
    return json_reply(content)


def cancel(backend: EmulatedBackend, request: Request, path_params: dict[str, str]) -> Reply:
    run = _find_run(backend, request, path_params)
    if request.faults.take("cancel-ignored") is not None:
        accepted, state = True, backend.state(run)
    elif request.faults.take("cancel-refused") is not None:
        accepted, state = False, backend.state(run)
    else:
        accepted, state = backend.cancel(run)
    code, content = backend.dialect.cancel_reply(run.request_id, state, accepted=accepted)
    return json_reply(content, code)


def _find_run(
    backend: EmulatedBackend, request: Request, path_params: dict[str, str]
) -> EmulatedRun:
    find_deployment(backend, path_params["deployment_id"])
    run = backend.runs.get(path_params["request_id"])
    if run is None or run.deployment_id != path_params["deployment_id"]:
        raise not_found_error("Request")
    if request.faults.take("gone") is not None:
        raise not_found_error("Request")
    return run


def _urls(backend: EmulatedBackend, run: EmulatedRun) -> dict[str, Json]:
    """Returns the three addresses of a request, with the API version of its submit."""
    root = (
        f"{backend.base_url}/prod/{run.version}/deployments/{run.deployment_id}"
        f"/requests/{run.request_id}"
    )
    return {f"{call}_url": f"{root}/{call}" for call in ("status", "result", "cancel")}


def _outcome(backend: EmulatedBackend, request: Request, run: EmulatedRun) -> RunOutcome:
    """Returns a run's outcome; a fault replaces it permanently."""
    for name, failure in _FAILURES.items():
        if request.faults.take(name) is not None:
            run.outcome = RunOutcome({}, (failure,))
    return backend.outcome(run)


def _error_value(request: Request, outcome: RunOutcome) -> Json:
    """Returns the errors in the form selected by a fault; by default a list with codes."""
    arguments = request.faults.take("error-shape")
    shape = arguments[0] if arguments else "list"
    first = outcome.errors[0]
    if shape == "string":
        return first.message
    if shape == "object":
        return {"type": first.kind, "message": first.message}
    if shape == "comfy":
        return [_comfy_error_json(each) for each in outcome.errors]
    return [
        {"errorCode": each.code, "error": each.message, "debugInfo": each.debug_info}
        for each in outcome.errors
    ]


def _comfy_error_json(error: RunFailure) -> JsonObject:
    return {"type": error.kind, "message": error.message, "details": error.debug_info}
