"""One preset on its way onto a draft: what was read, what was made of it, what is planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import MediaFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.preset.proposal import Proposal
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey


def always() -> bool:
    return True


@dataclass(slots=True)
class Case:
    """One preset on its way onto a draft.

    `preset` is what was read, `mended` the same with what the person chose of it. `may_go_on` is
    asked before anything is done or shown. `taken` are files that were read from this computer's
    folders for it, by SHA-256. `is_new`: it was not planned with all of its files yet.
    """

    preset: Preset
    name: str
    path: str
    draft_key: str
    is_quiet: bool
    may_go_on: Callable[[], bool]
    mended: Preset
    files: dict[str, MediaFile] = field(default_factory=dict)
    missing: tuple[MediaFile, ...] = ()
    taken: frozenset[str] = frozenset()
    goals: dict[InputKey, InputKey] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()
    resets: tuple[Proposal, ...] = ()
    planned: tuple[Draft, Schema | None] | None = None
    is_looking: bool = True
    is_new: bool = False

    def is_planned(self, draft: Draft, schema: Schema | None) -> bool:
        """Whether the plan is one for these."""
        planned = self.planned
        return planned is not None and planned[0] is draft and planned[1] is schema


def fits(proposal: Proposal) -> bool:
    """Whether nobody need look at it."""
    return not proposal.changes or (proposal.conflict is None and not proposal.is_guess)


def media_of(preset: Preset) -> list[MediaFile]:
    return [each.value for each in preset.entries if isinstance(each.value, MediaFile)]
