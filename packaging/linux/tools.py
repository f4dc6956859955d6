"""The system that holds the tools for AppImage and RPM, so that builds differ by no computer.

It is the newest Debian that is served: its squashfuse serves files from several places at once and
mends faults of the older one. What is made with it needs no library of any system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linux import roots

if TYPE_CHECKING:
    from linux.places import Place

SUITE = "trixie"
# For the AppImage's runtime, its image, and the .rpm; libfuse3-dev brings the static library along.
PACKAGES = (
    *("gcc", "libc6-dev", "libsquashfuse-dev", "libfuse3-dev", "libzstd-dev"),
    *("squashfs-tools", "rpm", "python3"),
)


def root() -> roots.Layers:
    """Debian with the tools; made at the first call and kept."""
    return roots.debian(SUITE).with_layer("package-tools", " ".join(PACKAGES), _add)


def _add(place: Place) -> None:
    place.apt("update")
    place.apt("upgrade")
    place.apt("install", *PACKAGES)
