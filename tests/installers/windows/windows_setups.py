"""Installers for tests: the real file layout, with a small substitute for the program.

The real Windows program cannot be built here; the substitute records how it was started.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from project import ONEDIR
from windows import installer

PROJECT = Path(__file__).resolve().parents[3]
WINDOWS = PROJECT / "packaging" / "windows"
OLD_VERSION = "0.0.9"
FILE_LIST = "_internal/installed-files.txt"
# Files of an older version that are not in the new one.
STALE_FILES = ("_internal/PySide6/old.dll", "_internal/gone_package/deep/old.txt")
_SOURCE = Path(__file__).resolve().parent / "program.c"
_RESOURCES = '1 ICON "{0}/runcomfy-desktop.ico"\n1 24 "{0}/runcomfy-desktop.manifest"\n'
_LIMIT_S = 120


@dataclass(frozen=True)
class WindowsSetups:
    """Two versions of the installer, and the files that the newer one installs."""

    old: Path
    new: Path
    payload: Path


def _command_output(*words: str | Path) -> None:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=_LIMIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr


def make_program(folder: Path) -> Path:
    """Builds the substitute program, with the real icon and the real manifest."""
    resources = folder / "program.rc"
    resources.write_text(_RESOURCES.format(WINDOWS))
    _command_output("x86_64-w64-mingw32-windres", "-O", "coff", resources, folder / "program.res")
    target = folder / "program.exe"
    flags = ("-Wall", "-Werror", "-O1", "-s", "-mwindows", "-D_WIN32_WINNT=0x0A00")
    parts = (_SOURCE, folder / "program.res", "-lshell32", "-ladvapi32")
    _command_output("x86_64-w64-mingw32-gcc", *flags, "-o", target, *parts)
    return target


def make_payload(program: Path, target: Path, *, whole: bool, stale: bool = False) -> Path:
    """Creates the program's folder, with all file names of the real one.

    Unless `whole` is true, files contain only their own names, so that installing is quick.
    """
    assert ONEDIR.is_dir(), f"{ONEDIR} is not there; make it first: make installers STEPS=onedir"
    for path in sorted(ONEDIR.rglob("*")):
        name = path.relative_to(ONEDIR)
        if path.is_file() and name != Path("runcomfy-desktop"):
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes() if whole else name.as_posix().encode())
    for old in STALE_FILES if stale else ():
        (target / old).parent.mkdir(parents=True, exist_ok=True)
        (target / old).write_text("of an older version")
    (target / "runcomfy-desktop.exe").write_bytes(program.read_bytes())
    return target


def make_setup(payload: Path, target: Path, version: str) -> Path:
    """Creates an installer that runs on 64-bit Wine; the released one has a 32-bit stub."""
    kind = {"target": "amd64-unicode", "plain": True}
    return installer.make(payload, target, version=version, **kind)  # type: ignore[arg-type]
