"""Single pictures: saved, shown for a moment, compared."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from PIL.PngImagePlugin import PngInfo

from runcomfy_desktop.emulator.decode import painted
from runcomfy_desktop.emulator.saving.desk import Kind, NodeOutput
from runcomfy_desktop.emulator.step import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.flow import Flow, Picture
    from runcomfy_desktop.emulator.saving.desk import Desk, SavedFile
    from runcomfy_desktop.emulator.step import Step
    from runcomfy_desktop.emulator.wire import Json

_COMPRESSION = 4
_PNG = Kind("png", "image/png")


def pictures_of(step: Step, name: str = "images") -> Flow:
    """The pictures at an input. Raises RunError when there are none."""
    flow = step.flow(name)
    pictures = painted(flow).pictures
    if not pictures:
        raise RunError(f"{step.class_type}: no images", step.node_id, "ValueError")
    return flow.but(pictures=pictures, sampled=False)


def save_image(step: Step, desk: Desk) -> NodeOutput:
    pictures = pictures_of(step).pictures
    size = pictures[0].size
    files = [desk.output(step, _PNG, _png(each, desk), size) for each in pictures]
    return NodeOutput({"images": tuple(files)}, {})


def save_image_advanced(step: Step, desk: Desk) -> NodeOutput:
    """As PNG only: the other format of this node cannot be written here, and it says so."""
    if step.text("format") != "png":
        message = f"{step.class_type}: This demo writes PNG only, not {step.text('format')}."
        raise RunError(message, step.node_id, "ValueError")
    return save_image(step, desk)


def preview_image(step: Step, desk: Desk) -> NodeOutput:
    return NodeOutput({"images": _previews(pictures_of(step), desk)}, {})


def preview_mask(step: Step, desk: Desk) -> NodeOutput:
    return NodeOutput({"images": _previews(pictures_of(step, "mask"), desk)}, {})


def compare_images(step: Step, desk: Desk) -> NodeOutput:
    """Both sides that are wired up, each in a channel of its own."""
    files = {
        channel: _previews(pictures_of(step, name), desk)
        for channel, name in (("a_images", "image_a"), ("b_images", "image_b"))
        if name in step.flows
    }
    return NodeOutput(files, {})


def panorama(step: Step, desk: Desk) -> NodeOutput:
    """A node with channels of its own: its input is echoed, and not all that it says is a file."""
    flow = pictures_of(step)
    picture = flow.pictures[0]
    yaw = step.number("yaw", 0.0)
    labels: list[Json] = ["north", None, yaw]
    saved = desk.output(step, _PNG, _png(picture, desk), picture.size)
    return NodeOutput(
        {"pano_input_images": _previews(flow, desk), "pano_output_images": (saved,)},
        {"pano_yaw": yaw, "pano_note": None, "pano_labels": labels, "pano_ready": True},
    )


def _previews(flow: Flow, desk: Desk) -> tuple[SavedFile, ...]:
    return tuple(desk.temp(flow.digest, _PNG, _png(each, desk)) for each in flow.pictures)


def _png(picture: Picture, desk: Desk) -> Callable[[], bytes]:
    def write() -> bytes:
        facts = PngInfo()
        facts.add_text("prompt", json.dumps(desk.workflow))
        stream = io.BytesIO()
        picture.image.save(stream, "PNG", pnginfo=facts, compress_level=_COMPRESSION)
        return stream.getvalue()

    return write
