"""Facts about the project, and a function to run commands, for all packaging steps."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "runcomfy-desktop"
PACKAGE = "runcomfy_desktop"
ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
BUILD = ROOT / "build"
DIST = ROOT / "dist"
# One-folder build from which .deb, .rpm and AppImage are made; it is only copied, never changed.
ONEDIR = BUILD / "linux" / NAME
_LAST_RESORT_EPOCH = 1_764_547_200


class Failed(Exception):  # noqa: N818 - not an error of the build itself
    """Raised when a step cannot continue; its text is for the user."""


def _constant(name: str) -> str:
    """Returns a constant of the program without importing the program."""
    text = (ROOT / PACKAGE / "__init__.py").read_text(encoding="utf-8")
    found = re.search(rf'^{name} = "(.+)"', text, re.MULTILINE)
    if found is None:
        raise Failed(f"{PACKAGE}/__init__.py has no {name}")
    return found[1]


def version() -> str:
    """Returns the program's version in Python's notation, for example 1.0rc1."""
    return _constant("__version__")


def app_id() -> str:
    return _constant("APP_ID")


@cache
def epoch() -> int:
    """Returns the timestamp of all built files: the time of the last commit.

    SOURCE_DATE_EPOCH overrides it; without git it is a fixed date.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    words = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        said = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        said = ""
    return int(said) if said.isdecimal() else _LAST_RESORT_EPOCH


def reproducible() -> dict[str, str]:
    """Returns the environment for reproducible builds."""
    return {"SOURCE_DATE_EPOCH": str(epoch()), "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"}


def run(
    words: Iterable[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Runs a command and returns its output; raises Failed with its last lines."""
    command = [str(word) for word in words]
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Failed(f"{command[0]} does not start: {error}") from error
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-30:])
        raise Failed(f"{shlex.join(command)} ended with {done.returncode}:\n{tail}")
    return done.stdout
