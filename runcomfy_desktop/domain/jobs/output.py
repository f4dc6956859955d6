"""Outputs of a run: what kind each is, and under which name it may lie on disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

RUN_SUFFIX = ".run.json"
"""Behind the name of a result: the file beside it that tells what its run was sent with."""
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)", re.IGNORECASE
)
# What Windows forbids, what separates folders anywhere, and what makes a name read otherwise than
# it is: controls, marks of direction, ends of lines, marks of byte order.
_FORBIDDEN = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]'
)
# Bytes, not letters: file systems count those, and the job's own prefix comes on top.
_MAX_NAME_BYTES = 180


class OutputKind(Enum):
    """Which viewer an output gets."""

    IMAGE = "image"
    ANIMATION = "animation"
    VIDEO = "video"
    AUDIO = "audio"
    MODEL_3D = "3d"
    ARCHIVE = "archive"
    TEXT = "text"
    OTHER = "other"


_BY_EXTENSION: dict[str, OutputKind] = {
    **dict.fromkeys(("png", "jpg", "jpeg", "bmp", "tif", "tiff", "avif"), OutputKind.IMAGE),
    **dict.fromkeys(("gif", "webp", "apng"), OutputKind.ANIMATION),
    **dict.fromkeys(("mp4", "webm", "mkv", "mov", "avi"), OutputKind.VIDEO),
    **dict.fromkeys(("flac", "mp3", "wav", "ogg", "opus", "m4a"), OutputKind.AUDIO),
    **dict.fromkeys(("glb", "gltf", "obj", "ply", "fbx", "stl", "splat"), OutputKind.MODEL_3D),
    **dict.fromkeys(("zip", "7z", "tar", "gz"), OutputKind.ARCHIVE),
    **dict.fromkeys(("txt", "json", "csv", "md", "srt"), OutputKind.TEXT),
}

_BY_SIGNATURE: tuple[tuple[bytes, int, OutputKind], ...] = (
    (b"\x89PNG", 0, OutputKind.IMAGE),
    (b"\xff\xd8\xff", 0, OutputKind.IMAGE),
    (b"GIF8", 0, OutputKind.ANIMATION),
    (b"WEBP", 8, OutputKind.ANIMATION),
    (b"ftyp", 4, OutputKind.VIDEO),
    (b"\x1aE\xdf\xa3", 0, OutputKind.VIDEO),
    (b"glTF", 0, OutputKind.MODEL_3D),
    (b"PK", 0, OutputKind.ARCHIVE),
)

# File endings whose first bytes are known; a file with such an ending and other bytes is broken.
_SIGNATURES: dict[str, tuple[bytes, int]] = {
    "png": (b"\x89PNG", 0),
    "jpg": (b"\xff\xd8\xff", 0),
    "jpeg": (b"\xff\xd8\xff", 0),
    "gif": (b"GIF8", 0),
    "webp": (b"WEBP", 8),
    "mp4": (b"ftyp", 4),
    "webm": (b"\x1aE\xdf\xa3", 0),
    "glb": (b"glTF", 0),
    "zip": (b"PK", 0),
}


@dataclass(frozen=True, slots=True)
class Output:
    """One result: a file with a `url`, or a `text`.

    `path` is where the file lies on this computer, "" until it is downloaded; `fault` says why
    it could not be. A file that `is_damaged` lies there without its end: the service gave no more
    of it. `version` grows when other bytes come for a file that was here before. `is_preview`
    marks ComfyUI's `type: "temp"`. `size_bytes` is 0 when unknown.
    """

    node_id: str
    channel: str
    kind: OutputKind
    filename: str = ""
    url: str = ""
    text: str = ""
    is_preview: bool = False
    path: str = ""
    size_bytes: int = 0
    fault: str = ""
    is_damaged: bool = False
    version: int = 0


def output_kind(filename: str, head: bytes = b"") -> OutputKind:
    """The kind by file ending, else by the first bytes; never by the channel's name."""
    by_extension = _BY_EXTENSION.get(_extension(filename))
    if by_extension is not None:
        return by_extension
    for signature, at, kind in _BY_SIGNATURE:
        if head[at : at + len(signature)] == signature:
            return kind
    return OutputKind.OTHER


def signature_matches(filename: str, head: bytes) -> bool:
    """Whether a file begins as its ending promises; true where the ending promises nothing."""
    signature, at = _SIGNATURES.get(_extension(filename), (b"", 0))
    return head[at : at + len(signature)] == signature


def name_from_url(url: str) -> str:
    """The last segment of a URL's path, decoded; "" when there is none."""
    try:
        return unquote(PurePosixPath(urlsplit(url).path).name)
    except ValueError:
        return ""


def safe_file_name(name: str) -> str:
    """`name` as a file name that is allowed on every system and cannot leave its folder."""
    # Half a surrogate pair, which JSON can carry, has no place in any file system.
    encodable = name.encode("utf-8", "ignore").decode("utf-8")
    clean = _FORBIDDEN.sub("_", encodable).strip(" .")
    if _RESERVED.match(clean):
        clean = f"_{clean}"
    stem, dot, extension = clean.rpartition(".")
    if not dot or len(extension) > 12:
        stem, dot, extension = clean, "", ""
    max_bytes = _MAX_NAME_BYTES - len((dot + extension).encode())
    stem = stem.encode()[:max_bytes].decode("utf-8", "ignore").rstrip(" .")
    return (stem + dot + extension) or "output"


def _extension(filename: str) -> str:
    return filename.rpartition(".")[2].lower() if "." in filename else ""
