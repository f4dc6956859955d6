"""Checks one node of a draft: ComfyUI's own rules, and what RunComfy asks of files and addresses.

On RunComfy an input for files takes an address or the data themselves, and the names of files that
lie in the deployment's container are nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.cures import default_cure, set_to
from runcomfy_desktop.domain.fault import Cure, Fault, FaultKind
from runcomfy_desktop.domain.fault_words import said
from runcomfy_desktop.domain.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.live import changed_names, live_spec, sent_names
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_checks import media_trouble, text_trouble
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.domain.verdict.finding import Finding
from runcomfy_desktop.domain.verdict.node import look_at
from runcomfy_desktop.domain.verdict.own_checks import own_check
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.input_reading import Declared
    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.node_class import NodeClass, Output
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.verdict.node_replacement import NodeReplacement
    from runcomfy_desktop.domain.workflow import Node, Workflow

MAX_SEED = 2**64 - 1
# What a file that is sent along looks like to a class: a text that is there.
_SENT_ALONG = "data:"


@dataclass(frozen=True, slots=True)
class Note:
    """A fault with what decides whether it blocks: who made it, and whether a run gets there.

    One that counts `always` stops the request itself.
    """

    key: InputKey
    fault: Fault
    is_own: bool
    always: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found at a node, and the nodes that it is linked to."""

    notes: tuple[Note, ...]
    sources: tuple[str, ...]


class Container:
    """The surroundings of a node on RunComfy."""

    def __init__(self, workflow: Workflow, schema: Schema | None) -> None:
        self._workflow = workflow
        self._schema = schema

    def class_of(self, node: Node) -> NodeClass | None:
        """The class that ComfyUI runs for a node; None when it knows none."""
        return None if self._schema is None else self._schema.class_run(node.class_type)

    def outputs_of(self, node_id: str) -> tuple[Output, ...] | None:
        told = self.class_of(self._workflow.nodes[node_id])
        return None if told is None else told.outputs

    def is_there(self, file: str) -> bool:
        return True

    def takes(self, told: Declared, value: Json) -> bool:
        spec = told.spec
        if spec.kind.is_media:
            return isinstance(value, str)
        # Choices that come while it runs, and folders of models that were not looked into.
        return spec.type_name == "COMBO" and not spec.choices and isinstance(value, str)


def check_node(node: Node, draft: Draft, schema: Schema | None, around: Container) -> Checked:
    """What is wrong with a node as the draft has it."""
    return _Check(node, draft, schema, around).check()


