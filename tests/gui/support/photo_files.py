"""Realistic pictures: detailed photographs, encoded as by cameras and tools."""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache

from PIL import Image, ImageCms, ImageDraw

from tests.support.image_files import PNG_SIGNATURE, png_chunk

_ROTATED_ORIENTATION = 6
_ORIENTATION_TAG = 0x0112


def photo(size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    """Returns noise at several scales, with four corners that identify the orientation."""
    return _photo(size).copy()


@lru_cache(maxsize=16)
def _photo(size: tuple[int, int]) -> Image.Image:
    width, height = size
    coarse = Image.effect_noise((max(2, width // 40), max(2, height // 40)), 70).resize(size)
    fine = Image.effect_noise(size, 25)
    image = Image.merge("RGB", (coarse, fine, coarse.transpose(Image.Transpose.ROTATE_180)))
    pen = ImageDraw.Draw(image)
    corner = (width // 4, height // 4)
    pen.rectangle((0, 0, *corner), fill="red")
    pen.rectangle((width - corner[0], 0, width, corner[1]), fill="lime")
    pen.rectangle((0, height - corner[1], corner[0], height), fill="blue")
    pen.rectangle((width - corner[0], height - corner[1], width, height), fill="white")
    return image


def encode_image(image: Image.Image, kind: str, **options: object) -> bytes:
    """Encodes a picture; a PNG is not compressed, which would take most of a test's time."""
    if kind == "PNG":
        options.setdefault("compress_level", 0)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decode_image(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def rotated_jpeg(size: tuple[int, int] = (1600, 1200)) -> bytes:
    """Returns a photograph that is upright only after the 90° rotation in its metadata."""
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = _ROTATED_ORIENTATION
    upright = photo(size)
    return encode_image(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif)


def cmyk_jpeg(size: tuple[int, int] = (1600, 1200)) -> bytes:
    return encode_image(photo(size).convert("CMYK"), "JPEG", quality=95)


def wide_gamut_jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (640, 480)) -> bytes:
    """Returns a single-coloured picture with a colour profile that swaps red and green."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")
    return encode_image(Image.new("RGB", size, colour), "PNG", icc_profile=swapped)


def deep_png(size: tuple[int, int] = (400, 300), *, alpha: bool = False) -> bytes:
    """Returns a PNG with 16 bits per colour; with `alpha`, its left half is transparent."""
    width, height = size
    samples, rows = 4 if alpha else 3, []
    for row in range(height):
        line = bytearray(b"\0")
        for column in range(width):
            values = [column * 65535 // width, row * 65535 // height, (column * row * 7919) & 65535]
            values += [0 if column < width // 2 else 65535] if alpha else []
            line += struct.pack(f">{samples}H", *values)
        rows.append(bytes(line))
    header = struct.pack(">IIBBBBB", width, height, 16, 6 if alpha else 2, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 0)
    return (
        PNG_SIGNATURE
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", data)
        + png_chunk(b"IEND", b"")
    )


def transparent_png(size: tuple[int, int] = (640, 480)) -> bytes:
    """Returns a photograph whose left half is fully transparent, with colours beneath."""
    image = photo(size)
    alpha = Image.new("L", size, 255)
    alpha.paste(0, (0, 0, size[0] // 2, size[1]))
    image.putalpha(alpha)
    return encode_image(image, "PNG")


def animation(kind: str, size: tuple[int, int] = (900, 700)) -> bytes:
    """Returns an animation that begins with a photograph; its second frame is black."""
    first, second = photo(size), Image.new("RGB", size)
    if kind == "GIF":
        # Pillow's default quantization takes half a second.
        first = first.quantize(method=Image.Quantize.FASTOCTREE)
    return encode_image(first, kind, save_all=True, append_images=[second], duration=100)
