"""The selection of PyInstaller's findings that goes into the Linux bundle."""

from __future__ import annotations

import pytest

from pyinstaller import trim

QT = "PySide6/Qt"
# Paths in the bundle, each with the libraries that the file needs.
NEEDS = {
    "PySide6/QtCore.abi3.so": ["libQt6Core.so.6", "libc.so.6"],
    f"{QT}/plugins/platforms/libqxcb.so": ["libQt6XcbQpa.so.6", "libxcb-cursor.so.0"],
    f"{QT}/lib/libQt6Core.so.6": ["libicudata.so.73"],
    f"{QT}/lib/libQt6XcbQpa.so.6": ["libxcb.so.1"],
    f"{QT}/lib/libicudata.so.73": [],
    f"{QT}/lib/libQt6Quick.so.6": ["libQt6Core.so.6"],
    "libxcb-cursor.so.0": ["libxcb.so.1"],
    "libxcb.so.1": [],
    "libgtk-3.so.0": [],
    "libpython3.11.so.1.0": ["libm.so.6"],
}


def entries() -> list[trim.Entry]:
    return [(name, f"/found/{name}", "EXTENSION" if "abi3" in name else "BINARY") for name in NEEDS]


def needed(path: str) -> list[str]:
    return NEEDS[path.removeprefix("/found/")]


def test_only_what_is_asked_for_is_kept() -> None:
    stored = trim.reachable([each for each in entries() if not trim.is_hosts(each)], needed)
    assert set(NEEDS) - stored == {f"{QT}/lib/libQt6Quick.so.6", "libxcb.so.1", "libgtk-3.so.0"}


@pytest.mark.parametrize(
    "name",
    [
        "libstdc++.so.6",
        "libxcb.so.1",
        "libX11.so.6",
        "libwayland-client.so.0",
        "libfontconfig.so.1",
        "libglib-2.0.so.0",
        "libz.so.1",
    ],
)
def test_libraries_that_fit_the_computer_are_the_computers(name: str) -> None:
    assert trim.is_hosts((name, f"/usr/lib/{name}", "BINARY"))


@pytest.mark.parametrize(
    "name",
    [
        "libxcb-cursor.so.0",
        "libssl.so.3",
        "libsqlite3.so.0",
        "libpython3.11.so.1.0",
        "pillow.libs/libxcb-9065bb12.so.1.1.0",
        "pillow.libs/libzstd-40ad5e7e.so.1.5.7",
    ],
)
def test_what_an_older_computer_may_lack_is_brought_along(name: str) -> None:
    assert not trim.is_hosts((name, f"/found/{name}", "BINARY"))


@pytest.mark.parametrize(
    ("plugin", "is_used"),
    [
        ("platforms/libqxcb.so", True),
        ("platforms/libqwayland.so", True),
        ("platforms/libqoffscreen.so", True),
        ("platforms/libqlinuxfb.so", False),
        ("platformthemes/libqxdgdesktopportal.so", True),
        ("platformthemes/libqgtk3.so", False),
        ("imageformats/libqwebp.so", True),
        ("imageformats/libqpdf.so", False),
        ("wayland-shell-integration/libxdg-shell.so", True),
        ("wayland-shell-integration/libivi-shell.so", False),
        ("xcbglintegrations/libqxcb-glx-integration.so", False),
        ("sqldrivers/libqsqlite.so", False),
    ],
)
def test_plugins_that_are_never_loaded_are_left_out(plugin: str, is_used: bool) -> None:
    place = f"{QT}/plugins/{plugin}"
    assert trim.is_used((place, f"/found/{place}", "BINARY")) is is_used
