"""Calls to the ComfyUI server of one live instance, passed on by the API.

POST only, as the documents have it. An instance is there from the end of its start until its
keep-warm time is over; before and after that, and for a made-up id, the answer is "not found".
What ComfyUI itself would read by GET is answered here as well, because the documents name such
targets for this call. Nothing that is sent here becomes a request, or costs a queue position.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.access import open_deployment
from runcomfy_desktop.emulator.bodies import parsed_object
from runcomfy_desktop.emulator.graph import class_of, node_of
from runcomfy_desktop.emulator.prompt_check import check_prompt
from runcomfy_desktop.emulator.wire import (
    BACKEND_GONE,
    NOT_FOUND,
    ApiError,
    Reply,
    Request,
    fault_at,
    invalid,
    json_reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.prompt_check import Verdict
    from runcomfy_desktop.emulator.wire import JsonObject
    from runcomfy_desktop.emulator.world import World

_GIB = 1024**3
_PLAIN = "text/plain; charset=utf-8"


def call(world: World, request: Request, names: dict[str, str]) -> Reply:
    deployment = open_deployment(world, names["deployment_id"])
    if not world.is_live(deployment, names["instance_id"]):
        if world.switches.gone_status == 404:
            raise ApiError(404, NOT_FOUND, "Instance not found")
        raise ApiError(502, BACKEND_GONE, "InferenceServiceConnectionError")
    body = parsed_object(request.body) if request.body else {}
    target = _TARGETS.get(names["target"].strip("/").removeprefix("api/"))
    if target is None:
        return Reply(404, b"404: Not Found", _PLAIN)
    return target(world, body)


def _free(_world: World, body: JsonObject) -> Reply:
    for name in ("unload_models", "free_memory"):
        if not isinstance(body.get(name, False), bool):
            wrong = ("value could not be parsed to a boolean", "type_error.bool")
            raise invalid(fault_at(["body", name], *wrong))
    return _done(_world, body)


def _done(_world: World, _body: JsonObject) -> Reply:
    """ComfyUI's answer to an order: it has none."""
    return Reply(200, b"", _PLAIN)


def _prompt(world: World, body: JsonObject) -> Reply:
    prompt = body.get("prompt")
    if not isinstance(prompt, dict) or not prompt:
        error: JsonObject = {
            "type": "no_prompt",
            "message": "No prompt provided",
            "details": "No prompt provided",
            "extra_info": {},
        }
        return json_reply({"error": error, "node_errors": {}}, 400)
    verdict = check_prompt(prompt, world.classes, ())
    told = _node_errors(prompt, verdict)
    if verdict.refusal is not None or not verdict.outputs:
        return json_reply({"error": _refused(verdict), "node_errors": told}, 400)
    return json_reply(
        {"prompt_id": str(uuid.uuid4()), "number": len(world.runs), "node_errors": told}
    )


def _refused(verdict: Verdict) -> JsonObject:
    kind, message = "prompt_outputs_failed_validation", "Prompt outputs failed validation"
    if verdict.refusal is not None:
        kind, message = verdict.refusal.kind, verdict.refusal.message
    return {"type": kind, "message": message, "details": "", "extra_info": {}}


def _node_errors(prompt: JsonObject, verdict: Verdict) -> JsonObject:
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
        for node_id, errors in verdict.errors.items()
    }


def _object_info(world: World, _body: JsonObject) -> Reply:
    return json_reply(world.classes.object_info)


def _queue(_world: World, body: JsonObject) -> Reply:
    """With `clear` or `delete` it is an order; read, it is empty, since runs are not made here."""
    if body:
        return Reply(200, b"", _PLAIN)
    return json_reply({"queue_running": [], "queue_pending": []})


def _history(_world: World, body: JsonObject) -> Reply:
    return Reply(200, b"", _PLAIN) if body else json_reply({})


def _system_stats(_world: World, _body: JsonObject) -> Reply:
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


_TARGETS: dict[str, Callable[[World, JsonObject], Reply]] = {
    "free": _free,
    "interrupt": _done,
    "prompt": _prompt,
    "queue": _queue,
    "history": _history,
    "object_info": _object_info,
    "system_stats": _system_stats,
}
