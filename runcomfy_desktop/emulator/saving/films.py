"""Films: animated WebP, PNG and GIF, WebM and MP4, by the names of ComfyUI and VideoHelperSuite."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from runcomfy_desktop.emulator.media_files import mp3, mp4, webm
from runcomfy_desktop.emulator.saving.desk import Kind, NodeOutput, SavedFile
from runcomfy_desktop.emulator.saving.pictures import pictures_of
from runcomfy_desktop.emulator.step import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.flow import Flow
    from runcomfy_desktop.emulator.saving.desk import Desk
    from runcomfy_desktop.emulator.step import Step
    from runcomfy_desktop.emulator.wire import JsonObject

    Frames = Callable[[], list[Image.Image]]

_WEBP_EFFORT = {"default": 4, "fastest": 0, "slowest": 6}
_USUAL_FPS = 24.0
_SOUND_KBPS = 128
_COMBINED = {
    "image/gif": Kind("gif", "image/gif", ""),
    "image/webp": Kind("webp", "image/webp", ""),
    "video/webm": Kind("webm", "video/webm", ""),
    "video/h264-mp4": Kind("mp4", "video/mp4", ""),
}


def save_webp(step: Step, desk: Desk) -> NodeOutput:
    flow = pictures_of(step)
    options = {
        "lossless": step.values.get("lossless") is True,
        "quality": step.whole("quality", 80),
        "method": _WEBP_EFFORT.get(step.text("method"), 4),
    }
    fps = _rate(step, "fps", 6.0)

    def write() -> bytes:
        facts = Image.Exif()
        # ComfyUI keeps the prompt in the camera-model tag of a WebP.
        facts[0x0110] = f"prompt:{json.dumps(desk.workflow)}"
        return _animation(_frames(flow)(), "WEBP", fps, exif=facts, **options)

    return _moving(desk.output(step, Kind("webp", "image/webp"), write, _size(flow)), flow)


def save_png(step: Step, desk: Desk) -> NodeOutput:
    flow = pictures_of(step)
    fps, effort = _rate(step, "fps", 6.0), step.whole("compress_level", 4)

    def write() -> bytes:
        facts = PngInfo()
        facts.add_text("prompt", json.dumps(desk.workflow))
        return _animation(_frames(flow)(), "PNG", fps, pnginfo=facts, compress_level=effort)

    return _moving(desk.output(step, Kind("png", "image/png"), write, _size(flow)), flow)


def save_webm(step: Step, desk: Desk) -> NodeOutput:
    """With VP8 inside, whichever codec was asked for: the only one that can be written here."""
    flow = pictures_of(step)
    fps, quality = _rate(step, "fps", _USUAL_FPS), _quality(step.number("crf", 32.0))

    def write() -> bytes:
        return webm.write(_frames(flow)(), fps, quality)

    return _moving(desk.output(step, Kind("webm", "video/webm"), write, _size(flow)))


def save_video(step: Step, desk: Desk) -> NodeOutput:
    """As MP4, with the sound of the video when it has one."""
    flow = pictures_of(step, "video")
    write = _mp4(flow, flow.fps or _USUAL_FPS, flow)
    return _moving(desk.output(step, Kind("mp4", "video/mp4"), write, _size(flow)))


def combine(step: Step, desk: Desk) -> NodeOutput:
    """VideoHelperSuite's node: its files stand in `gifs`, whatever they are."""
    flow = pictures_of(step)
    name = step.text("format")
    kind = _COMBINED.get(name)
    if kind is None:
        known = ", ".join(_COMBINED)
        message = f"{step.class_type}: This demo cannot write {name}. It writes {known}."
        raise RunError(message, step.node_id, "ValueError")
    fps = _rate(step, "frame_rate", 8.0)
    write = _combined(name, flow, fps, step)
    if step.values.get("save_output") is False:
        file = desk.temp(step.digest, kind, write)
    else:
        file = desk.output(step, kind, write, _size(flow))
    path = f"/workspace/ComfyUI/{file.path}"
    facts: JsonObject = {"format": name, "frame_rate": fps, "fullpath": path}
    return NodeOutput({"gifs": (replace(file, facts=facts),)}, {})


def _combined(name: str, flow: Flow, fps: float, step: Step) -> Callable[[], bytes]:
    swings, loops = step.values.get("pingpong") is True, step.whole("loop_count", 0)
    if name == "video/h264-mp4":
        return _mp4(flow, fps, step.flow("audio"), swings=swings)

    def write() -> bytes:
        frames = _frames(flow, swings=swings)()
        if name == "video/webm":
            return webm.write(frames, fps, _quality(step.number("crf", 20.0)))
        if name == "image/gif":
            return _animation(frames, "GIF", fps, loops)
        return _animation(frames, "WEBP", fps, loops, quality=85, method=4)

    return write


def _mp4(flow: Flow, fps: float, heard: Flow, *, swings: bool = False) -> Callable[[], bytes]:
    def write() -> bytes:
        frames = _frames(flow, swings=swings)()
        if not heard.sounds:
            return mp4.write(frames, fps)
        tune = heard.sounds[0]
        tune = replace(tune, seconds=min(tune.seconds, len(frames) / fps))
        return mp4.write(frames, fps, list(mp3.frames(tune, _SOUND_KBPS)))

    return write


def _frames(flow: Flow, *, swings: bool = False) -> Frames:
    """Draws the frames, all in the size of the first; a film that swings runs back again."""

    def draw() -> list[Image.Image]:
        size = flow.pictures[0].size
        images = [
            each.image if each.size == size else each.image.resize(size) for each in flow.pictures
        ]
        return images + images[-2:0:-1] if swings else images

    return draw


def _animation(
    frames: list[Image.Image], name: str, fps: float, loops: int = 0, **options: Any
) -> bytes:
    stream = io.BytesIO()
    first, *others = frames
    first.save(
        stream,
        name,
        save_all=True,
        append_images=others,
        duration=max(1, round(1000 / fps)),
        loop=loops,
        **options,
    )
    return stream.getvalue()


def _moving(file: SavedFile, flow: Flow | None = None) -> NodeOutput:
    animated = flow is None or len(flow.pictures) != 1
    return NodeOutput({"images": (file,)}, {"animated": [animated]})


def _size(flow: Flow) -> tuple[int, int]:
    return flow.pictures[0].size


def _rate(step: Step, name: str, usual: float) -> float:
    fps = step.number(name, usual)
    if fps <= 0:
        raise RunError(f"{step.class_type}: {name} must be above 0", step.node_id, "ValueError")
    return fps


def _quality(crf: float) -> int:
    """WebP's quality for a rate factor of 0 (best) to 63."""
    return max(1, min(100, round(100 - crf * 90 / 63)))
