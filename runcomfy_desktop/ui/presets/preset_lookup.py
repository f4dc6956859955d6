"""Finds a preset in what the library lists, by its path, and the file that it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.core.presets.preset_library_state import PresetLibraryState
    from runcomfy_desktop.domain.presets.preset import PresetSummary


def find_summary(state: PresetLibraryState, path: str) -> PresetSummary | None:
    return (
        next((summary for summary in state.summaries if summary.path == path), None)
        if path
        else None
    )


def preset_file_path(state: PresetLibraryState, summary: PresetSummary) -> str:
    """Where it lies on disk; "" for one that came with the program."""
    return (
        ""
        if summary.is_shipped or not state.root
        else str(Path(state.root, *summary.path.split("/")))
    )
