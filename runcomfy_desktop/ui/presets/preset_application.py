"""One preset on its way onto a draft: what was read, what was made of it, what is planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.presets.proposal import PresetProposal
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey


def always_true() -> bool:
    return True


@dataclass(slots=True)
class PresetApplication:
    """One preset on its way onto a draft.

    `preset` is what was read, `adjusted_preset` the same with what the person chose of it.
    `may_continue` is asked before anything is done or shown. `copied` are files that were read from
    this computer's folders for it, by SHA-256. `is_awaiting_plan`: it was not planned with all of
    its files yet.
    """

    preset: Preset
    name: str
    path: str
    draft_key: str
    skips_preview: bool
    may_continue: Callable[[], bool]
    adjusted_preset: Preset
    files: dict[str, MediaFile] = field(default_factory=dict)
    missing_files: tuple[MediaFile, ...] = ()
    copied: frozenset[str] = frozenset()
    targets: dict[InputKey, InputKey] = field(default_factory=dict)
    proposals: tuple[PresetProposal, ...] = ()
    resets: tuple[PresetProposal, ...] = ()
    planned_for: tuple[Draft, NodeSchema | None] | None = None
    is_searching_files: bool = True
    is_awaiting_plan: bool = False

    def is_planned_for(self, draft: Draft, schema: NodeSchema | None) -> bool:
        """Whether the plan is one for these."""
        planned_for = self.planned_for
        return planned_for is not None and planned_for[0] is draft and planned_for[1] is schema


def needs_no_review(proposal: PresetProposal) -> bool:
    """Whether nobody need look at it."""
    return not proposal.has_effect or (proposal.conflict is None and not proposal.is_guess)


def preset_media(preset: Preset) -> list[MediaFile]:
    return [each.value for each in preset.entries if isinstance(each.value, MediaFile)]
