"""What a list says of each draft: what it is called, what it belongs to, how it stands there."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.draft_heads import head_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from runcomfy_desktop.core.catalogue import CatalogueState
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.store.draft_heads import DraftHead, OddDraft

MOST_LETTERS = 200
"""Of a draft's title."""
# While somebody types, the list need not say every second when that was.
_AGE_STEP_S = 30.0


class Belonging(Enum):
    """What a draft's workflow is of."""

    DEPLOYMENT = "deployment"
    FILE = "file"
    NOTHING = "nothing"
    """Not known: the file that it is stored in cannot be used."""


class Standing(Enum):
    """What is known of the deployment that a draft would run on."""

    NONE = "none"
    UNKNOWN = "unknown"
    LISTED = "listed"
    DISABLED = "disabled"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft. `key` is Draft.key, of an odd one the name of its file. `name` is what its
    workflow is of, `runs_on` the name of the deployment that a file's draft is for, "" for none,
    `left` the number of its values that have no place.
    """

    key: str
    title: str
    name: str
    belonging: Belonging
    deployment_id: str = ""
    runs_on: str = ""
    standing: Standing = Standing.NONE
    path: str = ""
    changes: int = 0
    preset: str = ""
    modified_s: float = 0.0
    is_newer: bool = False
    left: int = 0

    @property
    def is_odd(self) -> bool:
        """Whether it cannot be opened: damaged, or of a newer program."""
        return self.belonging is Belonging.NOTHING


@dataclass(frozen=True, slots=True)
class DraftsState:
    """All drafts that are stored or open. `current_key` is the one in view, `opening_key` the one
    on its way there; `left_out` is how many more are stored than can be listed."""

    rows: tuple[DraftRow, ...] = ()
    current_key: str = ""
    opening_key: str = ""
    left_out: int = 0
    loading: bool = False

    @property
    def current(self) -> DraftRow | None:
        return self.row(self.current_key)

    def row(self, key: str) -> DraftRow | None:
        return next((row for row in self.rows if row.key == key), None)


class RowMaker:
    """Makes the rows. That of a draft which is as it was is the same object, so that whoever shows
    two thousand sees at once which one changed."""

    def __init__(self) -> None:
        self._about: tuple[tuple[Deployment, ...], bool] = ((), False)
        self._listed: dict[str, Deployment] = {}
        self._made: dict[str, tuple[DraftHead, DraftRow]] = {}

    def rows(
        self, heads: Iterable[DraftHead], odd: Iterable[OddDraft], catalogue: CatalogueState
    ) -> tuple[DraftRow, ...]:
        deployments, is_known = catalogue.deployments, bool(catalogue.loaded_s)
        if self._about[0] is not deployments or self._about[1] is not is_known:
            self._about = (deployments, is_known)
            self._listed = {each.deployment_id: each for each in deployments}
            self._made.clear()
        self._made = {head.key: self._of(head) for head in heads}
        return (*(row for _head, row in self._made.values()), *map(_odd_row, odd))

    def _of(self, head: DraftHead) -> tuple[DraftHead, DraftRow]:
        made = self._made.get(head.key)
        if made is not None and made[0] is head:
            return made
        return head, _row(head, self._listed, is_known=self._about[1])


def _row(head: DraftHead, listed: Mapping[str, Deployment], *, is_known: bool) -> DraftRow:
    deployment = listed.get(head.deployment_id)
    name = head.source.name
    runs_on = deployment.name if deployment is not None else ""
    if not head.source.is_file:
        name = runs_on or name
    return DraftRow(
        head.key,
        head.title or name or head.deployment_id,
        name,
        Belonging.FILE if head.source.is_file else Belonging.DEPLOYMENT,
        head.deployment_id,
        runs_on,
        _standing(head.deployment_id, deployment, is_known=is_known),
        head.source.path,
        head.changes,
        head.preset,
        head.modified_s,
        left=head.left,
    )


def _standing(deployment_id: str, deployment: Deployment | None, *, is_known: bool) -> Standing:
    if not deployment_id:
        return Standing.NONE
    if deployment is None:
        return Standing.UNLISTED if is_known else Standing.UNKNOWN
    return Standing.LISTED if deployment.is_enabled else Standing.DISABLED


def _odd_row(odd: OddDraft) -> DraftRow:
    return DraftRow(
        odd.name,
        odd.name,
        "",
        Belonging.NOTHING,
        modified_s=odd.modified_s,
        is_newer=odd.is_newer,
    )


def odd_notice(row: DraftRow, folder: Path) -> Notice:
    """Says of a draft that cannot be opened where it lies."""
    title = _("This draft cannot be read, so it cannot be opened.")
    if row.is_newer:
        title = _("This draft was stored by a newer version of this program.")
    where = _("It is left as it is: %s") % (folder / row.key)
    return Notice(NoticeLevel.WARNING, title, where, about="odd draft")


def edited_at(draft: Draft, before: DraftHead | None, now_s: float) -> float | None:
    """When a list says that a draft was edited, None when it says all of it already."""
    if before is not None and now_s - before.modified_s < _AGE_STEP_S:
        now_s = before.modified_s
    is_known = before is not None and head_of(draft, now_s) == replace(before, workflow="")
    return None if is_known else now_s


def further_of(draft: Draft, taken: Iterable[str]) -> Draft:
    """Another draft of the same, with a title of its own."""
    title = free_title(draft.source.name or draft.deployment_id, taken)
    return replace(draft, draft_id=secrets.token_hex(8), title=title)


def free_title(base: str, taken: Iterable[str]) -> str:
    """`base` with the first number, from 2 on, that no other title has."""
    titles = set(taken)
    number = 2
    while f"{base} {number}" in titles:
        number += 1
    return f"{base} {number}"
