"""The .deb, built from a small fake program."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from linux import deb, tree
from project import NAME, Failed, epoch, version
from runcomfy_desktop import APP_ID

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = f"./usr/lib/{NAME}"


@pytest.fixture
def onedir(tmp_path: Path) -> Path:
    folder = tmp_path / "onedir"
    (folder / tree.CHANNEL).parent.mkdir(parents=True)
    (folder / tree.CHANNEL).write_text("source\n")
    (folder / NAME).write_text("#!/bin/sh\n")
    (folder / NAME).chmod(0o700)
    (folder / "_internal" / "part.so").write_bytes(b"part")
    (folder / "_internal" / "link.so").symlink_to("part.so")
    return folder


def output_of(*words: str | Path) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout


def field(package: Path, name: str) -> str:
    return output_of("dpkg-deb", "--field", package, name).strip()


@pytest.mark.parametrize(
    ("python", "debian"),
    [("1.0", "1.0-1"), ("1.0rc1", "1.0~rc1-1"), ("0.3.dev4", "0.3~dev4-1"), ("2.1b2", "2.1~b2-1")],
)
def test_versions_keep_their_order(python: str, debian: str) -> None:
    assert deb.debian_version(python) == debian
    final = deb.debian_version(python.partition("rc")[0])
    assert subprocess.run(["dpkg", "--compare-versions", debian, "le", final]).returncode == 0


def test_two_builds_are_the_same_bytes(onedir: Path, tmp_path: Path) -> None:
    one = deb.make(onedir, tmp_path / "one", quick=True)
    # The second build runs later, and with other file modes and another umask, as for another user.
    again = tmp_path / "again"
    shutil.copytree(onedir, again, symlinks=True, copy_function=shutil.copyfile)
    (again / "_internal").chmod(0o700)
    usual = os.umask(0o077)
    try:
        two = deb.make(again, tmp_path / "two", quick=True)
    finally:
        os.umask(usual)
    assert one.name == two.name == f"{NAME}_{version()}-1_{deb.architecture()}.deb"
    assert one.read_bytes() == two.read_bytes()


def test_what_it_installs(onedir: Path, tmp_path: Path) -> None:
    package = deb.make(onedir, tmp_path, quick=True)
    lines = output_of("dpkg-deb", "--contents", package).splitlines()
    files = {line.split(maxsplit=5)[5]: line.split()[:2] for line in lines}
    assert files[f"{BUNDLE}/{NAME}"] == ["-rwxr-xr-x", "root/root"]
    assert files[f"{BUNDLE}/_internal/part.so"] == ["-rw-r--r--", "root/root"]
    assert f"./usr/bin/{NAME} -> ../lib/{NAME}/{NAME}" in files
    assert f"{BUNDLE}/_internal/link.so -> part.so" in files
    for wanted in (
        f"applications/{APP_ID}.desktop",
        f"metainfo/{APP_ID}.metainfo.xml",
        f"mime/packages/{APP_ID}.xml",
        f"man/man1/{NAME}.1.gz",
        f"icons/hicolor/256x256/apps/{APP_ID}.png",
        f"icons/hicolor/scalable/apps/{APP_ID}.svg",
        f"doc/{NAME}/copyright",
        f"doc/{NAME}/changelog.Debian.gz",
    ):
        assert files[f"./usr/share/{wanted}"] == ["-rw-r--r--", "root/root"]


def test_it_says_how_it_was_handed_out_and_leaves_the_folder_alone(
    onedir: Path, tmp_path: Path
) -> None:
    package = deb.make(onedir, tmp_path, quick=True)
    output_of("dpkg-deb", "--extract", package, tmp_path / "root")
    assert (tmp_path / "root/usr/lib" / NAME / tree.CHANNEL).read_text() == "deb\n"
    assert (onedir / tree.CHANNEL).read_text() == "source\n"
    dated = (tmp_path / "root/usr/lib" / NAME / NAME).stat().st_mtime
    assert dated == epoch()


def test_what_it_says_of_itself(onedir: Path, tmp_path: Path) -> None:
    package = deb.make(onedir, tmp_path, "1.0rc1", quick=True)
    assert field(package, "Version") == "1.0~rc1-1"
    needs = field(package, "Depends")
    # Without fontconfig's files every character is an empty box, and Qt reports nothing.
    assert "fontconfig-config" in needs
    assert "It is not made, endorsed or supported by\n RunComfy." in field(package, "Description")
    # No script runs as root, neither at installation nor at removal.
    output_of("dpkg-deb", "--control", package, tmp_path / "control")
    assert {each.name for each in (tmp_path / "control").iterdir()} == {"control", "md5sums"}


def test_a_folder_without_the_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Failed, match="holds no program"):
        deb.make(tmp_path / "empty", tmp_path, quick=True)
