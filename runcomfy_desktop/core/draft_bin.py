"""Takes drafts out and puts them back, with their undo history where they were open."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.draft_rows import further_of
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.open_drafts import OpenDrafts
from runcomfy_desktop.core.page import Page
from runcomfy_desktop.domain.carrying import carried_over
from runcomfy_desktop.domain.draft import Draft, is_edited
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.atomic import disk_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.draft_rows import DraftRow
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.store.drafts import DraftStore


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What was taken out: the pages of those that were open, None for the others; all by their
    keys."""

    pages: tuple[tuple[str, Page | None], ...]
    titles: Mapping[str, str]
    odd: tuple[str, ...]
    current_key: str


class DraftBin:
    """The deeds behind deleting. Something of the same workflow always stays in view."""

    def __init__(self, workbench: Workbench, store: DraftStore, notices: Notices) -> None:
        self._workbench = workbench
        self._open = OpenDrafts(workbench)
        self._store = store
        self._deletions = itertools.count(1)
        self._notices = notices

    async def take_out(self, rows: Sequence[DraftRow]) -> TakenOut:
        """Raises Problem when the disk refuses one of them: then all stay."""
        keys = [row.key for row in rows if not row.is_odd]
        odd = tuple(row.key for row in rows if row.is_odd)
        in_view = self._workbench.state.draft
        current_key = in_view.key if in_view is not None and in_view.key in keys else ""
        fresh = await self._first_of(in_view, keys) if in_view is not None else None
        gone: list[str] = []
        odd_gone: list[str] = []
        try:
            for key in keys:
                await self._store.discard(key)
                gone.append(key)
            for name in odd:
                await self._store.discard_file(name)
                odd_gone.append(name)
        except OSError as error:
            await self._keep(gone)
            for name in odd_gone:
                with suppress(OSError):
                    await self._store.restore_file(name)
            raise disk_problem(error, self._store.folder) from None
        # It may have been edited meanwhile, and an editor may have more: that belongs to its undo.
        self._workbench.settling.publish(None)
        pages = tuple((key, self._workbench.pages.pop(key, None)) for key in keys)
        for key in keys:
            # What was just being written would be a draft again at the next start.
            self._store.remove(key)
        if in_view is not None and fresh is not None and current_key:
            self._show_another(in_view, fresh)
        titles = {row.key: row.title for row in rows}
        return TakenOut(pages, titles, odd, current_key)

    async def _keep(self, gone: Iterable[str]) -> None:
        for key in gone:
            page = self._workbench.pages.get(key)
            draft = page.draft if page is not None else await self._store.restore(key)
            if draft is not None:
                self._store.save(draft)

    async def put_back(self, taken: TakenOut, titles: Collection[str]) -> list[Draft]:
        """The drafts that are there again; one whose place was taken meanwhile stands beside."""
        # Only then is it known whether a place is taken.
        self._workbench.settling.publish(None)
        back, missing = [], []
        for key, page in taken.pages:
            draft = page.draft if page is not None else await self._store.restore(key)
            if draft is None:
                missing.append(key)
                continue
            made, now = page, self._workbench.pages.get(key)
            if now is not None and (is_edited(now.draft) or now.draft.left):
                draft = further_of(draft, titles)
                made = Page(draft)
            elif now is not None and made is None:
                # Opened meanwhile, and empty: typing there would be stored over this one.
                made = Page(carried_over(draft, replace(now.draft, changes={})))
            if made is not None:
                self._workbench.pages[draft.key] = made
            self._store.save(draft)
            back.append(draft)
            in_view = self._workbench.state.draft
            is_empty_in_view = in_view is not None and in_view.key == draft.key
            if key == taken.current_key or is_empty_in_view:
                self._open.show(draft.key)
        if missing:
            self._tell_missing([taken.titles[key] for key in missing])
        try:
            for name in taken.odd:
                await self._store.restore_file(name)
        except OSError as error:
            raise disk_problem(error, self._store.folder) from None
        return back

    def tell(self, rows: Sequence[DraftRow], undo: Callable[[], object]) -> None:
        title = _("The draft %s is deleted.") % one_line(rows[0].title)
        if len(rows) > 1:
            title = n_("%d draft is deleted.", "%d drafts are deleted.", len(rows)) % len(rows)
        # Two drafts may have one name, and each of them can be put back.
        about = f"deletion {next(self._deletions)}"
        self._notices.tell(Notice(NoticeLevel.INFO, title, "", "", _("Undo"), undo, about=about))

    def _tell_missing(self, titles: Sequence[str]) -> None:
        title = _("The draft %s could not be put back.") % one_line(titles[0])
        count = len(titles)
        if count > 1:
            title = n_("%d draft could not be put back.", "%d drafts could not be put back.", count)
            title %= count
        where = _("What is left of deleted drafts is here: %s") % self._store.deleted_folder
        self._notices.tell(Notice(NoticeLevel.WARNING, title, where, about="deleted drafts"))

    async def _first_of(self, in_view: Draft, keys: Collection[str]) -> Draft:
        """The first draft of the workflow in view; an empty one if it is to be deleted, too."""
        page = self._workbench.pages.get(in_view.key)
        base = in_view if page is None or page.newer is None else page.newer
        blank = Draft(base.workflow, base.source, in_view.deployment_id)
        kept = None if blank.key in keys else await self._store.load(blank.key)
        return carried_over(kept, blank)

    def _show_another(self, in_view: Draft, fresh: Draft) -> None:
        """Another open draft of the same, else the first one of it."""
        for draft in self._workbench.pages.drafts():
            is_twin = draft.source.path == in_view.source.path and (
                draft.source.is_file or draft.deployment_id == in_view.deployment_id
            )
            if is_twin and self._open.show(draft.key):
                return
        self._open.add(fresh)
