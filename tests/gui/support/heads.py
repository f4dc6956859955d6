"""Presets as a library lists them, for lists that are shown without one."""

from __future__ import annotations

from typing import Any

from runcomfy_desktop.core.library_state import LibraryState
from runcomfy_desktop.domain.preset.preset import PresetHead


def head(name: str, folder: str = "", deployment: str = "flux", **more: Any) -> PresetHead:
    path = f"{folder}/{name}.json" if folder else f"{name}.json"
    return PresetHead(
        path,
        name,
        folder,
        more.pop("count", 2),
        f"id-{deployment}",
        deployment,
        **more,
    )


def shipped(name: str) -> PresetHead:
    return PresetHead(f"shipped:{name}", name, count=1, is_shipped=True)


def library(*heads: PresetHead, folders: tuple[str, ...] = (), **more: Any) -> LibraryState:
    """A library that has been looked through."""
    held = {each.folder for each in heads if each.folder}
    return LibraryState(heads, tuple(sorted({*held, *folders})), loading=False, **more)


def many(count: int) -> LibraryState:
    """A library of a person who keeps everything."""
    return library(
        *(
            head(f"Preset {at} {'night' if at % 7 == 0 else 'day'}", f"Folder {at % 25}")
            for at in range(count)
        )
    )
