"""Writes the results of each output node, as files or as texts in the result."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from runcomfy_desktop.emulator import media_files
from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.latent_decoder import decode_latent
from runcomfy_desktop.emulator.output_folder import NodeOutput, OutputFormat, SavedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.flow import DataFlow
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject
    from runcomfy_desktop.emulator.output_folder import OutputFolder
    from runcomfy_desktop.emulator.painting.lazy_image import LazyImage

    Frames = Callable[[], list[Image.Image]]

_PNG_COMPRESSION = 4
_PNG = OutputFormat("png", "image/png")
_WEBP_EFFORT = {"default": 4, "fastest": 0, "slowest": 6}
_COMBINE_FORMATS = {
    "image/gif": OutputFormat("gif", "image/gif", ""),
    "image/webp": OutputFormat("webp", "image/webp", ""),
    "video/webm": OutputFormat("webm", "video/webm", ""),
    "video/h264-mp4": OutputFormat("mp4", "video/mp4", ""),
}
_MP4, _WEBM = OutputFormat("mp4", "video/mp4"), OutputFormat("webm", "video/webm")
_FLAC, _MP3 = OutputFormat("flac", "audio/flac"), OutputFormat("mp3", "audio/mpeg")
_GLB = OutputFormat("glb", "model/gltf-binary")
_NO_SIZE = (0, 0)
_DEFAULT_LATENT_SIZE = (512, 512)
_TEXT_TYPES = {"json": "application/json", "csv": "text/csv", "md": "text/markdown"}


# Pictures


def pictures_of(step: ExecutionStep, name: str = "images") -> DataFlow:
    """Returns the pictures at an input. Raises RunError if there are none."""
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
    """Saves PNG only. Raises RunError for any other format, which is not supported here."""
    if step.text("format") != "png":
        message = f"{step.class_type}: This demo writes PNG only, not {step.text('format')}."
        raise RunError(message, step.node_id, "ValueError")
    return save_image(step, folder)


def preview_image(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    return NodeOutput({"images": _previews(pictures_of(step), folder)}, {})


def preview_mask(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    return NodeOutput({"images": _previews(pictures_of(step, "mask"), folder)}, {})


def compare_images(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Saves previews of the linked sides (one or both), each in its own channel."""
    files = {
        channel: _previews(pictures_of(step, name), folder)
        for channel, name in (("a_images", "image_a"), ("b_images", "image_b"))
        if name in step.flows
    }
    return NodeOutput(files, {})


