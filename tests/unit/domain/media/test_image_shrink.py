"""The search for the largest version of a picture that stays below a limit."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.media.image_shrink import (
    DEFAULT_QUALITY,
    MAX_QUALITY,
    ImageFormat,
    ShrinkTarget,
    largest_that_fits,
    scaled_size,
    shrunk_name,
)

LIMIT = 256 * 1024


def estimate_size(target: ShrinkTarget) -> int:
    """Returns the approximate encoded size of a picture with some detail."""
    per_pixel = 0.05 + (target.quality / 100) ** 4 / 2
    area: float = (target.width * target.height) ** 0.93
    return 500 + round(area * per_pixel)


@pytest.mark.parametrize("form", list(ImageFormat))
@pytest.mark.parametrize(
    "size", [(6000, 4000), (8192, 8192), (1200, 900), (300, 20_000), (20_000, 1), (900, 901)]
)
def test_it_is_below_and_hardly_anything_larger_would_be(
    form: ImageFormat, size: tuple[int, int]
) -> None:
    tried: list[ShrinkTarget] = []

    def counted(target: ShrinkTarget) -> int:
        tried.append(target)
        return estimate_size(target)

    found = largest_that_fits(ShrinkTarget(*size, form), LIMIT, counted)
    assert found is not None
    assert estimate_size(found) <= LIMIT
    assert found in tried, "its bytes are there already"
    assert len(tried) <= 16
    longest = max(found.width, found.height)
    if longest < max(size):
        larger = scaled_size(*size, round(longest * 1.04))
        assert estimate_size(ShrinkTarget(*larger, form, DEFAULT_QUALITY)) > LIMIT


def test_a_picture_that_fits_as_it_is_keeps_its_size_and_gets_the_best_quality() -> None:
    found = largest_that_fits(ShrinkTarget(400, 300, ImageFormat.JPEG), LIMIT, estimate_size)
    assert found == ShrinkTarget(400, 300, ImageFormat.JPEG, MAX_QUALITY)


def test_quality_goes_up_only_as_far_as_it_fits() -> None:
    found = largest_that_fits(ShrinkTarget(1600, 1000, ImageFormat.WEBP), LIMIT, estimate_size)
    assert found is not None
    assert (found.width, found.height) == (1600, 1000)
    assert estimate_size(ShrinkTarget(1600, 1000, ImageFormat.WEBP, found.quality + 1)) > LIMIT


def test_a_picture_without_detail_stays_whole_however_large_it_is() -> None:
    found = largest_that_fits(
        ShrinkTarget(8192, 8192, ImageFormat.PNG), LIMIT, lambda _target: 9000
    )
    assert found == ShrinkTarget(8192, 8192, ImageFormat.PNG)


def test_nothing_fits() -> None:
    assert (
        largest_that_fits(ShrinkTarget(800, 600, ImageFormat.PNG), 100, lambda _target: 101) is None
    )


def test_a_weight_that_does_not_follow_the_size_ends_all_the_same() -> None:
    weights = iter([LIMIT + 1, LIMIT, LIMIT + 5] * 20)
    found = largest_that_fits(
        ShrinkTarget(9000, 9000, ImageFormat.PNG), LIMIT, lambda _target: next(weights)
    )
    assert found is None or max(found.width, found.height) < 9000


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((6000, 4000), 1024, (1024, 683)),
        ((4000, 6000), 1024, (683, 1024)),
        ((300, 200), 1024, (300, 200)),
        ((20_000, 2), 100, (100, 1)),
        ((5, 5), 0, (1, 1)),
    ],
)
def test_sizes(size: tuple[int, int], side: int, expected: tuple[int, int]) -> None:
    assert scaled_size(*size, side) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.jpeg", "photo.webp"),
        ("photo", "photo.webp"),
        (".hidden", ".hidden.webp"),
        ("a.b.c", "a.b.webp"),
        ("", ".webp"),
    ],
)
def test_a_name_tells_what_its_bytes_are(name: str, expected: str) -> None:
    assert shrunk_name(name, ImageFormat.WEBP) == expected
