"""Drafts side by side: all that are stored or open, and what can be done with them as a whole.

The program opens with the one that was in view when it ended, however it ended.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.draft_bin import DraftBin
from runcomfy_desktop.core.draft_rows import (
    MOST_LETTERS,
    DraftRow,
    DraftsState,
    RowMaker,
    edited_at,
    further_of,
    odd_notice,
)
from runcomfy_desktop.core.draft_writes import DraftWrites
from runcomfy_desktop.core.open_drafts import OpenDrafts, emptied
from runcomfy_desktop.core.preset_followers import follow_preset
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.store.atomic import disk_problem
from runcomfy_desktop.store.draft_heads import DraftHead, OddDraft, draft_file, head_of, with_known
from runcomfy_desktop.store.unread_draft import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from runcomfy_desktop.core.catalogue import Catalogue, CatalogueState
    from runcomfy_desktop.core.files import WorkflowFiles
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.store.draft_in_view import DraftInView
    from runcomfy_desktop.store.drafts import DraftStore


class Drafts:
    """Every intent returns at once; what goes wrong is told through `notices`. Publishes
    `changed`."""

    def __init__(
        self,
        workbench: Workbench,
        store: DraftStore,
        catalogue: Catalogue,
        files: WorkflowFiles,
        notices: Notices,
        view: DraftInView,
    ) -> None:
        self.state = DraftsState(loading=True)
        self.changed: Topic[DraftsState] = Topic()
        self._workbench = workbench
        self._store = store
        self._catalogue = catalogue
        self._files = files
        self._notices = notices
        self._view = view
        self._tasks = Tasks(notices.failure)
        # What changes what is stored: it is done to its end, also when the window closes.
        self._deeds = Tasks(notices.failure)
        self.writes = DraftWrites(store, self._deeds, self._tasks)
        self._open = OpenDrafts(workbench)
        self._bin = DraftBin(workbench, store, notices)
        self._turn, self._list_turn = asyncio.Lock(), asyncio.Lock()
        self._preset_moves: list[tuple[str, str]] = []
        self._heads: dict[str, DraftHead] = {}  # By their keys, in the order of the list.
        self._maker = RowMaker()
        self._odd: tuple[OddDraft, ...] = ()
        self._left_out = 0
        self._opening_key = ""
        self._reading: asyncio.Task[object] | None = None
        self._looking: asyncio.Task[object] | None = None
        self._listing: asyncio.Task[object] | None = None
        self._is_loading = True
        self._links = Subscriptions()
        self._links.add(workbench.edited, self._on_edited)
        self._links.add(workbench.changed, self._on_workbench_changed)
        self._links.add(catalogue.changed, self._on_catalogue_changed)
        self._links.add(catalogue.wished, self._on_wished)
        store.unread = lambda _key: self.reread()

    async def start(self) -> None:
        """Reads what was in view last, so that nothing else is opened in its place."""
        view = await self._view.read()
        if view is not None and (view.path or not view.deployment_id):
            opens = self._files.open_draft(view.key, view.path, view.deployment_id)
            self._tasks.start("wait for file", _when_done(opens, self._catalogue.hold_first()))
        elif view is not None:
            self._catalogue.wanted.begin_with(view.deployment_id, view.key)
        self._listing = self._tasks.start("list drafts", self._list())

    async def close(self) -> None:
        """Ends what is going on; what was to be changed is handed to the store by then."""
        self._links.close()
        self._store.unread = lambda _key: None
        await self.writes.finish()
        await self._tasks.close()
        await self._view.close()

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._store.folder

    def reread(self) -> None:
        """What is stored was changed by another part."""
        self._tasks.start("list drafts", self._list(is_anew=True))

    # Intents

    def open(self, key: str) -> None:
        """Brings a draft into view, as it was left; the last wish wins."""
        head = self._heads.get(key)
        if head is None:
            if self._looking is not None:
                self._looking.cancel()
            self._looking = self._tasks.start("look for draft", self._look_again(key))
            return
        if key == self.state.current_key and not self._opening_key:
            return
        self._leave_wishes()
        self._opening_key = key
        is_known = self._workbench.record_of(head.deployment_id) is not None
        page = self._workbench.pages.get(key)
        before = None if page is None else page.draft
        if self._open.show(key):
            self._catalogue.news.compare((before,), self._workbench.state.draft)
        elif head.draft_id or (is_known and not head.source.is_file):
            self._reading = self._tasks.start("open draft", self._open_stored(head))
        else:
            self._bring(head)
        self._publish()

    def turn(self, *, is_back: bool) -> None:
        """The next draft of the list, or the one before, round and round."""
        keys = [row.key for row in self.state.rows if not row.is_odd]
        here = self._opening_key or self.state.current_key
        if len(keys) > 1 and here in keys:
            self.open(keys[(keys.index(here) + (-1 if is_back else 1)) % len(keys)])

    def new(self) -> None:
        """Another draft of what is in view, with nothing changed in it."""
        self._workbench.settling.publish(None)
        draft = self._workbench.state.draft
        if draft is not None:
            self._leave_wishes()
            self._open.add(further_of(emptied(draft), self._titles()))

    def duplicate(self, key: str) -> None:
        """The same once more, in view."""
        self._workbench.settling.publish(None)
        page = self._workbench.pages.get(key)
        if page is not None:
            self._leave_wishes()
            self._open.add(further_of(page.draft, self._titles()), page.conversion)
        elif key in self._heads:
            self._deeds.start("duplicate draft", self._duplicate(key))

    def rename(self, key: str, title: str) -> None:
        """Calls it otherwise; "" for what it is of."""
        title = one_line(title)[:MOST_LETTERS].strip()
        if key in self._heads:
            self._tell(key, title=title)

    def bind(self, key: str, deployment_id: str) -> None:
        """Lets a file's draft run on a deployment; of one in view it is shown what differs."""
        head = self._heads.get(key)
        if head is None or not head.source.is_file:
            return
        self._catalogue.try_again(deployment_id)
        self._tell(key, deployment_id=deployment_id)

    def follow_preset(self, before: str, now: str) -> None:
        """The preset at `before` lies at `now`; all drafts that go back to it know."""
        self._preset_moves.append((before, now))
        follow_preset(self._workbench, before, now)
        self._deeds.start("follow preset", self._follow_preset(before, now))

    def delete(self, keys: Iterable[str]) -> None:
        """Takes drafts out, and offers to put them back."""
        rows = [row for row in self.state.rows if row.key in set(keys)]
        self._workbench.settling.publish(None)
        if rows:
            self._deeds.start("delete drafts", self._delete(rows))

    # Inside

    async def _list(self, *, is_anew: bool = False) -> None:
        # A list that was begun earlier must not come over one that knows more.
        async with self._list_turn:
            await self._read_list(is_anew=is_anew)

    async def _read_list(self, *, is_anew: bool) -> None:
        try:
            found = await self._store.heads()
        except OSError as error:
            if is_anew:
                # What made the list old was told, and it stays as far as it is known.
                return
            raise disk_problem(error, self._store.folder) from None
        finally:
            self._is_loading = False
            self._publish()
        known = (head for key, head in self._heads.items() if not self._open.is_unused(key))
        found = with_known(found, self._store.folder, known)
        stored = {head.key: head for head in found.heads}
        # What is open is newer than what was read.
        newer = {key: head for key, head in self._heads.items() if key in self._workbench.pages}
        self._heads = {**stored, **(newer if is_anew else self._heads)}
        self._odd, self._left_out = found.odd, found.left_out
        self._publish()

    async def _open_stored(self, head: DraftHead) -> None:
        """Opens a draft that must be there: what is in view stays when a further one cannot be
        read. Of a deployment that is known by then, nobody is asked."""
        key, seen_key = head.key, self.state.current_key
        kept = await self._store.load(key)
        record = self._workbench.record_of(head.deployment_id)
        is_later = bool(seen_key) and self.state.current_key != seen_key
        if is_later or key not in self._heads or (kept is None and head.draft_id):
            self._opened(key)
        elif record is not None and not head.source.is_file:
            self._workbench.open_deployment(record, kept, key)
        else:
            self._bring(head)

    async def _look_again(self, name: str) -> None:
        """Opens a draft that was not given when the list was read, if it is now. Says where it
        lies when it is not, and of one that is in view already without what is stored."""
        row, seen_key, path = self.state.row(name), self.state.current_key, self.folder / name
        if row is None:
            return
        key = seen_key
        if draft_file(self.folder, seen_key) != path:
            await self._list(is_anew=True)
            key = next((key for key in self._heads if draft_file(self.folder, key) == path), "")
            if self.state.current_key != seen_key:
                return
        if key not in ("", seen_key):
            self._open.forget_unused(key)
            self.open(key)
        elif self.state.row(name) is not None:
            self._notices.tell(odd_notice(row, self.folder))
        else:
            self._notices.failure(missing(path))

    def _bring(self, head: DraftHead) -> None:
        """Opens a draft whose workflow must be read first."""
        if head.source.is_file:
            opens = self._files.open_draft(head.key, head.source.path, head.deployment_id)
            self._reading = opens
            opens.add_done_callback(lambda _task: self._opened(head.key))
        else:
            self._catalogue.open_draft(head.deployment_id, head.key)

    async def _duplicate(self, key: str) -> None:
        seen_key = self.state.current_key
        draft = await self._store.load(key)
        if draft is not None:
            further = further_of(draft, self._titles())
            self._store.save(further)
            self._take(further)
            if self.state.current_key == seen_key:
                self.open(further.key)

    def _tell(self, key: str, **facts: Any) -> None:
        if not self._open.tell(key, **facts):
            self._deeds.start("change draft", self._tell_stored(key, **facts))

    async def _tell_stored(self, key: str, **facts: Any) -> None:
        async with self._turn:
            draft = await self._store.load(key)
            # By then it may be open, and edited.
            if not self._open.tell(key, **facts):
                self._change(key, draft, **facts)

    async def _follow_preset(self, before: str, now: str) -> None:
        async with self._turn:
            if self._listing is not None:
                await asyncio.wait([self._listing])
            stored = [head.key for head in self._heads.values() if head.preset == before]
            for key in stored:
                await self._follow(key, before, now)

    async def _follow(self, key: str, before: str, now: str) -> None:
        draft = await self._store.load(key)
        if key in self._workbench.pages:
            follow_preset(self._workbench, before, now, (key,))
        elif draft is not None and draft.preset == before:
            self._change(key, draft, preset=now)

    def _change(self, key: str, draft: Draft | None, **facts: Any) -> None:
        """Changes a stored draft that is not open, unless it was deleted meanwhile."""
        if draft is not None and key in self._heads:
            changed = replace(draft, **facts)
            self._store.save(changed)
            self._take(changed)

    async def _delete(self, rows: list[DraftRow]) -> None:
        # After a change of one of them that was asked for before: it would meet whatever is opened
        # in the place of the deleted draft.
        async with self._turn:
            heads, moves = dict(self._heads), len(self._preset_moves)
            taken = await self._bin.take_out(rows)
            for row in rows:
                if row.key not in self._workbench.pages:
                    self._heads.pop(row.key, None)
                self._catalogue.wanted.forget(row.deployment_id, row.key)
            odd = {row.key for row in rows if row.is_odd}
            gone = tuple(each for each in self._odd if each.name in odd)
            self._odd = tuple(each for each in self._odd if each.name not in odd)
            self._publish()

        async def put_back() -> None:
            for draft in await self._bin.put_back(taken, self._titles()):
                before = heads.get(draft.key)
                self._take(draft, before.modified_s if before is not None else 0.0)
                for move in self._preset_moves[moves:]:
                    await self._follow(draft.key, *move)
            self._odd = (*self._odd, *gone)
            self._publish()

        self._bin.tell(rows, lambda: self._deeds.start("put drafts back", put_back()))

    def _titles(self) -> list[str]:
        return [row.title for row in self.state.rows]

    def _leave_wishes(self) -> None:
        for wish in (self._reading, self._looking):
            if wish is not None:
                wish.cancel()
        self._files.give_up()
        self._catalogue.give_up()
        self._opening_key = ""

    # Following

    def _on_edited(self, draft: Draft) -> None:
        edited_s = edited_at(draft, self._heads.get(draft.key), time.time())
        if edited_s is not None:
            self._take(draft, edited_s)

    def _on_workbench_changed(self, bench: BenchState) -> None:
        draft = bench.draft
        if draft is None:
            return
        self._view.note(draft)
        if draft.key == self._opening_key:
            self._opening_key = ""
        head = self._heads.get(draft.key)
        if head is None:
            self._take(draft, time.time())
        elif (head.source, head.deployment_id) != (draft.source, draft.deployment_id):
            self._take(draft, head.modified_s)
        elif draft.key != self.state.current_key or self._opening_key != self.state.opening_key:
            self._publish()

    def _on_catalogue_changed(self, catalogue: CatalogueState) -> None:
        head = self._heads.get(self._opening_key)
        is_read = self._reading is None or self._reading.done()
        if head is not None and not head.source.is_file and is_read and not catalogue.opening_id:
            self._opening_key = ""
        self._publish()

    def _on_wished(self, _deployment_id: str) -> None:
        if self._looking is not None:
            self._looking.cancel()
        if self._reading is not None and self._reading.cancel():
            self._opened(self._opening_key)

    def _opened(self, key: str) -> None:
        if key == self._opening_key:
            self._opening_key = ""
            self._publish()

    def _take(self, draft: Draft, modified_s: float | None = None) -> None:
        """A draft as it is now, at its place in the list; a new one comes first."""
        head = head_of(draft, time.time() if modified_s is None else modified_s)
        if draft.key in self._heads:
            self._heads[draft.key] = head
        else:
            self._heads = {draft.key: head, **self._heads}
        self._publish()

    def _publish(self) -> None:
        draft = self._workbench.state.draft
        current_key = "" if draft is None else draft.key
        unused = self._open.is_unused
        shown = (h for key, h in self._heads.items() if key == current_key or not unused(key))
        rows = self._maker.rows(shown, self._odd, self._catalogue.state)
        state = DraftsState(rows, current_key, self._opening_key, self._left_out, self._is_loading)
        if state != self.state:
            self.state = state
            self.changed.publish(state)


async def _when_done(opens: asyncio.Task[object], deed: Callable[[], None]) -> None:
    await asyncio.wait([opens])
    deed()
