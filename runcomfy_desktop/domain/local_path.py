"""Paths that came from somebody else: looked at only where that tells nobody anything."""

from __future__ import annotations

import re

_MOST_LETTERS = 4000
# A root and no second sign behind it, or a drive: all else leads to other computers, to devices
# or, being relative, to nobody knows where. Windows takes either sign, and both at once.
_ON_THIS_COMPUTER = re.compile(r"/(?![\\/?])|[A-Za-z]:[\\/](?![\\/?])")
# Where systems call up other computers when a name is only looked at.
_CALLED_UP = re.compile(r"/+(net|misc|dev|proc|afs|Network)(/|$)", re.IGNORECASE)


def local_path(text: str) -> str:
    """`text` if it is a whole path on this computer that may be looked at, else ""."""
    if "\0" in text or len(text) > _MOST_LETTERS or not _ON_THIS_COMPUTER.match(text):
        return ""
    # Dots in between would lead there by another way.
    if _CALLED_UP.match(text) or not {".", ".."}.isdisjoint(re.split(r"[\\/]", text)):
        return ""
    return text
