"""Checks one node of a draft by ComfyUI's own rules and RunComfy's rules for files and addresses.

On RunComfy an input for files takes an address or the data themselves; names of files in the
deployment's container are not checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_spec, changed_names, sent_names
from runcomfy_desktop.domain.drafts.seed_inputs import MAX_NODE_SEED
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_checks import media_error, media_text_error
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.validation.custom_validation import custom_validation
from runcomfy_desktop.domain.validation.input_issue import (
    InputIssue,
    IssueKind,
    QuickFix,
    ValidationIssue,
)
from runcomfy_desktop.domain.validation.issue_texts import issue_text
from runcomfy_desktop.domain.validation.node_validation import validate_node
from runcomfy_desktop.domain.validation.quick_fixes import default_fix, set_value_fix
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration
    from runcomfy_desktop.domain.schema.node_class import Declarations, NodeClass
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.node_replacement import NodeReplacement
    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow

# Value that a class is checked with in place of a file that is sent with the request.
_SENT_FILE_VALUE = "data:"


@dataclass(frozen=True, slots=True)
class NodeIssue:
    """Issue with the facts that decide whether it blocks.

    `is_user_made` is true if the user caused it. `blocks_request` is true if it prevents the
    request itself, even if a run does not reach the node.
    """

    key: InputKey
    issue: InputIssue
    is_user_made: bool
    blocks_request: bool = False


@dataclass(frozen=True, slots=True)
class NodeCheckResult:
    """Issues found at a node, and the nodes that it is linked to."""

    issues: tuple[NodeIssue, ...]
    sources: tuple[str, ...]


class DeploymentContext:
    """Information for the check of a node about its surroundings on RunComfy."""

    def __init__(self, workflow: Workflow, schema: NodeSchema | None) -> None:
        self._workflow = workflow
        self._schema = schema

    def class_of(self, node: Node) -> NodeClass | None:
        """Returns the class that ComfyUI runs for a node; None if there is none."""
        return None if self._schema is None else self._schema.class_or_replacement(node.class_type)

    def output_types(self, node_id: str) -> tuple[Json, ...] | None:
        node_class = self.class_of(self._workflow.nodes[node_id])
        return None if node_class is None else node_class.output_types

    def file_exists(self, file: str) -> bool:
        return True

    def accepts(self, declaration: InputDeclaration, value: Json) -> bool:
        spec = declaration.spec
        if spec.kind.is_media:
            return isinstance(value, str)
        # Choices that are loaded at run time, and model folders whose content is unknown.
        return spec.type_name == "COMBO" and not spec.choices and isinstance(value, str)


def check_node(
    node: Node, draft: Draft, schema: NodeSchema | None, context: DeploymentContext
) -> NodeCheckResult:
    """Returns the issues and links of a node in the draft's current state."""
    return _NodeChecker(node, draft, schema, context).check()


