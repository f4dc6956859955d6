"""Requests to a LoRA deployment: flat inputs, and a result under `output`.

Such a deployment has no workflow to show. Its pictures come from the FLUX sample workflow, with the
request's inputs set in its nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import error_detail, validation_error
from runcomfy_desktop.emulator.request_media import is_media_text
from runcomfy_desktop.emulator.sample_workflows import read_workflow
from runcomfy_desktop.emulator.submit_validation import SubmitRequest

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject
    from runcomfy_desktop.emulator.run_outcome import RunOutcome

_NUMBER_LIMITS: dict[str, tuple[float, float]] = {
    "width": (64, 4096),
    "height": (64, 4096),
    "seed": (0, 2**64 - 1),
    "sample_steps": (1, 200),
    "guidance_scale": (0, 100),
    "network_multiplier": (-10, 10),
    "num_frames": (1, 1000),
    "fps": (1, 120),
}
_INTEGER_INPUTS = frozenset(_NUMBER_LIMITS) - {"guidance_scale", "network_multiplier"}
_TEXT_INPUTS = frozenset({"prompt", "neg", "sampler", "ctrl_img_1"})
_WEBHOOK_INPUTS = {"webhook": str, "webhook_intermediate_status": bool}
# Node and input in the FLUX workflow for each flat input.
_NODE_INPUTS = {
    "prompt": ("6", "text"),
    "seed": ("25", "noise_seed"),
    "width": ("5", "width"),
    "height": ("5", "height"),
    "sample_steps": ("17", "steps"),
}


def read_inputs(body: Json) -> SubmitRequest:
    """Reads a parsed JSON body. Raises ApiError 422001 with every mistake in `detail`."""
    if not isinstance(body, dict):
        raise validation_error(
            error_detail(["body"], "value is not a valid dict", "type_error.dict")
        )
    errors = [
        error_detail(["body", name], *error)
        for name, value in body.items()
        if (error := _input_error(name, value)) is not None
    ]
    if not body.get("prompt"):
        errors.append(error_detail(["body", "prompt"], "field required", "value_error.missing"))
    if errors:
        raise validation_error(*errors)
    workflow = read_workflow("flux-dev")
    for name, (node_id, input_name) in _NODE_INPUTS.items():
        node = workflow[node_id]
        if name in body and isinstance(node, dict) and isinstance(node["inputs"], dict):
            node["inputs"][input_name] = body[name]
    return SubmitRequest(workflow, {}, {}, is_inline=False)


def output_json(outcome: RunOutcome, root_url: str) -> JsonObject:
    """Returns all files in one list, because the client knows no nodes."""
    return {"images": [file.entry(root_url) for file in outcome.files().values()]}


def _input_error(name: str, value: Json) -> tuple[str, str] | None:
    if name in _WEBHOOK_INPUTS:
        is_valid = isinstance(value, _WEBHOOK_INPUTS[name])
        return None if is_valid else ("value is not valid", "type_error")
    if name in _TEXT_INPUTS:
        return _text_error(name, value)
    if name not in _NUMBER_LIMITS:
        return "extra fields not permitted", "value_error.extra"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "value is not a valid number", "type_error.float"
    if name in _INTEGER_INPUTS and not isinstance(value, int):
        return "value is not a valid integer", "type_error.integer"
    minimum, maximum = _NUMBER_LIMITS[name]
    if not minimum <= value <= maximum:
        return f"ensure this value is between {minimum} and {maximum}", "value_error.number"
    return None


def _text_error(name: str, value: Json) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "str type expected", "type_error.str"
    if name == "ctrl_img_1" and (not is_media_text(value) or value.startswith("data:")):
        return "a public URL is expected", "value_error.url"
    return None
