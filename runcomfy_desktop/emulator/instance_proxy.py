"""Calls to the ComfyUI server of one live instance, forwarded by the API.

Only POST is accepted, as documented. An instance exists from the end of its start until its
keep-warm time is over; before and after that, and for an invented id, the response is "not found"
(or 502, by a switch). Targets that ComfyUI itself serves by GET are served by POST here, because
the documentation names such targets for this call. Calls made here never become requests and take
no place in the queue.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access_control import find_accepting_deployment
from runcomfy_desktop.emulator.http_messages import (
    BACKEND_NOT_FOUND,
    NOT_FOUND,
    ApiError,
    Reply,
    Request,
    error_detail,
    json_reply,
    validation_error,
)
from runcomfy_desktop.emulator.prompt_validation import validate_prompt
from runcomfy_desktop.emulator.request_bodies import parse_json_object
from runcomfy_desktop.emulator.workflow_graph import class_of, node_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.http_messages import JsonObject
    from runcomfy_desktop.emulator.prompt_validation import PromptValidation

_GIB = 1024**3
_PLAIN_TEXT = "text/plain; charset=utf-8"


def call_instance(backend: EmulatedBackend, request: Request, path_params: dict[str, str]) -> Reply:
    deployment = find_accepting_deployment(backend, path_params["deployment_id"])
    if not backend.is_live(deployment, path_params["instance_id"]):
        if backend.switches.gone_status == 404:
            raise ApiError(404, NOT_FOUND, "Instance not found")
        raise ApiError(502, BACKEND_NOT_FOUND, "InferenceServiceConnectionError")
    body = parse_json_object(request.body) if request.body else {}
    target = _TARGETS.get(path_params["target"].strip("/").removeprefix("api/"))
    if target is None:
        return Reply(404, b"404: Not Found", _PLAIN_TEXT)
    return target(backend, body)


def _free(_backend: EmulatedBackend, body: JsonObject) -> Reply:
    for name in ("unload_models", "free_memory"):
        if not isinstance(body.get(name, False), bool):
            error = ("value could not be parsed to a boolean", "type_error.bool")
            raise validation_error(error_detail(["body", name], *error))
    return _empty_reply(_backend, body)


def _empty_reply(_backend: EmulatedBackend, _body: JsonObject) -> Reply:
    """Returns ComfyUI's empty response to a command."""
    return Reply(200, b"", _PLAIN_TEXT)


def _prompt(backend: EmulatedBackend, body: JsonObject) -> Reply:
    prompt = body.get("prompt")
    if not isinstance(prompt, dict) or not prompt:
        error: JsonObject = {
            "type": "no_prompt",
            "message": "No prompt provided",
            "details": "No prompt provided",
            "extra_info": {},
        }
        return json_reply({"error": error, "node_errors": {}}, 400)
    validation = validate_prompt(prompt, backend.node_classes, ())
    node_errors = _node_errors(prompt, validation)
    if validation.error is not None or not validation.outputs:
        return json_reply(
            {"error": _prompt_error_json(validation), "node_errors": node_errors}, 400
        )
    return json_reply(
        {"prompt_id": str(uuid.uuid4()), "number": len(backend.runs), "node_errors": node_errors}
    )


def _prompt_error_json(validation: PromptValidation) -> JsonObject:
    kind, message = "prompt_outputs_failed_validation", "Prompt outputs failed validation"
    if validation.error is not None:
        kind, message = validation.error.kind, validation.error.message
    return {"type": kind, "message": message, "details": "", "extra_info": {}}


def _node_errors(prompt: JsonObject, validation: PromptValidation) -> JsonObject:
    return {
        node_id: {
            "errors": [
                {
                    "type": each.kind,
                    "message": each.message,
                    "details": each.name,
                    "extra_info": {"input_name": each.name},
                }
                for each in errors
            ],
            "class_type": class_of(node_of(prompt, node_id)),
        }
        for node_id, errors in validation.node_errors.items()
    }


def _object_info(backend: EmulatedBackend, _body: JsonObject) -> Reply:
    return json_reply(backend.node_classes.object_info)


def _queue(_backend: EmulatedBackend, body: JsonObject) -> Reply:
    """Returns ComfyUI's response to a call of `queue`.

    Without a body it is an empty queue, because no runs are made here; `clear` and `delete` are
    accepted.
    """
    if body:
        return Reply(200, b"", _PLAIN_TEXT)
    return json_reply({"queue_running": [], "queue_pending": []})


def _history(_backend: EmulatedBackend, body: JsonObject) -> Reply:
    return Reply(200, b"", _PLAIN_TEXT) if body else json_reply({})


def _system_stats(_backend: EmulatedBackend, _body: JsonObject) -> Reply:
    device: JsonObject = {
        "name": "cuda:0 Emulated",
        "type": "cuda",
        "index": 0,
        "vram_total": 48 * _GIB,
        "vram_free": 40 * _GIB,
        "torch_vram_total": 8 * _GIB,
        "torch_vram_free": 2 * _GIB,
    }
    system: JsonObject = {
        "os": "posix",
        "ram_total": 48 * _GIB,
        "ram_free": 32 * _GIB,
        "comfyui_version": "0.3.76",
        "python_version": "3.12.11",
        "argv": ["main.py"],
    }
    return json_reply({"system": system, "devices": [device]})


_TARGETS: dict[str, Callable[[EmulatedBackend, JsonObject], Reply]] = {
    "free": _free,
    "interrupt": _empty_reply,
    "prompt": _prompt,
    "queue": _queue,
    "history": _history,
    "object_info": _object_info,
    "system_stats": _system_stats,
}
