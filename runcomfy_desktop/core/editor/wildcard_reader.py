"""Reads the user's wildcard files while the draft in view has dynamic prompts."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.drafts.dynamic_prompts import (
    NO_WILDCARDS,
    Wildcards,
    build_wildcards,
)
from runcomfy_desktop.store.wildcards import read, scan

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.editor.dynamic_prompts import DynamicPrompts
    from runcomfy_desktop.core.editor.editor_state import EditorState
    from runcomfy_desktop.domain.settings import Settings

# Interval at which the files are checked while a draft needs them.
POLL_INTERVAL_S = 2.0
_log = logging.getLogger(__name__)


class WildcardReader:
    """Keeps the wildcards of `dynamic_prompts` up to date with the files.

    `default_folder` is used if the user has not chosen a folder. The folder is only read while the
    draft in view has dynamic prompts.
    """

    def __init__(
        self,
        dynamic_prompts: DynamicPrompts,
        draft_editor: DraftEditor,
        preferences: Preferences,
        notices: Notices,
        default_folder: Path,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        self._dynamic_prompts = dynamic_prompts
        self._draft_editor = draft_editor
        self._default_folder = default_folder
        self._poll_interval_s = poll_interval_s
        self._chosen_folder = preferences.settings.wildcards_folder
        self._last_scan: object = None
        self._poll_task: asyncio.Task[object] | None = None
        self._tasks = Tasks(notices.post_failure)
        self._subscriptions = Subscriptions()
        self._subscriptions.add(draft_editor.changed, self._on_editor_changed)
        self._subscriptions.add(preferences.changed, self._on_preferences_changed)

    @property
    def folder(self) -> Path:
        return Path(self._chosen_folder) if self._chosen_folder else self._default_folder

    async def close(self) -> None:
        """Stops all tasks."""
        self._subscriptions.close()
        await self._tasks.close()

    def _on_editor_changed(self, editor_state: EditorState) -> None:
        is_needed = editor_state.draft is not None and bool(
            editor_state.draft.dynamic_prompt_inputs
        )
        if is_needed and self._poll_task is None:
            self._poll_task = self._tasks.start("look for wildcards", self._poll())
        elif not is_needed and self._poll_task is not None:
            self._poll_task.cancel()
            self._poll_task = None

    def _on_preferences_changed(self, settings: Settings) -> None:
        if settings.wildcards_folder != self._chosen_folder:
            self._chosen_folder, self._last_scan = settings.wildcards_folder, None

    async def _poll(self) -> None:
        while True:
            await self._read()
            await asyncio.sleep(self._poll_interval_s)

    async def _read(self) -> None:
        folder, last_scan = self.folder, self._last_scan

        def work() -> tuple[object, Wildcards | None]:
            found = scan(folder)
            if (folder, found) == last_scan:
                return last_scan, None
            return (folder, found), build_wildcards(*read(folder, found))

        try:
            this_scan, wildcards = await asyncio.to_thread(work)
        except OSError as error:
            _log.warning("The folder of wildcards cannot be read: %s", error)
            this_scan, wildcards = (folder, str(error)), NO_WILDCARDS
            if this_scan == last_scan:
                return
        if wildcards is None or folder != self.folder:
            return
        self._last_scan = this_scan
        self._dynamic_prompts.set_wildcards(wildcards)
        self._draft_editor.revalidate()
