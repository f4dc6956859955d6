"""Scenes and repaints depend only on words and seed; repainted pictures stay recognisable."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageDraw

from runcomfy_desktop.emulator.painting import (
    bicycle,
    buildings,
    container_images,
    image_tools,
    palette,
    repaint,
    scene,
    scene_layout,
    terrain,
)
from runcomfy_desktop.emulator.painting.repaint import RepaintStyle
from tests.unit.emulator.image_tools import likeness, mean_colour

SMALL = (192, 128)


def repaint_options(words: str = "", seed: int = 1, **more: object) -> repaint.RepaintOptions:
    facts = {"digest": "d", "denoise": 1.0, "style": RepaintStyle(), "phase": 0.0, **more}
    return repaint.RepaintOptions(words, seed, **facts)  # type: ignore[arg-type]  # named above


def photo() -> Image.Image:
    """Returns a picture with shapes, colours and fine detail, unlike any painted scene."""
    numbers = random.Random(5)
    image = Image.new("RGB", (300, 200), (120, 140, 90))
    draw = ImageDraw.Draw(image)
    for _index in range(60):
        x, y, r = numbers.randrange(300), numbers.randrange(200), numbers.randrange(4, 40)
        tone = tuple(numbers.randrange(256) for _ in range(3))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tone)
    return image


@pytest.mark.parametrize(
    "words",
    [
        "",
        "a lighthouse at dusk",
        "city by the sea at night, boat",
        "snowy mountains",
        "pine forest, birds",
        "house and balloon in spring",
        "blue storm over the desert",
    ],
)
def test_a_scene_is_decided_by_words_and_seed(words: str) -> None:
    first = scene.paint(SMALL, scene_layout.ScenePrompt(words, 3))
    assert first.size == SMALL
    assert first.tobytes() == scene.paint(SMALL, scene_layout.ScenePrompt(words, 3)).tobytes()
    assert first.tobytes() != scene.paint(SMALL, scene_layout.ScenePrompt(words, 4)).tobytes()
    assert (
        first.tobytes() != scene.paint(SMALL, scene_layout.ScenePrompt(f"{words} x", 3)).tobytes()
    )
    assert (
        first.tobytes() != scene.paint(SMALL, scene_layout.ScenePrompt(words, 3, "other")).tobytes()
    )


@pytest.mark.parametrize("size", [(16, 16), (16, 400), (400, 16), (129, 131)])
def test_a_scene_of_any_shape_can_be_painted(size: tuple[int, int]) -> None:
    words = "lighthouse city boat balloon birds house mountains forest sea night"
    assert scene.paint(size, scene_layout.ScenePrompt(words, 1)).size == size


def test_words_choose_the_time_of_day() -> None:
    night = mean_colour(scene.paint(SMALL, scene_layout.ScenePrompt("hills at night", 1)))
    day = mean_colour(scene.paint(SMALL, scene_layout.ScenePrompt("hills at noon", 1)))
    assert sum(night) < sum(day) * 0.6


def test_a_named_thing_is_seen() -> None:
    """The objects named in the prompt are painted into the scene."""
    without = scene.paint(SMALL, scene_layout.ScenePrompt("sea at dusk", 7))
    plan = scene_layout.SceneLayout(
        SMALL,
        scene_layout.ScenePrompt("sea at dusk", 7),
        frozenset(("lighthouse",)),
        palette.THEMES[1],
        70.0,
        (90.0, 30.0),
        ((0.0, 110.0), (192.0, 110.0)),
    )
    before = without.copy()
    assert scene.paint_features(without, plan).tobytes() != before.tobytes()
    assert buildings.paint_house(before.copy(), plan).tobytes() != before.tobytes()
    assert scene.paint_sky(plan).size == SMALL


def test_a_clip_moves_and_runs_in_a_circle() -> None:
    frames = [
        scene.paint(SMALL, scene_layout.ScenePrompt("lake at dawn", 2, "d", at))
        for at in (0.0, 0.25, 0.5)
    ]
    assert len({frame.tobytes() for frame in frames}) == 3
    assert likeness(frames[0], frames[1]) > 0.9
    assert scene_layout.ScenePrompt("", 1, "", 1.0).swing == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "make it blue",
        "at night under the moon",
        "deep winter",
        "pencil sketch",
        "red",
        "greyscale",
        "keep everything, only the car green",
        "thunder storm at sunset",
        "an oil painting of a queen",
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_a_repainted_picture_stays_recognisable(words: str, seed: int) -> None:
    source = photo()
    painted = repaint.repaint([source], (320, 208), repaint_options(words, seed))
    assert painted.size == (320, 208)
    # In a picture full of edges, the sketch's lines cover part of it.
    assert likeness(source, painted) > (0.65 if "sketch" in words else 0.75)
    assert painted.tobytes() != source.resize((320, 208)).tobytes()


def test_a_repaint_is_decided_by_picture_words_and_seed() -> None:
    def painted(words: str = "dusk", seed: int = 1, **more: object) -> bytes:
        return repaint.repaint([photo()], SMALL, repaint_options(words, seed, **more)).tobytes()

    assert painted() == painted()
    others = [
        painted(seed=2),
        painted("dawn"),
        painted(digest="e"),
        painted(denoise=0.4),
        painted(style=RepaintStyle(strength=0.3)),
        painted(style=RepaintStyle(film_look="faded")),
        painted(style=RepaintStyle(keep_colours=True)),
        painted(phase=0.5),
    ]
    assert len({painted(), *others}) == len(others) + 1


def test_without_denoising_the_picture_stays_as_it_is() -> None:
    source = photo()
    painted = repaint.repaint([source], source.size, repaint_options(denoise=0.0))
    assert painted.tobytes() == source.tobytes()


def test_a_colour_word_is_seen_in_what_is_colourful() -> None:
    red = Image.new("RGB", (64, 64), (200, 40, 40))
    red.paste((128, 128, 128), (0, 0, 64, 24))
    painted = repaint.repaint([red], (64, 64), repaint_options("paint it blue, keep the rest"))
    red_part, _green, blue_part = mean_colour(painted.crop((16, 36, 48, 60)))
    assert blue_part > red_part + 60
    grey = mean_colour(painted.crop((16, 4, 48, 18)))
    assert max(grey) - min(grey) < 40


def test_several_pictures_get_a_field_each() -> None:
    left, right = photo(), photo().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    painted = repaint.repaint([left, right], (600, 200), repaint_options("dusk"))
    assert likeness(left, painted.crop((0, 0, 300, 200))) > 0.75
    assert likeness(right, painted.crop((300, 0, 600, 200))) > 0.75


def test_the_containers_files_are_pictures_of_their_own() -> None:
    names = ("bike.jpg", "harbour.jpg", "meadow.png", "lighthouse.png")
    pictures = [container_images.picture(name) for name in names]
    assert len({each.image.tobytes() for each in pictures}) == len(names)
    assert all(each.size == each.image.size for each in pictures)
    assert pictures[0].size == bicycle.SIZE


def test_an_address_gets_a_stand_in_of_its_own() -> None:
    first = container_images.picture("x.jpg", "https://a.example/sea.jpg")
    second = container_images.picture("x.jpg", "https://a.example/wood.jpg")
    again = container_images.picture("x.jpg", "https://a.example/sea.jpg")
    assert first.image.tobytes() == again.image.tobytes()
    assert first.image.tobytes() != second.image.tobytes()


def test_ridges_cross_the_whole_picture() -> None:
    numbers = image_tools.seeded_random("test")
    line = terrain.ridge((100, 100), 50, 10, numbers)
    assert line[0][0] < 0
    assert line[-1][0] > 100
    assert terrain.height_at(line, 50) == pytest.approx(50, abs=20)
    tops = scene.summits((100, 100), 30, numbers)
    assert max(each.height for each in tops) == 30
