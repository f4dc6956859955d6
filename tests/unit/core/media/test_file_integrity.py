"""Truncated files are recognised by their missing end; in doubt a file counts as complete."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from PIL import Image

from runcomfy_desktop.core.media.file_integrity import is_complete, is_progressive, png_chunks
from runcomfy_desktop.emulator import media_files
from tests.support import media_bytes
from tests.support.image_files import cut_off, noisy_image, png_chunk, png_claiming_size, png_header


def whole(data: bytes) -> bool:
    return is_complete(io.BytesIO(data))


def jpeg_with_small_one_inside() -> bytes:
    """Returns a photo with a whole JPEG in its header, as cameras write it."""
    said = b"Exif\0\0" + noisy_image("JPEG", (16, 16))
    data = noisy_image("JPEG")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(said) + 2) + said + data[2:]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_cut_file_is_found_out(kind: str) -> None:
    data = noisy_image(kind)
    assert whole(data)
    assert whole(data + b"what cameras hang on behind it" * 1000)
    for share in (0.05, 0.5, 0.99):
        assert not whole(cut_off(data, share))


def test_a_cut_gif_that_ends_by_chance_like_a_whole_one_is_found_out() -> None:
    data = noisy_image("GIF")
    end = data.index(b";", len(data) // 2) + 1
    assert end < len(data)
    assert not whole(data[:end])


def test_the_small_picture_in_a_photograph_is_not_its_end() -> None:
    data = jpeg_with_small_one_inside()
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (300, 200)
    assert whole(data)
    assert not whole(cut_off(data, 0.9))


def test_an_end_between_two_pieces_is_found() -> None:
    data = noisy_image("JPEG")
    at = data.index(b"\xff\xda")
    for more in range(-3, 3):
        filler = b"\x12" * (1024 * 1024 - (len(data) - 2 - at) + more)
        assert whole(data[:-2] + filler + data[-2:])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xff"])
def test_hardly_anything_is_not_whole(data: bytes) -> None:
    assert whole(data) == (data == b"")


@pytest.mark.parametrize("kind", ["BMP", "TIFF"])
def test_kinds_that_do_not_tell_pass(kind: str) -> None:
    assert whole(cut_off(noisy_image(kind)))


def test_a_progressive_jpeg_says_so() -> None:
    assert is_progressive(io.BytesIO(noisy_image("JPEG", progressive=True)))
    assert not is_progressive(io.BytesIO(noisy_image("JPEG")))
    assert not is_progressive(io.BytesIO(noisy_image("PNG")))


def test_millions_of_empty_pieces_are_not_walked_through() -> None:
    data = png_header(5, 5) + png_chunk(b"teSt", b"") * 300_000 + png_claiming_size(5, 5)[33:]
    assert sum(1 for _chunk in png_chunks(io.BytesIO(data))) < 300_000
    assert whole(data), "nobody looked at its end"


def test_a_jpeg_with_strange_bytes_in_its_head_is_in_doubt_and_passes() -> None:
    data = noisy_image("JPEG")
    strange = data[:2] + b"\0\0\0" + data[2:]
    assert whole(strange)
    assert not whole(data[:12])


# Animated images


def gif(*, with_end: bool = True) -> bytes:
    """Returns a GIF with an image, a comment and an end; its data contain no `;`."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    words = b"\x21\xfe\x03abc\x02de\x00"
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0x80) + bytes(6) + b"\x02\x02\x44\x01\x00"
    return screen + words + picture + (b"\x3b" if with_end else b"")


def test_a_gif_is_cut_wherever_a_block_is_not_complete() -> None:
    data = gif()
    with Image.open(io.BytesIO(data)) as image:
        image.load()
    blocks = {19, 29, len(data) - 1, len(data)}
    for length in range(7, len(data) + 1):
        assert whole(data[:length]) == (length in blocks), length


def test_a_gif_without_an_end_mark_or_with_more_behind_it_is_whole() -> None:
    assert whole(gif(with_end=False))
    assert whole(gif() + bytes(5000))
    assert whole(gif() + b"some words")


