"""Filter for untrusted paths: a path is looked up only if that cannot contact other computers."""

from __future__ import annotations

import re

_MAX_CHARS = 4000
# A root without a second separator, or a drive. Other paths lead to other computers, to devices or,
# if relative, to an unknown folder. Windows accepts both separators, also mixed.
_LOCAL_ROOT = re.compile(r"/(?![\\/?])|[A-Za-z]:[\\/](?![\\/?])")
# Folders where a mere look-up of a name contacts other computers.
_AUTOMOUNT_ROOT = re.compile(r"/+(net|misc|dev|proc|afs|Network)(/|$)", re.IGNORECASE)


def local_path(text: str) -> str:
    """Returns `text` if it is an absolute local path that is safe to look up, else ""."""
    if "\0" in text or len(text) > _MAX_CHARS or not _LOCAL_ROOT.match(text):
        return ""
    # With "." or ".." in between, a path could still lead into those folders.
    if _AUTOMOUNT_ROOT.match(text) or not {".", ".."}.isdisjoint(re.split(r"[\\/]", text)):
        return ""
    return text
