"""A library on folders of its own, as a session has it, for tests without a window."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.library import Library, LibraryPlaces
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import InputKey
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.preset.preset import PresetHead

KEY = "rc-0123456789abcdef"


def preset(name: str = "Golden hour", value: Value = "a lighthouse") -> Preset:
    """A small one."""
    entry = Entry(InputKey("6", "text"), "CLIPTextEncode", "Prompt", value)
    return Preset(name, (entry,), deployment_id="dep-1", deployment_name="Flux")


class PresetHouse:
    """A library with what it told; `folder` has all its places."""

    def __init__(self, folder: Path, root: Path | None = None, marks: str = "marks.json") -> None:
        self.told: list[Notice] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.root = folder / "presets" if root is None else root
        self.settings: list[Settings] = []
        self.preferences = Preferences(
            Settings(presets_folder="" if root is None else str(root)), self.settings.append
        )
        self.media = folder / "media"
        places = LibraryPlaces(
            folder / "presets", folder / "shipped", folder / "trash", folder / marks, self.media
        )
        self.library = Library(
            places, self.preferences, notices, secrets=lambda: (KEY, ""), watch_s=0.02
        )

    @property
    def heads(self) -> dict[str, PresetHead]:
        return {head.path: head for head in self.library.state.heads}

    @property
    def paths(self) -> list[str]:
        return [head.path for head in self.library.state.heads]

    @property
    def titles(self) -> list[str]:
        return [notice.title for notice in self.told]

    async def saved(self, made: Preset, folder: str = "") -> str:
        found: list[str] = []
        self.library.save(made, folder, found.append)
        await until(lambda: found)
        return found[0]

    async def read(self, path: str) -> Preset:
        found: list[Preset] = []
        self.library.read(path, found.append)
        await until(lambda: found)
        return found[0]

    async def updated(self, path: str, made: Preset) -> str:
        found: list[str] = []
        self.library.update(path, made, found.append)
        await until(lambda: found)
        return found[0]

    async def undo(self) -> None:
        """Presses the button of the last notice."""
        action = self.told[-1].action
        assert action is not None
        action()


@asynccontextmanager
async def preset_house(
    folder: Path, root: Path | None = None, marks: str = "marks.json"
) -> AsyncIterator[PresetHouse]:
    """Looked through, and closed at the end."""
    house = PresetHouse(folder, root, marks)
    house.library.start()
    try:
        await until(lambda: not house.library.state.loading)
        yield house
    finally:
        await house.library.close()
