"""Pictures provide the workflows that they contain; nothing that they claim is trusted."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from runcomfy_desktop.domain.workflow.embedded_workflow import (
    decode_text,
    embedded_texts,
    exif_texts,
    is_picture,
)
from runcomfy_desktop.domain.workflow.workflow import MAX_BYTES
from tests.support.image_metadata import (
    MAKE,
    MODEL,
    PNG,
    chunk,
    international_chunk,
    jpeg,
    packed_chunk,
    png,
    text_chunk,
    tiff,
    webp,
)

GRAPH = '{"1": {"class_type": "A", "inputs": {}}}'
XMP = f'<x:xmpmeta comfy:prompt="{GRAPH.replace(chr(34), "&quot;")}"/>'.encode()


def carried(data: bytes) -> dict[str, str]:
    return embedded_texts(lambda at, length: data[at : at + length])


@pytest.mark.parametrize(
    "data",
    [
        png(text_chunk("prompt", GRAPH)),
        png(packed_chunk("prompt", GRAPH.encode())),
        png(international_chunk("prompt", GRAPH)),
        png(international_chunk("Prompt", GRAPH, packed=True)),
        png(chunk(b"eXIf", tiff({MODEL: b"prompt:" + GRAPH.encode()}))),
        webp((b"EXIF", tiff({MODEL: b"prompt:" + GRAPH.encode() + b"\0"}))),
        webp((b"EXIF", b"Exif\0\0" + tiff({MODEL: b"Prompt: " + GRAPH.encode()}, ">"))),
        webp((b"XMP ", XMP)),
        jpeg((0xE0, b"JFIF"), (0xE1, b"Exif\0\0" + tiff({MAKE: b"prompt:" + GRAPH.encode()}))),
        jpeg((0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)),
    ],
    ids=[
        "tEXt",
        "zTXt",
        "iTXt",
        "packed iTXt",
        "eXIf",
        "WebP",
        "WebP >",
        "XMP",
        "JPEG",
        "JPEG XMP",
    ],
)
def test_the_graph_is_found(data: bytes) -> None:
    assert is_picture(data[:16])
    assert {name: text.strip() for name, text in carried(data).items()} == {"prompt": GRAPH}


def test_both_graphs_are_found() -> None:
    data = png(text_chunk("workflow", '{"nodes": []}'), text_chunk("prompt", GRAPH))
    assert carried(data) == {"workflow": '{"nodes": []}', "prompt": GRAPH}
    both = {MODEL: b"prompt:" + GRAPH.encode(), MAKE: b"workflow:{}"}
    assert carried(webp((b"EXIF", tiff(both)))) == {"prompt": GRAPH, "workflow": "{}"}


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0" + GRAPH.encode(),
        b"\0" * 8 + GRAPH.encode(),
        b"UNICODE\0" + GRAPH.encode("utf-16-le"),
        b"UNICODE\0" + GRAPH.encode("utf-16-be"),
        GRAPH.encode(),
    ],
    ids=["ascii", "nothing", "little", "big", "bare"],
)
def test_a_comment_that_is_json_has_no_name(comment: bytes) -> None:
    data = jpeg((0xE1, b"Exif\0\0" + tiff({MAKE: b"Camera"}, ">", comment)))
    assert carried(data) == {"": GRAPH}
    assert carried(jpeg((0xFE, GRAPH.encode()))) == {"": GRAPH}


def test_a_text_that_is_no_workflow_is_no_find() -> None:
    data = png(text_chunk("parameters", "a cat"), text_chunk("prompt", " "))
    assert carried(data) == {}
    assert carried(webp((b"EXIF", tiff({MAKE: b"Camera: old"})))) == {}


def test_what_is_no_picture_carries_nothing() -> None:
    for data in (b"", b"{}", b"GIF89a", b"RIFF0000WAVE", b"\xff\xd8"):
        assert not is_picture(data)
        assert carried(data) == {}


def test_a_text_that_unpacks_to_more_than_any_workflow_is_refused() -> None:
    bomb = chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b"{" * (2 * MAX_BYTES), 1))
    assert carried(png(bomb)) == {}


def test_lengths_that_lie_end_the_search() -> None:
    lie = PNG + struct.pack(">I", 0xFFFFFFFF) + b"tEXt" + b"prompt\0{}"
    assert carried(lie) == {}
    assert carried(b"RIFF\xff\xff\xff\xffWEBPEXIF\xff\xff\xff\xffII*\0") == {}
    assert carried(jpeg()[:2] + b"\xff\xe1\0\0\xff\xe1\0\0") == {}
    assert carried(jpeg((0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"))) == {}


def test_damaged_pictures_carry_less_and_harm_nobody() -> None:
    chance = random.Random(3)
    whole = [
        png(packed_chunk("prompt", GRAPH.encode()), text_chunk("workflow", GRAPH)),
        webp((b"EXIF", tiff({MODEL: b"prompt:" + GRAPH.encode()}, ">", b"ASCII\0\0\0{}"))),
        jpeg((0xE1, b"Exif\0\0" + tiff({MAKE: b"workflow:{}"}, "<", b"UNICODE\0\0{"))),
    ]
    for data in whole:
        for _round in range(500):
            damaged = bytearray(data[: chance.randrange(2, len(data) + 1)])
            for _place in range(chance.randrange(4)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            carried(bytes(damaged))


@pytest.mark.parametrize(
    "xmp",
    [
        f"<a:prompt>{GRAPH}</a:prompt>",
        f"<prompt>{GRAPH}</prompt>",
        f"<x aprompter='1' a:Prompt = '{GRAPH}'/>",
        f"<x about='prompt, prompt' prompt='{GRAPH}' prompt='{{}}'/>",
    ],
)
def test_every_spelling_of_a_name_in_xmp_is_found(xmp: str) -> None:
    assert carried(webp((b"XMP ", xmp.encode()))) == {"prompt": GRAPH}


@pytest.mark.parametrize("letters", ["a", "a:", "prompt", "prompt ", "prompt=", "<a:", 'prompt="'])
def test_twenty_megabytes_of_nothing_are_soon_looked_through(letters: str) -> None:
    nothing = (letters * (20_000_000 // len(letters))).encode()
    assert set(carried(webp((b"XMP ", nothing)))) <= {"prompt"}


def test_of_very_many_packed_texts_the_first_few_are_looked_at() -> None:
    bomb = chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b"{" * 40_000_000, 1))
    assert carried(png(bomb, text_chunk("prompt", GRAPH))) == {"prompt": GRAPH}
    assert carried(png(*[bomb] * 100, text_chunk("prompt", GRAPH))) == {}


def test_a_picture_without_an_end_is_left_in_the_middle() -> None:
    given = 0

    def endless(at: int, length: int) -> bytes:
        nonlocal given
        head = PNG if at == 0 else struct.pack(">I", 4_000_000) + b"tEXt"
        piece = head.ljust(length, b"x")[:length]
        given += len(piece)
        return piece

    assert embedded_texts(endless) == {}
    assert given < 500_000_000


@pytest.mark.parametrize("order", ["<", ">"])
def test_texts_come_in_their_order(order: str) -> None:
    data = tiff({MAKE: b"first", MODEL: b"2nd\0"}, order, b"ASCII\0\0\0third")
    assert exif_texts(data) == ["first", "2nd", "third"]


def test_what_is_no_tiff_has_none() -> None:
    for data in (b"", b"II", b"XX*\0", b"II*\0\x08\0\0\0\xff\xff", tiff({MAKE: b"first"})[:-3]):
        assert exif_texts(data) == []


def test_letters_of_unknown_spelling() -> None:
    assert decode_text("é".encode()) == "é"
    assert decode_text("é".encode("latin-1") + b"\0\0") == "é"


def test_a_thousand_entries_that_name_one_place_are_not_all_read() -> None:
    size, count = 20_000_000, 1000
    row = struct.pack("<HHII", MAKE, 2, size, 8 + 2 + 12 * count + 4)
    head = b"II*\0" + struct.pack("<IH", 8, count)
    found = exif_texts(head + row * count + b"\0" * 4 + b"x" * size)
    assert sum(map(len, found)) < 4 * size
