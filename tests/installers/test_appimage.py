"""The released AppImage on a clean Debian: with FUSE and without, as an ordinary user."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from linux import tree
from linux.appimage import bundle
from project import NAME, ONEDIR, PACKAGE, app_id, version
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.e2e.display import Display
from tests.installers import appimage_systems
from tests.installers.appimage_systems import INSTALLED_PATH, leftovers
from tests.installers.clean_systems import OFFSCREEN, RESULTS, wait_until
from trust import notices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from linux.places import Place

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def appimage() -> Path:
    """Path of the AppImage of this version."""
    found = bundle.path(version())
    if not found.is_file():
        pytest.fail(f"{found} is not there; make it first: make installers", pytrace=False)
    return found


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    shown = Display(tmp_path_factory.mktemp("display") / "xvfb.log")
    yield shown
    shown.close()


@pytest.fixture(scope="module", params=["mounted", "unpacked"])
def place(request: pytest.FixtureRequest, appimage: Path) -> Iterator[Place]:
    fuse = request.param == "mounted"
    with appimage_systems.system(
        appimage, fuse=fuse, layers=appimage_systems.desktop_layers(), screen=True
    ) as found:
        yield found


def test_it_says_which_version_it_is(place: Place) -> None:
    done = appimage_systems.run(place, "--version")
    assert done.stdout.strip() == f"RunComfy Desktop {version()}"
    assert leftovers(place) == []


def test_every_part_of_it_works(place: Place) -> None:
    words = ["--self-test", "--report", "/home/person/report.json"]
    done = appimage_systems.run(place, *words, env=OFFSCREEN)
    assert done.returncode == 0, done.stdout
    report = json.loads(place.must(["cat", "/home/person/report.json"]))
    assert report
    assert leftovers(place) == []


def test_a_person_sees_its_window(
    place: Place, display: Display, request: pytest.FixtureRequest
) -> None:
    program = place.start([INSTALLED_PATH, "--demo"], user=True, env=display.environment)
    display.focus(display.wait_for_window("RunComfy Desktop"))
    wait_until("its page is shown", lambda: display.colour_centre(LIGHT.accent), 30, lambda: "")
    which = str(request.node.callspec.params["place"])
    display.save_screenshot(RESULTS / f"appimage-{which}.png")
    # The whole session ends, as at a logout: the window, the demo service and everything else.
    place.run(["sh", "-c", "kill -TERM -1"], user=True)
    said, _nothing = program.communicate(timeout=60)
    assert b"Traceback" not in said
    wait_until(
        "the window is gone", lambda: not display.windows("RunComfy Desktop"), 20, lambda: ""
    )
    assert leftovers(place) == []


def test_the_main_job_is_done_with_it(place: Place, display: Display) -> None:
    """The program's tour runs a job on the demo service, from the first choice to the result."""
    words = ["--tour", "/home/person/tour"]
    done = place.run([INSTALLED_PATH, *words], user=True, env=display.environment, limit_s=300)
    assert done.returncode == 0, done.stdout
    assert leftovers(place) == []


def test_a_window_that_is_killed_leaves_nothing(place: Place, display: Display) -> None:
    program = place.start([INSTALLED_PATH, "--demo"], user=True, env=display.environment)
    display.wait_for_window("RunComfy Desktop")
    (number,) = place.must(["sh", "-c", _WINDOWS]).split()
    appimage_systems.end(place, int(number), "KILL")
    program.communicate(timeout=60)
    assert leftovers(place, 30) == []


# The process id of the window: the process without the demo service's option.
_WINDOWS = r"""
for each in /proc/[0-9]*; do
    words=$(tr '\0' ' ' <"$each/cmdline" 2>/dev/null)
    case $(readlink "$each/exe") in
        */usr/lib/runcomfy-desktop/runcomfy-desktop)
            case $words in *--run-emulator*) ;; *) echo "${each#/proc/}" ;; esac ;;
    esac
done
"""


def test_what_is_in_it(appimage: Path, tmp_path: Path) -> None:
    subprocess.run([appimage, "--appimage-extract"], cwd=tmp_path, check=True, capture_output=True)
    root = tmp_path / "squashfs-root"
    assert (root / "AppRun").resolve() == root / "usr/lib" / NAME / NAME
    for name in (f"{app_id()}.desktop", f"{app_id()}.png", ".DirIcon"):
        assert (root / name).is_file()
    inside = root / "usr/lib" / NAME
    assert (inside / tree.CHANNEL).read_text() == "appimage\n"
    told = inside / "_internal" / PACKAGE / notices.PLACE / notices.NOTICES
    text = told.read_text("utf-8")
    assert text.startswith((ONEDIR / told.relative_to(inside)).read_text("utf-8"))
    for part in ("squashfuse ", "fuse3 ", "libzstd ", "glibc "):
        assert f"\n{part}" in text
    assert (root / "usr/share/doc" / NAME / notices.LGPL).is_file()


def test_two_builds_are_equal(tmp_path: Path) -> None:
    one = bundle.make(out=tmp_path / "one", quick=True)
    other = bundle.make(out=tmp_path / "other", quick=True)
    assert one.read_bytes() == other.read_bytes()
