"""What is dropped on the window: a workflow file, a picture that may carry one, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.ui.base.local_files import local_path

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

# Pictures into which ComfyUI writes what made them.
WORKFLOW_IMAGE_SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")


def dropped_workflow_path(data: QMimeData) -> str:
    """The path of the one file that is being dragged, "" for one that holds no workflow."""
    urls = data.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return ""
    path = local_path(urls[0])
    return path if path.lower().endswith((".json", *WORKFLOW_IMAGE_SUFFIXES)) else ""
