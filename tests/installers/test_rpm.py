"""The .rpm on a clean system: installed, used, upgraded, removed.

No RPM-based distribution can be downloaded here, so the system is a Debian with rpm in it. The
names of the required libraries are checked, because they are the same everywhere. Names of packages
differ, so those are not checked.
"""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from linux.rpm import package
from project import NAME, ONEDIR, version
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.e2e.display import Display
from tests.installers.appimage_systems import SUITE, X_SOCKETS, desktop_layers
from tests.installers.clean_systems import BUNDLE, OFFSCREEN, RESULTS, end, start, wait_until
from tests.installers.test_deb_life import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from linux.places import Place

pytestmark = pytest.mark.timeout(400)
_OLD = "0.0.9"
_GONE = "_internal/a-part-of-the-old-version.so"
# Required packages, by their names on Fedora and openSUSE.
_PACKAGES = {"fontconfig", "xkeyboard-config"}


@pytest.fixture(scope="module")
def rpm() -> Path:
    """Path of the .rpm of this version."""
    found = package.path(version())
    if not found.is_file():
        pytest.fail(f"{found} is not there; make it first: make installers", pytrace=False)
    return found


@pytest.fixture(scope="module")
def old_rpm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Older version, with a file that no longer exists in this one."""
    folder = tmp_path_factory.mktemp("old")
    shutil.copytree(ONEDIR, folder / "onedir", symlinks=True)
    (folder / "onedir" / _GONE).write_text("of old\n")
    return package.make(folder / "onedir", folder, _OLD, quick=True)


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    shown = Display(tmp_path_factory.mktemp("display") / "xvfb.log")
    yield shown
    shown.close()


@pytest.fixture
def place() -> Iterator[Place]:
    """System with rpm, whose database exists before anything is installed."""

    def fill(place: Place) -> None:
        place.apt("install", "rpm")
        place.must(["rpm", "--initdb"])

    layers = desktop_layers().with_layer(f"{SUITE}-rpm", "rpm", fill)
    with layers.enter(((X_SOCKETS, str(X_SOCKETS), "rw"),)) as entered:
        entered.add_person()
        yield entered


def bring(place: Place, file: Path) -> str:
    place.bring(file, f"/tmp/{file.name}")
    return f"/tmp/{file.name}"


def test_from_first_to_last_day(place: Place, rpm: Path, old_rpm: Path, display: Display) -> None:
    old, new = bring(place, old_rpm), bring(place, rpm)
    add_shared_folders(place, new)
    before = others(place)
    # rpm does not know Debian's packages; the requirements are checked below.
    place.must(["rpm", "--install", "--nodeps", old])
    use(place, display, "rpm-old")
    assert place.must(["rpm", "--query", NAME]).strip() == f"{NAME}-{_OLD}-1.x86_64"

    place.must(["rpm", "--upgrade", "--nodeps", new])
    assert place.run(["test", "-e", f"{BUNDLE}/{_GONE}"]).returncode == 1
    use(place, display, "rpm")
    report = "/home/person/report.json"
    place.must([NAME, "--self-test", "--report", report], user=True, env=OFFSCREEN)
    assert json.loads(place.must(["cat", report]))
    words = [NAME, "--tour", "/home/person/tour"]
    place.must(words, user=True, env=display.environment, limit_s=300)
    # Using the program changed no installed file and added none.
    assert place.must(["rpm", "--verify", "--nodeps", NAME]) == ""
    known = set(place.must(["rpm", "--query", "--list", NAME]).splitlines())
    assert set(place.must(["find", BUNDLE]).split("\n")) - known == {""}

    place.must(["rpm", "--erase", NAME])
    assert others(place) == before


def others(place: Place) -> list[str]:
    """Returns all files of the system except rpm's database."""
    return [each for each in files(place) if not each.startswith("/var/lib/rpm/")]


def add_shared_folders(place: Place, file: str) -> None:
    """Creates the shared folders, which belong to a separate package on RPM-based systems."""
    owned = set(place.must(["rpm", "--query", "--list", file]).splitlines())
    shared = {each.rpartition("/")[0] for each in owned} - owned
    place.must(["mkdir", "-p", *sorted(shared)])


def use(place: Place, display: Display, picture: str) -> None:
    program = start(place, [], display.environment)
    display.focus(display.wait_for_window("RunComfy Desktop"))
    wait_until(
        "its page is shown", lambda: display.colour_centre(LIGHT.accent), 30, lambda: picture
    )
    display.save_screenshot(RESULTS / f"{picture}.png")
    assert "Traceback" not in end(program, place)


def test_every_library_that_it_asks_for_is_one_that_it_runs_with(place: Place, rpm: Path) -> None:
    asked = place.must(["rpm", "--query", "--requires", bring(place, rpm)]).splitlines()
    libraries = {each[: -len("()(64bit)")] for each in asked if each.endswith(".so()(64bit)")}
    libraries |= {found[1] for each in asked if (found := re.match(r"(\S+\.so[.\d]*)\(\)", each))}
    there = set(re.findall(r"^\s+(\S+) \(", place.must(["ldconfig", "-p"]), re.MULTILINE))
    assert libraries - there == set()
    assert "libEGL.so.1" in libraries or "libGL.so.1" in libraries or "libX11.so.6" in libraries
    rest = {each.split("(")[0].split()[0] for each in asked} - libraries
    assert rest == _PACKAGES | {"libc.so.6", "rpmlib"}


def test_what_it_says_of_itself(place: Place, rpm: Path) -> None:
    file = bring(place, rpm)
    assert "digests OK" in place.must(["rpm", "--checksig", file])
    message = place.must(["rpm", "--query", "--info", file])
    assert "It is not made, endorsed or supported by\nRunComfy." in message
    assert "LGPL-3.0-only" in message
    assert "Build Host  : localhost" in message
    listed = place.must(["rpm", "--query", "--list", "--verbose", file]).splitlines()
    owners = {tuple(each.split()[2:4]) for each in listed}
    assert owners == {("root", "root")}
    texts = place.must(["rpm", "--query", "--licensefiles", file])
    for name in ("NOTICES.txt", "LGPL-3.txt", "GPL-3.txt", "copyright"):
        assert f"/usr/share/doc/{NAME}/{name}" in texts


def test_two_builds_are_equal(tmp_path: Path) -> None:
    one = package.make(out=tmp_path / "one", quick=True)
    other = package.make(out=tmp_path / "other", quick=True)
    assert one.read_bytes() == other.read_bytes()
