"""Paths that came from somebody else: looked at only where that tells nobody anything."""

from __future__ import annotations

import re

_MAX_CHARS = 4000
# A root and no second sign behind it, or a drive: all else leads to other computers, to devices
# or, being relative, to nobody knows where. Windows takes either sign, and both at once.
_LOCAL_ROOT = re.compile(r"/(?![\\/?])|[A-Za-z]:[\\/](?![\\/?])")
# Where systems call up other computers when a name is only looked at.
_AUTOMOUNT_ROOT = re.compile(r"/+(net|misc|dev|proc|afs|Network)(/|$)", re.IGNORECASE)


def local_path(text: str) -> str:
    """`text` if it is a whole path on this computer that may be looked at, else ""."""
    if "\0" in text or len(text) > _MAX_CHARS or not _LOCAL_ROOT.match(text):
        return ""
    # Dots in between would lead there by another way.
    if _AUTOMOUNT_ROOT.match(text) or not {".", ".."}.isdisjoint(re.split(r"[\\/]", text)):
        return ""
    return text
