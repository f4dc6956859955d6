"""Checksums of the release files, and their signature."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from project import Failed
from trust import checksums

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "a-folder").mkdir(parents=True)
    (folder / "program.deb").write_bytes(b"a package")
    (folder / "Program 1.AppImage").write_bytes(b"an image" * 300_000)
    return folder


def test_the_usual_tool_accepts_the_list(folder: Path) -> None:
    checksums.write(folder)
    checksums.write(folder)  # the list does not include itself
    words = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Program 1.AppImage: OK", "program.deb: OK"]


def test_an_empty_folder_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="nothing in"):
        checksums.write(tmp_path)


def test_without_a_key_nothing_is_signed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(checksums.KEY, raising=False)
    checksums.write(folder)
    assert checksums.sign(folder) == "not signed: there is no RELEASE_GPG_KEY"
    assert not (folder / checksums.SIGNATURE).exists()


def test_a_key_without_gpg_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(checksums.KEY, "a key")
    monkeypatch.setenv("PATH", str(folder))
    checksums.write(folder)
    with pytest.raises(Failed, match="There is a key to sign with, and gpg does not start"):
        checksums.sign(folder)
