"""Files named by a drag or the clipboard, including names that are not UTF-8."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QUrl

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

_REPLACEMENT_CHAR = "\ufffd"
# Image formats in which ComfyUI embeds the workflow that made them.
WORKFLOW_IMAGE_SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")


def local_files(data: QMimeData) -> list[str]:
    return [local_path(url) for url in data.urls() if url.isLocalFile()]


def local_path(url: QUrl) -> str:
    """Returns the path of a file URL, including bytes that are not UTF-8, which Qt would lose."""
    path = url.toLocalFile()
    if _REPLACEMENT_CHAR in path and os.name == "posix":
        encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
        return os.fsdecode(unquote_to_bytes(encoded))
    return path


def dropped_workflow_path(data: QMimeData) -> str:
    """Returns the path of a dropped workflow file, or of an image that may contain a workflow.

    Returns "" for anything else.
    """
    urls = data.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return ""
    path = local_path(urls[0])
    return path if path.lower().endswith((".json", *WORKFLOW_IMAGE_SUFFIXES)) else ""
