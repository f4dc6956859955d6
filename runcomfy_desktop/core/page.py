"""Page: one draft with its undo history, a list of earlier drafts. Pages: all that are open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.carrying import carried_over
from runcomfy_desktop.domain.draft import is_edited, same_draft

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.report import Report
    from runcomfy_desktop.domain.draft import Draft, Source
    from runcomfy_desktop.domain.workflow import Workflow

MAX_UNDO = 500


@dataclass(slots=True)
class Page:
    """One draft with its history, kept while the program runs. `now` is its file as it is by now,
    when that was changed since the draft was made."""

    draft: Draft
    past: list[tuple[str, Draft]] = field(default_factory=list)
    future: list[tuple[str, Draft]] = field(default_factory=list)
    merge: object = None
    conversion: Report | None = None
    now: Draft | None = None

    @property
    def newer(self) -> Draft | None:
        """The file as it is now, as long as the draft is not of that."""
        now = self.now
        return now if now is not None and now.source.content != self.draft.source.content else None

    @property
    def undo_text(self) -> str:
        return self.past[-1][0] if self.past else ""

    @property
    def redo_text(self) -> str:
        return self.future[-1][0] if self.future else ""

    def advance(self, draft: Draft, label: str, merge: object) -> bool:
        """One step on; steps with the same `merge` become one. Whether anything changed."""
        if same_draft(draft, self.draft):
            return False
        if merge is None or merge != self.merge or not self.past:
            self.past.append((label, self.draft))
            del self.past[:-MAX_UNDO]
        elif same_draft(draft, self.past[-1][1]):
            # Typed and taken back again: as if nothing had been done.
            self.past.pop()
            merge = None
        self.future.clear()
        self.merge = merge
        self.draft = draft
        return True

    def undo(self) -> bool:
        return self._turn(self.past, self.future)

    def redo(self) -> bool:
        return self._turn(self.future, self.past)

    def read_again(self, fresh: Draft) -> None:
        """Its workflow was read once more and runs as before; what was left out may differ."""
        before = self.draft.workflow
        workflow = before if fresh.workflow.report == before.report else fresh.workflow

        def read(draft: Draft) -> Draft:
            if draft.workflow is not before:
                return draft
            return replace(draft, source=fresh.source, workflow=workflow)

        self.draft = read(self.draft)
        self.past = [(text, read(draft)) for text, draft in self.past]
        self.future = [(text, read(draft)) for text, draft in self.future]

    def tell(self, **facts: Any) -> None:
        """Changes what is no edit, in the history as well: no undo brings it back."""
        self.draft = replace(self.draft, **facts)
        self.past = [(text, replace(draft, **facts)) for text, draft in self.past]
        self.future = [(text, replace(draft, **facts)) for text, draft in self.future]

    def _turn(self, back: list[tuple[str, Draft]], forth: list[tuple[str, Draft]]) -> bool:
        if not back:
            return False
        label, draft = back.pop()
        forth.append((label, self.draft))
        # Where a run goes to is no edit: undo never sends it to another deployment.
        self.draft = replace(draft, deployment_id=self.draft.deployment_id)
        self.merge = None
        return True


def opened_page(page: Page | None, kept: Draft | None, fresh: Draft) -> Page:
    """The page of a file that was read as `fresh`, with what is in memory or stored of it.

    What was changed stays on the workflow that it was changed in: when the file is another one by
    now, that is offered.
    """
    if page is not None and page.draft.workflow == fresh.workflow:
        page.now = None
        page.read_again(fresh)
        return page
    earlier = fuller(page, kept)
    if earlier is None or not _has_become_another(earlier, fresh):
        return Page(carried_over(earlier, fresh))
    if page is None or page.draft is not earlier:
        page = Page(replace(earlier, deployment_id=fresh.deployment_id or earlier.deployment_id))
    page.now = fresh
    return page


def _has_become_another(earlier: Draft, fresh: Draft) -> bool:
    before, now = earlier.source.content, fresh.source.content
    is_other = bool(before and now and before != now and earlier.workflow.nodes)
    return is_other and is_edited(earlier) and earlier.workflow != fresh.workflow


def fuller(page: Page | None, kept: Draft | None) -> Draft | None:
    """The draft in memory, unless the stored one has changes that found no place in it: a file
    that was converted without the node classes has only some of its inputs."""
    if page is None:
        return kept
    is_whole = kept is None or bool(page.past) or kept.changes.keys() <= page.draft.changes.keys()
    return page.draft if is_whole else kept


class Pages(dict[str, Page]):
    """All drafts that were on screen since the start, by their keys."""

    def drafts(self) -> tuple[Draft, ...]:
        return tuple(page.draft for page in self.values())

    def has_own_of(self, deployment_id: str) -> bool:
        """Whether a deployment's own workflow is among them."""
        return any(
            draft.deployment_id == deployment_id and not draft.source.is_file
            for draft in self.drafts()
        )

    def renewed(self, page: Page, workflow: Workflow) -> Page:
        """The page on what its deployment runs now, which may have changed out of view."""
        draft = page.draft
        if draft.source.is_file or draft.workflow == workflow:
            return page
        fresh = Page(carried_over(draft, replace(draft, workflow=workflow, changes={})))
        self[draft.key] = fresh
        return fresh

    def release(self, deployment_id: str, source: Source) -> tuple[Draft, ...]:
        """Takes the deployment from all that ran on it; those of its own workflow are of the file
        `source` from now on. Returns what became of them."""
        released = []
        for key, page in list(self.items()):
            if page.draft.deployment_id != deployment_id:
                continue
            if not page.draft.source.is_file:
                page.tell(source=source)
            page.draft = replace(page.draft, deployment_id="")
            del self[key]
            self[page.draft.key] = page
            released.append(page.draft)
        return tuple(released)
