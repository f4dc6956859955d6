"""Bundles frozen on Windows and macOS, where no Debian system can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hosted

if TYPE_CHECKING:
    from pathlib import Path


def test_the_bill_is_of_the_files_that_are_handed_out(tmp_path: Path) -> None:
    """On macOS the bill of materials describes the files in the .app, which are signed again."""
    inside = tmp_path / "runcomfy-desktop" / "_internal"
    inside.mkdir(parents=True)
    assert hosted.libraries(tmp_path) == inside
    signed = tmp_path / "RunComfy Desktop.app" / "Contents" / "Frameworks"
    signed.mkdir(parents=True)
    assert hosted.libraries(tmp_path) == signed
