"""DraftChecker: finds the issues of the draft in view; rechecks only the nodes of an edit.

A user's mistake blocks a run; if a file itself is run, every mistake blocks it. A mistake in values
saved with the deployment is a warning: the known classes may be of another version, and a workflow
that has run before will run again. Nodes that lead to no result are not run, so the only issues
that block there are those that prevent the request itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.validation.input_issue import InputIssue, IssueKind, QuickFix
from runcomfy_desktop.domain.validation.node_check import DeploymentContext, check_node
from runcomfy_desktop.domain.workflow.graph_paths import GraphReach, find_reach
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.drafts.draft import Changes, Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema

WHOLE_WORKFLOW = InputKey("", "")
"""Key of an issue that concerns the whole workflow."""
_MAX_NAMED = 6


class DraftChecker:
    """Finds the issues of drafts, and keeps the results of the last one."""

    def __init__(self) -> None:
        self._checked_draft: _CheckedDraft | None = None

    def issues(self, draft: Draft, schema: NodeSchema | None) -> Mapping[InputKey, InputIssue]:
        """Returns the issues by input, in the order of the workflow."""
        checked = self._checked_draft
        if checked is None or not checked.matches(draft, schema):
            checked = self._checked_draft = _CheckedDraft(draft, schema)
        else:
            checked.update(draft)
        return checked.issues


class _CheckedDraft:
    """Workflow with its changes, and the results of each node."""

    def __init__(self, draft: Draft, schema: NodeSchema | None) -> None:
        self._workflow = draft.workflow
        self._schema = schema
        self._runs_file = draft.runs_file
        self._changes = draft.changes
        self._context = DeploymentContext(draft.workflow, schema)
        self._results = {
            node.node_id: check_node(node, draft, schema, self._context)
            for node in draft.workflow.nodes.values()
        }
        self._outputs = self._find_outputs()
        self._reach = self._find_reach()
        self._issues_by_node = {node_id: self._node_issues(node_id) for node_id in self._results}
        self.issues = self._collect()

    def matches(self, draft: Draft, schema: NodeSchema | None) -> bool:
        is_same = draft.workflow is self._workflow and schema is self._schema
        return is_same and draft.runs_file is self._runs_file

    def update(self, draft: Draft) -> None:
        """Rechecks the nodes changed since the last draft."""
        touched = _changed_nodes(self._changes, draft.changes)
        self._changes = draft.changes
        is_rewired = False
        for node_id in touched:
            node = self._workflow.nodes.get(node_id)
            if node is not None:
                before = self._results[node_id].sources
                result = check_node(node, draft, self._schema, self._context)
                self._results[node_id] = result
                is_rewired = is_rewired or result.sources != before
        if is_rewired:
            self._reach = self._find_reach()
        for node_id in self._results if is_rewired else touched & self._results.keys():
            self._issues_by_node[node_id] = self._node_issues(node_id)
        if touched:
            self.issues = self._collect()

    def _find_outputs(self) -> tuple[str, ...]:
        """Returns the ids of the nodes that make results; all nodes if these are unknown."""
        found = []
        for node in self._workflow.nodes.values():
            node_class = self._context.class_of(node)
            if node_class is None or not node_class.declares_output:
                return tuple(self._workflow.nodes)
            if node_class.is_output:
                found.append(node.node_id)
        return tuple(found)

    def _find_reach(self) -> GraphReach:
        sources = {node_id: result.sources for node_id, result in self._results.items()}
        return find_reach(self._outputs or self._results, sources)

    def _collect(self) -> dict[InputKey, InputIssue]:
        issues: dict[InputKey, InputIssue] = {}
        if not self._outputs and self._results:
            text = _("No node of this workflow makes a result, so there is nothing to run.")
            issue = InputIssue(text, blocks=self._runs_file, kind=IssueKind.NO_OUTPUTS)
            issues[WHOLE_WORKFLOW] = issue
        for node_issues in self._issues_by_node.values():
            issues |= node_issues
        issues.update(self._missing_node_issues())
        return issues

    def _node_issues(self, node_id: str) -> dict[InputKey, InputIssue]:
        """Returns the issues of a node, with the severity that they have in this draft."""
        issues = {InputKey(node_id, ""): issue for issue in self._whole_node_issues(node_id)}
        for node_issue in self._results[node_id].issues:
            is_run = node_id in self._reach.nodes
            is_serious = node_issue.is_user_made or self._runs_file
            if is_run or node_issue.is_user_made or (node_issue.blocks_request and is_serious):
                issue = node_issue.issue
                blocks = issue.blocks and is_serious and (is_run or node_issue.blocks_request)
                is_same = blocks is issue.blocks
                issues[node_issue.key] = issue if is_same else replace(issue, blocks=blocks)
        return issues

    def _whole_node_issues(self, node_id: str) -> Iterator[InputIssue]:
        node = self._workflow.nodes[node_id]
        if self._schema is not None and self._context.class_of(node) is None:
            text = _("The deployment does not know nodes of this kind: %s.")
            kind = IssueKind.MISSING_NODE_TYPE
            yield InputIssue(text % inline_text(node.class_type), blocks=self._runs_file, kind=kind)
        cycle = self._reach.cycles.get(node_id)
        if cycle is not None:
            ids = " ← ".join(f"#{inline_text(each)}" for each in (*cycle[:_MAX_NAMED], cycle[0]))
            text = _("The links go round in a circle, so nothing can begin: %s") % ids
            yield InputIssue(text, blocks=self._runs_file, kind=IssueKind.CYCLE)

    def _missing_node_issues(self) -> Iterator[tuple[InputKey, InputIssue]]:
        """Yields issues for changes to missing nodes: the deployment was changed afterwards."""
        for key in self._changes:
            if key.node_id not in self._workflow.nodes:
                text = _("Node #%s is not in this workflow any more, so this value goes nowhere.")
                text %= inline_text(key.node_id)
                quick_fix = QuickFix(_("Remove it"), None)
                yield key, InputIssue(text, kind=IssueKind.UNKNOWN_INPUT, quick_fix=quick_fix)


def _changed_nodes(before: Changes, after: Changes) -> set[str]:
    """Returns the nodes in which a value was changed, added or undone."""
    if before is after:
        return set()
    nodes = {key.node_id for key, value in after.items() if before.get(key, _MISSING) is not value}
    return nodes.union(key.node_id for key in before if key not in after)


_MISSING = object()
