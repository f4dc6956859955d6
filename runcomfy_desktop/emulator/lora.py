"""Requests to a LoRA deployment: flat inputs, and a result under `output`.

Such a deployment has no workflow to show. What it draws comes from the FLUX sample, with the
inputs put where they belong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.media import is_media_text
from runcomfy_desktop.emulator.samples import read_workflow
from runcomfy_desktop.emulator.validation import Order
from runcomfy_desktop.emulator.wire import fault_at, invalid

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.outcome import Outcome
    from runcomfy_desktop.emulator.wire import Json, JsonObject

_NUMBERS: dict[str, tuple[float, float]] = {
    "width": (64, 4096),
    "height": (64, 4096),
    "seed": (0, 2**64 - 1),
    "sample_steps": (1, 200),
    "guidance_scale": (0, 100),
    "network_multiplier": (-10, 10),
    "num_frames": (1, 1000),
    "fps": (1, 120),
}
_WHOLE = frozenset(_NUMBERS) - {"guidance_scale", "network_multiplier"}
_TEXTS = frozenset({"prompt", "neg", "sampler", "ctrl_img_1"})
_HOOK = {"webhook": str, "webhook_intermediate_status": bool}
# Where an input goes in the FLUX workflow.
_PLACES = {
    "prompt": ("6", "text"),
    "seed": ("25", "noise_seed"),
    "width": ("5", "width"),
    "height": ("5", "height"),
    "sample_steps": ("17", "steps"),
}


def read_inputs(body: Json) -> Order:
    """The order in a parsed body. Raises ApiError 422001 with every mistake in `detail`."""
    if not isinstance(body, dict):
        raise invalid(fault_at(["body"], "value is not a valid dict", "type_error.dict"))
    faults = [
        fault_at(["body", name], *wrong)
        for name, value in body.items()
        if (wrong := _wrong(name, value)) is not None
    ]
    if not body.get("prompt"):
        faults.append(fault_at(["body", "prompt"], "field required", "value_error.missing"))
    if faults:
        raise invalid(*faults)
    workflow = read_workflow("flux-dev")
    for name, (node_id, input_name) in _PLACES.items():
        node = workflow[node_id]
        if name in body and isinstance(node, dict) and isinstance(node["inputs"], dict):
            node["inputs"][input_name] = body[name]
    return Order(workflow, {}, {}, inline=False)


def output_json(outcome: Outcome, root_url: str) -> JsonObject:
    """All files in one list: there are no nodes that a caller could know."""
    return {"images": [file.entry(root_url) for file in outcome.files().values()]}


def _wrong(name: str, value: Json) -> tuple[str, str] | None:
    if name in _HOOK:
        is_right = isinstance(value, _HOOK[name])
        return None if is_right else ("value is not valid", "type_error")
    if name in _TEXTS:
        return _wrong_text(name, value)
    if name not in _NUMBERS:
        return "extra fields not permitted", "value_error.extra"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "value is not a valid number", "type_error.float"
    if name in _WHOLE and not isinstance(value, int):
        return "value is not a valid integer", "type_error.integer"
    low, high = _NUMBERS[name]
    if not low <= value <= high:
        return f"ensure this value is between {low} and {high}", "value_error.number"
    return None


def _wrong_text(name: str, value: Json) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "str type expected", "type_error.str"
    if name == "ctrl_img_1" and (not is_media_text(value) or value.startswith("data:")):
        return "a public URL is expected", "value_error.url"
    return None
