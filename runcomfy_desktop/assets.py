"""Finds a bundled file: in a checkout, in an installed wheel and in a frozen build."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resources_folder() -> Path:
    """The folder with icons, translations, workflows and styles."""
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [_PACKAGE / "resources", _PACKAGE.parent / "resources"]
    if frozen is not None:
        candidates.insert(0, Path(frozen) / "resources")
    return next((each for each in candidates if each.is_dir()), candidates[-1])


def is_installed() -> bool:
    """Whether the resources lie inside the package: in a wheel they do, in a checkout they do not.

    A frozen build has its own place for them, and says of itself what it is.
    """
    return resources_folder() == _PACKAGE / "resources" and not hasattr(sys, "_MEIPASS")


def asset(name: str) -> Path:
    """The file `name` (with forward slashes) below the resources folder."""
    return resources_folder().joinpath(*name.split("/"))
