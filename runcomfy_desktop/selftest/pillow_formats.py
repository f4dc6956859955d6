"""Check of Pillow, with which the demo service draws: every format it reads or writes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require
from runcomfy_desktop.selftest.sample_images import SAMPLES, SIDE, is_intact

if TYPE_CHECKING:
    from pathlib import Path

_WRITTEN_FORMATS = ("PNG", "WEBP", "GIF", "JPEG", "TIFF", "BMP")


def pillow_formats(_folder: Path) -> str:
    """Checks that Pillow reads the samples, and the files that it writes from one of them."""
    import PIL
    from PIL import Image

    # Pillow does not support vector graphics.
    read = [name for name in SAMPLES if name != "svg"]
    for name in read:
        _check_picture(name, SAMPLES[name])
    with Image.open(io.BytesIO(SAMPLES["png"])) as picture:
        picture.load()
        for name in _WRITTEN_FORMATS:
            stream = io.BytesIO()
            try:
                picture.convert("RGB").save(stream, name)
            except (KeyError, OSError, ImportError) as error:
                raise SelfTestFailure(f"{name} cannot be written: {error}") from error
            if name != "GIF":  # limited to 256 colours
                _check_picture(name, stream.getvalue())
    return (
        f"Pillow {PIL.__version__}; reads {', '.join(read)}; writes {', '.join(_WRITTEN_FORMATS)}"
    )


def _check_picture(name: str, data: bytes) -> None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            colours = picture.convert("RGB")
    except (OSError, ImportError) as error:
        raise SelfTestFailure(f"{name} cannot be read: {error}") from error
    left, right = colours.getpixel((2, 8)), colours.getpixel((SIDE - 3, 8))
    is_valid = isinstance(left, tuple) and isinstance(right, tuple) and is_intact(left, right)
    require(is_valid, f"{name} is not what it should be: {left}, {right}")
