"""What arrives from outside to be opened, in one spelling: a whole path, or a link.

Desktop entries, "Open with", browsers and a second start all name things in their own ways. What
comes of it is told apart by `domain.app_link.is_link`; no whole path begins like a link.
"""

from __future__ import annotations

import os
from pathlib import Path

from runcomfy_desktop.domain.app_link import MAX_CHARS, is_link

_FILE_SCHEME = "file:"
_LOCAL_HOSTS = ("", "localhost")
# More than any system allows; what is longer leads nowhere, and must fit into a message.
_MAX_PATH_CHARS = 8192


def open_target(text: str) -> str:
    """`text` as a link, unread, or as the absolute path of a file, there or not.

    Raises OSError: it is no whole path, and the folder that the program was started in is gone.
    """
    if is_link(text):
        # Cut where it is seen to be too long.
        return text[: MAX_CHARS + 1]
    path = _path_of_uri(text) if text[: len(_FILE_SCHEME)].lower() == _FILE_SCHEME else ""
    return str(Path(path or text).absolute())[:_MAX_PATH_CHARS]


def _path_of_uri(text: str) -> str:
    """The path in a file's URI; "" when it is no file of this computer."""
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
    # A name may hold bytes that are no text; they stay as they are.
    return os.fsdecode(unquote_to_bytes(parts.path)).replace("\0", "")
