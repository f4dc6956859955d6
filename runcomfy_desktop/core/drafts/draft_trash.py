"""Deletion and restoring of drafts, including the undo history of open drafts."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.drafts.draft_rows import new_draft_of
from runcomfy_desktop.core.editor.open_draft import OpenDraft
from runcomfy_desktop.core.editor.open_draft_commands import OpenDraftCommands
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.drafts.draft import Draft, is_edited
from runcomfy_desktop.domain.drafts.draft_rebase import rebase_draft
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.atomic_write import disk_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.drafts.draft_rows import DraftRow
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.store.drafts import DraftStore


@dataclass(frozen=True, slots=True)
class DeletedDrafts:
    """Deleted drafts, with everything needed to restore them.

    `open_drafts` has their keys, each with its open draft or None. `current_key` is the deleted
    draft that was in view, "" if there was none.
    """

    open_drafts: tuple[tuple[str, OpenDraft | None], ...]
    titles: Mapping[str, str]
    unreadable: tuple[str, ...]
    current_key: str


class DraftTrash:
    """Deletes and restores drafts; a draft of the same workflow always stays in view."""

    def __init__(self, draft_editor: DraftEditor, store: DraftStore, notices: Notices) -> None:
        self._draft_editor = draft_editor
        self._commands = OpenDraftCommands(draft_editor)
        self._store = store
        self._deletions = itertools.count(1)
        self._notices = notices

    async def delete(self, rows: Sequence[DraftRow]) -> DeletedDrafts:
        """Deletes drafts. If the disk refuses one of them, keeps all and raises Problem."""
        keys = [row.key for row in rows if not row.is_unreadable]
        unreadable = tuple(row.key for row in rows if row.is_unreadable)
        in_view = self._draft_editor.state.draft
        current_key = in_view.key if in_view is not None and in_view.key in keys else ""
        fresh = await self._first_draft_of(in_view, keys) if in_view is not None else None
        removed: list[str] = []
        removed_unreadable: list[str] = []
        try:
            for key in keys:
                await self._store.discard(key)
                removed.append(key)
            for name in unreadable:
                await self._store.discard_file(name)
                removed_unreadable.append(name)
        except OSError as error:
            await self._restore_removed(removed)
            for name in removed_unreadable:
                with suppress(OSError):
                    await self._store.restore_file(name)
            raise disk_problem(error, self._store.folder) from None
        # A draft may have been edited meanwhile, and an input editor may have uncommitted text:
        # undo restores both.
        self._draft_editor.commit_requested.publish(None)
        open_drafts = tuple((key, self._draft_editor.open_drafts.pop(key, None)) for key in keys)
        for key in keys:
            # Otherwise a pending write would restore the draft at the next start.
            self._store.remove(key)
        if in_view is not None and fresh is not None and current_key:
            self._show_another(in_view, fresh)
        titles = {row.key: row.title for row in rows}
        return DeletedDrafts(open_drafts, titles, unreadable, current_key)

    async def _restore_removed(self, removed: Iterable[str]) -> None:
        for key in removed:
            open_draft = self._draft_editor.open_drafts.get(key)
            draft = open_draft.draft if open_draft is not None else await self._store.restore(key)
            if draft is not None:
                self._store.save(draft)

    async def restore(self, deleted: DeletedDrafts, titles: Collection[str]) -> list[Draft]:
        """Restores drafts and returns them; a draft gets a new key if an edited one has its key."""
        # The commit can edit a draft, so it comes before the check of keys in use.
        self._draft_editor.commit_requested.publish(None)
        restored, missing = [], []
        for key, open_draft in deleted.open_drafts:
            draft = open_draft.draft if open_draft is not None else await self._store.restore(key)
            if draft is None:
                missing.append(key)
                continue
            reopened, current = open_draft, self._draft_editor.open_drafts.get(key)
            if current is not None and (is_edited(current.draft) or current.draft.orphaned):
                draft = new_draft_of(draft, titles)
                reopened = OpenDraft(draft)
            elif current is not None and reopened is None:
                # A draft with this key was opened meanwhile and is empty: edits to it would be
                # stored over the restored draft.
                reopened = OpenDraft(rebase_draft(draft, replace(current.draft, changes={})))
            if reopened is not None:
                self._draft_editor.open_drafts[draft.key] = reopened
            self._store.save(draft)
            restored.append(draft)
            in_view = self._draft_editor.state.draft
            is_empty_in_view = in_view is not None and in_view.key == draft.key
            if key == deleted.current_key or is_empty_in_view:
                self._commands.show(draft.key)
        if missing:
            self._notify_missing([deleted.titles[key] for key in missing])
        try:
            for name in deleted.unreadable:
                await self._store.restore_file(name)
        except OSError as error:
            raise disk_problem(error, self._store.folder) from None
        return restored

    def notify_deleted(self, rows: Sequence[DraftRow], undo: Callable[[], object]) -> None:
        title = _("The draft %s is deleted.") % one_line(rows[0].title)
        if len(rows) > 1:
            title = n_("%d draft is deleted.", "%d drafts are deleted.", len(rows)) % len(rows)
        # Drafts may have the same name, and each one can be restored.
        about = f"deletion {next(self._deletions)}"
        self._notices.post(Notice(NoticeLevel.INFO, title, "", "", _("Undo"), undo, subject=about))

    def _notify_missing(self, titles: Sequence[str]) -> None:
        title = _("The draft %s could not be put back.") % one_line(titles[0])
        count = len(titles)
        if count > 1:
            title = n_("%d draft could not be put back.", "%d drafts could not be put back.", count)
            title %= count
        where = _("What is left of deleted drafts is here: %s") % self._store.deleted_folder
        self._notices.post(Notice(NoticeLevel.WARNING, title, where, subject="deleted drafts"))

    async def _first_draft_of(self, in_view: Draft, keys: Collection[str]) -> Draft:
        """Returns the first draft of the workflow in view, an empty one if it is deleted too."""
        open_draft = self._draft_editor.open_drafts.get(in_view.key)
        base = (open_draft.newer_file if open_draft is not None else None) or in_view
        blank = Draft(base.workflow, base.source, in_view.deployment_id)
        stored = None if blank.key in keys else await self._store.load(blank.key)
        return rebase_draft(stored, blank)

    def _show_another(self, in_view: Draft, fresh: Draft) -> None:
        """Shows another open draft of the same workflow, else `fresh`, its first draft."""
        for draft in self._draft_editor.open_drafts.drafts():
            is_same_source = draft.source.path == in_view.source.path and (
                draft.source.is_file or draft.deployment_id == in_view.deployment_id
            )
            if is_same_source and self._commands.show(draft.key):
                return
        self._commands.add(fresh)