class _Check:
    """One node being checked."""

    def __init__(self, node: Node, draft: Draft, schema: Schema | None, around: Container) -> None:
        self._node = node
        self._draft = draft
        self._schema = schema
        self._around = around
        self._told = around.class_of(node)
        self._in_place = None if schema is None else schema.replacement(node.class_type)
        self._own_names = changed_names(node, draft)
        self._inputs = self._read_inputs()
        # By the names of the class that is run.
        self._run_inputs = self._inputs
        if self._in_place is not None:
            self._run_inputs = self._in_place.carried(self._inputs)
        self._notes: dict[InputKey, Note] = {}

    def check(self) -> Checked:
        inputs = self._inputs
        for name in inputs:
            self._check_sending(name)
        if self._told is None:
            sources = self._check_links()
        else:
            look = look_at(self._run_inputs, self._told, self._around)
            sources = look.sources
            # What ComfyUI refuses is said before what it takes by mistake.
            for finding in sorted(look.findings, key=lambda each: each.accepted):
                self._add_finding(finding)
            if self._in_place is not None:
                self._add_lost(self._in_place)
                if not self._notes:
                    self._add_replaced(self._in_place)
        return Checked(tuple(self._notes.values()), sources)

    def _read_inputs(self) -> Mapping[str, Json]:
        if not self._own_names:
            # What was saved is what is sent: most nodes, and all of them at first.
            return self._node.inputs
        names = sent_names(self._node, self._draft, self._schema)
        node_id, changes = self._node.node_id, self._draft.changes
        values: dict[str, Json] = {}
        for name in names:
            value = changes.get(InputKey(node_id, name), self._node.inputs.get(name))
            values[name] = _SENT_ALONG if isinstance(value, MediaFile) else value
        return values

    def _spec(self, name: str) -> InputSpec:
        return live_spec(InputKey(self._node.node_id, name), self._draft, self._schema)

    def _add(self, name: str, fault: Fault, *, always: bool = False) -> None:
        key = InputKey(self._node.node_id, name)
        self._notes.setdefault(key, Note(key, fault, self._is_own(key), always))

    def _is_own(self, key: InputKey) -> bool:
        """Whether the person is at the root of it: by a value, or by a choice that asks for one."""
        if not self._own_names:
            return False
        parts = key.name.split(".")
        above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        return any(name in self._own_names for name in above)

    def _add_finding(self, finding: Finding) -> None:
        told, in_place = self._told, self._in_place
        declared = None if told is None else told.declared(self._run_inputs).get(finding.name)
        spec = InputSpec(InputKind.OTHER) if declared is None else declared.spec
        if in_place is not None and finding.kind is FaultKind.REQUIRED_INPUT_MISSING:
            self._add_unfed(in_place, finding)
            return
        text, cure = said(finding, spec)
        if finding.kind is FaultKind.UNKNOWN_INPUT and finding.name not in self._node.inputs:
            cure = Cure(_("Remove it"), None)
        blocks = not finding.accepted and not finding.in_doubt
        name = finding.name if in_place is None else in_place.old_name(finding.name)
        self._add(name, Fault(text, blocks=blocks, kind=finding.kind, cure=cure))

    def _add_unfed(self, in_place: NodeReplacement, finding: Finding) -> None:
        """An input that the replacement needs: it is lost, or its old name is missing."""
        name = in_place.old_name(finding.name)
        text = _(
            "ComfyUI runs %s in place of this node, and that needs “%s” but does not get it. "
            "Replace the node in ComfyUI."
        )
        text %= (shown(in_place.class_type), shown(name))
        fault = Fault(text, blocks=not finding.accepted, kind=finding.kind)
        # ComfyUI's check of the whole workflow breaks where an old name is missing.
        self._add(name if name in self._inputs else "", fault, always=name in in_place.names)

    def _add_lost(self, in_place: NodeReplacement) -> None:
        text = _(
            "ComfyUI runs %s in place of this node, and leaves this input out. Replace the node in "
            "ComfyUI."
        )
        fault = Fault(text % shown(in_place.class_type), blocks=False, kind=FaultKind.UNKNOWN_INPUT)
        for name in self._inputs:
            if name not in in_place.names:
                self._add(name, fault)

    def _add_replaced(self, in_place: NodeReplacement) -> None:
        """Nothing says how old the deployment's ComfyUI is."""
        text = _(
            "This deployment has no %s. A recent ComfyUI runs %s in its place; an older one "
            "refuses the job after the machine has started, which is billed. Replace the node in "
            "ComfyUI."
        )
        text %= (shown(self._node.class_type), shown(in_place.class_type))
        self._add("", Fault(text, blocks=False, kind=FaultKind.MISSING_NODE_TYPE))

    def _check_sending(self, name: str) -> None:
        """Files, addresses and numbers: whether they can be sent at all, and what RunComfy makes
        of them."""
        is_own = name in self._own_names
        value: Value = self._inputs[name]
        if is_own:
            value = self._draft.changes[InputKey(self._node.node_id, name)]
        if isinstance(value, MediaFile):
            spec = self._spec(name)
            # What nobody knows of yet may take any file.
            is_known = spec.known or spec.kind.is_media
            self._add_media(name, media_trouble(value, spec.kind if is_known else InputKind.MESH))
        elif isinstance(value, str):
            kind = self._spec(name).kind if is_own else self._saved_kind(name)
            if kind.is_media and not self._may_be_none(name, value):
                self._add_media(name, text_trouble(value, kind))
        elif isinstance(value, float) and not isfinite(value):
            # JSON has no word for these.
            spec = self._spec(name)
            text = _("“%s” is not a number.") % shown(value)
            fault = Fault(text, kind=FaultKind.INVALID_INPUT_TYPE, cure=default_cure(spec))
            self._add(name, fault, always=True)
        elif is_own and isinstance(value, int):
            self._check_seed(name, value)

    def _may_be_none(self, name: str, value: str) -> bool:
        """Whether `value` stands for no file, which the class can do without."""
        told = self._told
        if told is None:
            return False
        own = own_check(told.class_type, told.declared(self._run_inputs))
        return own.allows_none(name, value)

    def _saved_kind(self, name: str) -> InputKind:
        if self._in_place is not None:
            name = self._in_place.names.get(name, "")
        declared = None if self._told is None else self._told.declared(self._run_inputs).get(name)
        return InputKind.OTHER if declared is None else declared.spec.kind

    def _add_media(self, name: str, trouble: str) -> None:
        if trouble:
            self._add(name, Fault(trouble, kind=FaultKind.MEDIA), always=True)

    def _check_seed(self, name: str, value: int) -> None:
        """Where no class gives a range: no sampler takes such a seed."""
        spec = self._spec(name)
        if not spec.is_seed or isinstance(value, bool):
            return
        if value < 0 and spec.minimum is None:
            text = _("A seed of less than 0 is refused by most nodes.")
            kind, cure = FaultKind.BELOW_MINIMUM, set_to(0)
        elif value > MAX_SEED and spec.maximum is None:
            text = _("A seed of more than %d is refused by most nodes.") % MAX_SEED
            kind, cure = FaultKind.ABOVE_MAXIMUM, set_to(MAX_SEED)
        else:
            return
        self._add(name, Fault(text, blocks=False, kind=kind, cure=cure))

    def _check_links(self) -> tuple[str, ...]:
        """All that can be said of a node whose class is not known."""
        sources = dict(_links(self._inputs))
        for name, source in sources.items():
            try:
                self._around.outputs_of(source)
            except KeyError:
                finding = Finding(name, FaultKind.BAD_LINKED_INPUT, [source, 0], got=source)
                self._add_finding(finding)
        return tuple(sources.values())


def _links(inputs: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for name, value in inputs.items():
        match value:
            case [str() as source, int()]:
                yield name, source
