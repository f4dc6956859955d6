"""Converts open requests from outside the program to an absolute path or a link.

Desktop entries, "Open with", browsers and a second start all use different notations.
`domain.app_link.is_link` distinguishes the results; no absolute path begins like a link.
"""

from __future__ import annotations

import os
from pathlib import Path

from runcomfy_desktop.domain.app_link import MAX_CHARS, is_link

_FILE_SCHEME = "file:"
_LOCAL_HOSTS = ("", "localhost")
# More than any system allows: a longer path cannot exist, and it must fit into a message.
_MAX_PATH_CHARS = 8192


def open_target(text: str) -> str:
    """Returns `text` as an unparsed link, or as the absolute path of a file, which may not exist.

    Raises OSError if the path is relative and the current folder has been deleted.
    """
    if is_link(text):
        # Kept one character longer than allowed, so that it is still recognised as too long.
        return text[: MAX_CHARS + 1]
    path = _path_of_uri(text) if text[: len(_FILE_SCHEME)].lower() == _FILE_SCHEME else ""
    return str(Path(path or text).absolute())[:_MAX_PATH_CHARS]


def _path_of_uri(text: str) -> str:
    """Returns the path in a file URI; "" if it is not a file on this computer."""
    from urllib.parse import unquote_to_bytes, urlsplit
    from urllib.request import url2pathname

    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.netloc.lower() not in _LOCAL_HOSTS:
        return ""
    if os.name != "posix":
        return url2pathname(parts.path)
    # A name may contain bytes that are not valid text; they are kept.
    return os.fsdecode(unquote_to_bytes(parts.path)).replace("\0", "")
