"""Windows in Wine, and two versions of the installer to test there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from project import BUILD
from runcomfy_desktop import __version__
from tests.e2e.display import Display
from tests.installers.windows import windows_setups
from tests.installers.windows.windows_setups import WindowsSetups
from tests.installers.windows.wine import WinePrefix, uninstall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    made = Display(tmp_path_factory.mktemp("display") / "log")
    yield made
    made.close()


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return windows_setups.make_program(tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="session")
def built_setups(program: Path, tmp_path_factory: pytest.TempPathFactory) -> WindowsSetups:
    folder = tmp_path_factory.mktemp("setups")
    old = windows_setups.make_payload(program, folder / "old", whole=False, stale=True)
    new = windows_setups.make_payload(program, folder / "new", whole=False)
    return WindowsSetups(
        windows_setups.make_setup(old, folder / "old-setup.exe", windows_setups.OLD_VERSION),
        windows_setups.make_setup(new, folder / "new-setup.exe", __version__),
        new,
    )


@pytest.fixture(scope="session")
def prefix(tmp_path_factory: pytest.TempPathFactory, display: Display) -> Iterator[WinePrefix]:
    windows = WinePrefix(tmp_path_factory.mktemp("wine"), display, BUILD / "windows" / "cycle.log")
    yield windows
    windows.close()
    # Wine needs nearly a gigabyte.
    shutil.rmtree(windows.folder)


@pytest.fixture
def windows(prefix: WinePrefix) -> Iterator[WinePrefix]:
    """Windows without the program; that state is restored afterwards."""
    files = prefix.files()
    yield prefix
    uninstall(prefix)
    for path in sorted(prefix.files() - files, reverse=True):
        left = prefix.drive_c / path
        left.rmdir() if left.is_dir() else left.unlink()
