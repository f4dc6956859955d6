"""The files that a drag or the clipboard names, with every name that a disk can have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QUrl

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

_REPLACEMENT_CHAR = "\ufffd"
# Pictures into which ComfyUI writes what made them.
WORKFLOW_IMAGE_SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")


def local_files(data: QMimeData) -> list[str]:
    return [local_path(url) for url in data.urls() if url.isLocalFile()]


def local_path(url: QUrl) -> str:
    """The path of a file's URL; Qt loses what is no UTF-8 in a name, and then finds no file."""
    path = url.toLocalFile()
    if _REPLACEMENT_CHAR in path and os.name == "posix":
        encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
        return os.fsdecode(unquote_to_bytes(encoded))
    return path


def dropped_workflow_path(data: QMimeData) -> str:
    """Returns the path of a workflow file that is dropped on the window, or of a picture that may
    carry one.

    Returns "" for anything else.
    """
    urls = data.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return ""
    path = local_path(urls[0])
    return path if path.lower().endswith((".json", *WORKFLOW_IMAGE_SUFFIXES)) else ""
