"""Films: animated WebP, PNG and GIF, WebM and MP4, by the names of ComfyUI and VideoHelperSuite."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.media_files import mp3, mp4, webm
from runcomfy_desktop.emulator.saving.output_folder import NodeOutput, OutputFormat, SavedFile
from runcomfy_desktop.emulator.saving.pictures import pictures_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.flow import DataFlow
    from runcomfy_desktop.emulator.http_messages import JsonObject
    from runcomfy_desktop.emulator.saving.output_folder import OutputFolder

    Frames = Callable[[], list[Image.Image]]

_WEBP_EFFORT = {"default": 4, "fastest": 0, "slowest": 6}
_DEFAULT_FPS = 24.0
_SOUND_KBPS = 128
_COMBINE_FORMATS = {
    "image/gif": OutputFormat("gif", "image/gif", ""),
    "image/webp": OutputFormat("webp", "image/webp", ""),
    "video/webm": OutputFormat("webm", "video/webm", ""),
    "video/h264-mp4": OutputFormat("mp4", "video/mp4", ""),
}


def save_webp(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    flow = pictures_of(step)
    options = {
        "lossless": step.values.get("lossless") is True,
        "quality": step.integer("quality", 80),
        "method": _WEBP_EFFORT.get(step.text("method"), 4),
    }
    fps = _frame_rate(step, "fps", 6.0)

    def write() -> bytes:
        extra_fields = Image.Exif()
        # ComfyUI keeps the prompt in the camera-model tag of a WebP.
        extra_fields[0x0110] = f"prompt:{json.dumps(folder.workflow)}"
        return _encode_animation(_frame_source(flow)(), "WEBP", fps, exif=extra_fields, **options)

    return _animation_output(
        folder.output(step, OutputFormat("webp", "image/webp"), write, _size(flow)), flow
    )


def save_png(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    flow = pictures_of(step)
    fps, effort = _frame_rate(step, "fps", 6.0), step.integer("compress_level", 4)

    def write() -> bytes:
        extra_fields = PngInfo()
        extra_fields.add_text("prompt", json.dumps(folder.workflow))
        return _encode_animation(
            _frame_source(flow)(), "PNG", fps, pnginfo=extra_fields, compress_level=effort
        )

    return _animation_output(
        folder.output(step, OutputFormat("png", "image/png"), write, _size(flow)), flow
    )


def save_webm(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """With VP8 inside, whichever codec was asked for: the only one that can be written here."""
    flow = pictures_of(step)
    fps, quality = _frame_rate(step, "fps", _DEFAULT_FPS), _quality(step.number("crf", 32.0))

    def write() -> bytes:
        return webm.write(_frame_source(flow)(), fps, quality)

    return _animation_output(
        folder.output(step, OutputFormat("webm", "video/webm"), write, _size(flow))
    )


def save_video(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """As MP4, with the sound of the video when it has one."""
    flow = pictures_of(step, "video")
    write = _mp4_writer(flow, flow.fps or _DEFAULT_FPS, flow)
    return _animation_output(
        folder.output(step, OutputFormat("mp4", "video/mp4"), write, _size(flow))
    )


def combine_video(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """VideoHelperSuite's node: its files stand in `gifs`, whatever they are."""
    flow = pictures_of(step)
    name = step.text("format")
    file_format = _COMBINE_FORMATS.get(name)
    if file_format is None:
        known = ", ".join(_COMBINE_FORMATS)
        message = f"{step.class_type}: This demo cannot write {name}. It writes {known}."
        raise RunError(message, step.node_id, "ValueError")
    fps = _frame_rate(step, "frame_rate", 8.0)
    write = _combine_writer(name, flow, fps, step)
    if step.values.get("save_output") is False:
        file = folder.temp(step.digest, file_format, write)
    else:
        file = folder.output(step, file_format, write, _size(flow))
    path = f"/workspace/ComfyUI/{file.path}"
    extra_fields: JsonObject = {"format": name, "frame_rate": fps, "fullpath": path}
    return NodeOutput({"gifs": (replace(file, extra_fields=extra_fields),)}, {})


def _combine_writer(
    name: str, flow: DataFlow, fps: float, step: ExecutionStep
) -> Callable[[], bytes]:
    is_pingpong, loops = step.values.get("pingpong") is True, step.integer("loop_count", 0)
    if name == "video/h264-mp4":
        return _mp4_writer(flow, fps, step.flow("audio"), is_pingpong=is_pingpong)

    def write() -> bytes:
        frames = _frame_source(flow, is_pingpong=is_pingpong)()
        if name == "video/webm":
            return webm.write(frames, fps, _quality(step.number("crf", 20.0)))
        if name == "image/gif":
            return _encode_animation(frames, "GIF", fps, loops)
        return _encode_animation(frames, "WEBP", fps, loops, quality=85, method=4)

    return write


def _mp4_writer(
    flow: DataFlow, fps: float, audio: DataFlow, *, is_pingpong: bool = False
) -> Callable[[], bytes]:
    def write() -> bytes:
        frames = _frame_source(flow, is_pingpong=is_pingpong)()
        if not audio.sounds:
            return mp4.write(frames, fps)
        tune = audio.sounds[0]
        tune = replace(tune, seconds=min(tune.seconds, len(frames) / fps))
        return mp4.write(frames, fps, list(mp3.frames(tune, _SOUND_KBPS)))

    return write


def _frame_source(flow: DataFlow, *, is_pingpong: bool = False) -> Frames:
    """Draws the frames, all in the size of the first; a film that swings runs back again."""

    def draw() -> list[Image.Image]:
        size = flow.pictures[0].size
        images = [
            each.image if each.size == size else each.image.resize(size) for each in flow.pictures
        ]
        return images + images[-2:0:-1] if is_pingpong else images

    return draw


def _encode_animation(
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


def _animation_output(file: SavedFile, flow: DataFlow | None = None) -> NodeOutput:
    animated = flow is None or len(flow.pictures) != 1
    return NodeOutput({"images": (file,)}, {"animated": [animated]})


def _size(flow: DataFlow) -> tuple[int, int]:
    return flow.pictures[0].size


def _frame_rate(step: ExecutionStep, name: str, default: float) -> float:
    fps = step.number(name, default)
    if fps <= 0:
        raise RunError(f"{step.class_type}: {name} must be above 0", step.node_id, "ValueError")
    return fps


def _quality(crf: float) -> int:
    """WebP's quality for a rate factor of 0 (best) to 63."""
    return max(1, min(100, round(100 - crf * 90 / 63)))
