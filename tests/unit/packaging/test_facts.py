"""Owners of the collected files, determined in the environment in which the tests run."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import certifi
import httpx
import pytest

from project import PACKAGING
from trust import facts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Creates PyInstaller's work folder: lists of what it collected, and files that it made."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "base_library.zip").write_bytes(b"")
    stranger = tmp_path / "stranger.so"
    stranger.write_bytes(b"")
    library = tmp_path / "libQt6Core.so.6"
    library.write_bytes(b"\x7fELF...Qt 6.11.3 (x86_64-little_endian-lp64 shared...")
    collect = (
        [
            ("base_library.zip", str(work / "base_library.zip"), "DATA"),
            ("certifi/cacert.pem", certifi.where(), "DATA"),
            ("PySide6/Qt/lib/libQt6Core.so.6", str(library), "BINARY"),
            ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
            ("stranger.so", str(stranger), "BINARY"),
        ],
    )
    modules = ("PYZ-00.pyz", [("httpx", httpx.__file__, "PYMODULE"), ("jaraco", "-", "PYMODULE")])
    package = ("name.pkg", [("launcher", str(PACKAGING / "pyinstaller/launcher.py"), "PYSOURCE")])
    for name, content in zip(
        ("COLLECT-00.toc", "PYZ-00.toc", "PKG-00.toc"), (collect, modules, package), strict=True
    ):
        (work / name).write_text(repr(content), encoding="utf-8")
    return work


def test_links_and_what_is_no_file_are_left_out(work: Path) -> None:
    found = facts.collected(work)
    assert set(found) == {
        "base_library.zip",
        "certifi/cacert.pem",
        "PySide6/Qt/lib/libQt6Core.so.6",
        "stranger.so",
        "httpx",
        "launcher",
    }


def test_each_file_has_an_owner_or_none(work: Path) -> None:
    owners = facts.Owners(work)
    found = facts.collected(work)
    of_httpx = owners.distribution(found["httpx"])
    assert of_httpx is not None
    assert of_httpx.metadata["Name"] == "httpx"
    assert owners.is_ours(found["base_library.zip"]), "the build made it"
    assert owners.is_ours(found["launcher"]), "this project's"
    stranger = found["stranger.so"]
    assert owners.distribution(stranger) is None
    assert not owners.package(stranger)
    assert not owners.is_ours(stranger)
    assert not owners.is_pythons(stranger)


def test_qt_says_its_version_itself(work: Path) -> None:
    assert facts.qt_version(facts.collected(work)) == "6.11.3"
    assert facts.qt_version({}) == ""


def test_it_runs_by_itself_as_the_build_runs_it(work: Path, tmp_path: Path) -> None:
    """The script runs with Python alone: the build has no modules of the project or its tests."""
    out = tmp_path / "out.json"
    words = [sys.executable, str(PACKAGING / "trust" / "facts.py"), str(work), str(out)]
    subprocess.run(words, cwd=tmp_path, check=True)
    received = json.loads(out.read_text("utf-8"))
    assert [each["name"] for each in received["distributions"]] == ["certifi", "httpx"]
    assert any("Copyright" in text["text"] for text in received["distributions"][1]["texts"])
    assert received["qt"] == "6.11.3"
    assert [each.partition(":")[0] for each in received["unknown"]] == [
        "PySide6/Qt/lib/libQt6Core.so.6",
        "stranger.so",
    ]