class _NodeChecker:
    """Checks one node."""

    def __init__(
        self, node: Node, draft: Draft, schema: NodeSchema | None, context: DeploymentContext
    ) -> None:
        self._node = node
        self._draft = draft
        self._schema = schema
        self._context = context
        self._node_class = context.class_of(node)
        self._replacement = None if schema is None else schema.replacement(node.class_type)
        self._changed_names = changed_names(node, draft)
        self._inputs = self._read_inputs()
        # Inputs by their names in the class that is run.
        self._replaced_inputs = self._inputs
        if self._replacement is not None:
            self._replaced_inputs = self._replacement.new_inputs(self._inputs)
        self._declared: Declarations = {}
        if self._node_class is not None:
            self._declared = self._node_class.declared_inputs(self._replaced_inputs)
        self._issues: dict[InputKey, NodeIssue] = {}

    def check(self) -> NodeCheckResult:
        for name in self._inputs:
            self._check_sendable(name)
        if self._node_class is None:
            sources = self._check_links()
        else:
            validation = validate_node(self._replaced_inputs, self._node_class, self._context)
            sources = validation.sources
            # Refusals are reported before values that ComfyUI accepts by mistake.
            for issue in sorted(validation.issues, key=lambda each: each.is_accepted):
                self._add_issue(issue)
            if self._replacement is not None:
                self._add_lost_inputs(self._replacement)
                if not self._issues:
                    self._add_replacement_issue(self._replacement)
        return NodeCheckResult(tuple(self._issues.values()), sources)

    def _read_inputs(self) -> Mapping[str, Json]:
        if not self._changed_names:
            # Saved values are sent unchanged: true for most nodes, and for all of them at first.
            return self._node.inputs
        names = sent_names(self._node, self._draft, self._schema)
        node_id, changes = self._node.node_id, self._draft.changes
        values: dict[str, Json] = {}
        for name in names:
            value = changes.get(InputKey(node_id, name), self._node.inputs.get(name))
            values[name] = _SENT_FILE_VALUE if isinstance(value, MediaFile) else value
        return values

    def _spec(self, name: str) -> InputSpec:
        return active_spec(InputKey(self._node.node_id, name), self._draft, self._schema)

    def _add(self, name: str, issue: InputIssue, *, blocks_request: bool = False) -> None:
        key = InputKey(self._node.node_id, name)
        self._issues.setdefault(key, NodeIssue(key, issue, self._is_user_made(key), blocks_request))

    def _is_user_made(self, key: InputKey) -> bool:
        """Returns True if the user caused the issue: by a value, or by a choice that needs one."""
        if not self._changed_names:
            return False
        parts = key.name.split(".")
        above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        return any(name in self._changed_names for name in above)

    def _add_issue(self, issue: ValidationIssue) -> None:
        replacement, declared = self._replacement, self._declared.get(issue.name)
        spec = InputSpec(InputKind.OTHER) if declared is None else declared.spec
        if replacement is not None and issue.kind is IssueKind.REQUIRED_INPUT_MISSING:
            self._add_unfilled_input(replacement, issue)
            return
        text, quick_fix = issue_text(issue, spec)
        if issue.kind is IssueKind.UNKNOWN_INPUT and issue.name not in self._node.inputs:
            quick_fix = QuickFix(_("Remove it"), None)
        blocks = not issue.is_accepted and not issue.is_uncertain
        name = issue.name if replacement is None else replacement.old_name(issue.name)
        self._add(name, InputIssue(text, blocks=blocks, kind=issue.kind, quick_fix=quick_fix))

    def _add_unfilled_input(self, replacement: NodeReplacement, issue: ValidationIssue) -> None:
        """Adds an issue for a lost input of the replacement, or one whose old name is missing."""
        name = replacement.old_name(issue.name)
        text = _(
            "ComfyUI runs %s in place of this node, and that needs “%s” but does not get it. "
            "Replace the node in ComfyUI."
        )
        text %= (inline_text(replacement.class_type), inline_text(name))
        input_issue = InputIssue(text, blocks=not issue.is_accepted, kind=issue.kind)
        place = name if name in self._inputs else ""
        # ComfyUI's check of the whole workflow fails if an old name is missing.
        self._add(place, input_issue, blocks_request=name in replacement.names)

    def _add_lost_inputs(self, replacement: NodeReplacement) -> None:
        text = _(
            "ComfyUI runs %s in place of this node, and leaves this input out. Replace the node in "
            "ComfyUI."
        )
        text %= inline_text(replacement.class_type)
        issue = InputIssue(text, blocks=False, kind=IssueKind.UNKNOWN_INPUT)
        for name in self._inputs:
            if name not in replacement.names:
                self._add(name, issue)

    def _add_replacement_issue(self, replacement: NodeReplacement) -> None:
        """Adds a warning, because the version of the deployment's ComfyUI is unknown."""
        text = _(
            "This deployment has no %s. A recent ComfyUI runs %s in its place; an older one "
            "refuses the job after the machine has started, which is billed. Replace the node in "
            "ComfyUI."
        )
        text %= (inline_text(self._node.class_type), inline_text(replacement.class_type))
        self._add("", InputIssue(text, blocks=False, kind=IssueKind.MISSING_NODE_TYPE))

    def _check_sendable(self, name: str) -> None:
        """Checks whether a file, address or number can be sent, and RunComfy's limits for it."""
        is_changed = name in self._changed_names
        value: Value = self._inputs[name]
        if is_changed:
            value = self._draft.changes[InputKey(self._node.node_id, name)]
        if isinstance(value, MediaFile):
            spec = self._spec(name)
            # An input without a known spec may take any file.
            is_known = spec.is_known or spec.kind.is_media
            self._add_media(name, media_error(value, spec.kind if is_known else InputKind.MESH))
        elif isinstance(value, str):
            kind = self._spec(name).kind if is_changed else self._saved_kind(name)
            if kind.is_media and not self._may_be_none(name, value):
                self._add_media(name, media_text_error(value, kind))
        elif isinstance(value, float) and not isfinite(value):
            # JSON cannot express infinities and NaN.
            spec = self._spec(name)
            text = _("“%s” is not a number.") % inline_text(value)
            issue = InputIssue(text, kind=IssueKind.INVALID_INPUT_TYPE, quick_fix=default_fix(spec))
            self._add(name, issue, blocks_request=True)
        elif is_changed and isinstance(value, int):
            self._check_seed(name, value)

    def _may_be_none(self, name: str, value: str) -> bool:
        """Returns True if `value` stands for no file and the class does not need one."""
        if self._node_class is None:
            return False
        custom = custom_validation(self._node_class.class_type, self._declared)
        return custom.allows_none(name, value)

    def _saved_kind(self, name: str) -> InputKind:
        if self._replacement is not None:
            name = self._replacement.names.get(name, "")
        declared = self._declared.get(name)
        return InputKind.OTHER if declared is None else declared.spec.kind

    def _add_media(self, name: str, error: str) -> None:
        if error:
            self._add(name, InputIssue(error, kind=IssueKind.MEDIA), blocks_request=True)

    def _check_seed(self, name: str, value: int) -> None:
        """Warns of a seed below 0 or above MAX_NODE_SEED if the class gives no limit.

        No sampler accepts such a seed.
        """
        spec = self._spec(name)
        if not spec.is_seed or isinstance(value, bool):
            return
        if value < 0 and spec.minimum is None:
            text = _("A seed of less than 0 is refused by most nodes.")
            kind, quick_fix = IssueKind.BELOW_MINIMUM, set_value_fix(0)
        elif value > MAX_NODE_SEED and spec.maximum is None:
            text = _("A seed of more than %d is refused by most nodes.") % MAX_NODE_SEED
            kind, quick_fix = IssueKind.ABOVE_MAXIMUM, set_value_fix(MAX_NODE_SEED)
        else:
            return
        self._add(name, InputIssue(text, blocks=False, kind=kind, quick_fix=quick_fix))

    def _check_links(self) -> tuple[str, ...]:
        """Checks the links of a node of unknown class; nothing else can be checked."""
        sources: dict[str, str] = {}
        for name, value in self._inputs.items():
            match value:
                case [str() as source, int()]:
                    sources[name] = source
        for name, source in sources.items():
            try:
                self._context.output_types(source)
            except KeyError:
                issue = ValidationIssue(name, IssueKind.BAD_LINKED_INPUT, [source, 0], got=source)
                self._add_issue(issue)
        return tuple(sources.values())
