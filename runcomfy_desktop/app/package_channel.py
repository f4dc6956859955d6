"""Which package this program came in: one word in `resources/channel`, which each build writes.

Asked late, never for the first frame.
"""

from __future__ import annotations

from enum import Enum

from runcomfy_desktop.assets import asset, is_installed

_FILE = "channel"
# More than any word of ours; the rest of a file that is none of ours is not read.
_MAX_BYTES = 64


class PackageChannel(Enum):
    """The packages that there are."""

    SOURCE = "source"
    """The project's folder."""
    PYTHON = "python"
    """Installed by pip, pipx or uv."""
    DEB = "deb"
    RPM = "rpm"
    APPIMAGE = "appimage"
    WINDOWS = "windows"
    MACOS = "macos"

    @property
    def is_system_updated(self) -> bool:
        """Whether the package manager brings newer versions, so that the program never asks."""
        return self in (PackageChannel.DEB, PackageChannel.RPM)


def package_channel() -> PackageChannel:
    """The package of this installation; SOURCE for every word that is not known."""
    try:
        with asset(_FILE).open("rb") as file:
            text = file.read(_MAX_BYTES).decode("ascii", "replace").strip()
        found = PackageChannel(text)
    except (OSError, ValueError):
        found = PackageChannel.SOURCE
    # A wheel carries the checkout's word with it.
    return PackageChannel.PYTHON if found is PackageChannel.SOURCE and is_installed() else found
