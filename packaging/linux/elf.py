"""Inspection of Linux programs and libraries."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from project import run

if TYPE_CHECKING:
    from pathlib import Path


def is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def objdump(path: Path) -> str:
    """Returns the private headers of a program or library: the libraries and versions it needs."""
    return run(["objdump", "-p", path], env={**os.environ, "LC_ALL": "C"})
