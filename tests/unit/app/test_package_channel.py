"""Package channel: the word that names the package of an installation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runcomfy_desktop.app.package_channel import PackageChannel, package_channel

PROJECT = Path(__file__).resolve().parents[3]
_ASK = """
from runcomfy_desktop.app.package_channel import package_channel
print(package_channel().name)
"""


def asked_in(folder: Path, word: bytes | None, *, installed: bool = False) -> str:
    """Returns the channel reported by a copy of the program whose channel file contains `word`."""
    package = folder / "runcomfy_desktop"
    (package / "app").mkdir(parents=True)
    for name in ("__init__.py", "assets.py", "app/__init__.py", "app/package_channel.py"):
        shutil.copy(PROJECT / "runcomfy_desktop" / name, package / name)
    resources = (package if installed else folder) / "resources"
    resources.mkdir()
    if word is not None:
        (resources / "channel").write_bytes(word)
    done = subprocess.run(
        [sys.executable, "-c", _ASK], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_checkout_is_the_source() -> None:
    assert package_channel() is PackageChannel.SOURCE


@pytest.mark.parametrize("word", ["deb", "rpm", "appimage", "windows", "macos", "python"])
def test_each_build_says_what_it_is(tmp_path: Path, word: str) -> None:
    assert asked_in(tmp_path, f"{word}\r\n".encode()) == word.upper()


@pytest.mark.parametrize("word", [None, b"", b"flatpak", b"\xff\xfe", b"deb deb", b"d" * 10_000])
def test_what_is_not_known_counts_as_the_source(tmp_path: Path, word: bytes | None) -> None:
    assert asked_in(tmp_path, word) == "SOURCE"


def test_a_wheel_is_known_by_where_its_files_are(tmp_path: Path) -> None:
    assert asked_in(tmp_path, b"source\n", installed=True) == "PYTHON"


def test_the_systems_own_packages_are_updated_by_the_system() -> None:
    by_system = {each for each in PackageChannel if each.is_system_updated}
    assert by_system == {PackageChannel.DEB, PackageChannel.RPM}
