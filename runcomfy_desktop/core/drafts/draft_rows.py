"""Rows of the list of drafts: title, source and state of each draft."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.draft_summaries import summary_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.store.draft_summaries import DraftSummary, UnreadableDraft

MAX_TITLE_CHARS = 200
"""Maximum length of a draft's title."""
# During typing, the time of the last edit need not be updated every second.
_AGE_STEP_S = 30.0


class DraftSourceKind(Enum):
    """Source of a draft's workflow."""

    DEPLOYMENT = "deployment"
    FILE = "file"
    UNKNOWN = "nothing"
    """Unknown, because the file that stores the draft cannot be used."""


class DeploymentAvailability(Enum):
    """State of the deployment that a draft would run on, as far as it is known."""

    NONE = "none"
    UNKNOWN = "unknown"
    LISTED = "listed"
    DISABLED = "disabled"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """Row of one draft.

    `key` is Draft.key, or the file name of an unreadable draft. `name` is the name of the draft's
    deployment or file, `target_name` the name of the listed deployment that its runs go to, "" for
    none. `orphaned_count` is the number of values that no longer have an input.
    """

    key: str
    title: str
    name: str
    source_kind: DraftSourceKind
    deployment_id: str = ""
    target_name: str = ""
    availability: DeploymentAvailability = DeploymentAvailability.NONE
    path: str = ""
    change_count: int = 0
    preset: str = ""
    modified_s: float = 0.0
    is_newer: bool = False
    orphaned_count: int = 0

    @property
    def is_unreadable(self) -> bool:
        """True if the draft cannot be opened: damaged, or stored by a newer program version."""
        return self.source_kind is DraftSourceKind.UNKNOWN


@dataclass(frozen=True, slots=True)
class DraftsState:
    """All stored or open drafts.

    `current_key` is the draft in view, `opening_key` the draft being opened. `unlisted_count` is
    the number of stored drafts left out because the list is limited.
    """

    rows: tuple[DraftRow, ...] = ()
    current_key: str = ""
    opening_key: str = ""
    unlisted_count: int = 0
    loading: bool = False

    @property
    def current(self) -> DraftRow | None:
        return self.row(self.current_key)

    def row(self, key: str) -> DraftRow | None:
        return next((row for row in self.rows if row.key == key), None)


class DraftRowBuilder:
    """Builds the rows of the list of drafts.

    The row of an unchanged draft is the same object as before, so that a view of two thousand rows
    quickly finds the changed one.
    """

    def __init__(self) -> None:
        self._listed_key: tuple[tuple[Deployment, ...], bool] = ((), False)
        self._listed: dict[str, Deployment] = {}
        self._cache: dict[str, tuple[DraftSummary, DraftRow]] = {}

    def build(
        self,
        summaries: Iterable[DraftSummary],
        unreadable: Iterable[UnreadableDraft],
        catalogue: DeploymentCatalogueState,
    ) -> tuple[DraftRow, ...]:
        deployments, is_known = catalogue.deployments, bool(catalogue.loaded_s)
        if self._listed_key[0] is not deployments or self._listed_key[1] is not is_known:
            self._listed_key = (deployments, is_known)
            self._listed = {each.deployment_id: each for each in deployments}
            self._cache.clear()
        self._cache = {summary.key: self._cached_row(summary) for summary in summaries}
        return (*(row for _summary, row in self._cache.values()), *map(_unreadable_row, unreadable))

    def _cached_row(self, summary: DraftSummary) -> tuple[DraftSummary, DraftRow]:
        cached = self._cache.get(summary.key)
        if cached is not None and cached[0] is summary:
            return cached
        return summary, _make_row(summary, self._listed, is_known=self._listed_key[1])


def _make_row(
    summary: DraftSummary, listed: Mapping[str, Deployment], *, is_known: bool
) -> DraftRow:
    deployment = listed.get(summary.deployment_id)
    name = summary.source.name
    target_name = deployment.name if deployment is not None else ""
    if not summary.source.is_file:
        name = target_name or name
    return DraftRow(
        summary.key,
        summary.title or name or summary.deployment_id,
        name,
        DraftSourceKind.FILE if summary.source.is_file else DraftSourceKind.DEPLOYMENT,
        summary.deployment_id,
        target_name,
        _availability(summary.deployment_id, deployment, is_known=is_known),
        summary.source.path,
        summary.change_count,
        summary.preset,
        summary.modified_s,
        orphaned_count=summary.orphaned_count,
    )


def _availability(
    deployment_id: str, deployment: Deployment | None, *, is_known: bool
) -> DeploymentAvailability:
    if not deployment_id:
        return DeploymentAvailability.NONE
    if deployment is None:
        return DeploymentAvailability.UNLISTED if is_known else DeploymentAvailability.UNKNOWN
    return (
        DeploymentAvailability.LISTED if deployment.is_enabled else DeploymentAvailability.DISABLED
    )


def _unreadable_row(unreadable: UnreadableDraft) -> DraftRow:
    return DraftRow(
        unreadable.name,
        unreadable.name,
        "",
        DraftSourceKind.UNKNOWN,
        modified_s=unreadable.modified_s,
        is_newer=unreadable.is_newer,
    )


def unreadable_notice(row: DraftRow, folder: Path) -> Notice:
    """Returns a notice about a draft that cannot be opened, with the path of its file."""
    title = _("This draft cannot be read, so it cannot be opened.")
    if row.is_newer:
        title = _("This draft was stored by a newer version of this program.")
    where = _("It is left as it is: %s") % (folder / row.key)
    return Notice(NoticeLevel.WARNING, title, where, subject="odd draft")


def edited_at(draft: Draft, before: DraftSummary | None, now_s: float) -> float | None:
    """Returns the edit time to list for a draft; None if the list is up to date."""
    if before is not None and now_s - before.modified_s < _AGE_STEP_S:
        now_s = before.modified_s
    is_known = before is not None and summary_of(draft, now_s) == replace(before, workflow_hash="")
    return None if is_known else now_s


def new_draft_of(draft: Draft, taken: Iterable[str]) -> Draft:
    """Returns a copy of a draft with a new id and an unused title."""
    title = unused_title(draft.source.name or draft.deployment_id, taken)
    return replace(draft, draft_id=secrets.token_hex(8), title=title)


def unused_title(base: str, taken: Iterable[str]) -> str:
    """Returns `base` with the first number, from 2 on, that gives an unused title."""
    titles = set(taken)
    number = 2
    while f"{base} {number}" in titles:
        number += 1
    return f"{base} {number}"
