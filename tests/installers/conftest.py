"""The .deb that was built, and clean systems to try it on.

These tests need root, mounts and Debian's archive. Where those are not to be had they fail, and say
so: whoever asks for them wants to know.
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
    """The .deb of this version."""
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
