"""Pictures of a run are drawn on first access, and kept only while they are in use."""

from __future__ import annotations

from PIL import Image

from runcomfy_desktop.emulator.painting.lazy_image import LazyImage


def test_a_picture_is_drawn_on_first_access_and_again_once_it_was_released() -> None:
    drawn: list[Image.Image] = []

    def draw() -> Image.Image:
        drawn.append(Image.new("RGB", (3, 2)))
        return drawn[-1]

    lazy = LazyImage((3, 2), draw)
    assert lazy.size == (3, 2)
    assert not drawn
    first = lazy.image
    assert lazy.image is first
    assert len(drawn) == 1
    drawn.clear()
    del first
    assert lazy.image.size == (3, 2)
    assert len(drawn) == 1
