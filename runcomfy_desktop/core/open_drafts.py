"""What is done with drafts that are open as a whole: they are shown, added, named, assigned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.page import Page
from runcomfy_desktop.domain.draft import is_worth_keeping

if TYPE_CHECKING:
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.conversion.report import Report
    from runcomfy_desktop.domain.draft import Draft


class OpenDrafts:
    """Works on the pages of a workbench. What is not open is told by False."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    def is_unused(self, key: str) -> bool:
        """Whether it was opened and left without a change: that is none."""
        page = self._workbench.pages.get(key)
        return page is not None and not is_worth_keeping(page.draft)

    def forget_unused(self, key: str) -> None:
        """Has such a one read anew when it is opened next."""
        if self.is_unused(key):
            self._workbench.pages.pop(key)

    def show(self, key: str) -> bool:
        """Brings a draft into view, as it was left."""
        page = self._workbench.pages.get(key)
        if page is None:
            return False
        self._workbench.settling.publish(None)
        workflow = self._workbench.workflow_of(page.draft.deployment_id)
        if workflow is not None:
            page = self._workbench.pages.renewed(page, workflow)
        self._workbench.bring_up(page)
        return True

    def add(self, draft: Draft, conversion: Report | None = None) -> None:
        """Shows a draft that is not open yet, and has it stored."""
        self._workbench.settling.publish(None)
        page = self._workbench.pages[draft.key] = Page(draft, conversion=conversion)
        self._workbench.edited.publish(draft)
        self._workbench.bring_up(page)

    def tell(self, key: str, **facts: Any) -> bool:
        """Changes what is no edit: no undo takes a title back, nor where a draft runs."""
        page = self._workbench.pages.get(key)
        if page is None:
            return False
        page.tell(**facts)
        self._workbench.note_edit(page)
        return True


def emptied(draft: Draft) -> Draft:
    """The same with nothing changed in it."""
    bare = replace(draft, changes={}, seed_modes={}, expands=frozenset(), left=())
    return replace(bare, runs_file=False, preset="")
