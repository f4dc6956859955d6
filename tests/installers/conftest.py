"""Fixtures for the .deb that was built, and for clean systems to install it on.

These tests need root, mounts and Debian's archive. If one of these is missing, they fail with a
message instead of being skipped, because they were requested explicitly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linux import deb as debian
from linux import roots
from project import version
from tests.installers.clean_systems import CleanSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def deb() -> Path:
    """Path of the .deb of this version."""
    found = debian.path(version())
    if not found.is_file():
        pytest.fail(f"{found} is not there; make it first: make installers", pytrace=False)
    return found


@pytest.fixture(scope="session")
def systems(deb: Path) -> Iterator[CleanSystems]:
    if reason := roots.ready("xvfb", "xdotool", "weston"):
        pytest.fail(f"No clean system can be made here: {reason}", pytrace=False)
    made = CleanSystems(deb)
    try:
        yield made
    finally:
        made.close()
