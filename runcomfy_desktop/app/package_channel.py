"""Package from which this program was installed: one word in `resources/channel`.

Each build writes that file. It is read late, never before the first frame.
"""

from __future__ import annotations

from enum import Enum

from runcomfy_desktop.assets import asset, is_installed

_FILE = "channel"
# More than any word written by a build; the rest of a foreign file is not read.
_MAX_BYTES = 64


class PackageChannel(Enum):
    """Kinds of packages."""

    SOURCE = "source"
    """Run from the project's folder."""
    PYTHON = "python"
    """Installed by pip, pipx or uv."""
    DEB = "deb"
    RPM = "rpm"
    APPIMAGE = "appimage"
    WINDOWS = "windows"
    MACOS = "macos"

    @property
    def is_system_updated(self) -> bool:
        """True if the package manager installs updates, so the program does not check for them."""
        return self in (PackageChannel.DEB, PackageChannel.RPM)


def package_channel() -> PackageChannel:
    """Returns the package of this installation; SOURCE if the word is unknown."""
    try:
        with asset(_FILE).open("rb") as file:
            text = file.read(_MAX_BYTES).decode("ascii", "replace").strip()
        found = PackageChannel(text)
    except (OSError, ValueError):
        found = PackageChannel.SOURCE
    # A wheel contains the word of the source checkout.
    return PackageChannel.PYTHON if found is PackageChannel.SOURCE and is_installed() else found
