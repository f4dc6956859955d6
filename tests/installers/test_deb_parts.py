"""The self-test detects every missing part of the installed program; each is removed separately.

Parts are found automatically, so that future ones are tested, too.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

from linux import roots
from linux.elf import is_elf
from project import ONEDIR
from tests.installers.clean_systems import BUNDLE, OFFSCREEN, PROGRAM, SUITES, install

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from linux.places import Place
    from tests.installers.clean_systems import CleanSystems

pytestmark = [pytest.mark.parts, pytest.mark.timeout(2400)]
_INSIDE = ONEDIR / "_internal"
_AT_ONCE = 2
# Parts that may be missing without a failure, and the reason for each.
_NOT_MISSED = {
    "*/py.typed": "a word to type checkers",
    "*/cryptography-*.dist-info": "its version, for the list in Help > Copy diagnostics",
    "*/importlib_metadata-*.dist-info": "the same",
    "*/libxcb-randr.so.0": "a system with libgl1, libegl1, libxkbcommon-x11-0 has it, too",
    "*/libxcb-shm.so.0": "the same",
    "*/libxcb-sync.so.1": "the same",
    "*/libxcb-xfixes.so.0": "the same",
    "*/libxcb-xkb.so.1": "the same",
    "*/_codecs_*.so": "texts in encodings of East Asia, which no part of the program writes",
    "*/_multibytecodec.*.so": "the same",
    "*/_decimal.*.so": "Python calculates without it, and the program does not calculate so",
    "*/_typing.*.so": "for type checkers",
    "*/_uuid.*.so": "Python draws numbers without it",
    "*/mmap.*.so": "Pillow would read large uncompressed files from the disk with it",
}


def parts() -> list[str]:
    """Returns the parts to remove: programs, libraries, folders and single files.

    The files of a folder are one part if they are useful only together. Links are left out:
    PyInstaller adds them next to each library, and the library is found without them.
    """
    found = []
    for path in sorted(_INSIDE.rglob("*")):
        name = path.relative_to(ONEDIR).as_posix()
        if path.is_symlink() or "/resources/" in name:
            continue
        if path.is_dir():
            if name.endswith(".dist-info"):
                found.append(name)
        elif is_elf(path) or ".dist-info" not in name:
            found.append(name)
    return [*found, *_resources()]


def _resources() -> Iterator[str]:
    """Yields the first file of each folder of resources; the others in a folder are similar."""
    folders: set[Path] = set()
    for path in sorted((_INSIDE / "runcomfy_desktop" / "resources").rglob("*")):
        if path.is_file() and path.parent not in folders:
            folders.add(path.parent)
            yield path.relative_to(ONEDIR).as_posix()


def test_the_self_test_misses_every_part(systems: CleanSystems) -> None:
    names = parts()
    with systems.wayland() as screen, ThreadPoolExecutor(_AT_ONCE) as workers:
        screens = [OFFSCREEN, systems.display.environment, screen.environment]
        shares = [names[at::_AT_ONCE] for at in range(_AT_ONCE)]
        found = workers.map(lambda share: list(not_missed(systems, share, screens)), shares)
        unnoticed = sorted(name for some in found for name in some)
    surprising = [
        name for name in unnoticed if not any(fnmatch(name, known) for known in _NOT_MISSED)
    ]
    print(f"{len(names)} parts, {len(unnoticed)} not missed: {unnoticed}")
    assert surprising == []


def not_missed(
    systems: CleanSystems, names: Iterable[str], screens: list[dict[str, str]]
) -> Iterator[str]:
    """Yields parts without which the self-test still passes on every kind of screen."""
    with systems.clean(roots.current(SUITES[0])) as place:
        install(place, systems.deb)
        for name in names:
            place.must(["mv", f"{BUNDLE}/{name}", "/var/tmp/part"])
            # The screen that is most likely to detect the missing part comes first.
            order = sorted(screens, key=lambda each: each["QT_QPA_PLATFORM"] not in name)
            if all(_is_complete(place, each) for each in order):
                yield name
            place.must(["mv", "/var/tmp/part", f"{BUNDLE}/{name}"])


def _is_complete(place: Place, screen: dict[str, str]) -> bool:
    return place.run([PROGRAM, "--self-test"], user=True, env=screen, limit_s=180).returncode == 0
