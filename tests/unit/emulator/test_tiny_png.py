"""Pictures of one pixel."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, PngImagePlugin

from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from runcomfy_desktop.emulator.tiny_png import tiny_png
from tests.unit.emulator.emulator_harness import FLUX, EmulatorHarness


def test_each_is_sound_and_says_its_own_words() -> None:
    with Image.open(BytesIO(tiny_png("one"))) as picture:
        picture.load()
        assert picture.size == (1, 1)
        assert isinstance(picture, PngImagePlugin.PngImageFile)
        assert picture.text == {"Comment": "one"}
    assert tiny_png("one") != tiny_png("two")


def test_a_switch_makes_all_pictures_tiny() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 0, 0), switches=BehaviourSwitches(tiny_outputs=True)
    )
    urls = [
        str(
            connection.get(connection.submit({}, FLUX)["result_url"])["outputs"]["9"]["images"][0][
                "url"
            ]
        )
        for _run in range(2)
    ]
    bodies = [connection.download(url).body for url in urls]
    assert bodies[0] != bodies[1]
    for body in bodies:
        with Image.open(BytesIO(body)) as picture:
            picture.load()
            assert picture.size == (1, 1)
