"""What applying a preset would do, input by input, before anything is done.

Nothing is guessed in silence: an input that is not surely the one which was meant stands among
those to be looked at first, and a value that cannot work is left out unless the person wants it.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.live import live_spec, with_followers
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_checks import misfit
from runcomfy_desktop.domain.node_check import Container, check_node
from runcomfy_desktop.domain.preset.matching import Match, match_nodes, sought_by
from runcomfy_desktop.domain.preset.plan_words import Conflict, guess_text, said_of
from runcomfy_desktop.domain.preset.proposal import Proposal
from runcomfy_desktop.domain.preset.renaming import names_like
from runcomfy_desktop.domain.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.fault import Fault
    from runcomfy_desktop.domain.preset.matching import Found
    from runcomfy_desktop.domain.preset.preset import Entry, Preset
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import Node

_NO_GOALS: Mapping[InputKey, InputKey] = MappingProxyType({})


def plan_of(
    preset: Preset,
    draft: Draft,
    schema: Schema | None,
    *,
    missing: Collection[str] = (),
    goals: Mapping[InputKey, InputKey] = _NO_GOALS,
) -> tuple[Proposal, ...]:
    """A proposal for each entry, what has to be looked at first; else in the preset's order.

    `missing` are the SHA-256 of media files that were found nowhere; `goals` are the inputs that
    the person chose, by the keys in the preset.
    """
    planning = _Planning(preset, draft, schema, missing, goals)
    return tuple(sorted(planning.proposals(), key=_urgency))


def _urgency(proposal: Proposal) -> int:
    if proposal.conflict is not None:
        return 0 if proposal.changes else 3
    if not proposal.changes:
        return 3
    return 1 if proposal.is_guess else 2


class _Planning:
    """One plan in the making."""

    def __init__(
        self,
        preset: Preset,
        draft: Draft,
        schema: Schema | None,
        missing: Collection[str],
        goals: Mapping[InputKey, InputKey],
    ) -> None:
        self._preset = preset
        self._draft = draft
        self._schema = schema
        self._missing = frozenset(missing)
        self._goals = goals
        self._around = Container(draft.workflow, schema)
        self._ahead = draft
        self._names: dict[str, frozenset[str]] = {}
        self._said: dict[str, set[str]] = {}
        self._faults: dict[str, dict[str, Fault]] = {}

    def proposals(self) -> Iterator[Proposal]:
        entries = self._preset.entries
        nodes = sought_by(entries)
        own_id = self._preset.deployment_id
        trusts_ids = bool(own_id) and own_id == self._draft.deployment_id
        by_node = match_nodes(tuple(nodes.values()), self._draft.workflow, trusts_ids=trusts_ids)
        found = [by_node[nodes[each.key.node_id, each.class_type]] for each in entries]
        placed = [self._placed(*pair) for pair in zip(entries, found, strict=True)]
        self._ahead = self._looked_ahead(placed)
        owners = _owners(placed)
        for number, each in enumerate(placed):
            if each.key is not None and owners[each.key] != number:
                yield _refused(each, Conflict.TWICE)
            else:
                yield self._judged(each)

    def _looked_ahead(self, placed: Iterable[Proposal]) -> Draft:
        """The draft with all of it: whether an input is there, and what it takes, may hang on
        another value of the preset."""
        workflow = self._draft.workflow
        values = {
            each.key: each.new
            for each in placed
            if each.key is not None
            and each.entry.has_value
            and link_of(workflow.value(each.key)) is None
        }
        return self._draft.with_values(with_followers(values, self._draft, self._schema))

    def _placed(self, entry: Entry, found: Found) -> Proposal:
        """The entry at the node that was found for it, nothing judged yet."""
        goal = self._goals.get(entry.key)
        name = entry.key.name
        if goal is not None:
            proposal = Proposal(entry, goal, Match.CHOSEN)
        elif found.node_id:
            proposal = Proposal(entry, InputKey(found.node_id, name), found.match)
        else:
            proposal = Proposal(entry, None, Match.NONE)
        others = [InputKey(node_id, name) for node_id in found.candidates]
        others += [goal] if goal is not None and goal not in others else []
        is_open = goal is not None or len(others) > 1
        return self._seen(replace(proposal, candidates=tuple(others) if is_open else ()))

    def _seen(self, proposal: Proposal) -> Proposal:
        """With what is at its input now."""
        key, draft = proposal.key, self._draft
        if key is None or key.node_id not in draft.workflow.nodes:
            return replace(proposal, key=None)
        return replace(
            proposal,
            old=draft.value(key),
            is_there=key in draft.workflow or key in draft.changes,
            old_mode=draft.seed_modes.get(key, SeedMode.KEEP),
            old_expands=key in draft.expands,
        )

    def _judged(self, proposal: Proposal) -> Proposal:
        """With what is wrong with it, and whether it changes anything."""
        if proposal.key is None:
            return self._lost(proposal)
        key, entry, workflow = proposal.key, proposal.entry, self._draft.workflow
        if key.name not in self._names_of(workflow.nodes[key.node_id]):
            return self._renamed(proposal)
        if link_of(workflow.value(key)) is not None:
            return _refused(replace(proposal, spec=InputSpec(InputKind.LINK)), Conflict.IS_WIRE)
        proposal = replace(proposal, spec=live_spec(key, self._ahead, self._schema))
        if not _differs(proposal):
            return replace(proposal, changes=False, is_ticked=False)
        if entry.has_value and not isinstance(entry.value, MediaFile) and link_of(entry.value):
            return _refused(proposal, Conflict.BRINGS_WIRE)
        return self._without_file(proposal) or self._weighed(proposal)

    def _without_file(self, proposal: Proposal) -> Proposal | None:
        """The proposal refused, where its file cannot go to its input; None where it can."""
        file = proposal.entry.value
        if not isinstance(file, MediaFile):
            return None
        kind = proposal.spec.kind
        # An input that takes no files gets none, be the file there or not.
        if kind.is_media and file.sha256 in self._missing:
            return _refused(proposal, Conflict.NO_MEDIA)
        why = misfit(file, kind)
        if not why:
            return None
        return replace(proposal, conflict=Conflict.WRONG_FILE, why=why, is_ticked=False)

    def _weighed(self, proposal: Proposal) -> Proposal:
        """What the program's own checks say of the value."""
        assert proposal.key is not None
        fault = self._fault(proposal.key) if proposal.entry.has_value else None
        if fault is not None:
            is_fine = not fault.blocks or isinstance(proposal.entry.value, MediaFile)
            why = f"{fault.text} {self._guess(proposal)}".rstrip()
            conflict = Conflict.NOT_ALLOWED
            told = replace(proposal, conflict=conflict, why=why, cure=fault.cure)
            return replace(told, is_ticked=is_fine)
        proposal = replace(proposal, why=self._guess(proposal))
        mode = proposal.entry.seed_mode
        if mode not in (None, SeedMode.KEEP) and not proposal.spec.is_seed:
            without = _remarked(proposal, Conflict.NO_SEED)
            differs = _differs(without)
            return replace(without, changes=differs, is_ticked=differs)
        if mode is None and proposal.entry.has_value and proposal.old_mode is not SeedMode.KEEP:
            return _remarked(proposal, Conflict.SEED_MOVES)
        return proposal

    def _guess(self, proposal: Proposal) -> str:
        if proposal.key is None or not proposal.match.is_guess:
            return ""
        return guess_text(proposal.match, proposal.entry, proposal.key)

    def _lost(self, proposal: Proposal) -> Proposal:
        """No node was found; perhaps one with its id is of another class now."""
        if proposal.candidates:
            return _refused(proposal, Conflict.SEVERAL_NODES)
        there = self._draft.workflow.nodes.get(proposal.entry.key.node_id)
        if there is None or not proposal.entry.class_type:
            return _refused(proposal, Conflict.NODE_GONE)
        key = InputKey(there.node_id, proposal.entry.key.name)
        is_open = key.name in self._names_of(there) and link_of(there.inputs.get(key.name)) is None
        offered = replace(proposal, candidates=(key,) if is_open else ())
        return _refused(offered, Conflict.CLASS_CHANGED, there.class_type)

    def _renamed(self, proposal: Proposal) -> Proposal:
        """The node has no such input; perhaps it is called something like it by now."""
        assert proposal.key is not None
        node_id = proposal.key.node_id
        node = self._draft.workflow.nodes[node_id]
        taken = self._said_of(proposal.entry.key.node_id)
        names = [name for name in self._names_of(node) if name not in taken]
        free = [name for name in names if link_of(node.inputs.get(name)) is None]
        alike = names_like(proposal.entry, free, node, self._schema)
        keys = tuple(InputKey(node_id, name) for name in alike)
        if len(keys) != 1:
            offered = replace(proposal, key=None, candidates=keys or proposal.candidates)
            return _refused(offered, Conflict.INPUT_GONE)
        spec = live_spec(keys[0], self._draft, self._schema)
        moved = self._seen(replace(proposal, key=keys[0], candidates=keys, spec=spec))
        conflict = Conflict.INPUT_RENAMED
        return self._without_file(moved) or _refused(moved, conflict, keys[0].name)

    def _said_of(self, node_id: str) -> set[str]:
        """The inputs of a node that the preset names."""
        if not self._said:
            for each in self._preset.entries:
                self._said.setdefault(each.key.node_id, set()).add(each.key.name)
        return self._said[node_id]

    def _names_of(self, node: Node) -> frozenset[str]:
        """The inputs that a node has once the preset is applied."""
        names = self._names.get(node.node_id)
        if names is None:
            told = self._around.class_of(node)
            inputs = dict(node.inputs)
            changes = self._ahead.changes
            for name in told.deciders if told is not None else ():
                key = InputKey(node.node_id, name)
                value = changes.get(key)
                if key in changes and not isinstance(value, MediaFile):
                    inputs[name] = value
            declared = () if told is None else told.declared(inputs)
            names = self._names[node.node_id] = frozenset((*node.inputs, *declared))
        return names

    def _fault(self, key: InputKey) -> Fault | None:
        faults = self._faults.get(key.node_id)
        if faults is None:
            node = self._draft.workflow.nodes[key.node_id]
            checked = check_node(node, self._ahead, self._schema, self._around)
            faults = self._faults[key.node_id] = {
                note.key.name: note.fault for note in checked.notes
            }
        return faults.get(key.name)


def _owners(placed: Iterable[Proposal]) -> dict[InputKey, int]:
    """Which proposal gets an input that several go to: what the person chose, then what is sure."""
    owners: dict[InputKey, tuple[int, int]] = {}
    for number, each in enumerate(placed):
        if each.key is not None:
            rank = {Match.CHOSEN: 0, Match.SAME: 1}.get(each.match, 2)
            owners[each.key] = min(owners.get(each.key, (rank, number)), (rank, number))
    return {key: number for key, (_rank, number) in owners.items()}


def _remarked(proposal: Proposal, conflict: Conflict) -> Proposal:
    why = f"{said_of(proposal.entry, conflict)} {proposal.why}".rstrip()
    return replace(proposal, conflict=conflict, why=why)


def _refused(proposal: Proposal, conflict: Conflict, found: str = "") -> Proposal:
    why = said_of(proposal.entry, conflict, found)
    return replace(proposal, conflict=conflict, why=why, is_ticked=False)


def _differs(proposal: Proposal) -> bool:
    return (
        proposal.changes_value
        or proposal.old_mode is not proposal.new_mode
        or proposal.old_expands is not proposal.new_expands
    )
