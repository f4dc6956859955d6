"""Checks of the installation's metadata: its version, and the licences of its libraries."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import runcomfy_desktop
from runcomfy_desktop.assets import resources_folder
from runcomfy_desktop.selftest.failure import SelfTestFailure, require

_NAME = "runcomfy-desktop"
_NOTICES = {"NOTICES.txt": 10_000, "LGPL-3.txt": 7_000, "GPL-3.txt": 30_000}


def metadata(_folder: Path) -> str:
    """Checks the version in the installed package's metadata, which only a checkout may lack."""
    try:
        installed_version = version(_NAME)
    except PackageNotFoundError:
        require(_is_checkout(), f"the metadata of {_NAME} (its .dist-info) are missing")
        return "not installed: run from a checkout"
    if installed_version != runcomfy_desktop.__version__ and not _is_checkout():
        raise SelfTestFailure(
            f"the metadata say {installed_version}, the program {runcomfy_desktop.__version__}"
        )
    return installed_version


def licence_texts(_folder: Path) -> str:
    """Checks the licence texts, which a packaged program must include for its libraries."""
    if not getattr(sys, "frozen", False):
        return "nothing is packaged with it"
    notices = resources_folder() / "notices"
    for name, min_bytes in _NOTICES.items():
        file = notices / name
        require(file.is_file(), f"{file} is missing")
        require(file.stat().st_size >= min_bytes, f"{file} is cut short")
    return ", ".join(_NOTICES)


def _is_checkout() -> bool:
    folder = Path(runcomfy_desktop.__file__).parent.parent
    return (folder / "pyproject.toml").is_file()
