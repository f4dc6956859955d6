"""The list of all stored or open drafts, with the commands for whole drafts.

The program starts with the draft that was last in view, even after a crash.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.drafts.draft_rows import (
    MAX_TITLE_CHARS,
    DraftRow,
    DraftRowBuilder,
    DraftsState,
    edited_at,
    new_draft_of,
    unreadable_notice,
)
from runcomfy_desktop.core.drafts.draft_trash import DraftTrash
from runcomfy_desktop.core.editor.open_draft_commands import (
    OpenDraftCommands,
    update_preset_path,
    without_changes,
)
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.store.atomic_write import disk_problem
from runcomfy_desktop.store.draft_errors import missing_draft_problem
from runcomfy_desktop.store.draft_summaries import (
    DraftSummary,
    UnreadableDraft,
    draft_path,
    summary_of,
    with_known_summaries,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.deployments.deployment_catalogue import (
        DeploymentCatalogue,
        DeploymentCatalogueState,
    )
    from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.store.draft_in_view import DraftInViewStore
    from runcomfy_desktop.store.drafts import DraftStore

# Time that the disk gets for pending changes when the window closes.
_FINISH_S = 5.0


class PendingDraftWrites:
    """Pending writes of drafts, checked before the window closes.

    `durable_tasks` change stored drafts; `tasks` end with the session.
    """

    def __init__(self, store: DraftStore, durable_tasks: Tasks, tasks: Tasks) -> None:
        self._store = store
        self._durable_tasks = durable_tasks
        self._tasks = tasks

    @property
    def would_lose_changes(self) -> bool:
        """True if ending now would lose changes because writing failed."""
        return self._store.has_failed

    @property
    def has_pending(self) -> bool:
        """True if changes are not on the disk yet."""
        return self._durable_tasks.is_busy or self._store.has_pending

    def call_when_flushed(self, then: Callable[[], object]) -> None:
        """Calls `then` after an attempt to write all pending changes."""

        async def work() -> None:
            await self._durable_tasks.finish()
            await self._store.flush()
            then()

        self._tasks.start("write drafts", work())

    async def finish(self) -> None:
        """Finishes pending changes, for at most 5 s; the rest is abandoned."""
        await self._durable_tasks.finish(_FINISH_S)


class Drafts:
    """Lists, opens and changes drafts; every command returns at once.

    Errors are reported through `notices`. Publishes `changed`.
    """

    def __init__(
        self,
        draft_editor: DraftEditor,
        store: DraftStore,
        catalogue: DeploymentCatalogue,
        files: WorkflowFiles,
        notices: Notices,
        view_store: DraftInViewStore,
    ) -> None:
        self.state = DraftsState(loading=True)
        self.changed: Topic[DraftsState] = Topic()
        self._draft_editor = draft_editor
        self._store = store
        self._catalogue = catalogue
        self._files = files
        self._notices = notices
        self._view_store = view_store
        self._tasks = Tasks(notices.post_failure)
        # Changes to stored drafts: they are finished even when the window closes.
        self._durable_tasks = Tasks(notices.post_failure)
        self.writes = PendingDraftWrites(store, self._durable_tasks, self._tasks)
        self._commands = OpenDraftCommands(draft_editor)
        self._trash = DraftTrash(draft_editor, store, notices)
        self._write_lock, self._list_lock = asyncio.Lock(), asyncio.Lock()
        self._preset_moves: list[tuple[str, str]] = []
        self._summaries: dict[str, DraftSummary] = {}  # By key, in the order of the list.
        self._row_builder = DraftRowBuilder()
        self._unreadable: tuple[UnreadableDraft, ...] = ()
        self._unlisted_count = 0
        self._opening_key = ""
        self._open_task: asyncio.Task[object] | None = None
        self._find_task: asyncio.Task[object] | None = None
        self._list_task: asyncio.Task[object] | None = None
        self._is_loading = True
        self._subscriptions = Subscriptions()
        self._subscriptions.add(draft_editor.edited, self._on_edited)
        self._subscriptions.add(draft_editor.changed, self._on_editor_changed)
        self._subscriptions.add(catalogue.changed, self._on_catalogue_changed)
        self._subscriptions.add(catalogue.open_requested, self._on_open_requested)

    async def start(self) -> None:
        """Opens the draft last in view, before another one is opened automatically."""
        view = await self._view_store.read()
        if view is not None and (view.path or not view.deployment_id):
            task = self._files.open_draft(view.key, view.path, view.deployment_id)
            self._tasks.start(
                "wait for file", _call_when_done(task, self._catalogue.hold_initial_open())
            )
        elif view is not None:
            self._catalogue.preferred_drafts.set_first(view.deployment_id, view.key)
        self._list_task = self._tasks.start("list drafts", self._load_list())

    async def close(self) -> None:
        """Finishes pending changes and stops all tasks."""
        self._subscriptions.close()
        await self.writes.finish()
        await self._tasks.close()
        await self._view_store.close()

    @property
    def folder(self) -> Path:
        """Folder in which the drafts are stored."""
        return self._store.folder

    def reload(self) -> None:
        """Reads the list again because another part of the program changed the stored drafts."""
        self._tasks.start("list drafts", self._load_list(is_reload=True))

    # Commands

    def open(self, key: str) -> None:
        """Shows a draft as it was left; the last request wins."""
        summary = self._summaries.get(key)
        if summary is None:
            if self._find_task is not None:
                self._find_task.cancel()
            self._find_task = self._tasks.start("look for draft", self._find_and_open(key))
            return
        if key == self.state.current_key and not self._opening_key:
            return
        self._cancel_opening()
        self._opening_key = key
        is_known = self._draft_editor.record_of(summary.deployment_id) is not None
        open_draft = self._draft_editor.open_drafts.get(key)
        draft_before = None if open_draft is None else open_draft.draft
        if self._commands.show(key):
            self._catalogue.change_notifier.report_change(
                (draft_before,), self._draft_editor.state.draft
            )
        elif summary.draft_id or (is_known and not summary.source.is_file):
            self._open_task = self._tasks.start("open draft", self._open_stored(summary))
        else:
            self._load_and_open(summary)
        self._publish()

    def open_adjacent(self, *, is_backwards: bool) -> None:
        """Opens the next or previous draft of the list, wrapping around at its ends."""
        keys = [row.key for row in self.state.rows if not row.is_unreadable]
        current_key = self._opening_key or self.state.current_key
        if len(keys) > 1 and current_key in keys:
            self.open(keys[(keys.index(current_key) + (-1 if is_backwards else 1)) % len(keys)])

    def create(self) -> None:
        """Adds a further draft of the workflow in view, without changes."""
        self._draft_editor.commit_requested.publish(None)
        draft = self._draft_editor.state.draft
        if draft is not None:
            self._cancel_opening()
            self._commands.add(new_draft_of(without_changes(draft), self._titles()))

    def duplicate(self, key: str) -> None:
        """Duplicates a draft and shows the copy."""
        self._draft_editor.commit_requested.publish(None)
        open_draft = self._draft_editor.open_drafts.get(key)
        if open_draft is not None:
            self._cancel_opening()
            self._commands.add(
                new_draft_of(open_draft.draft, self._titles()), open_draft.conversion_report
            )
        elif key in self._summaries:
            self._durable_tasks.start("duplicate draft", self._duplicate(key))

    def rename(self, key: str, title: str) -> None:
        """Sets a draft's title; "" for the name of its source."""
        title = one_line(title)[:MAX_TITLE_CHARS].strip()
        if key in self._summaries:
            self._set_fields(key, title=title)

    def bind(self, key: str, deployment_id: str) -> None:
        """Makes a file's draft run on a deployment; if it is in view, the differences are shown."""
        summary = self._summaries.get(key)
        if summary is None or not summary.source.is_file:
            return
        self._catalogue.allow_retry(deployment_id)
        self._set_fields(key, deployment_id=deployment_id)

    def update_preset_path(self, old_path: str, new_path: str) -> None:
        """Changes the preset path of all drafts based on the preset at `old_path`."""
        self._preset_moves.append((old_path, new_path))
        update_preset_path(self._draft_editor, old_path, new_path)
        self._durable_tasks.start("follow preset", self._update_preset_paths(old_path, new_path))

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes drafts and offers to restore them."""
        rows = [row for row in self.state.rows if row.key in set(keys)]
        self._draft_editor.commit_requested.publish(None)
        if rows:
            self._durable_tasks.start("delete drafts", self._delete(rows))

    # Internals

    async def _load_list(self, *, is_reload: bool = False) -> None:
        # An older list must not replace a newer one.
        async with self._list_lock:
            await self._read_list(is_reload=is_reload)

    async def _read_list(self, *, is_reload: bool) -> None:
        try:
            found = await self._store.summaries()
        except OSError as error:
            if is_reload:
                # The cause of the reload was reported already; the known list stays.
                return
            raise disk_problem(error, self._store.folder) from None
        finally:
            self._is_loading = False
            self._publish()
        known = (
            summary for key, summary in self._summaries.items() if not self._commands.is_unused(key)
        )
        found = with_known_summaries(found, self._store.folder, known)
        stored = {summary.key: summary for summary in found.summaries}
        # Open drafts are newer than the list that was read.
        newer = {
            key: summary
            for key, summary in self._summaries.items()
            if key in self._draft_editor.open_drafts
        }
        self._summaries = {**stored, **(newer if is_reload else self._summaries)}
        self._unreadable, self._unlisted_count = found.unreadable, found.omitted_count
        self._publish()

    async def _open_stored(self, summary: DraftSummary) -> None:
        """Opens a stored draft; a further draft that cannot be read leaves the view unchanged.

        No request is sent to the service if the deployment is known once the draft has been read.
        """
        key, previous_key = summary.key, self.state.current_key
        stored = await self._store.load(key)
        record = self._draft_editor.record_of(summary.deployment_id)
        is_superseded = bool(previous_key) and self.state.current_key != previous_key
        if is_superseded or key not in self._summaries or (stored is None and summary.draft_id):
            self._finish_opening(key)
        elif record is not None and not summary.source.is_file:
            self._draft_editor.open_deployment(record, stored, key)
        else:
            self._load_and_open(summary)

    async def _find_and_open(self, name: str) -> None:
        """Opens a draft that was unreadable when the list was read, if it can be read now.

        Otherwise posts a notice with the path of its file. A draft already in view without its
        stored content is not replaced: only the notice is posted.
        """
        row, previous_key, path = self.state.row(name), self.state.current_key, self.folder / name
        if row is None:
            return
        key = previous_key
        if draft_path(self.folder, previous_key) != path:
            await self._load_list(is_reload=True)
            key = next((key for key in self._summaries if draft_path(self.folder, key) == path), "")
            if self.state.current_key != previous_key:
                return
        if key not in ("", previous_key):
            self._commands.drop_unused(key)
            self.open(key)
        elif self.state.row(name) is not None:
            self._notices.post(unreadable_notice(row, self.folder))
        else:
            self._notices.post_failure(missing_draft_problem(path))

    def _load_and_open(self, summary: DraftSummary) -> None:
        """Opens a draft after reading its workflow."""
        if summary.source.is_file:
            task = self._files.open_draft(summary.key, summary.source.path, summary.deployment_id)
            self._open_task = task
            task.add_done_callback(lambda _task: self._finish_opening(summary.key))
        else:
            self._catalogue.open_draft(summary.deployment_id, summary.key)

    async def _duplicate(self, key: str) -> None:
        previous_key = self.state.current_key
        draft = await self._store.load(key)
        if draft is not None:
            copy = new_draft_of(draft, self._titles())
            self._store.save(copy)
            self._update_summary(copy)
            if self.state.current_key == previous_key:
                self.open(copy.key)

    def _set_fields(self, key: str, **fields: Any) -> None:
        if not self._commands.set_fields(key, **fields):
            self._durable_tasks.start("change draft", self._set_stored_fields(key, **fields))

    async def _set_stored_fields(self, key: str, **fields: Any) -> None:
        async with self._write_lock:
            draft = await self._store.load(key)
            # The draft may have been opened while it was loaded.
            if not self._commands.set_fields(key, **fields):
                self._change_stored(key, draft, **fields)

    async def _update_preset_paths(self, old_path: str, new_path: str) -> None:
        async with self._write_lock:
            if self._list_task is not None:
                await asyncio.wait([self._list_task])
            stored = [
                summary.key for summary in self._summaries.values() if summary.preset == old_path
            ]
            for key in stored:
                await self._update_stored_preset(key, old_path, new_path)

    async def _update_stored_preset(self, key: str, old_path: str, new_path: str) -> None:
        draft = await self._store.load(key)
        if key in self._draft_editor.open_drafts:
            update_preset_path(self._draft_editor, old_path, new_path, (key,))
        elif draft is not None and draft.preset == old_path:
            self._change_stored(key, draft, preset=new_path)

    def _change_stored(self, key: str, draft: Draft | None, **fields: Any) -> None:
        """Changes a stored draft that is not open, unless it was deleted meanwhile."""
        if draft is not None and key in self._summaries:
            changed = replace(draft, **fields)
            self._store.save(changed)
            self._update_summary(changed)

    async def _delete(self, rows: list[DraftRow]) -> None:
        # Waits for changes to these drafts that were requested earlier: they would otherwise affect
        # the draft opened in place of a deleted one.
        async with self._write_lock:
            summaries, moves = dict(self._summaries), len(self._preset_moves)
            deleted = await self._trash.delete(rows)
            for row in rows:
                if row.key not in self._draft_editor.open_drafts:
                    self._summaries.pop(row.key, None)
                self._catalogue.preferred_drafts.forget(row.deployment_id, row.key)
            unreadable_names = {row.key for row in rows if row.is_unreadable}
            before = self._unreadable
            removed = tuple(each for each in before if each.name in unreadable_names)
            self._unreadable = tuple(each for each in before if each.name not in unreadable_names)
            self._publish()

        async def restore() -> None:
            for draft in await self._trash.restore(deleted, self._titles()):
                summary = summaries.get(draft.key)
                self._update_summary(draft, summary.modified_s if summary is not None else 0.0)
                for move in self._preset_moves[moves:]:
                    await self._update_stored_preset(draft.key, *move)
            self._unreadable = (*self._unreadable, *removed)
            self._publish()

        self._trash.notify_deleted(
            rows, lambda: self._durable_tasks.start("put drafts back", restore())
        )

    def _titles(self) -> list[str]:
        return [row.title for row in self.state.rows]

    def _cancel_opening(self) -> None:
        for task in (self._open_task, self._find_task):
            if task is not None:
                task.cancel()
        self._files.cancel_open()
        self._catalogue.cancel_open()
        self._opening_key = ""

    # Following changes

    def _on_edited(self, draft: Draft) -> None:
        edited_s = edited_at(draft, self._summaries.get(draft.key), time.time())
        if edited_s is not None:
            self._update_summary(draft, edited_s)

    def _on_editor_changed(self, editor_state: EditorState) -> None:
        draft = editor_state.draft
        if draft is None:
            return
        self._view_store.remember(draft)
        if draft.key == self._opening_key:
            self._opening_key = ""
        summary = self._summaries.get(draft.key)
        if summary is None:
            self._update_summary(draft, time.time())
        elif (summary.source, summary.deployment_id) != (draft.source, draft.deployment_id):
            self._update_summary(draft, summary.modified_s)
        elif draft.key != self.state.current_key or self._opening_key != self.state.opening_key:
            self._publish()

    def _on_catalogue_changed(self, catalogue: DeploymentCatalogueState) -> None:
        summary = self._summaries.get(self._opening_key)
        is_read = self._open_task is None or self._open_task.done()
        is_deployment_draft = summary is not None and not summary.source.is_file
        if is_deployment_draft and is_read and not catalogue.opening_id:
            self._opening_key = ""
        self._publish()

    def _on_open_requested(self, _deployment_id: str) -> None:
        if self._find_task is not None:
            self._find_task.cancel()
        if self._open_task is not None and self._open_task.cancel():
            self._finish_opening(self._opening_key)

    def _finish_opening(self, key: str) -> None:
        if key == self._opening_key:
            self._opening_key = ""
            self._publish()

    def _update_summary(self, draft: Draft, modified_s: float | None = None) -> None:
        """Updates a draft's summary at its place in the list; a new draft comes first."""
        summary = summary_of(draft, time.time() if modified_s is None else modified_s)
        if draft.key in self._summaries:
            self._summaries[draft.key] = summary
        else:
            self._summaries = {draft.key: summary, **self._summaries}
        self._publish()

    def _publish(self) -> None:
        draft = self._draft_editor.state.draft
        current_key = "" if draft is None else draft.key
        is_unused = self._commands.is_unused
        visible = (
            summary
            for key, summary in self._summaries.items()
            if key == current_key or not is_unused(key)
        )
        rows = self._row_builder.build(visible, self._unreadable, self._catalogue.state)
        state = DraftsState(
            rows, current_key, self._opening_key, self._unlisted_count, self._is_loading
        )
        if state != self.state:
            self.state = state
            self.changed.publish(state)


async def _call_when_done(task: asyncio.Task[object], action: Callable[[], None]) -> None:
    await asyncio.wait([task])
    action()
