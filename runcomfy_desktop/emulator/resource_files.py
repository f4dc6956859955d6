"""Finds the program's resources: sample workflows and sample media.

It has its own search for the folder, because the emulator imports nothing from the client.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@functools.cache
def resource_folder(name: str) -> Path:
    """Returns `resources/<name>` in a checkout, an installed wheel or a frozen build.

    Raises FileNotFoundError if this installation lacks it.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    roots = [] if frozen is None else [Path(frozen)]
    roots += [_PACKAGE, _PACKAGE.parent]
    for root in roots:
        folder = root / "resources" / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the folder resources/{name} is missing from this installation")
