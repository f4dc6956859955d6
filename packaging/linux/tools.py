"""System with the tools for AppImage and RPM, so that builds are the same on every computer.

It is the newest supported Debian, because its squashfuse serves files from several places at once
and lacks bugs of the older one. The tools' output depends on no library of any system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linux import roots

if TYPE_CHECKING:
    from linux.places import Place

SUITE = "trixie"
# For the AppImage's runtime, its image, and the .rpm; libfuse3-dev contains the static library.
PACKAGES = (
    *("gcc", "libc6-dev", "libsquashfuse-dev", "libfuse3-dev", "libzstd-dev"),
    *("squashfs-tools", "rpm", "python3"),
)


def root() -> roots.Layers:
    """Returns Debian with the tools; created at the first call and kept."""
    return roots.debian(SUITE).with_layer("package-tools", " ".join(PACKAGES), _add)


def _add(place: Place) -> None:
    place.apt("update")
    place.apt("upgrade")
    place.apt("install", *PACKAGES)
