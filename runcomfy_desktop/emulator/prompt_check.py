"""Looks a prompt over before it runs, as ComfyUI does: from its output nodes backwards.

What leads to no output is not looked at, but each class must exist. An output whose branch is
wrong is left out; the others run. A node that cannot even be looked at (a slot that is not there)
is found by the one behind it, or, at an output, by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.emulator.graph import class_of, inputs_of, node_of
from runcomfy_desktop.emulator.schema import DYNAMIC_COMBO
from runcomfy_desktop.emulator.values import converted_fault, fits_type

if TYPE_CHECKING:
    from collections.abc import Container, Generator

    from runcomfy_desktop.emulator.schema import InputRule, NodeClasses
    from runcomfy_desktop.emulator.wire import Json, JsonObject

_Looking: TypeAlias = "Generator[str, bool | None, bool]"
# Classes that take whatever stands in their choices.
_LOOK_THEMSELVES = frozenset({"CustomCombo"})
# What stands in place of classes that are gone; none of their inputs goes along, so none is run.
_REPLACED = {"Preview3DAnimation": "Preview3D"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a node cannot run, with ComfyUI's word for it; `name` is the input, "" for none."""

    node_id: str
    kind: str
    message: str
    name: str = ""


@dataclass(slots=True)
class Verdict:
    """What came of a prompt: `refusal` stops it as a whole, `errors` their branches only."""

    refusal: Refusal | None = None
    outputs: list[str] = field(default_factory=list)
    errors: dict[str, list[Refusal]] = field(default_factory=dict)

    @property
    def all_errors(self) -> list[Refusal]:
        first = [] if self.refusal is None else [self.refusal]
        return first + [each for errors in self.errors.values() for each in errors]


class _Broken(Exception):  # noqa: N818 - the state of a node
    """A node that cannot be looked at: ComfyUI's own code fails on it."""


class _Input:
    """One value of a node and what is said of it, for whoever speaks of what is wrong."""

    def __init__(self, node_id: str, name: str, value: Json, rule: InputRule) -> None:
        self.node_id = node_id
        self.name = name
        self.value = value
        self.rule = rule

    def refused(self, kind: str, message: str) -> Refusal:
        return Refusal(self.node_id, kind, message, self.name)


def check_prompt(workflow: JsonObject, classes: NodeClasses, files: Container[object]) -> Verdict:
    """`files` are the names of what came with the request, besides the container's own files."""
    workflow = _replaced(workflow, classes)
    for node_id in workflow:
        name = class_of(node_of(workflow, node_id))
        if name not in classes:
            message = f"Node '{name}' not found. The custom node may not be installed."
            return Verdict(Refusal(node_id, "missing_node_type", message))
    roots = [each for each in workflow if classes.is_output(class_of(node_of(workflow, each)))]
    if not roots:
        return Verdict(Refusal("", "prompt_no_outputs", "Prompt has no outputs"))
    checker = _Checker(workflow, classes, files)
    verdict = Verdict()
    for root in roots:
        if checker.is_valid(root):
            verdict.outputs.append(root)
    verdict.errors = {node_id: errors for node_id, errors in checker.errors.items() if errors}
    return verdict


def _replaced(workflow: JsonObject, classes: NodeClasses) -> JsonObject:
    """The workflow as ComfyUI looks at it: other classes in place of those it does not have."""
    nodes = dict(workflow)
    for node_id in workflow:
        node = node_of(workflow, node_id)
        name = class_of(node)
        new = _REPLACED.get(name)
        if new in classes and name not in classes and "inputs" in node:
            nodes[node_id] = {**node, "class_type": new, "inputs": {}}
    return nodes


