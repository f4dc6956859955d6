"""Malicious pictures and other data dropped on a picture input."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

from tests.support.hostile_cases import (
    CANARY,
    TAKEN_TEXT,
    UNREADABLE_DISK,
    HostileCase,
    fifo_factory,
    file_factory,
    folder_factory,
    missing_file_factory,
    sparse_file_factory,
    symlink_factory,
)
from tests.support.image_files import (
    PNG_SIGNATURE,
    cut_off,
    noisy_image,
    png_claiming_size,
    write_png,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MB = 1024 * 1024
RTL = "\u202e"
SVG = (
    f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><!-- {CANARY} -->"
    "<image href='file:///etc/hostname'/><image href='http://evil.example/x.png'/></svg>"
).encode()


def not_an_image_text(name: str) -> str:
    return f"{name} is not a picture that can be sent."


def damaged_text(name: str) -> str:
    return f"{name} is damaged or cut off."


def _bomb(frames: int) -> bytes:
    """Returns a GIF of many frames that states the maximum size of a GIF."""
    image = Image.new("P", (8, 8))
    file = io.BytesIO()
    image.save(file, "GIF", save_all=True, append_images=[image.copy()] * frames)
    data = bytearray(file.getvalue())
    data[6:10] = b"\xff\xff\xff\xff"
    return bytes(data)


def _write(name: str, width: int, height: int, colour: int = 2) -> Callable[[Path], Path]:
    return lambda folder: write_png(folder / name, width, height, colour)


REFUSED = (
    HostileCase("a file of zero bytes", file_factory("a.png", b""), "a.png is empty."),
    HostileCase(
        "words called .png",
        file_factory("a.png", CANARY.encode()),
        not_an_image_text("a.png"),
        "PNG, JPEG, WebP, GIF, BMP and TIFF can.",
    ),
    HostileCase(
        "a web page called .png",
        file_factory("a.png", b"<html></html>"),
        not_an_image_text("a.png"),
    ),
    HostileCase(
        "an SVG that names other files", file_factory("a.svg", SVG), not_an_image_text("a.svg")
    ),
    HostileCase("an SVG called .png", file_factory("a.png", SVG), not_an_image_text("a.png")),
    HostileCase(
        "AVIF", file_factory("a.avif", b"\x00\x00\x00\x1cftypavif" * 9), not_an_image_text("a.avif")
    ),
    HostileCase(
        "a film",
        file_factory("a.mp4", b"\x00\x00\x00\x20ftypisom" * 9),
        "a.mp4 is a video (MP4). This input takes pictures.",
    ),
    HostileCase(
        "a film called .png",
        file_factory("a.png", b"\x00\x00\x00\x20ftypisom" * 9),
        "a.png is a video (MP4) and not a picture (PNG) as its name says. "
        "This input takes pictures.",
    ),
    HostileCase(
        "a PNG that breaks off",
        file_factory("a.png", cut_off(noisy_image("PNG"))),
        damaged_text("a.png"),
        "A run would fail on it after the machine has started, and starting is billed.",
    ),
    HostileCase(
        "a JPEG that breaks off",
        file_factory("a.jpg", cut_off(noisy_image("JPEG"), 0.9)),
        damaged_text("a.jpg"),
    ),
    HostileCase(
        "a WebP that breaks off",
        file_factory("a.webp", cut_off(noisy_image("WEBP"))),
        damaged_text("a.webp"),
    ),
    HostileCase(
        "the first bytes of a PNG", file_factory("a.png", PNG_SIGNATURE), damaged_text("a.png")
    ),
    HostileCase(
        "a PNG with too few rows",
        file_factory("a.png", png_claiming_size(900, 900)),
        damaged_text("a.png"),
    ),
    HostileCase(
        "a decompression bomb of 3.6 gigapixels",
        file_factory("a.png", png_claiming_size(60_000, 60_000)),
        "a.png is too large a picture.",
        "It has 60000 × 60000 pixels; at most 500 megapixels can be handled.",
    ),
    HostileCase(
        "a GIF that says it has 4.3 gigapixels",
        file_factory("a.gif", _bomb(50)),
        damaged_text("a.gif"),
    ),
    HostileCase(
        "600 MB",
        sparse_file_factory("a.png", 600 * MB, PNG_SIGNATURE),
        "a.png is too large.",
        "A file may have at most 512 MB.",
    ),
    HostileCase(
        "a folder", folder_factory("photos"), "photos is a folder.", "Choose a file in it."
    ),
    HostileCase("a pipe", fifo_factory("pipe.png"), "pipe.png is not a file."),
    HostileCase("a device", symlink_factory("zero.png", "/dev/zero"), "zero.png is not a file."),
    HostileCase(
        "a file that is gone", missing_file_factory("a.png"), "a.png is not there any more."
    ),
    HostileCase(
        "a broken link", symlink_factory("a.png", "nobody"), "a.png is not there any more."
    ),
    HostileCase("a link to itself", symlink_factory("a.png", "a.png"), "a.png could not be read."),
    HostileCase(
        "a bad disk", symlink_factory("a.png", UNREADABLE_DISK), "a.png could not be read."
    ),
    HostileCase(
        "a file of somebody else",
        file_factory("a.png", noisy_image("PNG")),
        "You are not allowed to read a.png.",
    ),
    HostileCase(
        "a name with markup, a line break and a mark that turns text around",
        file_factory(f"<b>x\n{RTL}gnp.exe", b"words"),
        not_an_image_text("<b>x gnp.exe"),
    ),
)

# The detail is shown in the media field.
ACCEPTED = (
    HostileCase(
        "a picture whose name lies",
        file_factory("a.txt", noisy_image("PNG")),
        TAKEN_TEXT,
        "300 × 200",
    ),
    HostileCase(
        "one pixel", file_factory("a.png", noisy_image("PNG", (1, 1))), TAKEN_TEXT, "1 × 1"
    ),
    HostileCase(
        "a strip", file_factory("a.png", noisy_image("PNG", (9000, 2))), TAKEN_TEXT, "9000 × 2"
    ),
    HostileCase(
        "20,000 × 20,000 pixels", _write("a.png", 20_000, 20_000), TAKEN_TEXT, "20000 × 20000"
    ),
    HostileCase(
        "144 megapixels, grey", _write("a.png", 12_000, 12_000, 0), TAKEN_TEXT, "12000 × 12000"
    ),
    HostileCase(
        "a picture with megabytes behind its end",
        file_factory("a.jpg", lambda: noisy_image("JPEG") + bytes(3 * MB)),
        TAKEN_TEXT,
        "300 × 200",
    ),
    HostileCase(
        "a name with markup and marks that turn text around",
        file_factory(f"<i>{RTL}a\u2066\u200b.png", noisy_image("PNG")),
        TAKEN_TEXT,
        "300 × 200",
        expected_texts=("<i>a.png",),
    ),
    HostileCase(
        "a name of 255 letters",
        file_factory("n" * 251 + ".png", noisy_image("PNG")),
        TAKEN_TEXT,
        "300 × 200",
    ),
    HostileCase(
        "a name that is no UTF-8",
        file_factory("a\udcff.png", noisy_image("PNG")),
        TAKEN_TEXT,
        "300 × 200",
    ),
)


def data_address(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


# (name, type of the dropped data, the data, the text shown to the user)
DROPPED_TEXTS = (
    ("a file: address", "text", "file:///etc/passwd", ""),
    ("a javascript: address", "text", "javascript:alert(1)", ""),
    ("a text of a megabyte", "text", "https://a.example/" + "x" * 1_000_000, ""),
    ("markup without a picture", "html", f"<script>{CANARY}</script><b>", ""),
    (
        "an address inside one's own network",
        "text",
        "http://192.168.0.1/a.png",
        "RunComfy's servers cannot reach 192.168.0.1: it is inside your own network.",
    ),
    (
        "an address with a password",
        "text",
        "https://me:secret@a.example/a.png",
        "An address with a user name or password in it would be stored and sent as it is.",
    ),
    (
        "markup with a drawing that names other files",
        "html",
        f"<img src='{data_address('image/svg+xml', SVG)}'>",
        "What was dropped could not be read as a picture.",
    ),
    (
        "markup with broken Base64",
        "html",
        "<img src='data:image/png;base64,####'>",
        "What was dropped could not be read as a picture.",
    ),
    (
        "markup with a decompression bomb",
        "html",
        f"<img src='{data_address('image/png', png_claiming_size(60_000, 60_000))}'>",
        "What was dropped could not be read as a picture.",
    ),
)
NOT_TAKEN = "It is not taken: the pointer says so."
MANY = 500
MANY_FILES_TEXT = (
    "500 files for image: This input takes one file at a time. (500 runs, one each / Use the first)"
)
MANY_WITH_WORKFLOW_TEXT = (
    "501 files were dropped; mine.json was opened as the workflow, the others were left."
)
