"""Files that an input accepts, and the messages of refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runcomfy_desktop.domain.media.media import ADDRESS_LIMITS, INLINE_CAP_BYTES, MediaFile
from runcomfy_desktop.domain.media.media_checks import (
    accepts,
    media_error,
    media_text_error,
    misfit_text,
    wrong_kind_text,
)
from runcomfy_desktop.domain.media.media_types import MediaFamily, type_of
from runcomfy_desktop.domain.schema.schema import InputKind

KB = 1024
CLIP = MediaFile("clip.mp4", "a.mp4", "a", "video/mp4", 1000, 640, 360)
PHOTO = MediaFile("photo.png", "b.png", "b", "image/png", 1000, 640, 360)
SONG = MediaFile("song.flac", "c.flac", "c", "audio/flac", 1000, 0, 0)
CHAIR = MediaFile("chair.glb", "d.glb", "d", "model/gltf-binary", 1000, 0, 0)
IMAGE, VIDEO, AUDIO, MESH = InputKind.IMAGE, InputKind.VIDEO, InputKind.AUDIO, InputKind.MESH


@pytest.mark.parametrize(
    ("kind", "mimes"),
    [
        (IMAGE, {"image/png", "image/gif"}),
        (VIDEO, {"video/mp4", "image/gif"}),
        (AUDIO, {"audio/flac", "video/mp4"}),
        (MESH, {"image/png", "image/gif", "video/mp4", "audio/flac", "model/obj", "x/y"}),
    ],
)
def test_what_an_input_takes(kind: InputKind, mimes: set[str]) -> None:
    every = ("image/png", "image/gif", "video/mp4", "audio/flac", "model/obj", "x/y")
    assert {mime for mime in every if accepts(kind, type_of(mime))} == mimes


@pytest.mark.parametrize(
    ("name", "mime", "kind", "words"),
    [
        (
            "clip.png",
            "video/mp4",
            IMAGE,
            "clip.png is a video (MP4) and not a picture (PNG) as its name says. "
            "This input takes pictures.",
        ),
        ("clip.mp4", "video/mp4", IMAGE, "clip.mp4 is a video (MP4). This input takes pictures."),
        ("a.jpg", "image/png", VIDEO, "a.jpg is a picture (PNG). This input takes videos."),
        ("x", "model/obj", AUDIO, "x is a 3D model (OBJ). This input takes sound."),
        ("n\no.png", "x/y", IMAGE, "n o.png is a file of another kind and not a picture (PNG)"),
    ],
)
def test_a_file_of_the_wrong_kind_is_named_as_what_it_is(
    name: str, mime: str, kind: InputKind, words: str
) -> None:
    assert wrong_kind_text(name, type_of(mime), kind).startswith(words)


@pytest.mark.parametrize(
    ("file", "kind", "words"),
    [
        (PHOTO, IMAGE, ""),
        (CLIP, VIDEO, ""),
        (SONG, AUDIO, ""),
        (CHAIR, MESH, ""),
        (CLIP, IMAGE, "clip.mp4 is a video (MP4). This input takes pictures."),
        # A recommended size is not a limit.
        (replace(PHOTO, size_bytes=INLINE_CAP_BYTES), IMAGE, ""),
        (replace(CLIP, size_bytes=INLINE_CAP_BYTES), VIDEO, ""),
        (replace(SONG, size_bytes=1100 * KB), AUDIO, ""),
        (
            replace(CLIP, size_bytes=INLINE_CAP_BYTES + KB * KB),
            VIDEO,
            "21.0 MB is too large to send inline (at most 20 MB). Use an address instead.",
        ),
        (
            replace(PHOTO, size_bytes=INLINE_CAP_BYTES + KB * KB),
            IMAGE,
            "21.0 MB is too large to send inline (at most 20 MB). Shrink it, or use an address.",
        ),
        (
            replace(PHOTO, size_bytes=ADDRESS_LIMITS[MediaFamily.IMAGE] + 1),
            IMAGE,
            "By address, too, about 50 MB are recommended at most.",
        ),
    ],
)
def test_how_a_file_may_be_sent(file: MediaFile, kind: InputKind, words: str) -> None:
    said = media_error(file, kind)
    assert (words in said) if words else not said


@pytest.mark.parametrize(
    ("file", "kind", "words"),
    [
        (PHOTO, IMAGE, ""),
        (replace(PHOTO, size_bytes=9 * INLINE_CAP_BYTES), IMAGE, ""),
        (replace(PHOTO, mime="application/octet-stream"), MESH, ""),
        (
            replace(PHOTO, mime="application/octet-stream"),
            IMAGE,
            "photo.png is a file of another kind and not a picture (PNG) as its name says. "
            "This input takes pictures.",
        ),
        (replace(PHOTO, width=0), IMAGE, "photo.png is damaged or cut off."),
        (replace(PHOTO, width=0), MESH, ""),
        (CLIP, IMAGE, "clip.mp4 is a video (MP4). This input takes pictures."),
        *(
            (PHOTO, kind, "This input takes no files, so photo.png cannot go there.")
            for kind in InputKind
            if not kind.is_media
        ),
    ],
)
def test_a_file_that_fits_no_such_input_is_refused(
    file: MediaFile, kind: InputKind, words: str
) -> None:
    assert misfit_text(file, kind) == words


def test_an_input_that_takes_no_files_says_so_before_a_run() -> None:
    words = "This input takes no files, so photo.png cannot go there."
    assert media_error(PHOTO, InputKind.TEXT) == words


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("", IMAGE, "No picture is chosen."),
        ("", VIDEO, "No video is chosen."),
        ("", AUDIO, "No sound is chosen."),
        ("", MESH, "No file is chosen."),
        ("clips/in the container.mp4", VIDEO, ""),
        ("https://example.org/clip.mp4", VIDEO, ""),
        ("http://10.0.0.2/clip.mp4", VIDEO, "inside your own network"),
        ("data:video/mp4;base64,AAAA", VIDEO, ""),
    ],
)
def test_the_text_of_a_media_input(value: str, kind: InputKind, words: str) -> None:
    said = media_text_error(value, kind)
    assert (words in said) if words else not said
