"""The output nodes: which files and texts a run leaves behind, and how each file is written.

A file's name and place are known at once; its bytes are made when somebody downloads it.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from runcomfy_desktop.emulator.nodes import RunError, painted

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.flow import Flow, Picture
    from runcomfy_desktop.emulator.nodes import Step
    from runcomfy_desktop.emulator.wire import Json, JsonObject

_PNG_COMPRESSION = 4
_WEBP_EFFORT = {"default": 4, "fastest": 0, "slowest": 6}
_DATE_PARTS = {
    "%year%": "%Y",
    "%month%": "%m",
    "%day%": "%d",
    "%hour%": "%H",
    "%minute%": "%M",
    "%second%": "%S",
}
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')


@dataclass(frozen=True, slots=True)
class SavedFile:
    """One file of a run; `folder` is `output` or `temp`."""

    folder: str
    subfolder: str
    filename: str
    content_type: str
    write: Callable[[], bytes]

    @property
    def path(self) -> str:
        return "/".join(part for part in (self.folder, self.subfolder, self.filename) if part)

    def entry(self, root_url: str) -> JsonObject:
        """The file as `outputs` names it."""
        return {
            "url": f"{root_url}/{quote(self.path)}",
            "filename": self.filename,
            "subfolder": self.subfolder,
            "type": self.folder,
        }


@dataclass(slots=True)
class Desk:
    """Where the savers of one run put their files; counts names as ComfyUI's folder does."""

    workflow: JsonObject
    now_s: float
    counters: dict[tuple[str, str], int] = field(default_factory=dict)

    def next_name(self, folder: str, prefix: str) -> int:
        key = (folder, prefix)
        self.counters[key] = self.counters.get(key, 0) + 1
        return self.counters[key]


@dataclass(frozen=True, slots=True)
class NodeOutput:
    """What one output node reported: files by channel, and the rest as it is."""

    files: dict[str, tuple[SavedFile, ...]]
    plain: JsonObject


def save(step: Step, desk: Desk) -> NodeOutput:
    """What the output node of `step` reports; an empty report for classes without a saver."""
    saver = _SAVERS.get(step.class_type)
    return NodeOutput({}, {}) if saver is None else saver(step, desk)


def _images(step: Step) -> Flow:
    flow = painted(step.flow("images"))
    if not flow.pictures:
        raise RunError(f"{step.class_type}: no images", step.node_id, "ValueError")
    return flow


def _save_image(step: Step, desk: Desk) -> NodeOutput:
    flow = _images(step)
    return NodeOutput(
        {"images": _pngs(flow, "output", step.text("filename_prefix"), step, desk)}, {}
    )


def _preview_image(step: Step, desk: Desk) -> NodeOutput:
    flow = _images(step)
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in flow.digest[:5])
    return NodeOutput({"images": _pngs(flow, "temp", f"ComfyUI_temp_{letters}", step, desk)}, {})


def _pngs(flow: Flow, folder: str, prefix: str, step: Step, desk: Desk) -> tuple[SavedFile, ...]:
    subfolder, stem = _place(prefix, flow.pictures[0], step, desk)
    files = []
    for picture in flow.pictures:
        name = f"{stem}_{desk.next_name(folder, f'{subfolder}/{stem}'):05}_.png"
        files.append(SavedFile(folder, subfolder, name, "image/png", _png(picture, desk)))
    return tuple(files)


def _png(picture: Picture, desk: Desk) -> Callable[[], bytes]:
    def write() -> bytes:
        facts = PngInfo()
        facts.add_text("prompt", json.dumps(desk.workflow))
        stream = io.BytesIO()
        picture.image.save(stream, "PNG", pnginfo=facts, compress_level=_PNG_COMPRESSION)
        return stream.getvalue()

    return write


def _save_animation(step: Step, desk: Desk) -> NodeOutput:
    flow = _images(step)
    subfolder, stem = _place(step.text("filename_prefix"), flow.pictures[0], step, desk)
    name = f"{stem}_{desk.next_name('output', f'{subfolder}/{stem}'):05}_.webp"
    file = SavedFile("output", subfolder, name, "image/webp", _webp(flow, step, desk))
    return NodeOutput({"images": (file,)}, {"animated": [len(flow.pictures) != 1]})


def _webp(flow: Flow, step: Step, desk: Desk) -> Callable[[], bytes]:
    first, *others = flow.pictures
    duration_ms = max(1, round(1000 / step.number("fps", 6.0)))
    effort = _WEBP_EFFORT.get(step.text("method"), 4)

    def write() -> bytes:
        facts = Image.Exif()
        # ComfyUI keeps the prompt in the camera-model tag of a WebP.
        facts[0x0110] = f"prompt:{json.dumps(desk.workflow)}"
        stream = io.BytesIO()
        first.image.save(
            stream,
            "WEBP",
            save_all=True,
            append_images=[each.image for each in others],
            duration=duration_ms,
            loop=0,
            lossless=step.values.get("lossless") is True,
            quality=step.whole("quality", 80),
            method=effort,
            exif=facts,
        )
        return stream.getvalue()

    return write


def _preview_any(step: Step, _desk: Desk) -> NodeOutput:
    value = step.flow("source").value if "source" in step.flows else step.values.get("source")
    text: Json = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return NodeOutput({}, {"text": [text]})


def _place(prefix: str, picture: Picture, step: Step, desk: Desk) -> tuple[str, str]:
    """(subfolder, name without counter) for a prefix such as `shore/%year%/Evening`."""
    text = prefix.replace("%width%", str(picture.size[0])).replace("%height%", str(picture.size[1]))
    moment = datetime.fromtimestamp(desk.now_s, UTC)
    for token, part in _DATE_PARTS.items():
        text = text.replace(token, moment.strftime(part))
    parts = [_UNSAFE.sub("_", part) for part in text.replace("\\", "/").split("/") if part != "."]
    if ".." in parts or text.startswith("/"):
        raise RunError(
            f"{step.class_type}: Saving image outside the output folder is not allowed.",
            step.node_id,
            "Exception",
        )
    folders = [part for part in parts[:-1] if part]
    return "/".join(folders), parts[-1] if parts else ""


_SAVERS: dict[str, Callable[[Step, Desk], NodeOutput]] = {
    "SaveImage": _save_image,
    "PreviewImage": _preview_image,
    "SaveAnimatedWEBP": _save_animation,
    "PreviewAny": _preview_any,
}
