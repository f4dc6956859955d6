"""Resources are found in a checkout and in a frozen program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.emulator.resource_files import resource_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _forget_folders() -> Iterator[None]:
    resource_folder.cache_clear()
    yield
    resource_folder.cache_clear()


def test_a_checkout_has_its_resources_beside_the_package() -> None:
    assert (resource_folder("samples") / "clip.mp4").is_file()


def test_a_frozen_program_takes_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "resources" / "samples"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resource_folder("samples") == folder


def test_a_folder_that_is_missing_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="resources/nothing is missing"):
        resource_folder("nothing")
