"""Hostile pictures and other things that are dropped on a picture input."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

from tests.support.hostile import (
    CANARY,
    TAKEN,
    UNREADABLE_DISK,
    Case,
    linked,
    made_folder,
    missing,
    piped,
    sized,
    written,
)
from tests.support.pictures import PNG_HEAD, cut, encoded, png_that_says, write_png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MB = 1024 * 1024
RTL = "\u202e"
SVG = (
    f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><!-- {CANARY} -->"
    "<image href='file:///etc/hostname'/><image href='http://evil.example/x.png'/></svg>"
).encode()


def no_picture(name: str) -> str:
    return f"{name} is not a picture that can be sent."


def damaged(name: str) -> str:
    return f"{name} is damaged or cut off."


def _bomb(frames: int) -> bytes:
    """A GIF that says it is as large as a GIF can be, in many frames."""
    image = Image.new("P", (8, 8))
    file = io.BytesIO()
    image.save(file, "GIF", save_all=True, append_images=[image.copy()] * frames)
    data = bytearray(file.getvalue())
    data[6:10] = b"\xff\xff\xff\xff"
    return bytes(data)


def _write(name: str, width: int, height: int, colour: int = 2) -> Callable[[Path], Path]:
    return lambda folder: write_png(folder / name, width, height, colour)


REFUSED = (
    Case("a file of zero bytes", written("a.png", b""), "a.png is empty."),
    Case(
        "words called .png",
        written("a.png", CANARY.encode()),
        no_picture("a.png"),
        "PNG, JPEG, WebP, GIF, BMP and TIFF can.",
    ),
    Case("a web page called .png", written("a.png", b"<html></html>"), no_picture("a.png")),
    Case("an SVG that names other files", written("a.svg", SVG), no_picture("a.svg")),
    Case("an SVG called .png", written("a.png", SVG), no_picture("a.png")),
    Case("AVIF", written("a.avif", b"\x00\x00\x00\x1cftypavif" * 9), no_picture("a.avif")),
    Case(
        "a film",
        written("a.mp4", b"\x00\x00\x00\x20ftypisom" * 9),
        "a.mp4 is a video (MP4). This input takes pictures.",
    ),
    Case(
        "a film called .png",
        written("a.png", b"\x00\x00\x00\x20ftypisom" * 9),
        "a.png is a video (MP4) and not a picture (PNG) as its name says. "
        "This input takes pictures.",
    ),
    Case(
        "a PNG that breaks off",
        written("a.png", cut(encoded("PNG"))),
        damaged("a.png"),
        "A run would fail on it after the machine has started, and starting is billed.",
    ),
    Case("a JPEG that breaks off", written("a.jpg", cut(encoded("JPEG"), 0.9)), damaged("a.jpg")),
    Case("a WebP that breaks off", written("a.webp", cut(encoded("WEBP"))), damaged("a.webp")),
    Case("the first bytes of a PNG", written("a.png", PNG_HEAD), damaged("a.png")),
    Case("a PNG with too few rows", written("a.png", png_that_says(900, 900)), damaged("a.png")),
    Case(
        "a decompression bomb of 3.6 gigapixels",
        written("a.png", png_that_says(60_000, 60_000)),
        "a.png is too large a picture.",
        "It has 60000 × 60000 pixels; at most 500 megapixels can be handled.",
    ),
    Case(
        "a GIF that says it has 4.3 gigapixels",
        written("a.gif", _bomb(50)),
        damaged("a.gif"),
    ),
    Case(
        "600 MB",
        sized("a.png", 600 * MB, PNG_HEAD),
        "a.png is too large.",
        "A file may have at most 512 MB.",
    ),
    Case("a folder", made_folder("photos"), "photos is a folder.", "Choose a file in it."),
    Case("a pipe", piped("pipe.png"), "pipe.png is not a file."),
    Case("a device", linked("zero.png", "/dev/zero"), "zero.png is not a file."),
    Case("a file that is gone", missing("a.png"), "a.png is not there any more."),
    Case("a broken link", linked("a.png", "nobody"), "a.png is not there any more."),
    Case("a link to itself", linked("a.png", "a.png"), "a.png could not be read."),
    Case("a bad disk", linked("a.png", UNREADABLE_DISK), "a.png could not be read."),
    Case(
        "a file of somebody else",
        written("a.png", encoded("PNG")),
        "You are not allowed to read a.png.",
    ),
    Case(
        "a name with markup, a line break and a mark that turns text around",
        written(f"<b>x\n{RTL}gnp.exe", b"words"),
        no_picture("<b>x gnp.exe"),
    ),
)

# (name, how the picture is made, the facts that its well shows)
ACCEPTED = (
    Case("a picture whose name lies", written("a.txt", encoded("PNG")), TAKEN, "300 × 200"),
    Case("one pixel", written("a.png", encoded("PNG", (1, 1))), TAKEN, "1 × 1"),
    Case("a strip", written("a.png", encoded("PNG", (9000, 2))), TAKEN, "9000 × 2"),
    Case("20,000 × 20,000 pixels", _write("a.png", 20_000, 20_000), TAKEN, "20000 × 20000"),
    Case("144 megapixels, grey", _write("a.png", 12_000, 12_000, 0), TAKEN, "12000 × 12000"),
    Case(
        "a picture with megabytes behind its end",
        written("a.jpg", lambda: encoded("JPEG") + bytes(3 * MB)),
        TAKEN,
        "300 × 200",
    ),
    Case(
        "a name with markup and marks that turn text around",
        written(f"<i>{RTL}a\u2066\u200b.png", encoded("PNG")),
        TAKEN,
        "300 × 200",
        shows=("<i>a.png",),
    ),
    Case("a name of 255 letters", written("n" * 251 + ".png", encoded("PNG")), TAKEN, "300 × 200"),
    Case("a name that is no UTF-8", written("a\udcff.png", encoded("PNG")), TAKEN, "300 × 200"),
)


def data_address(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


# (what is dropped as text or as markup, what the person is told)
WORDS = (
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
        f"<img src='{data_address('image/png', png_that_says(60_000, 60_000))}'>",
        "What was dropped could not be read as a picture.",
    ),
)
NOT_TAKEN = "It is not taken: the pointer says so."
MANY = 500
MANY_TOLD = (
    "500 files for image: This input takes one file at a time. (500 runs, one each / Use the first)"
)
MANY_WITH_WORKFLOW_TOLD = (
    "501 files were dropped; mine.json was opened as the workflow, the others were left."
)
