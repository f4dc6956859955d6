"""What is dropped on the window: a workflow file, or nothing that it can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.ui.local_files import local_path

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData


def workflow_path(data: QMimeData) -> str:
    """The path of the one .json file that is being dragged, "" for anything else."""
    urls = data.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return ""
    path = local_path(urls[0])
    return path if path.lower().endswith(".json") else ""
