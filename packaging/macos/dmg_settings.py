"""Layout of the disk image for macOS; read by dmgbuild, which provides `defines`.

usage: dmgbuild -s packaging/macos/dmg_settings.py -D app="dist/RunComfy Desktop.app" \
           "RunComfy Desktop" dist/NAME.dmg
"""

from __future__ import annotations

from pathlib import Path

# dmgbuild provides no `__file__` and does not have this folder on its path; it is started in the
# project's folder.
_HERE = Path("packaging/macos").resolve()
_APP = Path(globals().get("defines", {}).get("app", "dist/RunComfy Desktop.app"))

# LZMA: the smallest, and supported by the oldest system on which Qt runs.
format = "ULMO"  # noqa: A001 - dmgbuild's name for it
files = [str(_APP)]
symlinks = {"Applications": "/Applications"}
icon = str(_HERE / "runcomfy-desktop.icns")

# The program on the left, the Applications folder on the right, an arrow between them.
background = "builtin-arrow"
window_rect = ((200, 200), (600, 360))
default_view = "icon-view"
icon_size = 128
text_size = 13
icon_locations = {_APP.name: (150, 160), "Applications": (450, 160)}