class _Checker:
    """Walks backwards without recursion: a chain of thousands of nodes is legal."""

    def __init__(
        self, workflow: JsonObject, classes: NodeClasses, files: Container[object]
    ) -> None:
        self._workflow = workflow
        self._classes = classes
        self._files = files
        self._known: dict[str, bool] = {}
        self.errors: dict[str, list[Refusal]] = {}

    def is_valid(self, root: str) -> bool:
        """Whether an output's whole branch is."""
        if root in self._known:
            return self._known[root]
        walk = [(root, self._look_at(root))]
        on_way = {root}
        answer: bool | _Broken | None = None
        while walk:
            node_id, looking = walk[-1]
            try:
                source = _went_on(looking, answer)
            except StopIteration as end:
                walk.pop()
                on_way.discard(node_id)
                answer = self._known[node_id] = bool(end.value)
                continue
            except _Broken as broken:
                walk.pop()
                on_way.discard(node_id)
                answer = broken
                continue
            answer = self._known.get(source)
            if source in on_way:
                way = [each for each, _looking in walk]
                self._tell_cycle(way[way.index(source) :], source)
                answer = False
            elif answer is None:
                walk.append((source, self._look_at(source)))
                on_way.add(source)
        if isinstance(answer, _Broken):
            self._known[root] = False
            self._note(Refusal(root, "exception_during_validation", str(answer)))
            return False
        return answer is True

    def _look_at(self, node_id: str) -> _Looking:
        """Yields the nodes whose validity it depends on; returns its own. Raises _Broken."""
        node = node_of(self._workflow, node_id)
        if "inputs" not in node:
            raise _Broken("'inputs'")
        inputs, wrong, is_valid = inputs_of(node), list[Refusal](), True
        for name, rule in self._classes.rules(class_of(node), inputs).items():
            each = _Input(node_id, name, inputs.get(name), rule)
            if name not in inputs:
                wrong += self._missing(each)
                continue
            if not isinstance(each.value, list):
                wrong += self._wrong_value(each)
                continue
            refused = self._wrong_link(each)
            if refused is not None:
                wrong.append(refused)
                continue
            source = str(each.value[0])
            try:
                is_valid = bool((yield source)) and is_valid
            except _Broken as broken:
                is_valid = self._known[source] = False
                kind = "exception_during_inner_validation"
                self._note(Refusal(source, kind, str(broken), name))
        for refusal in wrong:
            self._note(refusal)
        return is_valid and not wrong

    def _missing(self, each: _Input) -> list[Refusal]:
        if not each.rule.required or each.rule.kind == DYNAMIC_COMBO:
            return []
        if each.rule.is_media:
            # Its class looks at the value itself, and there is none to be handed over.
            raise _Broken(f"missing argument: {each.name}")
        message = f"Required input is missing: {each.name}"
        return [each.refused("required_input_missing", message)]

    def _wrong_link(self, each: _Input) -> Refusal | None:
        """What is wrong with a link itself, None when it leads somewhere. Raises _Broken."""
        value, name = each.value, each.name
        assert isinstance(value, list)
        if len(value) != 2:
            message = f"Bad linked input, {name}: must be a length-2 list of [node_id, slot_index]"
            return each.refused("bad_linked_input", message)
        source, slot = value
        if not isinstance(source, str) or source not in self._workflow:
            raise _Broken(f"{source!r}")
        types = self._classes.outputs(class_of(node_of(self._workflow, source)))
        if not isinstance(slot, int) or not -len(types) <= slot < len(types):
            raise _Broken("tuple index out of range")
        if fits_type(types[slot], each.rule.type):
            return None
        mismatch = f"received_type({types[slot]}) mismatch input_type({each.rule.type})"
        return each.refused("return_type_mismatch", f"{name}, {mismatch}")

    def _wrong_value(self, each: _Input) -> list[Refusal]:
        if each.rule.is_media:
            is_there = each.value in each.rule.choices or each.value in self._files
            message = f"{each.name} - Invalid image file: {each.value}"
            return [] if is_there else [each.refused("custom_validation_failed", message)]
        if class_of(node_of(self._workflow, each.node_id)) in _LOOK_THEMSELVES:
            return []
        fault = converted_fault(each.value, each.rule)
        return [] if fault is None else [each.refused(fault[0], f"{each.name}: {fault[1]}")]

    def _tell_cycle(self, circle: list[str], again: str) -> None:
        message = f"Dependency cycle detected: {' -> '.join([*circle, again])}"
        for node_id in circle:
            self._note(Refusal(node_id, "dependency_cycle", message))

    def _note(self, refusal: Refusal) -> None:
        errors = self.errors.setdefault(refusal.node_id, [])
        if refusal not in errors:
            errors.append(refusal)


def _went_on(looking: _Looking, answer: bool | _Broken | None) -> str:
    """The next node that is asked about; the end is a StopIteration."""
    return looking.throw(answer) if isinstance(answer, _Broken) else looking.send(answer)
