"""Finds a bundled file: in a checkout, in an installed wheel and in a frozen build."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resources_folder() -> Path:
    """Returns the folder with icons, translations, workflows and styles."""
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [_PACKAGE / "resources", _PACKAGE.parent / "resources"]
    if frozen is not None:
        candidates.insert(0, Path(frozen) / "resources")
    return next((each for each in candidates if each.is_dir()), candidates[-1])


def is_installed() -> bool:
    """Returns True if the resources are inside the package: as in a wheel, not in a checkout.

    A frozen build has its own folder for them, and its own package channel.
    """
    return resources_folder() == _PACKAGE / "resources" and not hasattr(sys, "_MEIPASS")


def asset(name: str) -> Path:
    """Returns the path of `name` (with forward slashes) below the resources folder."""
    return resources_folder().joinpath(*name.split("/"))
