"""Detects inputs that take files, by the names of the class, the input and the file in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.input_spec import InputKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_K = InputKind
_MAX_NAME_CHARS = 4_000
# Inputs that take a file although their class sets no upload flag: `object_info` cannot tell.
_INPUTS: Mapping[tuple[str, str], InputKind] = {
    ("LoadImage", "image"): _K.IMAGE,
    ("LoadImageMask", "image"): _K.IMAGE,
    ("LoadImageOutput", "image"): _K.IMAGE,
    ("LoadVideo", "file"): _K.VIDEO,
    ("VHS_LoadVideo", "video"): _K.VIDEO,
    ("VHS_LoadVideoFFmpeg", "video"): _K.VIDEO,
    ("LoadAudio", "audio"): _K.AUDIO,
    ("VHS_LoadAudioUpload", "audio"): _K.AUDIO,
    ("Load3D", "model_file"): _K.MESH,
    ("Load3DAnimation", "model_file"): _K.MESH,
}
# Kinds of files that inputs with these names take; the value decides which kind.
_FILE_NAMES: Mapping[str, tuple[InputKind, ...]] = {
    "image": (_K.IMAGE,),
    "mask": (_K.IMAGE,),
    "video": (_K.VIDEO,),
    "audio": (_K.AUDIO,),
    "model_file": (_K.MESH,),
    "mesh": (_K.MESH,),
    "file": (_K.VIDEO, _K.AUDIO, _K.MESH),
}
_TAIL = r"(\s*\[\w+\])?$"
_FILES = {
    _K.IMAGE: re.compile(r"\.(png|jpe?g|webp|gif|bmp|tiff?)" + _TAIL, re.IGNORECASE),
    _K.VIDEO: re.compile(r"\.(mp4|webm|mov|mkv|avi|m4v)" + _TAIL, re.IGNORECASE),
    _K.AUDIO: re.compile(r"\.(wav|mp3|flac|ogg|opus|m4a|aac)" + _TAIL, re.IGNORECASE),
    _K.MESH: re.compile(r"\.(glb|gltf|obj|fbx|stl|ply|usdz|splat|spz|ksplat)" + _TAIL, re.I),
}


def kind_of_input(class_type: str, name: str) -> InputKind | None:
    """Returns the kind of an input regardless of its value; None if it is unknown."""
    return _INPUTS.get((class_type, name))


def kind_of_file(name: str, value: str) -> InputKind | None:
    """Returns the kind of an input called `name` with the file, address or data `value`.

    Returns None if the input does not take such a value as a file.
    """
    kinds = _FILE_NAMES.get(name, ())
    if not kinds:
        return None
    if value.startswith("data:"):
        return next((each for each in kinds if value.startswith(f"data:{each.value}/")), None)
    if len(value) > _MAX_NAME_CHARS:
        return None
    # The name in an address ends where its query begins.
    path = value.partition("?")[0] if "://" in value else value
    return next((each for each in kinds if _FILES[each].search(path)), None)
