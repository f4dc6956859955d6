"""Small versions of pictures, which a run sends in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.ui.media.small_version import small_version
from tests.gui.support import photos
from tests.gui.support import wells as on


@pytest.mark.parametrize(
    ("name", "data", "begins"),
    [
        ("a.png", photos.saved(photos.photo((400, 300)), "PNG"), b"\xff\xd8\xff"),
        ("clear.png", photos.clear_png((700, 500)), b"RIFF"),
        ("film.webp", photos.film("WEBP"), b""),
        ("torn.png", photos.saved(photos.photo((400, 300)), "PNG")[:9000], b""),
    ],
)
def test_the_small_version_of_a_picture(
    tmp_path: Path, name: str, data: bytes, begins: bytes
) -> None:
    path = Path(on.file_at(tmp_path, name, data))
    made = small_version(path, lambda: False)
    assert made[:4].startswith(begins) if begins else not made
    assert len(made) <= INLINE_LIMIT_BYTES
    assert path.read_bytes() == data
    assert small_version(path, lambda: True) == b""