# Videos


def film() -> bytes:
    """Returns a video whose index comes before its frames."""
    data = media_files.mp4("{}", has_sound=False)
    head, index = data.index(b"free") - 4, data.rindex(b"moov") - 4
    return data[:head] + data[index:] + data[head:index]


def without_index(data: bytes) -> bytes:
    """Returns the video without the box that locates its frames."""
    at = data.index(b"moov") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    return data[:at] + data[at + length :]


def large_box(name: bytes, content: bytes) -> bytes:
    """Returns a box whose length field has eight bytes."""
    return struct.pack(">I4sQ", 1, name, 16 + len(content)) + content


@pytest.mark.parametrize(
    "data",
    [
        film(),
        media_bytes.mp4(padding=500),
        media_bytes.mp4(brand=b"qt  ", padding=500),
        media_bytes.mp4() + large_box(b"mdat", bytes(50)),
        media_bytes.mp4() + struct.pack(">I4s", 0, b"mdat") + bytes(50),
        media_bytes.mp4() + b"what somebody hung on behind it",
        media_bytes.mp4() + bytes(5),
        media_bytes.mp4() + bytes(5000),
    ],
    ids=["index first", "index last", "QuickTime", "large", "open", "more", "little", "zeros"],
)
def test_a_film_in_boxes_is_whole(data: bytes) -> None:
    assert whole(data)


@pytest.mark.parametrize(
    "data",
    [
        film()[:-1],
        cut_off(film()),
        media_bytes.mp4(padding=500)[:300],
        media_bytes.mp4(padding=500)[:-1],
        media_bytes.mp4() + large_box(b"mdat", bytes(50))[:-1],
        without_index(media_bytes.mp4(padding=500)),
        media_bytes.box(b"ftyp", b"isom") + struct.pack(">I4s", 0, b"mdat") + bytes(50),
    ],
    ids=["a byte", "pictures", "pictures first", "index", "large", "no index", "never ended"],
)
def test_a_film_in_boxes_is_cut(data: bytes) -> None:
    assert not whole(data)


def test_a_webm_says_how_long_it_is_or_leaves_that_open() -> None:
    data = media_files.webm("{}")
    assert whole(data)
    assert whole(data + b"more")
    assert not whole(data[:-1])
    assert not whole(cut_off(data))
    stream = media_bytes.matroska()
    assert whole(stream)
    assert whole(cut_off(stream, 0.9)), "nobody can tell"


@pytest.mark.parametrize(
    "data",
    [
        b"\x1aE\xdf\xa3",
        b"\x1aE\xdf\xa3\x00\x00",
        b"\x1aE\xdf\xa3\xff" + bytes(90),
        b"\x1aE\xdf\xa3\x80" * 20,
    ],
)
def test_a_webm_that_says_nothing_sensible_is_not_judged(data: bytes) -> None:
    assert whole(data)


def test_a_webm_whose_head_goes_beyond_all_bounds_is_cut() -> None:
    assert not whole(b"\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xfe" + bytes(90))


@pytest.mark.parametrize("data", [media_bytes.avi(), media_bytes.wav()], ids=["AVI", "WAV"])
def test_chunks_say_how_long_they_are(data: bytes) -> None:
    assert whole(data)
    assert whole(data + b"more")
    assert not whole(cut_off(data))


