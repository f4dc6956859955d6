"""Single pictures: saved, shown for a moment, compared."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from PIL.PngImagePlugin import PngInfo

from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.latent_decoder import decode_latent
from runcomfy_desktop.emulator.saving.output_folder import NodeOutput, OutputFormat

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.flow import DataFlow, LazyImage
    from runcomfy_desktop.emulator.http_messages import Json
    from runcomfy_desktop.emulator.saving.output_folder import OutputFolder, SavedFile

_COMPRESSION = 4
_PNG = OutputFormat("png", "image/png")


def pictures_of(step: ExecutionStep, name: str = "images") -> DataFlow:
    """The pictures at an input. Raises RunError when there are none."""
    flow = step.flow(name)
    pictures = decode_latent(flow).pictures
    if not pictures:
        raise RunError(f"{step.class_type}: no images", step.node_id, "ValueError")
    return flow.with_changes(pictures=pictures, sampled=False)


def save_image(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    pictures = pictures_of(step).pictures
    size = pictures[0].size
    files = [folder.output(step, _PNG, _png_writer(each, folder), size) for each in pictures]
    return NodeOutput({"images": tuple(files)}, {})


def save_image_advanced(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """As PNG only: the other format of this node cannot be written here, and it says so."""
    if step.text("format") != "png":
        message = f"{step.class_type}: This demo writes PNG only, not {step.text('format')}."
        raise RunError(message, step.node_id, "ValueError")
    return save_image(step, folder)


def preview_image(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    return NodeOutput({"images": _previews(pictures_of(step), folder)}, {})


def preview_mask(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    return NodeOutput({"images": _previews(pictures_of(step, "mask"), folder)}, {})


def compare_images(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Both sides that are wired up, each in a channel of its own."""
    files = {
        channel: _previews(pictures_of(step, name), folder)
        for channel, name in (("a_images", "image_a"), ("b_images", "image_b"))
        if name in step.flows
    }
    return NodeOutput(files, {})


def save_panorama(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """A node with channels of its own: its input is echoed, and not all that it says is a file."""
    flow = pictures_of(step)
    picture = flow.pictures[0]
    yaw = step.number("yaw", 0.0)
    labels: list[Json] = ["north", None, yaw]
    saved = folder.output(step, _PNG, _png_writer(picture, folder), picture.size)
    return NodeOutput(
        {"pano_input_images": _previews(flow, folder), "pano_output_images": (saved,)},
        {"pano_yaw": yaw, "pano_note": None, "pano_labels": labels, "pano_ready": True},
    )


def _previews(flow: DataFlow, folder: OutputFolder) -> tuple[SavedFile, ...]:
    return tuple(
        folder.temp(flow.digest, _PNG, _png_writer(each, folder)) for each in flow.pictures
    )


def _png_writer(picture: LazyImage, folder: OutputFolder) -> Callable[[], bytes]:
    def write() -> bytes:
        png_info = PngInfo()
        png_info.add_text("prompt", json.dumps(folder.workflow))
        stream = io.BytesIO()
        picture.image.save(stream, "PNG", pnginfo=png_info, compress_level=_COMPRESSION)
        return stream.getvalue()

    return write
