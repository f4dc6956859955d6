"""The installed .deb, used by an ordinary user on clean Debian systems."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageColor

from project import ONEDIR, version
from runcomfy_desktop.app import session
from runcomfy_desktop.ui.base.external_opener import PROFILE_PAGE
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.e2e.test_tour import STEPS
from tests.installers.clean_systems import (
    BUNDLE,
    OFFSCREEN,
    ON_EACH_SUITE,
    ON_EACH_SUITE_FULL,
    PROGRAM,
    RESULTS,
    end,
    start,
    wait_until,
)

if TYPE_CHECKING:
    from linux.places import Place
    from tests.installers.clean_systems import CleanSystems

pytestmark = pytest.mark.timeout(400)


def self_test(place: Place, environment: dict[str, str]) -> str:
    report = "/tmp/self-test.json"
    done = place.run(
        [PROGRAM, "--self-test", "--report", report], user=True, env=environment, limit_s=180
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@ON_EACH_SUITE
def test_it_tells_its_version(systems: CleanSystems, suite: str) -> None:
    place = systems.installed(suite)
    message = place.must([PROGRAM, "--version"], user=True)
    assert message == f"RunComfy Desktop {version()}\n"


@pytest.mark.one_system
def test_its_modules_are_not_unpacked_at_each_start() -> None:
    message = session.__doc__
    assert message is not None
    assert message.encode() in (ONEDIR / PROGRAM).read_bytes()


@ON_EACH_SUITE
def test_there_is_no_other_python_and_no_other_qt(systems: CleanSystems, suite: str) -> None:
    place = systems.installed(suite)
    there = place.must(["dpkg-query", "-W", "-f", "${Package}\n"])
    assert [
        name for name in there.split() if name.startswith(("python3", "libpython", "libqt"))
    ] == []


@ON_EACH_SUITE
def test_all_parts_work_without_a_screen(systems: CleanSystems, suite: str) -> None:
    self_test(systems.installed(suite), OFFSCREEN)


@ON_EACH_SUITE
def test_all_parts_work_on_an_x_screen(systems: CleanSystems, suite: str) -> None:
    said = self_test(systems.installed(suite), systems.display.environment)
    assert "xcb" in said


@ON_EACH_SUITE
def test_all_parts_work_on_a_wayland_screen(systems: CleanSystems, suite: str) -> None:
    with systems.wayland() as screen:
        said = self_test(systems.installed(suite), screen.environment)
    assert "wayland" in said


@ON_EACH_SUITE
def test_it_starts_and_shows_its_window(systems: CleanSystems, suite: str) -> None:
    place, display = systems.installed(suite), systems.display
    program = start(place, [], display.environment, "/home/person/on-x")
    window = display.wait_for_window("RunComfy Desktop")
    display.focus(window)
    shown = RESULTS / f"{suite}-window.png"

    # The first-run page is filled in after the first frame.
    def has_button() -> bool:
        return display.colour_centre(LIGHT.accent) is not None

    wait_until("the first-run page is shown", has_button, 30, lambda: str(shown))
    display.save_screenshot(shown)
    assert "Traceback" not in end(program, place)


@ON_EACH_SUITE
def test_a_browser_that_it_opens_gets_nothing_of_its_own_loading(
    systems: CleanSystems, suite: str
) -> None:
    """A browser started by the program does not inherit the bundle's library paths.

    With the bundle's OpenSSL and Qt instead of its own, it would not start.
    """
    place, display = systems.installed(suite), systems.display
    browser, opened = "/usr/local/bin/xdg-open", "/home/person/opened"
    place.write(browser, f'#!/bin/sh\n{{ echo "$1"; env; }} >{opened}.part\n'.encode())
    place.must(["sh", "-c", f"echo 'mv {opened}.part {opened}' >>{browser}; chmod 755 {browser}"])
    program = start(place, [], display.environment, "/home/person/on-opening")
    display.focus(display.wait_for_window("RunComfy Desktop"))
    wait_until("its page is shown", lambda: display.colour_centre(LIGHT.accent), 30, lambda: "")
    display.press("alt+h", "k")
    wait_until(
        "it is opened", place.written(opened).exists, 30, lambda: "Help > Get a key did nothing"
    )
    message = place.must(["cat", opened]).splitlines()
    end(program, place)
    place.must(["rm", browser, opened])
    assert message[0] == PROFILE_PAGE
    assert [each for each in message if each.startswith(("LD_", "_PYI_")) or BUNDLE in each] == []


@ON_EACH_SUITE
def test_it_starts_on_a_wayland_screen_that_nobody_sees(systems: CleanSystems, suite: str) -> None:
    place = systems.installed(suite)
    shown = RESULTS / f"{suite}-wayland.png"
    with systems.wayland() as screen:
        program = start(place, [], screen.environment, "/home/person/on-wayland")

        def has_button() -> bool:
            screen.save_screenshot(shown)
            with Image.open(shown) as picture:
                colours = picture.convert("RGB").getcolors(1 << 24) or []
            accent = ImageColor.getrgb(LIGHT.accent)
            return any(colour == accent and count > 3_000 for count, colour in colours)

        wait_until("the first-run page is shown", has_button, 40, lambda: str(shown))
        assert "Traceback" not in end(program, place)


@ON_EACH_SUITE
def test_the_main_job_is_done_on_x(systems: CleanSystems, suite: str) -> None:
    """A job runs from the first-run page to its result, on the included demo service."""
    _take_the_tour(systems.installed(suite), systems.display.environment, "xcb", suite)


@ON_EACH_SUITE_FULL
def test_the_main_job_is_done_on_wayland(systems: CleanSystems, suite: str) -> None:
    with systems.wayland(with_keyboard=True) as screen:
        _take_the_tour(systems.installed(suite), screen.environment, "wayland", suite)


def _take_the_tour(place: Place, environment: dict[str, str], platform: str, suite: str) -> None:
    folder = f"/home/person/tour-{platform}"
    done = place.run([PROGRAM, "--tour", folder], user=True, env=environment, limit_s=300)
    assert done.returncode == 0, done.stdout
    report = json.loads(place.must(["cat", f"{folder}/tour.json"]))
    assert [step["name"] for step in report["steps"]] == STEPS
    assert [step["failed"] for step in report["steps"] if step["failed"]] == []
    assert report["platform"] == platform
    _save_pictures(place, folder, f"{suite}-{platform}")


def _save_pictures(place: Place, folder: str, name: str) -> None:
    stored = RESULTS / f"tour-{name}"
    stored.mkdir(parents=True, exist_ok=True)
    names = place.must(["ls", folder]).split()
    pictures = [each for each in names if each.endswith(".png")]
    assert len(pictures) == 2 * len(STEPS)
    for each in pictures:
        (stored / each).write_bytes(place.written(f"{folder}/{each}").read_bytes())
        with Image.open(stored / each) as picture:
            assert picture.size == (1440, 900)
