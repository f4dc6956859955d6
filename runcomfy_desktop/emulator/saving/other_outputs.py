"""What is no picture, film or sound: meshes, latents, texts, and nodes that report nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PIL import Image

from runcomfy_desktop.emulator.latent_decoder import decode_latent
from runcomfy_desktop.emulator.media_files import glb, latent
from runcomfy_desktop.emulator.saving.output_folder import NodeOutput, OutputFormat

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.http_messages import Json
    from runcomfy_desktop.emulator.saving.output_folder import OutputFolder

_NO_SIZE = (0, 0)
_DEFAULT_SIZE = (512, 512)
_TEXT_TYPES = {"json": "application/json", "csv": "text/csv", "md": "text/markdown"}


def save_glb(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    seed_text = step.flow("mesh").digest
    file = folder.output(
        step, OutputFormat("glb", "model/gltf-binary"), lambda: glb.write(seed_text), _NO_SIZE
    )
    return NodeOutput({"3d": (file,)}, {})


def preview_3d(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
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


def save_latent(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    flow = step.flow("samples")
    pictures = decode_latent(flow).pictures
    size = pictures[0].size if pictures else flow.size or _DEFAULT_SIZE

    def write() -> bytes:
        images = [each.image for each in pictures]
        empty = [Image.new("RGB", size, "gray")] * flow.batch
        return latent.write(images or empty, {"prompt": json.dumps(folder.workflow)})

    file = folder.output(step, OutputFormat("latent", "application/octet-stream"), write, size)
    return NodeOutput({"latents": (file,)}, {})


def preview_any(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    return NodeOutput({}, {"text": [_text_value(step, "source")]})


def show_text(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    """A node that takes lists: what it shows is a list in a list."""
    return NodeOutput({}, {"text": [[_text_value(step, "text")]]})


def save_text(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    text, extension = _text_value(step, "text"), step.text("format") or "txt"
    file_format = OutputFormat(extension, _TEXT_TYPES.get(extension, "text/plain"))
    file = folder.output(step, file_format, lambda: text.encode("utf-8", "replace"), _NO_SIZE)
    return NodeOutput({"files": (file,)}, {"text": [text]})


def no_output(_step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    """For a node that hands its result on in another way, of which the API knows nothing."""
    return NodeOutput({}, {})


def _text_value(step: ExecutionStep, name: str) -> str:
    value = step.flow(name).value if name in step.flows else step.values.get(name)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