def save_panorama(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Emulates a node with its own channels: it echoes its input, and some values are not files."""
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
        png_info.add_text("prompt", folder.prompt)
        stream = io.BytesIO()
        picture.image.save(stream, "PNG", pnginfo=png_info, compress_level=_PNG_COMPRESSION)
        return stream.getvalue()

    return write


# Videos


def save_animated_webp(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
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
        extra_fields[0x0110] = f"prompt:{folder.prompt}"
        return _encode_animation(_frame_source(flow)(), "WEBP", fps, exif=extra_fields, **options)

    return _animation_output(
        folder.output(step, OutputFormat("webp", "image/webp"), write, _size(flow)), flow
    )


def save_animated_png(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    flow = pictures_of(step)
    fps, effort = _frame_rate(step, "fps", 6.0), step.integer("compress_level", 4)

    def write() -> bytes:
        extra_fields = PngInfo()
        extra_fields.add_text("prompt", folder.prompt)
        return _encode_animation(
            _frame_source(flow)(), "PNG", fps, pnginfo=extra_fields, compress_level=effort
        )

    return _animation_output(
        folder.output(step, OutputFormat("png", "image/png"), write, _size(flow)), flow
    )


def save_webm(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Saves the WebM sample, whatever codec and quality are selected."""
    flow = pictures_of(step)
    return _animation_output(folder.output(step, _WEBM, _webm_writer(folder), _size(flow)))


def save_video(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Saves the MP4 sample, with sound if the video has some."""
    flow = pictures_of(step, "video")
    return _animation_output(folder.output(step, _MP4, _mp4_writer(flow, folder), _size(flow)))


def combine_video(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Saves a video as VideoHelperSuite's node does: in `gifs`, whatever the file type."""
    flow = pictures_of(step)
    name = step.text("format")
    file_format = _COMBINE_FORMATS.get(name)
    if file_format is None:
        known = ", ".join(_COMBINE_FORMATS)
        message = f"{step.class_type}: This demo cannot write {name}. It writes {known}."
        raise RunError(message, step.node_id, "ValueError")
    fps = _frame_rate(step, "frame_rate", 8.0)
    write = _combine_writer(name, flow, fps, step, folder)
    if step.values.get("save_output") is False:
        file = folder.temp(step.digest, file_format, write)
    else:
        file = folder.output(step, file_format, write, _size(flow))
    path = f"/workspace/ComfyUI/{file.path}"
    extra_fields: JsonObject = {"format": name, "frame_rate": fps, "fullpath": path}
    return NodeOutput({"gifs": (replace(file, extra_fields=extra_fields),)}, {})


def _combine_writer(
    name: str, flow: DataFlow, fps: float, step: ExecutionStep, folder: OutputFolder
) -> Callable[[], bytes]:
    is_pingpong, loops = step.values.get("pingpong") is True, step.integer("loop_count", 0)
    draw = _frame_source(flow, is_pingpong=is_pingpong)
    if name == "video/h264-mp4":
        return _mp4_writer(step.flow("audio"), folder)
    if name == "video/webm":
        return _webm_writer(folder)
    if name == "image/gif":
        return lambda: _encode_animation(draw(), "GIF", fps, loops)
    return lambda: _encode_animation(draw(), "WEBP", fps, loops, quality=85, method=4)


def _mp4_writer(audio: DataFlow, folder: OutputFolder) -> Callable[[], bytes]:
    return lambda: media_files.mp4(folder.prompt, has_sound=bool(audio.sound_count))


def _webm_writer(folder: OutputFolder) -> Callable[[], bytes]:
    return lambda: media_files.webm(folder.prompt)


def _frame_source(flow: DataFlow, *, is_pingpong: bool = False) -> Frames:
    """Returns a function that draws the frames in the first frame's size.

    With `is_pingpong`, the frames also run backwards.
    """

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


# Sounds


def save_flac(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    return _save_sounds(step, folder, _FLAC, media_files.flac)


def save_mp3(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    return _save_sounds(step, folder, _MP3, media_files.mp3)


def save_opus(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    """Raises RunError: the demo has no sample of this format."""
    message = f"{step.class_type}: This demo cannot write Opus sound. Save it as FLAC or MP3."
    raise RunError(message, step.node_id, "ValueError")


def save_sound(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Saves a sound in the format that an input of the node selects."""
    saver = {"flac": save_flac, "mp3": save_mp3}.get(step.text("format"), save_opus)
    return saver(step, folder)


def preview_sound(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    digest = step.flow("audio").digest
    files = [
        folder.temp(digest, _FLAC, lambda: media_files.flac(folder.prompt))
        for _number in range(_sound_count(step))
    ]
    return NodeOutput({"audio": tuple(files)}, {})


def _save_sounds(
    step: ExecutionStep,
    folder: OutputFolder,
    file_format: OutputFormat,
    encode: Callable[[str], bytes],
) -> NodeOutput:
    files = [
        folder.output(step, file_format, lambda: encode(folder.prompt), _NO_SIZE)
        for _number in range(_sound_count(step))
    ]
    return NodeOutput({"audio": tuple(files)}, {})


def _sound_count(step: ExecutionStep) -> int:
    count = step.flow("audio").sound_count
    if not count:
        raise RunError(f"{step.class_type}: no audio", step.node_id, "ValueError")
    return count


# Meshes, latents and texts


def save_glb(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    file = folder.output(step, _GLB, lambda: media_files.glb(folder.prompt), _NO_SIZE)
    return NodeOutput({"3d": (file,)}, {})


def preview_3d(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    """Reports a list of a name, a camera and a background; none of them is a file entry."""
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
    size = pictures[0].size if pictures else flow.size or _DEFAULT_LATENT_SIZE

    def write() -> bytes:
        images = [each.image for each in pictures]
        empty = [Image.new("RGB", size, "gray")] * flow.batch
        return media_files.latent(images or empty, folder.prompt)

    file = folder.output(step, OutputFormat("latent", "application/octet-stream"), write, size)
    return NodeOutput({"latents": (file,)}, {})


def preview_any(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    return NodeOutput({}, {"text": [_text_value(step, "source")]})


def show_text(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    """Reports the text in a list within a list, because this node processes lists."""
    return NodeOutput({}, {"text": [[_text_value(step, "text")]]})


def save_text(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    text, extension = _text_value(step, "text"), step.text("format") or "txt"
    file_format = OutputFormat(extension, _TEXT_TYPES.get(extension, "text/plain"))
    file = folder.output(step, file_format, lambda: text.encode("utf-8", "replace"), _NO_SIZE)
    return NodeOutput({"files": (file,)}, {"text": [text]})


def no_output(_step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    """Reports nothing: the node passes on its result by other means than the API."""
    return NodeOutput({}, {})


def _text_value(step: ExecutionStep, name: str) -> str:
    value = step.flow(name).value if name in step.flows else step.values.get(name)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def run_output_node(step: ExecutionStep, folder: OutputFolder) -> NodeOutput:
    """Returns the output of the node to which `step` belongs.

    Raises RunError for an unknown class. A result without the node's output would look as if the
    workflow had produced nothing there.
    """
    saver = OUTPUT_HANDLERS.get(step.class_type)
    if saver is None:
        message = f"{step.class_type}: This demo cannot make what this output node makes."
        raise RunError(message, step.node_id, "NotImplementedError")
    return saver(step, folder)


OUTPUT_HANDLERS: dict[str, Callable[[ExecutionStep, OutputFolder], NodeOutput]] = {
    "SaveImage": save_image,
    "SaveImageAdvanced": save_image_advanced,
    "PreviewImage": preview_image,
    "MaskPreview": preview_mask,
    "ImageCompare": compare_images,
    "PanoramaViewer": save_panorama,
    "SaveAnimatedWEBP": save_animated_webp,
    "SaveAnimatedPNG": save_animated_png,
    "SaveWEBM": save_webm,
    "SaveVideo": save_video,
    "VHS_VideoCombine": combine_video,
    "SaveAudio": save_flac,
    "SaveAudioMP3": save_mp3,
    "SaveAudioOpus": save_opus,
    "SaveAudioAdvanced": save_sound,
    "PreviewAudio": preview_sound,
    "SaveGLB": save_glb,
    "Preview3D": preview_3d,
    "SaveLatent": save_latent,
    "PreviewAny": preview_any,
    "ShowText|pysssss": show_text,
    "SaveText": save_text,
    "SaveImageWebsocket": no_output,
}
