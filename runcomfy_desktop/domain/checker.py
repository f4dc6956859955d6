"""Checker: what is wrong with the draft in view, looked at again only where an edit touched it.

A mistake blocks a run where the person made it, and everywhere when a file itself is run. In what
the deployment saved it is a warning: what is known of the classes may be of another version, and
what has run before will run again. What leads to no result is not run, so nothing blocks there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import Cure, Fault, FaultKind
from runcomfy_desktop.domain.graph_reach import Reach, reach
from runcomfy_desktop.domain.node_check import Container, check_node
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.schema import Schema

WHOLE = InputKey("", "")
"""Where a fault of the whole workflow stands."""
_NAMED = 6


class Checker:
    """Keeps what it saw of the last draft."""

    def __init__(self) -> None:
        self._seen: _Seen | None = None

    def faults(self, draft: Draft, schema: Schema | None) -> Mapping[InputKey, Fault]:
        """What is wrong, by input, in the order of the workflow."""
        seen = self._seen
        if seen is None or not seen.is_of(draft, schema):
            seen = self._seen = _Seen(draft, schema)
        else:
            seen.move_to(draft)
        return seen.faults


class _Seen:
    """One workflow with its changes, and what was found at each node."""

    def __init__(self, draft: Draft, schema: Schema | None) -> None:
        self._workflow = draft.workflow
        self._schema = schema
        self._runs_file = draft.runs_file
        self._changes = draft.changes
        self._around = Container(draft.workflow, schema)
        self._checked = {
            node.node_id: check_node(node, draft, schema, self._around)
            for node in draft.workflow.nodes.values()
        }
        self._outputs = self._find_outputs()
        self._reach = self._find_reach()
        self._settled = {node_id: self._settle(node_id) for node_id in self._checked}
        self.faults = self._collect()

    def is_of(self, draft: Draft, schema: Schema | None) -> bool:
        is_same = draft.workflow is self._workflow and schema is self._schema
        return is_same and draft.runs_file is self._runs_file

    def move_to(self, draft: Draft) -> None:
        """Looks again at the nodes in which something changed."""
        touched = _touched(self._changes, draft.changes)
        self._changes = draft.changes
        is_rewired = False
        for node_id in touched:
            node = self._workflow.nodes.get(node_id)
            if node is not None:
                before = self._checked[node_id].sources
                checked = check_node(node, draft, self._schema, self._around)
                self._checked[node_id] = checked
                is_rewired = is_rewired or checked.sources != before
        if is_rewired:
            self._reach = self._find_reach()
        for node_id in self._checked if is_rewired else touched & self._checked.keys():
            self._settled[node_id] = self._settle(node_id)
        if touched:
            self.faults = self._collect()

    def _find_outputs(self) -> tuple[str, ...]:
        """The nodes that make results; all of them where that cannot be known."""
        found = []
        for node in self._workflow.nodes.values():
            told = self._around.class_of(node)
            if told is None or not told.says_output:
                return tuple(self._workflow.nodes)
            if told.is_output:
                found.append(node.node_id)
        return tuple(found)

    def _find_reach(self) -> Reach:
        sources = {node_id: checked.sources for node_id, checked in self._checked.items()}
        return reach(self._outputs or self._checked, sources)

    def _collect(self) -> dict[InputKey, Fault]:
        faults: dict[InputKey, Fault] = {}
        if not self._outputs and self._checked:
            faults[WHOLE] = self._no_outputs()
        for settled in self._settled.values():
            if settled:
                faults.update(settled)
        faults.update(self._astray())
        return faults

    def _settle(self, node_id: str) -> dict[InputKey, Fault]:
        """The faults of a node, each as serious as it is here."""
        faults = {InputKey(node_id, ""): fault for fault in self._of_node(node_id)}
        for note in self._checked[node_id].notes:
            is_run = node_id in self._reach.nodes
            is_serious = note.is_own or self._runs_file
            if is_run or note.is_own or (note.always and is_serious):
                blocks = note.fault.blocks and is_serious and (is_run or note.always)
                is_same = blocks is note.fault.blocks
                faults[note.key] = note.fault if is_same else replace(note.fault, blocks=blocks)
        return faults

    def _of_node(self, node_id: str) -> Iterator[Fault]:
        node = self._workflow.nodes[node_id]
        if self._schema is not None and self._around.class_of(node) is None:
            text = _("The deployment does not know nodes of this kind: %s.")
            kind = FaultKind.MISSING_NODE_TYPE
            yield Fault(text % shown(node.class_type), blocks=self._runs_file, kind=kind)
        circle = self._reach.cycles.get(node_id)
        if circle is not None:
            ids = " ← ".join(f"#{shown(each)}" for each in (*circle[:_NAMED], circle[0]))
            text = _("The links go round in a circle, so nothing can begin: %s") % ids
            yield Fault(text, blocks=self._runs_file, kind=FaultKind.CYCLE)

    def _no_outputs(self) -> Fault:
        text = _("No node of this workflow makes a result, so there is nothing to run.")
        return Fault(text, blocks=self._runs_file, kind=FaultKind.NO_OUTPUTS)

    def _astray(self) -> Iterator[tuple[InputKey, Fault]]:
        """Changes of nodes that are not there: the deployment was changed since they were made."""
        for key in self._changes:
            if key.node_id not in self._workflow.nodes:
                text = _("Node #%s is not in this workflow any more, so this value goes nowhere.")
                cure = Cure(_("Remove it"), None)
                kind = FaultKind.UNKNOWN_INPUT
                yield key, Fault(text % shown(key.node_id), kind=kind, cure=cure)


def _touched(before: Changes, after: Changes) -> set[str]:
    """The nodes in which a value was changed, added or taken back."""
    if before is after:
        return set()
    nodes = {key.node_id for key, value in after.items() if before.get(key, _NOTHING) is not value}
    return nodes.union(key.node_id for key in before if key not in after)


_NOTHING = object()
