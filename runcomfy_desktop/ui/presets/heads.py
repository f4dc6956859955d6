"""Finds a preset in what the library lists, by its path, and the file that it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.core.library_state import LibraryState
    from runcomfy_desktop.domain.preset.preset import PresetHead


def head_of(state: LibraryState, path: str) -> PresetHead | None:
    return next((head for head in state.heads if head.path == path), None) if path else None


def file_of(state: LibraryState, head: PresetHead) -> str:
    """Where it lies on disk; "" for one that came with the program."""
    return "" if head.is_shipped or not state.root else str(Path(state.root, *head.path.split("/")))
