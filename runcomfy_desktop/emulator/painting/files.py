"""The pictures that lie in the demo's container, drawn when they are needed."""

from __future__ import annotations

from runcomfy_desktop.emulator.flow import Picture
from runcomfy_desktop.emulator.painting import scene


def picture(name: str, address: str = "") -> Picture:
    """The container's file `name`, or a stand-in for what lies at `address`."""
    size = (1248, 832)
    return Picture(size, lambda: scene.paint(size, scene.Wish(address or name, 1)))
