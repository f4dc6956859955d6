"""Builds everything a second time in another folder and compares every byte."""

from __future__ import annotations

import filecmp
import shutil
from typing import TYPE_CHECKING

from linux import bill, deb, freeze
from linux.appimage import bundle
from linux.rpm import package as rpm
from project import BUILD, DIST, ONEDIR, Failed, version

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = BUILD / "again"


def same_again() -> str:
    """Rebuilds wheel, folder and packages; raises Failed with the names of files that differ."""
    shutil.rmtree(_AGAIN, ignore_errors=True)
    place = freeze.Places(_AGAIN / "linux", _AGAIN / "dist")
    wheel = freeze.make_wheel(place)
    onedir = freeze.make_onedir(place)
    made = [wheel]
    # Only packages that were built before can be compared.
    for package in (deb, rpm, bundle):
        if package.path(version()).is_file():
            made.append(package.make(onedir, place.dist))
    if bill.path(version()).is_file():
        made.append(bill.make(onedir, place.work, place.dist))
    differing = [each.name for each in made if not _is_same(DIST / each.name, each)]
    if found := [*differing, *different_files(ONEDIR, onedir)]:
        raise Failed(f"A second build is not the same: {', '.join(found[:20])}")
    shutil.rmtree(_AGAIN)
    return f"the same bytes in {', '.join(each.name for each in made)} and the folder"


def _is_same(one: Path, two: Path) -> bool:
    return one.is_file() and filecmp.cmp(one, two, shallow=False)


def different_files(one: Path, two: Path) -> list[str]:
    """Returns the names of files and links that differ or are missing in one of the folders."""
    names = {each.relative_to(top) for top in (one, two) for each in top.rglob("*")}
    return sorted(str(name) for name in names if _state(one / name) != _state(two / name))


def _state(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", str(path.readlink()).encode()
    if path.is_dir():
        return "folder", b""
    return ("file", path.read_bytes()) if path.is_file() else ("nothing", b"")
