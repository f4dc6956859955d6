"""Preset library with its own folders, set up as in a session, for tests without a window."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.presets.preset_library import PresetLibrary, PresetLibraryPaths
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.presets.preset import PresetSummary

KEY = "rc-0123456789abcdef"


def preset(name: str = "Golden hour", value: Value = "a lighthouse") -> Preset:
    """Returns a small preset."""
    entry = PresetEntry(InputKey("6", "text"), "CLIPTextEncode", "Prompt", value)
    return Preset(name, (entry,), deployment_id="dep-1", deployment_name="Flux")


class PresetHarness:
    """Preset library with its notices; `folder` contains all its locations."""

    def __init__(
        self, folder: Path, root: Path | None = None, preferences_json: str = "marks.json"
    ) -> None:
        self.shown_notices: list[Notice] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.root = folder / "presets" if root is None else root
        self.settings: list[Settings] = []
        self.preferences = Preferences(
            Settings(presets_folder="" if root is None else str(root)), self.settings.append
        )
        self.media = folder / "media"
        places = PresetLibraryPaths(
            folder / "presets",
            folder / "shipped",
            folder / "trash",
            folder / preferences_json,
            self.media,
        )
        self.preset_library = PresetLibrary(
            places, self.preferences, notices, secrets=lambda: (KEY, ""), poll_interval_s=0.02
        )

    @property
    def summaries(self) -> dict[str, PresetSummary]:
        return {summary.path: summary for summary in self.preset_library.state.summaries}

    @property
    def paths(self) -> list[str]:
        return [summary.path for summary in self.preset_library.state.summaries]

    @property
    def titles(self) -> list[str]:
        return [notice.title for notice in self.shown_notices]

    async def save_preset(self, made: Preset, folder: str = "") -> str:
        found: list[str] = []
        self.preset_library.save(made, folder, found.append)
        await wait_until(lambda: found)
        return found[0]

    async def read_preset(self, path: str) -> Preset:
        found: list[Preset] = []
        self.preset_library.read(path, found.append)
        await wait_until(lambda: found)
        return found[0]

    async def update_preset(self, path: str, made: Preset) -> str:
        found: list[str] = []
        self.preset_library.update(path, made, found.append)
        await wait_until(lambda: found)
        return found[0]

    async def undo(self) -> None:
        """Runs the action of the last notice."""
        action = self.shown_notices[-1].action
        assert action is not None
        action()


@asynccontextmanager
async def open_preset_harness(
    folder: Path, root: Path | None = None, preferences_json: str = "marks.json"
) -> AsyncIterator[PresetHarness]:
    """Opens a library, waits until its folder has been read, and closes it at the end."""
    harness = PresetHarness(folder, root, preferences_json)
    harness.preset_library.start()
    try:
        await wait_until(lambda: not harness.preset_library.state.loading)
        yield harness
    finally:
        await harness.preset_library.close()
