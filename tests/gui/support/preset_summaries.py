"""Preset summaries for lists that are shown without a real library."""

from __future__ import annotations

from typing import Any

from runcomfy_desktop.core.presets.preset_library_state import PresetLibraryState
from runcomfy_desktop.domain.presets.preset import PresetSummary


def preset_summary(
    name: str, folder: str = "", deployment: str = "flux", **more: Any
) -> PresetSummary:
    path = f"{folder}/{name}.json" if folder else f"{name}.json"
    return PresetSummary(
        path,
        name,
        folder,
        more.pop("count", 2),
        f"id-{deployment}",
        deployment,
        **more,
    )


def shipped_preset(name: str) -> PresetSummary:
    return PresetSummary(f"shipped:{name}", name, count=1, is_shipped=True)


def library_state(
    *summaries: PresetSummary, folders: tuple[str, ...] = (), **more: Any
) -> PresetLibraryState:
    """Returns the state of a fully read library."""
    folder_names = {each.folder for each in summaries if each.folder}
    return PresetLibraryState(
        summaries, tuple(sorted({*folder_names, *folders})), loading=False, **more
    )


def many_presets(count: int) -> PresetLibraryState:
    """Returns a library with many presets."""
    return library_state(
        *(
            preset_summary(f"Preset {at} {'night' if at % 7 == 0 else 'day'}", f"Folder {at % 25}")
            for at in range(count)
        )
    )
