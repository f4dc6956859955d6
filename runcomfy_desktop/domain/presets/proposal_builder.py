"""Works out the effect of a preset, input by input, before anything is changed.

Guesses are never silent: an entry whose input is not certain is listed among those that need
checking, which come first. A value that cannot work is left out unless the user chooses it.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.dynamic_inputs import (
    active_spec,
    controlling_values,
    with_dependent_changes,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_checks import misfit_text
from runcomfy_desktop.domain.presets.conflicts import PresetConflict, conflict_text, guess_text
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind, match_nodes, preset_nodes
from runcomfy_desktop.domain.presets.proposal import PresetProposal, with_current_value
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.schema.spec_inference import fits_editor
from runcomfy_desktop.domain.validation.node_check import DeploymentContext, check_node
from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
    from runcomfy_desktop.domain.presets.preset_node_matcher import MatchedNode
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import Node

_NO_TARGETS: Mapping[InputKey, InputKey] = MappingProxyType({})
_MAX_SIMILAR_NAMES = 5
_MAX_SCANNED = 200
_MAX_NAME_CHARS = 80
_MIN_SIMILARITY = 0.6


def similar_names(
    entry: PresetEntry, names: Sequence[str], node: Node, schema: NodeSchema | None
) -> tuple[str, ...]:
    """Returns the names of a node's inputs that may have replaced a missing input.

    They are those of `names` that are spelt similarly to the entry's name and can hold its value,
    best first.
    """
    fitting: dict[str, str] = {}
    for name in sorted(names)[:_MAX_SCANNED]:
        # The parent of the missing input is not its replacement.
        is_parent = entry.key.name.startswith(f"{name}.")
        if not is_parent and _can_hold(entry, name, node, schema):
            fitting.setdefault(name[:_MAX_NAME_CHARS].casefold(), name)
    wanted = entry.key.name[:_MAX_NAME_CHARS].casefold()
    # A name with an added word is spelt too differently, so its words are compared instead.
    close = get_close_matches(wanted, fitting, n=_MAX_SIMILAR_NAMES, cutoff=_MIN_SIMILARITY)
    within = [each for each in fitting if _words_of_name(wanted) <= _words_of_name(each)]
    return tuple(fitting[each] for each in dict.fromkeys((*close, *within)))[:_MAX_SIMILAR_NAMES]


def _words_of_name(name: str) -> set[str]:
    return set(name.replace("-", "_").split("_"))


def _can_hold(entry: PresetEntry, name: str, node: Node, schema: NodeSchema | None) -> bool:
    spec = input_spec(schema, node, name)
    if isinstance(entry.value, MediaFile):
        return spec.kind.is_media
    return spec.kind.is_editable and (not entry.has_value or fits_editor(spec.kind, entry.value))


def build_proposals(
    preset: Preset,
    draft: Draft,
    schema: NodeSchema | None,
    *,
    missing: Collection[str] = (),
    targets: Mapping[InputKey, InputKey] = _NO_TARGETS,
) -> tuple[PresetProposal, ...]:
    """Returns one proposal per entry: first those that need checking, then the others.

    Within each group, proposals are in the preset's order. `missing` has the SHA-256 hashes of
    media files that were not found; `targets` has the inputs that the user chose, by the keys in
    the preset.
    """
    builder = _ProposalBuilder(preset, draft, schema, missing, targets)
    return tuple(sorted(builder.proposals(), key=_review_order))


def _review_order(proposal: PresetProposal) -> int:
    if not proposal.has_effect:
        return 3
    if proposal.conflict is not None:
        return 0
    return 1 if proposal.is_guess else 2


class _ProposalBuilder:
    """Builds the proposals of one preset."""

    def __init__(
        self,
        preset: Preset,
        draft: Draft,
        schema: NodeSchema | None,
        missing: Collection[str],
        targets: Mapping[InputKey, InputKey],
    ) -> None:
        self._preset = preset
        self._draft = draft
        self._schema = schema
        self._missing = frozenset(missing)
        self._targets = targets
        self._context = DeploymentContext(draft.workflow, schema)
        self._changed_draft = draft
        self._names: dict[str, frozenset[str]] = {}
        self._issues_by_node: dict[str, dict[str, InputIssue]] = {}

    def proposals(self) -> Iterator[PresetProposal]:
        entries = self._preset.entries
        nodes = preset_nodes(entries)
        own_id = self._preset.deployment_id
        trusts_ids = bool(own_id) and own_id == self._draft.deployment_id
        by_node = match_nodes(tuple(nodes.values()), self._draft.workflow, trusts_ids=trusts_ids)
        found = [by_node[nodes[each.key.node_id, each.class_type]] for each in entries]
        located = [self._located(*pair) for pair in zip(entries, found, strict=True)]
        self._changed_draft = self._draft_with_all(located)
        owners = _owners(located)
        for number, each in enumerate(located):
            if each.key is not None and owners[each.key] != number:
                yield _rejected(each, PresetConflict.DUPLICATE)
            else:
                yield self._evaluated(each)

    def _draft_with_all(self, located: Iterable[PresetProposal]) -> Draft:
        """Returns the draft with the whole preset applied.

        The presence of an input and its allowed values may depend on another value of the preset.
        """
        is_linked = self._draft.workflow.is_linked
        values = {
            each.key: each.new
            for each in located
            if each.key is not None and each.entry.has_value and not is_linked(each.key)
        }
        return self._draft.with_values(with_dependent_changes(values, self._draft, self._schema))

    def _located(self, entry: PresetEntry, found: MatchedNode) -> PresetProposal:
        """Returns a proposal for the entry at the matched node, not evaluated yet."""
        target = self._targets.get(entry.key)
        name = entry.key.name
        key = InputKey(found.node_id, name) if found.node_id else None
        kind = found.kind if target is None else MatchKind.CHOSEN
        key = target or key
        is_known = key is not None and key.node_id in self._draft.workflow.nodes
        proposal = PresetProposal(entry, key if is_known else None, kind)
        others = [InputKey(node_id, name) for node_id in found.candidates]
        others += [target] if target is not None and target not in others else []
        if target is not None or len(others) > 1:
            proposal = replace(proposal, candidates=tuple(others))
        return with_current_value(proposal, self._draft)

    def _evaluated(self, proposal: PresetProposal) -> PresetProposal:
        """Returns the proposal with its conflict, if any, and its effect."""
        if proposal.key is None:
            return self._node_missing(proposal)
        key, entry, workflow = proposal.key, proposal.entry, self._draft.workflow
        if key.name not in self._names_of(workflow.nodes[key.node_id]):
            return self._input_missing(proposal)
        if workflow.is_linked(key):
            linked = replace(proposal, spec=InputSpec(InputKind.LINK))
            return _rejected(linked, PresetConflict.IS_LINKED)
        proposal = replace(proposal, spec=active_spec(key, self._changed_draft, self._schema))
        if not _differs(proposal):
            return replace(proposal, has_effect=False, is_ticked=False)
        if entry.has_value and not isinstance(entry.value, MediaFile) and link_of(entry.value):
            return _rejected(proposal, PresetConflict.BRINGS_LINK)
        return self._check_file(proposal) or self._check_value(proposal)

    def _check_file(self, proposal: PresetProposal) -> PresetProposal | None:
        """Returns the rejected proposal if its file does not fit the input; otherwise None."""
        file = proposal.entry.value
        if not isinstance(file, MediaFile):
            return None
        kind = proposal.spec.kind
        # An input that takes no files is rejected whether or not the file exists.
        if kind.is_media and file.sha256 in self._missing:
            return _rejected(proposal, PresetConflict.NO_MEDIA)
        reason = misfit_text(file, kind)
        if not reason:
            return None
        return replace(proposal, conflict=PresetConflict.WRONG_FILE, reason=reason, is_ticked=False)

    def _check_value(self, proposal: PresetProposal) -> PresetProposal:
        """Returns the proposal with the result of the program's own checks of the value."""
        assert proposal.key is not None
        issue = self._issue(proposal.key) if proposal.entry.has_value else None
        if issue is not None:
            return replace(
                proposal,
                conflict=PresetConflict.NOT_ALLOWED,
                reason=f"{issue.text} {self._guess(proposal)}".rstrip(),
                quick_fix=issue.quick_fix,
                is_ticked=not issue.blocks or isinstance(proposal.entry.value, MediaFile),
            )
        proposal = replace(proposal, reason=self._guess(proposal))
        mode = proposal.entry.seed_mode
        if mode not in (None, SeedMode.KEEP) and not proposal.spec.is_seed:
            without = _annotated(proposal, PresetConflict.NO_SEED)
            differs = _differs(without)
            return replace(without, has_effect=differs, is_ticked=differs)
        if mode is None and proposal.entry.has_value and proposal.old_mode is not SeedMode.KEEP:
            return _annotated(proposal, PresetConflict.SEED_CHANGES)
        return proposal

    def _guess(self, proposal: PresetProposal) -> str:
        if proposal.key is None or not proposal.match_kind.is_guess:
            return ""
        return guess_text(proposal.match_kind, proposal.entry, proposal.key)

    def _node_missing(self, proposal: PresetProposal) -> PresetProposal:
        """Returns the rejected proposal for a missing node; its id may have another class now."""
        if proposal.candidates:
            return _rejected(proposal, PresetConflict.SEVERAL_NODES)
        there = self._draft.workflow.nodes.get(proposal.entry.key.node_id)
        if there is None or not proposal.entry.class_type:
            return _rejected(proposal, PresetConflict.NODE_GONE)
        key = InputKey(there.node_id, proposal.entry.key.name)
        is_open = key.name in self._names_of(there) and not self._draft.workflow.is_linked(key)
        offered = replace(proposal, candidates=(key,) if is_open else ())
        return _rejected(offered, PresetConflict.CLASS_CHANGED, there.class_type)

    def _input_missing(self, proposal: PresetProposal) -> PresetProposal:
        """Returns the rejected proposal for a missing input.

        If just one input has a similar name, the proposal is moved to it.
        """
        assert proposal.key is not None
        node_id = proposal.key.node_id
        node = self._draft.workflow.nodes[node_id]
        taken = self._named_inputs[proposal.entry.key.node_id]
        names = [name for name in self._names_of(node) if name not in taken]
        free = [name for name in names if link_of(node.inputs.get(name)) is None]
        similar = similar_names(proposal.entry, free, node, self._schema)
        keys = tuple(InputKey(node_id, name) for name in similar)
        if len(keys) != 1:
            offered = replace(proposal, key=None, candidates=keys or proposal.candidates)
            return _rejected(offered, PresetConflict.INPUT_GONE)
        spec = active_spec(keys[0], self._draft, self._schema)
        moved = replace(proposal, key=keys[0], candidates=keys, spec=spec)
        moved = with_current_value(moved, self._draft)
        conflict = PresetConflict.INPUT_RENAMED
        return self._check_file(moved) or _rejected(moved, conflict, keys[0].name)

    @cached_property
    def _named_inputs(self) -> dict[str, set[str]]:
        """Names of the inputs that the preset contains, by node."""
        found: dict[str, set[str]] = {}
        for each in self._preset.entries:
            found.setdefault(each.key.node_id, set()).add(each.key.name)
        return found

    def _names_of(self, node: Node) -> frozenset[str]:
        """Returns the names of the inputs that a node has once the preset is applied."""
        names = self._names.get(node.node_id)
        if names is None:
            node_class = self._context.class_of(node)
            declared: Iterable[str] = ()
            if node_class is not None:
                values = controlling_values(node, self._changed_draft, node_class)
                declared = node_class.declared_inputs({**node.inputs, **values})
            names = self._names[node.node_id] = frozenset((*node.inputs, *declared))
        return names

    def _issue(self, key: InputKey) -> InputIssue | None:
        issues = self._issues_by_node.get(key.node_id)
        if issues is None:
            node = self._draft.workflow.nodes[key.node_id]
            checked = check_node(node, self._changed_draft, self._schema, self._context)
            issues = self._issues_by_node[key.node_id] = {
                node_issue.key.name: node_issue.issue for node_issue in checked.issues
            }
        return issues.get(key.name)


