"""Detects the kind of a media file by its first bytes; a file extension may be wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

HEAD_BYTES = 64
"""Number of bytes needed to detect a kind."""


class MediaFamily(Enum):
    """Family of a file, as users see it."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    MESH = "mesh"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FileType:
    """Kind of file; `name` is for users, `extension` for the stored copy."""

    family: MediaFamily
    mime: str
    extension: str
    name: str


OTHER = FileType(MediaFamily.OTHER, "application/octet-stream", "bin", "")
_ALL = (
    PNG := FileType(MediaFamily.IMAGE, "image/png", "png", "PNG"),
    JPEG := FileType(MediaFamily.IMAGE, "image/jpeg", "jpg", "JPEG"),
    WEBP := FileType(MediaFamily.IMAGE, "image/webp", "webp", "WebP"),
    GIF := FileType(MediaFamily.IMAGE, "image/gif", "gif", "GIF"),
    BMP := FileType(MediaFamily.IMAGE, "image/bmp", "bmp", "BMP"),
    TIFF := FileType(MediaFamily.IMAGE, "image/tiff", "tiff", "TIFF"),
    MP4 := FileType(MediaFamily.VIDEO, "video/mp4", "mp4", "MP4"),
    MOV := FileType(MediaFamily.VIDEO, "video/quicktime", "mov", "QuickTime"),
    WEBM := FileType(MediaFamily.VIDEO, "video/webm", "webm", "WebM"),
    MKV := FileType(MediaFamily.VIDEO, "video/x-matroska", "mkv", "Matroska"),
    AVI := FileType(MediaFamily.VIDEO, "video/x-msvideo", "avi", "AVI"),
    OGV := FileType(MediaFamily.VIDEO, "video/ogg", "ogv", "Ogg"),
    MP3 := FileType(MediaFamily.AUDIO, "audio/mpeg", "mp3", "MP3"),
    WAV := FileType(MediaFamily.AUDIO, "audio/wav", "wav", "WAV"),
    FLAC := FileType(MediaFamily.AUDIO, "audio/flac", "flac", "FLAC"),
    OGG := FileType(MediaFamily.AUDIO, "audio/ogg", "ogg", "Ogg"),
    M4A := FileType(MediaFamily.AUDIO, "audio/mp4", "m4a", "M4A"),
    GLB := FileType(MediaFamily.MESH, "model/gltf-binary", "glb", "glTF"),
    GLTF := FileType(MediaFamily.MESH, "model/gltf+json", "gltf", "glTF"),
    OBJ := FileType(MediaFamily.MESH, "model/obj", "obj", "OBJ"),
    FBX := FileType(MediaFamily.MESH, "model/fbx", "fbx", "FBX"),
    STL := FileType(MediaFamily.MESH, "model/stl", "stl", "STL"),
    PLY := FileType(MediaFamily.MESH, "model/ply", "ply", "PLY"),
)
_BY_MIME = {each.mime: each for each in _ALL}
_SIGNATURES: tuple[tuple[bytes, FileType], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
    (b"glTF", GLB),
    (b"Kaydara FBX Binary", FBX),
    (b"ply\n", PLY),
    (b"ply\r", PLY),
)
_RIFF = {b"WEBP": WEBP, b"WAVE": WAV, b"AVI ": AVI}
# Boxes at the start of videos from before `ftyp` was introduced.
_OLD_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"crx ")
_NO_MAGIC = {"obj": OBJ, "stl": STL, "gltf": GLTF, "fbx": FBX}
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8})$")


def sniff(head: bytes, name: str = "") -> FileType | None:
    """Returns the kind of a file that begins with `head`; None if it is unknown.

    `name` decides for formats without their own signature, such as some 3D models.
    """
    if head[8:12] in _RIFF and head[:4] in (b"RIFF", b"RF64"):
        return _RIFF[head[8:12]]
    for signature, kind in _SIGNATURES:
        # Two characters may match by chance; a bitmap has zeros in its reserved field.
        if head.startswith(signature) and (kind is not BMP or not any(head[6:10])):
            return kind
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head[4:8] in _OLD_BOXES:
        return MOV
    if head.startswith(b"\x1aE\xdf\xa3"):
        return WEBM if b"webm" in head else MKV
    if head.startswith(b"OggS"):
        is_film = b"\x80theora" in head or b"fishead" in head
        return OGV if is_film else OGG
    if _is_mp3_frame(head):
        return MP3
    return _by_extension(head, name)


def type_of(mime: str) -> FileType:
    """Returns the kind with a MIME type that was detected earlier; OTHER if it is unknown."""
    return _BY_MIME.get(mime, OTHER)


def named_type(name: str) -> FileType | None:
    """Returns the kind that a file's name claims; None if it claims no known kind."""
    extension = {"jpeg": "jpg", "tif": "tiff", "oga": "ogg", "opus": "ogg"}.get(
        extension_of(name), extension_of(name)
    )
    return next((each for each in _ALL if each.extension == extension), None)


def extension_of(name: str) -> str:
    """Returns a name's extension in lower case, or "" if it has none of the usual form."""
    found = _EXTENSION.search(name)
    return found[1].lower() if found else ""


def _by_brand(brand: bytes) -> FileType | None:
    if brand in _STILL_BRANDS:
        # A picture in a video container; this program cannot show it, and ComfyUI mostly cannot
        # either.
        return None
    if brand in (b"M4A ", b"M4B ", b"M4P "):
        return M4A
    return MOV if brand == b"qt  " else MP4


def _is_mp3_frame(head: bytes) -> bool:
    """Returns True if the data begins with an audio frame, as an MP3 without a tag does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in (0, 15) and sample_rate != 3


def _by_extension(head: bytes, name: str) -> FileType | None:
    kind = _NO_MAGIC.get(extension_of(name))
    if kind is GLTF and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    return kind
