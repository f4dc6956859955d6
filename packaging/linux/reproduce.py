"""Builds everything a second time, somewhere else, and compares every byte."""

from __future__ import annotations

import filecmp
import hashlib
import shutil
from typing import TYPE_CHECKING

from linux import deb, freeze
from project import BUILD, DIST, ONEDIR, Failed, version

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = BUILD / "again"


def same_again() -> str:
    """Makes wheel, folder and .deb anew; raises Failed with the names of files that differ."""
    shutil.rmtree(_AGAIN, ignore_errors=True)
    place = freeze.Places(_AGAIN / "linux", _AGAIN / "dist")
    wheel = freeze.make_wheel(place)
    onedir = freeze.make_onedir(place)
    again = deb.make(onedir, place.dist)
    first = deb.path(version())
    differing = [
        *(_difference(one, two) for one, two in ((freeze.wheel_in(DIST), wheel), (first, again))),
        *different_files(ONEDIR, onedir),
    ]
    if found := [name for name in differing if name]:
        raise Failed(f"A second build is not the same: {', '.join(found[:20])}")
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    shutil.rmtree(_AGAIN)
    return f"two builds, the same bytes; {first.name} has SHA-256 {digest}"


def _difference(one: Path, two: Path) -> str:
    return "" if filecmp.cmp(one, two, shallow=False) else one.name


def different_files(one: Path, two: Path) -> list[str]:
    """Names of files and links that are not the same, or not there, in both folders."""
    names = {each.relative_to(top) for top in (one, two) for each in top.rglob("*")}
    return sorted(str(name) for name in names if _state(one / name) != _state(two / name))


def _state(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", str(path.readlink()).encode()
    if path.is_dir():
        return "folder", b""
    return ("file", path.read_bytes()) if path.is_file() else ("nothing", b"")