def _owners(located: Iterable[PresetProposal]) -> dict[InputKey, int]:
    """Returns the index of the proposal that gets each input.

    If several proposals claim an input, the user's choice comes first, then certain matches.
    """
    owners: dict[InputKey, tuple[int, int]] = {}
    for number, each in enumerate(located):
        if each.key is not None:
            rank = {MatchKind.CHOSEN: 0, MatchKind.SAME: 1}.get(each.match_kind, 2)
            owners[each.key] = min(owners.get(each.key, (rank, number)), (rank, number))
    return {key: number for key, (_rank, number) in owners.items()}


def _annotated(proposal: PresetProposal, conflict: PresetConflict) -> PresetProposal:
    reason = f"{conflict_text(proposal.entry, conflict)} {proposal.reason}".rstrip()
    return replace(proposal, conflict=conflict, reason=reason)


def _rejected(
    proposal: PresetProposal, conflict: PresetConflict, found: str = ""
) -> PresetProposal:
    reason = conflict_text(proposal.entry, conflict, found)
    return replace(proposal, conflict=conflict, reason=reason, is_ticked=False)


def _differs(proposal: PresetProposal) -> bool:
    return (
        proposal.changes_value
        or proposal.old_mode is not proposal.new_mode
        or proposal.old_expands is not proposal.new_expands
    )
