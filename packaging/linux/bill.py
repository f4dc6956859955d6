"""Bill of materials of the Linux builds, which all contain the same folder."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from linux import freeze
from linux.appimage import runtime
from project import BUILD, DIST, NAME, ONEDIR, version
from trust import notices, sbom

if TYPE_CHECKING:
    from pathlib import Path


def path(of_version: str, folder: Path = DIST) -> Path:
    return folder / f"{NAME}-{of_version}-linux-{platform.machine()}.cdx.json"


def make(onedir: Path = ONEDIR, work: Path = BUILD / "linux", out: Path = DIST) -> Path:
    """Writes the bill for the bundle in `onedir`, whose facts are in `work`."""
    target = path(version(), out)
    linked = [sbom.linked_part(each) for each in runtime.linked()["packages"]]
    sbom.write(target, notices.read_facts(work / freeze.FACTS), onedir / "_internal", linked)
    return target