@pytest.mark.parametrize("said", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_a_wav_that_was_written_as_a_stream_is_whole(said: int) -> None:
    data = media_bytes.wav()
    assert whole(data[:4] + struct.pack("<I", said) + data[8:])


def test_a_wav_that_counts_its_head_too_is_whole() -> None:
    data = media_bytes.wav()
    assert whole(data[:4] + struct.pack("<I", len(data)) + data[8:])


# Audio


def test_a_flac_has_its_last_sample() -> None:
    data = media_files.flac("{}")
    assert whole(data)
    assert whole(data + b"TAG" + bytes(125))


@pytest.mark.parametrize("share", [0.0001, 0.05, 0.5, 0.8, 0.99])
def test_a_flac_without_its_last_sample_is_cut(share: float) -> None:
    assert not whole(cut_off(media_files.flac("{}"), share))


def frames_of(*heads: bytes, samples: int, block: int = 4608) -> bytes:
    """Returns a FLAC with these frame headers, without the data between them."""
    info = struct.pack(">HH6x", block, block) + (44100 << 44 | samples).to_bytes(8, "big")
    return b"fLaC\x80\0\0\x22" + info + bytes(16) + b"".join(head + bytes(40) for head in heads)


@pytest.mark.parametrize(
    ("head", "end"),
    [
        # Fixed size: frame 2 of 4608 samples, and of 192, 1152, 256, 100 and 5000.
        (b"\xff\xf8\x50\x08\x02", 3 * 4608),
        (b"\xff\xf8\x10\x08\x02", 2 * 4608 + 192),
        (b"\xff\xf8\x30\x08\x02", 2 * 4608 + 1152),
        (b"\xff\xf8\x80\x08\x02", 2 * 4608 + 256),
        (b"\xff\xf8\x60\x08\x02\x63", 2 * 4608 + 100),
        (b"\xff\xf8\x70\x08\x02\x13\x87", 2 * 4608 + 5000),
        # Larger frame numbers: 200, 3000, and one of 36 bits.
        (b"\xff\xf8\x50\x08" + "\u00c8".encode(), 201 * 4608),
        (b"\xff\xf8\x50\x08" + "\u0bb8".encode(), 3001 * 4608),
        # Variable size: the number of the first sample is given.
        (b"\xff\xf9\x50\x08" + "\u0bb8".encode(), 3000 + 4608),
        (b"\xff\xf9\x50\x08\xfe\x81\x80\x80\x80\x80\x80", (1 << 30) + 4608),
    ],
)
def test_a_flac_frame_says_where_it_stands(head: bytes, end: int) -> None:
    assert whole(frames_of(head, samples=end))
    assert not whole(frames_of(head, samples=end + 1))


def test_a_flac_that_does_not_say_its_length_is_not_judged() -> None:
    assert whole(frames_of(samples=0))


def ogg_page(content: bytes, flags: int = 0) -> bytes:
    lengths = bytes([255] * (len(content) // 255) + [len(content) % 255])
    head = b"OggS\0" + bytes([flags]) + bytes(20) + bytes([len(lengths)])
    return head + lengths + content


def test_the_last_page_of_an_ogg_is_complete() -> None:
    data = ogg_page(b"\x01vorbis", 2) + ogg_page(bytes(30_000)) + ogg_page(bytes(65_024), 4)
    assert len(ogg_page(bytes(65_024))) == 65_306
    assert whole(data)
    assert whole(data + b"TAG" + bytes(125))
    for missing in (1, 100, 65_000, 65_290, 70_000):
        assert not whole(data[:-missing]), missing
    assert whole(ogg_page(b"\x01vorbis", 2) + ogg_page(b"a film that was not ended")), "no end mark"


# Models and archives


def test_a_model_says_how_long_it_is() -> None:
    data = media_bytes.GLB
    assert whole(data)
    assert whole(data + bytes(4))
    assert not whole(b"glTF" + struct.pack("<II", 2, 13))


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.txt", "A bicycle. " * 100)
        file.comment = b"c" * 0xFFFF
    return buffer.getvalue()


def test_an_archive_has_its_list() -> None:
    assert whole(archive())
    assert not whole(archive()[:1000])


# Others


@pytest.mark.parametrize(
    "data",
    [
        b"The free bicycle: not every word at this place is a box",
        b"RIFF, PNG and GIF89 are kinds of files.",
        b"PK, OggS, fLaC and glTF, too.",
        b'{"asset": {"version": "2.0"}}',
        media_bytes.mp3(),
        cut_off(media_bytes.mp3()),
        media_bytes.OBJ,
        media_bytes.STL,
        media_bytes.PLY,
        media_bytes.FBX,
    ],
)
def test_what_is_of_another_kind_is_not_judged(data: bytes) -> None:
    assert whole(data)
