"""Dynamic prompts: text alternatives and wildcards chosen for each run.

Keeps the user's wildcard files in memory, reports issues in drafts with dynamic prompts, and
expands drafts for runs.
"""

from __future__ import annotations

import asyncio
import logging
import random
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.domain.drafts.dynamic_prompts import (
    NO_WILDCARDS,
    Wildcards,
    build_wildcards,
    expanded_draft,
    expansion_issues,
)
from runcomfy_desktop.domain.validation.input_issue import InputIssue
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.wildcards import read, scan

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.core.drafts.editor_state import EditorState
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.domain.workflow.workflow import InputKey

# Interval at which the files are checked while a draft needs them.
POLL_INTERVAL_S = 2.0
_log = logging.getLogger(__name__)


class DynamicPrompts:
    """Reads the wildcards and expands drafts; publishes `changed` when the files have changed.

    `default_folder` is used if the user has not chosen a folder. The folder is only read while the
    draft in view has dynamic prompts.
    """

    def __init__(
        self,
        draft_editor: DraftEditor,
        preferences: Preferences,
        notices: Notices,
        default_folder: Path,
        rng: random.Random | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        self.wildcards: Wildcards = NO_WILDCARDS
        self.changed: Topic[Wildcards] = Topic()
        self._draft_editor = draft_editor
        self._default_folder = default_folder
        self._rng = rng or random.SystemRandom()
        self._poll_interval_s = poll_interval_s
        self._chosen_folder = preferences.settings.wildcards_folder
        self._last_scan: object = None
        self._is_read = False
        self._poll_task: asyncio.Task[object] | None = None
        self._tasks = Tasks(notices.post_failure)
        self._subscriptions = Subscriptions()
        self._subscriptions.add(draft_editor.changed, self._on_editor_changed)
        self._subscriptions.add(preferences.changed, self._on_preferences_changed)
        draft_editor.expand_prompts = self.expanded
        draft_editor.prompt_issues = self._issues

    @property
    def folder(self) -> Path:
        return Path(self._chosen_folder) if self._chosen_folder else self._default_folder

    async def close(self) -> None:
        """Stops all tasks."""
        self._subscriptions.close()
        await self._tasks.close()

    def expanded(self, draft: Draft) -> Draft:
        """Returns the draft with its dynamic prompts expanded for one run."""
        return (
            expanded_draft(draft, self.wildcards, self._rng)
            if draft.dynamic_prompt_inputs
            else draft
        )

    # Internals

    def _issues(self, draft: Draft, _schema: NodeSchema | None) -> dict[InputKey, InputIssue]:
        found = expansion_issues(draft, self.wildcards) if draft.dynamic_prompt_inputs else {}
        if self._is_read:
            return found
        # The content of the files is not known yet.
        issue = InputIssue(_("The files for the words of this text are being read."))
        return dict.fromkeys(found, issue)

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
        self._last_scan, self._is_read, self.wildcards = this_scan, True, wildcards
        self.changed.publish(wildcards)
        self._draft_editor.revalidate()
