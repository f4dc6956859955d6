"""PresetProposal: the effect of one entry of a preset. Chosen proposals are applied to a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import Draft, SeedMode, Value
from runcomfy_desktop.domain.drafts.dynamic_inputs import with_dependent_changes
from runcomfy_desktop.domain.presets.conflicts import PresetConflict
from runcomfy_desktop.domain.presets.media_members import sends_same
from runcomfy_desktop.domain.presets.preset import PresetEntry
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import QuickFix
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_NO_SPEC = InputSpec(InputKind.OTHER)


@dataclass(frozen=True, slots=True)
class PresetProposal:
    """Effect that one entry of a preset would have.

    `key` is the target input, None if there is none; `candidates` are inputs that the user can
    choose instead. `reason` describes the conflict or the guess, "" if there is nothing to say.
    `has_effect` is true if anything would change. `is_ticked` is true if the proposal is applied by
    default. An `is_reset` proposal does not come from a preset: it undoes a change that the preset
    does not mention. `quick_fix` is a value that would be allowed instead.
    """

    entry: PresetEntry
    key: InputKey | None
    match_kind: MatchKind
    spec: InputSpec = _NO_SPEC
    old: Value = None
    is_there: bool = True
    old_mode: SeedMode = SeedMode.KEEP
    old_expands: bool = False
    conflict: PresetConflict | None = None
    reason: str = ""
    candidates: tuple[InputKey, ...] = ()
    has_effect: bool = True
    is_ticked: bool = True
    is_reset: bool = False
    quick_fix: QuickFix | None = None

    @property
    def new(self) -> Value:
        return self.entry.value if self.entry.has_value else self.old

    @property
    def new_mode(self) -> SeedMode:
        is_ignored = self.conflict is PresetConflict.NO_SEED
        return self.old_mode if is_ignored else self.entry.seed_mode or self.old_mode

    @property
    def new_expands(self) -> bool:
        entry = self.entry
        return entry.expands if entry.has_value or entry.expands else self.old_expands

    @property
    def changes_value(self) -> bool:
        """True if the input gets another value, not only another behaviour at each run."""
        return not sends_same(self.old, self.new) or (self.entry.has_value and not self.is_there)

    @property
    def is_possible(self) -> bool:
        """True if the user can choose to apply the proposal."""
        if self.key is None or not self.has_effect:
            return False
        return self.conflict is None or not self.conflict.forbids

    @property
    def is_guess(self) -> bool:
        return self.match_kind.is_guess or self.conflict is PresetConflict.INPUT_RENAMED


def reset_proposals(
    draft: Draft, proposals: Iterable[PresetProposal]
) -> tuple[PresetProposal, ...]:
    """Returns proposals that undo all changes that the preset does not mention."""
    named = {each.key for each in proposals}
    touched = {**draft.changes, **draft.seed_modes, **dict.fromkeys(draft.dynamic_prompt_inputs)}
    return tuple(_reset(key, draft) for key in touched if key not in named)


def apply_proposals(
    draft: Draft,
    chosen: Iterable[PresetProposal],
    preset_path: str,
    schema: NodeSchema | None = None,
) -> Draft:
    """Returns the draft with the chosen proposals applied; everything else is unchanged."""
    values: dict[InputKey, Value] = {}
    modes, expands = dict(draft.seed_modes), set(draft.dynamic_prompt_inputs)
    for each in chosen:
        if each.key is None or not each.is_possible:
            continue
        if each.entry.has_value:
            values[each.key] = each.new
        modes[each.key] = each.new_mode
        expands ^= {each.key} if each.new_expands is not (each.key in expands) else set()
    after = draft.with_values(with_dependent_changes(values, draft, schema))
    return replace(
        after,
        seed_modes={key: mode for key, mode in modes.items() if mode is not SeedMode.KEEP},
        dynamic_prompt_inputs=frozenset(expands),
        preset=preset_path,
    )


def with_current_value(proposal: PresetProposal, draft: Draft) -> PresetProposal:
    """Returns the proposal with the current value of its input, if it has one."""
    key = proposal.key
    if key is None:
        return proposal
    return replace(
        proposal,
        old=draft.value(key),
        is_there=key in draft.workflow or key in draft.changes,
        old_mode=draft.seed_modes.get(key, SeedMode.KEEP),
        old_expands=key in draft.dynamic_prompt_inputs,
    )


def _reset(key: InputKey, draft: Draft) -> PresetProposal:
    node, value = draft.workflow.node(key.node_id), draft.workflow.value(key)
    entry = PresetEntry(key, node.class_type, node.title, value, seed_mode=SeedMode.KEEP)
    proposal = PresetProposal(entry, key, MatchKind.SAME, is_reset=True)
    return replace(with_current_value(proposal, draft), is_there=True)
