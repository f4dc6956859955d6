"""Files are identified by their first bytes, whatever their names say."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from runcomfy_desktop.domain.media.media_types import (
    HEAD_BYTES,
    OTHER,
    MediaFamily,
    extension_of,
    named_type,
    sniff,
    type_of,
)
from tests.support import media_bytes as made


@pytest.mark.parametrize(
    ("form", "mime", "ending"),
    [
        ("PNG", "image/png", "png"),
        ("JPEG", "image/jpeg", "jpg"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
        ("BMP", "image/bmp", "bmp"),
        ("TIFF", "image/tiff", "tiff"),
    ],
)
def test_real_pictures(form: str, mime: str, ending: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, form)
    kind = sniff(file.getvalue()[:HEAD_BYTES], "clip.mp4")
    assert kind is not None
    assert (kind.family, kind.mime, kind.extension) == (MediaFamily.IMAGE, mime, ending)
    assert type_of(mime) is kind


@pytest.mark.parametrize(
    ("data", "family", "mime", "ending"),
    [
        (made.mp4(), MediaFamily.VIDEO, "video/mp4", "mp4"),
        (made.mp4(brand=b"mp42"), MediaFamily.VIDEO, "video/mp4", "mp4"),
        (made.mp4(brand=b"qt  "), MediaFamily.VIDEO, "video/quicktime", "mov"),
        (made.mp4()[32:], MediaFamily.VIDEO, "video/quicktime", "mov"),
        (made.matroska(), MediaFamily.VIDEO, "video/webm", "webm"),
        (made.matroska(kind=b"matroska"), MediaFamily.VIDEO, "video/x-matroska", "mkv"),
        (made.avi(), MediaFamily.VIDEO, "video/x-msvideo", "avi"),
        (made.ogg(b"\x80theora"), MediaFamily.VIDEO, "video/ogg", "ogv"),
        (made.mp3(), MediaFamily.AUDIO, "audio/mpeg", "mp3"),
        (made.mp3(label=500), MediaFamily.AUDIO, "audio/mpeg", "mp3"),
        (made.wav(), MediaFamily.AUDIO, "audio/wav", "wav"),
        (made.flac(), MediaFamily.AUDIO, "audio/flac", "flac"),
        (made.ogg(), MediaFamily.AUDIO, "audio/ogg", "ogg"),
        (made.ogg(b"OpusHead"), MediaFamily.AUDIO, "audio/ogg", "ogg"),
        (made.mp4(brand=b"M4A "), MediaFamily.AUDIO, "audio/mp4", "m4a"),
        (made.GLB, MediaFamily.MESH, "model/gltf-binary", "glb"),
        (made.FBX, MediaFamily.MESH, "model/fbx", "fbx"),
        (made.PLY, MediaFamily.MESH, "model/ply", "ply"),
    ],
)
def test_films_sounds_and_models(data: bytes, family: MediaFamily, mime: str, ending: str) -> None:
    kind = sniff(data[:HEAD_BYTES], "photo.png")
    assert kind is not None
    assert (kind.family, kind.mime, kind.extension) == (family, mime, ending)


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [
        (made.OBJ, "Chair.OBJ", "model/obj"),
        (made.STL, "part.stl", "model/stl"),
        (bytes(84), "binary.stl", "model/stl"),
        (made.GLTF, "scene.gltf", "model/gltf+json"),
        (b"; FBX 7.3.0 project file", "rig.fbx", "model/fbx"),
    ],
)
def test_models_without_first_bytes_are_known_by_their_names(
    data: bytes, name: str, mime: str
) -> None:
    kind = sniff(data[:HEAD_BYTES], name)
    assert kind is not None
    assert kind.mime == mime
    assert sniff(data[:HEAD_BYTES], "notes.txt") is None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"%PDF",
        b"<svg",
        b"PK\x03\x04",
        b"\x89PN",
        b"RIFF",
        b"RIFF\x00\x00\x00\x00ACON",
        b"BMW, a car maker",
        b"\xff\xfe<\x00",  # UTF-16 text
        b"\xff\xfb",
        made.mp4(brand=b"avif"),
        made.mp4(brand=b"heic"),
        b"hello",
    ],
)
def test_everything_else_is_not_known(head: bytes) -> None:
    assert sniff(head[:HEAD_BYTES], "photo.png") is None


def test_text_that_calls_itself_a_scene_is_none() -> None:
    assert sniff(b"hello", "scene.gltf") is None


def test_what_a_name_claims() -> None:
    claimed = {name: named_type(name) for name in ("a.JPEG", "b.oga", "c.mp4", "d.txt", "e", "")}
    assert {name: kind and kind.mime for name, kind in claimed.items()} == {
        "a.JPEG": "image/jpeg",
        "b.oga": "audio/ogg",
        "c.mp4": "video/mp4",
        "d.txt": None,
        "e": None,
        "": None,
    }
    assert extension_of("a.b/../x") == ""
    assert extension_of("archive.tar.GZ") == "gz"


def test_a_mime_type_that_nobody_knows_is_some_file() -> None:
    assert type_of("image/x-strange") is OTHER
