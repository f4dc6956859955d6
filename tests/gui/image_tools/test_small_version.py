"""Small versions of pictures, which a run sends in place of the originals."""

from __future__ import annotations

from pathlib import Path

import pytest

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.ui.image_tools.small_version import shrunk_bytes
from tests.gui.support import media_fields as on
from tests.gui.support import photo_files


@pytest.mark.parametrize(
    ("name", "data", "begins"),
    [
        ("a.png", photo_files.encode_image(photo_files.photo((400, 300)), "PNG"), b"\xff\xd8\xff"),
        ("clear.png", photo_files.transparent_png((700, 500)), b"RIFF"),
        ("film.webp", photo_files.animation("WEBP"), b""),
        ("torn.png", photo_files.encode_image(photo_files.photo((400, 300)), "PNG")[:9000], b""),
    ],
)
def test_the_small_version_of_a_picture(
    tmp_path: Path, name: str, data: bytes, begins: bytes
) -> None:
    path = Path(on.write_file(tmp_path, name, data))
    made = shrunk_bytes(path, lambda: False)
    assert made[:4].startswith(begins) if begins else not made
    assert len(made) <= INLINE_LIMIT_BYTES
    assert path.read_bytes() == data
    assert shrunk_bytes(path, lambda: True) == b""
