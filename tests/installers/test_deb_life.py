"""Life cycle of the .deb on a clean Debian: installed, upgraded, used, removed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from linux import deb as debian
from linux import roots
from project import ONEDIR, version
from tests.installers.clean_systems import BUNDLE, DATA, ON_EACH_SUITE, PROGRAM, end, install, start

if TYPE_CHECKING:
    from pathlib import Path

    from linux.places import Place
    from tests.installers.clean_systems import CleanSystems

pytestmark = pytest.mark.timeout(400)
_OLD = "0.0.9"
_GONE = "_internal/a-part-of-the-old-version.so"
# Files that apt and dpkg write for themselves, and folders that do not belong to the system.
_NOT_OURS = (
    *("/proc", "/dev", "/sys", "/tmp", "/run", "/mnt", "/home/person", "/root"),
    *("/var/lib/apt", "/var/lib/dpkg", "/var/log", "/var/cache/apt", "/var/cache/debconf"),
)


@pytest.fixture(scope="session")
def old_deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Older version, with a file that no longer exists in this one."""
    folder = tmp_path_factory.mktemp("old")
    onedir = folder / "onedir"
    shutil.copytree(ONEDIR, onedir, symlinks=True)
    (onedir / _GONE).write_text("of old\n")
    return debian.make(onedir, folder, _OLD, quick=True)


def files(place: Place) -> list[str]:
    """Returns all files of the system with their modes, owners, sizes and link targets."""
    away = " -o ".join(f"-path {each}" for each in _NOT_OURS)
    script = rf"find / \( {away} \) -prune -o \( ! -type d -printf '%p %M %u %s %l\n' -o -print \)"
    return sorted(place.must(["sh", "-c", script]).splitlines())


def use(systems: CleanSystems, place: Place) -> None:
    """Starts the program without options, and closes it."""
    program = start(place, [], systems.display.environment)
    systems.display.wait_for_window("RunComfy Desktop")
    assert "Traceback" not in end(program, place)


@ON_EACH_SUITE
def test_from_first_to_last_day(
    systems: CleanSystems, deb: Path, old_deb: Path, suite: str
) -> None:
    with systems.clean(roots.current(suite)) as place:
        assert place.run(["sh", "-c", "command -v python3"]).returncode != 0
        before = files(place)
        install(place, old_deb)
        use(systems, place)
        settings = place.must(["find", DATA], user=True)

        install(place, deb)
        installed = place.must(["dpkg-query", "-W", "-f", "${Status} ${Version}", PROGRAM])
        assert installed == f"install ok installed {debian.debian_version(version())}"
        assert place.run(["test", "-e", f"{BUNDLE}/{_GONE}"]).returncode == 1
        use(systems, place)
        # Using the program changed no installed file: no caches, no byte code.
        assert place.must(["dpkg", "--verify", PROGRAM]) == ""
        assert unowned(place) == []
        assert set(settings.split("\n")) <= set(place.must(["find", DATA], user=True).split("\n"))

        place.apt("purge", "--autoremove", PROGRAM)
        assert files(place) == before
        # The package does not remove the user's data.
        place.must(["test", "-d", DATA], user=True)


def unowned(place: Place) -> list[str]:
    """Returns files in the program's folder that do not belong to the package."""
    there = place.must(["find", BUNDLE, "!", "-type", "d"]).split("\n")
    known = set(place.must(["dpkg", "-L", PROGRAM]).split("\n"))
    return [each for each in there if each and each not in known]


@ON_EACH_SUITE
def test_an_older_version_asks_before_it_takes_the_place_of_a_newer_one(
    systems: CleanSystems, old_deb: Path, suite: str
) -> None:
    """Debian orders the versions correctly: apt does not downgrade without confirmation."""
    place = systems.installed(suite)
    place.bring(old_deb, "/tmp/old.deb")
    done = place.run(["apt-get", "-y", "install", "/tmp/old.deb"])
    assert done.returncode != 0
    assert "downgrade" in done.stdout.lower()
