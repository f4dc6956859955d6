"""What is no picture, film or sound: meshes, latents, texts, and nodes that report nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PIL import Image

from runcomfy_desktop.emulator.decode import painted
from runcomfy_desktop.emulator.media_files import glb, latent
from runcomfy_desktop.emulator.saving.desk import Kind, NodeOutput

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.saving.desk import Desk
    from runcomfy_desktop.emulator.step import Step
    from runcomfy_desktop.emulator.wire import Json

_NO_SIZE = (0, 0)
_USUAL_SIZE = (512, 512)
_TEXT_TYPES = {"json": "application/json", "csv": "text/csv", "md": "text/markdown"}


def save_glb(step: Step, desk: Desk) -> NodeOutput:
    words = step.flow("mesh").digest
    file = desk.output(step, Kind("glb", "model/gltf-binary"), lambda: glb.write(words), _NO_SIZE)
    return NodeOutput({"3d": (file,)}, {})


def preview_3d(step: Step, _desk: Desk) -> NodeOutput:
    """A list that mixes a name, a camera and a background, of which none is a file entry."""
    linked = step.flows.get("model_file")
    name: Json = step.text("model_file")
    if not name:
        name = None if linked is None else f"preview3d_{linked.digest[:12]}.glb"
    camera: Json = {
        "position": {"x": 2.4, "y": 1.6, "z": 2.4},
        "target": {"x": 0.0, "y": 0.5, "z": 0.0},
        "zoom": 1,
        "cameraType": "perspective",
    }
    return NodeOutput({}, {"result": [name, camera, None]})


def save_latent(step: Step, desk: Desk) -> NodeOutput:
    flow = step.flow("samples")
    pictures = painted(flow).pictures
    size = pictures[0].size if pictures else flow.size or _USUAL_SIZE

    def write() -> bytes:
        images = [each.image for each in pictures]
        empty = [Image.new("RGB", size, "gray")] * flow.batch
        return latent.write(images or empty, {"prompt": json.dumps(desk.workflow)})

    file = desk.output(step, Kind("latent", "application/octet-stream"), write, size)
    return NodeOutput({"latents": (file,)}, {})


def preview_any(step: Step, _desk: Desk) -> NodeOutput:
    return NodeOutput({}, {"text": [_words(step, "source")]})


def show_text(step: Step, _desk: Desk) -> NodeOutput:
    """A node that takes lists: what it shows is a list in a list."""
    return NodeOutput({}, {"text": [[_words(step, "text")]]})


def save_text(step: Step, desk: Desk) -> NodeOutput:
    text, ending = _words(step, "text"), step.text("format") or "txt"
    kind = Kind(ending, _TEXT_TYPES.get(ending, "text/plain"))
    file = desk.output(step, kind, lambda: text.encode("utf-8", "replace"), _NO_SIZE)
    return NodeOutput({"files": (file,)}, {"text": [text]})


def say_nothing(_step: Step, _desk: Desk) -> NodeOutput:
    """For a node that hands its result on in another way, of which the API knows nothing."""
    return NodeOutput({}, {})


def _words(step: Step, name: str) -> str:
    value = step.flow(name).value if name in step.flows else step.values.get(name)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
