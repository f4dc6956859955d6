"""System requirements of the bundle: each one is expected, or the build fails."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from linux import needed
from linux.needed import Needs
from project import Failed

if TYPE_CHECKING:
    from pathlib import Path


def library(path: Path, *needs: Path) -> Path:
    """Compiles a small real library at `path` that needs the libraries `needs`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text("int part(void) { return 0; }\n")
    words = ["cc", "-shared", "-fPIC", f"-Wl,-soname,{path.name}", "-Wl,--no-as-needed"]
    subprocess.run([*words, "-o", path, source, *needs], check=True, timeout=60)
    source.unlink()
    return path


def test_a_library_beside_it_is_no_need_and_one_elsewhere_is(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    inner = library(bundle / "lib" / "libinner.so.1")
    outer = library(tmp_path / "libEGL.so.1")
    library(bundle / "libpart.so.2", inner, outer)
    (bundle / "words.txt").write_text("no library")
    found = needed.needs(bundle)
    assert found.libraries == {"libEGL.so.1": ("libpart.so.2",)}
    # The C library is a separate need, because its version matters.
    assert found.c_library[0] == 2


def test_needs_become_dependencies_of_debian_and_rpm() -> None:
    found = Needs({"libgthread-2.0.so.0": ("a",), "libX11.so.6": ("a",)}, (2, 35))
    assert needed.depends(found) == "libc6 (>= 2.35), libglib2.0-0t64 | libglib2.0-0, libx11-6"
    assert needed.requires(found) == [
        "libgthread-2.0.so.0()(64bit)",
        "libX11.so.6()(64bit)",
        "libc.so.6(GLIBC_2.35)(64bit)",
    ]


def test_an_unknown_library_stops_the_build_and_says_who_asks_for_it() -> None:
    with pytest.raises(Failed, match=r"libgtk-3.so.0 is not in .*plugins/libqgtk3.so need it"):
        needed.depends(Needs({"libgtk-3.so.0": ("plugins/libqgtk3.so",)}, (2, 35)))


def test_a_newer_c_library_than_promised_stops_the_build() -> None:
    with pytest.raises(Failed, match=r"glibc 2\.38, and 2\.35 is promised"):
        needed.depends(Needs({}, (2, 38)))


def test_every_library_that_is_left_to_the_system_has_its_package() -> None:
    """Every library with a named package is left to the system; the program needs it to start."""
    from pyinstaller import trim

    assert all(trim.is_hosts((name, "", "BINARY")) for name in needed.DEBIAN)
