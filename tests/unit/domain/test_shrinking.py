"""The search for the largest version of a picture that stays below a limit."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.shrinking import (
    BEST_QUALITY,
    GOOD_QUALITY,
    PictureForm,
    Shrink,
    largest_that_fits,
    sized,
    small_name,
)

LIMIT = 256 * 1024


def weigh(wish: Shrink) -> int:
    """A picture of some detail: what encoders make of it, roughly."""
    per_pixel = 0.05 + (wish.quality / 100) ** 4 / 2
    area: float = (wish.width * wish.height) ** 0.93
    return 500 + round(area * per_pixel)


@pytest.mark.parametrize("form", list(PictureForm))
@pytest.mark.parametrize(
    "size", [(6000, 4000), (8192, 8192), (1200, 900), (300, 20_000), (20_000, 1), (900, 901)]
)
def test_it_is_below_and_hardly_anything_larger_would_be(
    form: PictureForm, size: tuple[int, int]
) -> None:
    tried: list[Shrink] = []

    def counted(wish: Shrink) -> int:
        tried.append(wish)
        return weigh(wish)

    found = largest_that_fits(Shrink(*size, form), LIMIT, counted)
    assert found is not None
    assert weigh(found) <= LIMIT
    assert found in tried, "its bytes are there already"
    assert len(tried) <= 16
    longest = max(found.width, found.height)
    if longest < max(size):
        larger = sized(*size, round(longest * 1.04))
        assert weigh(Shrink(*larger, form, GOOD_QUALITY)) > LIMIT


def test_a_picture_that_fits_as_it_is_keeps_its_size_and_gets_the_best_quality() -> None:
    found = largest_that_fits(Shrink(400, 300, PictureForm.JPEG), LIMIT, weigh)
    assert found == Shrink(400, 300, PictureForm.JPEG, BEST_QUALITY)


def test_quality_goes_up_only_as_far_as_it_fits() -> None:
    found = largest_that_fits(Shrink(1600, 1000, PictureForm.WEBP), LIMIT, weigh)
    assert found is not None
    assert (found.width, found.height) == (1600, 1000)
    assert weigh(Shrink(1600, 1000, PictureForm.WEBP, found.quality + 1)) > LIMIT


def test_a_picture_without_detail_stays_whole_however_large_it_is() -> None:
    found = largest_that_fits(Shrink(8192, 8192, PictureForm.PNG), LIMIT, lambda _wish: 9000)
    assert found == Shrink(8192, 8192, PictureForm.PNG)


def test_nothing_fits() -> None:
    assert largest_that_fits(Shrink(800, 600, PictureForm.PNG), 100, lambda _wish: 101) is None


def test_a_weight_that_does_not_follow_the_size_ends_all_the_same() -> None:
    weights = iter([LIMIT + 1, LIMIT, LIMIT + 5] * 20)
    found = largest_that_fits(
        Shrink(9000, 9000, PictureForm.PNG), LIMIT, lambda _wish: next(weights)
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
    assert sized(*size, side) == expected


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
    assert small_name(name, PictureForm.WEBP) == expected
