"""Outputs of a run: their kinds, and safe names for them on disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RUN_SUFFIX = ".run.json"
"""Suffix added to a result's name: names the file next to it that has the run's inputs."""
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)", re.IGNORECASE
)
# Characters that Windows forbids, that separate folders on any system, or that disguise a name:
# control characters, direction marks, line ends, byte order marks.
_FORBIDDEN = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]'
)
# Bytes, not characters: file systems count bytes, and the job's own prefix is added.
_MAX_NAME_BYTES = 180


class OutputKind(Enum):
    """Kind of an output; selects the viewer."""

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

# File extensions whose first bytes are known; a file with other first bytes is broken.
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
    """Result of a run: a file with a `url`, or a `text`.

    `path` is the file's location on this computer, "" until it is downloaded; `fault` is the reason
    why the download failed. A file that `is_damaged` is stored without its end: the service sent no
    more of it. `version` grows when a file is replaced by one with other bytes. `is_preview` marks
    ComfyUI's `type: "temp"`. `size_bytes` is 0 when unknown.
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

    @property
    def is_picture(self) -> bool:
        """True for pictures and animations."""
        return self.kind in (OutputKind.IMAGE, OutputKind.ANIMATION)


def ordered_outputs(
    outputs: Iterable[Output], first_node_ids: Sequence[str] = ()
) -> tuple[Output, ...]:
    """Returns a job's outputs in the order in which they are shown; previews come last.

    The results of `first_node_ids` come first, in this order. Otherwise pictures come first and
    texts last.
    """
    ranks = {node_id: rank for rank, node_id in enumerate(dict.fromkeys(first_node_ids))}

    def sort_key(output: Output) -> tuple[bool, int, int]:
        kind_rank = 2 if output.kind is OutputKind.TEXT else 1
        return (
            output.is_preview,
            ranks.get(output.node_id, len(ranks)),
            0 if output.is_picture else kind_rank,
        )

    return tuple(sorted(outputs, key=sort_key))


def output_kind(filename: str, head: bytes = b"") -> OutputKind:
    """Returns the kind by file extension, else by the first bytes; never by the channel's name."""
    by_extension = _BY_EXTENSION.get(_extension(filename))
    if by_extension is not None:
        return by_extension
    for extension, (signature, at) in _SIGNATURES.items():
        if head.startswith(signature, at):
            return _BY_EXTENSION[extension]
    return OutputKind.OTHER


def signature_matches(filename: str, head: bytes) -> bool:
    """Returns True if a file begins as its extension requires.

    An extension without a known signature requires nothing.
    """
    signature, at = _SIGNATURES.get(_extension(filename), (b"", 0))
    return head.startswith(signature, at)


def name_from_url(url: str) -> str:
    """Returns the last segment of a URL's path, decoded; "" if there is none."""
    try:
        return unquote(PurePosixPath(urlsplit(url).path).name)
    except ValueError:
        return ""


def safe_file_name(name: str) -> str:
    """Returns `name` as a file name that is valid on every system and cannot leave its folder."""
    # No file system can store half a surrogate pair, which JSON can contain.
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
