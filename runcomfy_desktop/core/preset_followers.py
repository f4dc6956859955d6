"""Lets open drafts follow the presets that they go back to: saved anew, renamed, moved.

None of that is an edit, so no undo takes it back: the earlier steps follow as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.core.page import Page
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Draft


def use_preset(workbench: Workbench, key: str, path: str) -> None:
    """The open draft `key` was saved as the preset at `path`, and goes back to that from now on."""
    page = workbench.pages.get(key)
    if page is not None and page.draft.preset != path:
        _swap(page, page.draft.preset, path)
        workbench.edited.publish(page.draft)
        workbench.look_again()


def follow_preset(
    workbench: Workbench, before: str, now: str, keys: Collection[str] | None = None
) -> None:
    """The preset at `before` lies at `now`; all open drafts that go back to it know, or those
    of `keys`."""
    for key, page in workbench.pages.items():
        if keys is not None and key not in keys:
            continue
        was = page.draft
        _swap(page, before, now)
        if page.draft.preset != was.preset:
            workbench.edited.publish(page.draft)
    workbench.look_again()


def _swap(page: Page, before: str, now: str) -> None:
    def swapped(draft: Draft) -> Draft:
        return replace(draft, preset=now) if draft.preset == before else draft

    page.draft = swapped(page.draft)
    page.past = [(text, swapped(draft)) for text, draft in page.past]
    page.future = [(text, swapped(draft)) for text, draft in page.future]
