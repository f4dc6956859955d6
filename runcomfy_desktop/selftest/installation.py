"""What an installation says of itself: its version, and the licences of what it brings."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import runcomfy_desktop
from runcomfy_desktop.assets import resources
from runcomfy_desktop.selftest.fault import Fault, need

_NAME = "runcomfy-desktop"
_NOTICES = {"NOTICES.txt": 10_000, "LGPL-3.txt": 7_000, "GPL-3.txt": 30_000}


def metadata(_folder: Path) -> str:
    """The version that the installed package gives; a checkout is not installed."""
    try:
        found = version(_NAME)
    except PackageNotFoundError:
        need(_is_checkout(), f"the metadata of {_NAME} (its .dist-info) are missing")
        return "not installed: run from a checkout"
    if found != runcomfy_desktop.__version__ and not _is_checkout():
        raise Fault(f"the metadata say {found}, the program {runcomfy_desktop.__version__}")
    return found


def licence_texts(_folder: Path) -> str:
    """A packaged program ships what others wrote, and so their licences."""
    if not getattr(sys, "frozen", False):
        return "nothing is packaged with it"
    notices = resources() / "notices"
    for name, least in _NOTICES.items():
        file = notices / name
        need(file.is_file(), f"{file} is missing")
        need(file.stat().st_size >= least, f"{file} is cut short")
    return ", ".join(_NOTICES)


def _is_checkout() -> bool:
    place = Path(runcomfy_desktop.__file__).parent.parent
    return (place / "pyproject.toml").is_file()
