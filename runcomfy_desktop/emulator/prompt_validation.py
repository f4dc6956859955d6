"""Looks a prompt over before it runs, as ComfyUI does: from its output nodes backwards.

What leads to no output is not looked at, but each class must exist. An output whose branch is
wrong is left out; the others run. A node that cannot even be looked at (a slot that is not there)
is found by the one behind it, or, at an output, by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.emulator.input_values import conversion_error, fits_type
from runcomfy_desktop.emulator.node_classes import DYNAMIC_COMBO
from runcomfy_desktop.emulator.workflow_graph import class_of, inputs_of, node_of

if TYPE_CHECKING:
    from collections.abc import Container, Generator

    from runcomfy_desktop.emulator.http_messages import Json, JsonObject
    from runcomfy_desktop.emulator.node_classes import InputRule, NodeClasses

_NodeWalk: TypeAlias = "Generator[str, bool | None, bool]"
# Classes that take whatever stands in their choices.
_SELF_VALIDATING = frozenset({"CustomCombo"})
# What stands in place of classes that are gone; none of their inputs goes along, so none is run.
_NODE_REPLACEMENTS = {"Preview3DAnimation": "Preview3D"}


@dataclass(frozen=True, slots=True)
class PromptError:
    """Why a node cannot run, with ComfyUI's word for it; `name` is the input, "" for none."""

    node_id: str
    kind: str
    message: str
    name: str = ""


@dataclass(slots=True)
class PromptValidation:
    """What came of a prompt: `error` stops it as a whole, `node_errors` their branches only."""

    error: PromptError | None = None
    outputs: list[str] = field(default_factory=list)
    node_errors: dict[str, list[PromptError]] = field(default_factory=dict)

    @property
    def all_errors(self) -> list[PromptError]:
        first = [] if self.error is None else [self.error]
        return first + [each for errors in self.node_errors.values() for each in errors]


class _NodeCheckError(Exception):
    """A node that cannot be looked at: ComfyUI's own code fails on it."""


class _CheckedInput:
    """One value of a node and what is said of it, for whoever speaks of what is wrong."""

    def __init__(self, node_id: str, name: str, value: Json, rule: InputRule) -> None:
        self.node_id = node_id
        self.name = name
        self.value = value
        self.rule = rule

    def error(self, kind: str, message: str) -> PromptError:
        return PromptError(self.node_id, kind, message, self.name)


def validate_prompt(
    workflow: JsonObject, classes: NodeClasses, files: Container[object]
) -> PromptValidation:
    """`files` are the names of what came with the request, besides the container's own files."""
    workflow = _replace_node_types(workflow, classes)
    for node_id in workflow:
        name = class_of(node_of(workflow, node_id))
        if name not in classes:
            message = f"Node '{name}' not found. The custom node may not be installed."
            return PromptValidation(PromptError(node_id, "missing_node_type", message))
    roots = [each for each in workflow if classes.is_output(class_of(node_of(workflow, each)))]
    if not roots:
        return PromptValidation(PromptError("", "prompt_no_outputs", "Prompt has no outputs"))
    checker = _PromptChecker(workflow, classes, files)
    validation = PromptValidation()
    for root in roots:
        if checker.is_valid(root):
            validation.outputs.append(root)
    validation.node_errors = {
        node_id: errors for node_id, errors in checker.node_errors.items() if errors
    }
    return validation


def _replace_node_types(workflow: JsonObject, classes: NodeClasses) -> JsonObject:
    """The workflow as ComfyUI looks at it: other classes in place of those it does not have."""
    nodes = dict(workflow)
    for node_id in workflow:
        node = node_of(workflow, node_id)
        name = class_of(node)
        new = _NODE_REPLACEMENTS.get(name)
        if new in classes and name not in classes and "inputs" in node:
            nodes[node_id] = {**node, "class_type": new, "inputs": {}}
    return nodes


class _PromptChecker:
    """Walks backwards without recursion: a chain of thousands of nodes is legal."""

    def __init__(
        self, workflow: JsonObject, classes: NodeClasses, files: Container[object]
    ) -> None:
        self._workflow = workflow
        self._classes = classes
        self._files = files
        self._results: dict[str, bool] = {}
        self.node_errors: dict[str, list[PromptError]] = {}

    def is_valid(self, root: str) -> bool:
        """Whether an output's whole branch is."""
        if root in self._results:
            return self._results[root]
        walk = [(root, self._validate_node(root))]
        in_progress = {root}
        answer: bool | _NodeCheckError | None = None
        while walk:
            node_id, validation = walk[-1]
            try:
                source = _resume(validation, answer)
            except StopIteration as end:
                walk.pop()
                in_progress.discard(node_id)
                answer = self._results[node_id] = bool(end.value)
                continue
            except _NodeCheckError as error:
                walk.pop()
                in_progress.discard(node_id)
                answer = error
                continue
            answer = self._results.get(source)
            if source in in_progress:
                node_ids = [each for each, _validation in walk]
                self._add_cycle_errors(node_ids[node_ids.index(source) :], source)
                answer = False
            elif answer is None:
                walk.append((source, self._validate_node(source)))
                in_progress.add(source)
        if isinstance(answer, _NodeCheckError):
            self._results[root] = False
            self._add_error(PromptError(root, "exception_during_validation", str(answer)))
            return False
        return answer is True

    def _validate_node(self, node_id: str) -> _NodeWalk:
        """Yields the nodes whose validity it depends on; returns its own. Raises
        _NodeCheckError."""
        node = node_of(self._workflow, node_id)
        if "inputs" not in node:
            raise _NodeCheckError("'inputs'")
        inputs, errors, is_valid = inputs_of(node), list[PromptError](), True
        for name, rule in self._classes.rules(class_of(node), inputs).items():
            each = _CheckedInput(node_id, name, inputs.get(name), rule)
            if name not in inputs:
                errors += self._missing_input_errors(each)
                continue
            if not isinstance(each.value, list):
                errors += self._value_errors(each)
                continue
            link_error = self._link_error(each)
            if link_error is not None:
                errors.append(link_error)
                continue
            source = str(each.value[0])
            try:
                is_valid = bool((yield source)) and is_valid
            except _NodeCheckError as check_error:
                is_valid = self._results[source] = False
                kind = "exception_during_inner_validation"
                self._add_error(PromptError(source, kind, str(check_error), name))
        for error in errors:
            self._add_error(error)
        return is_valid and not errors

    def _missing_input_errors(self, each: _CheckedInput) -> list[PromptError]:
        if not each.rule.is_required or each.rule.kind == DYNAMIC_COMBO:
            return []
        if each.rule.is_media:
            # Its class looks at the value itself, and there is none to be handed over.
            raise _NodeCheckError(f"missing argument: {each.name}")
        message = f"Required input is missing: {each.name}"
        return [each.error("required_input_missing", message)]

    def _link_error(self, each: _CheckedInput) -> PromptError | None:
        """What is wrong with a link itself, None when it leads somewhere. Raises
        _NodeCheckError."""
        value, name = each.value, each.name
        assert isinstance(value, list)
        if len(value) != 2:
            message = f"Bad linked input, {name}: must be a length-2 list of [node_id, slot_index]"
            return each.error("bad_linked_input", message)
        source, slot = value
        if not isinstance(source, str) or source not in self._workflow:
            raise _NodeCheckError(f"{source!r}")
        types = self._classes.outputs(class_of(node_of(self._workflow, source)))
        if not isinstance(slot, int) or not -len(types) <= slot < len(types):
            raise _NodeCheckError("tuple index out of range")
        if fits_type(types[slot], each.rule.type):
            return None
        mismatch = f"received_type({types[slot]}) mismatch input_type({each.rule.type})"
        return each.error("return_type_mismatch", f"{name}, {mismatch}")

    def _value_errors(self, each: _CheckedInput) -> list[PromptError]:
        if each.rule.is_media:
            is_available = each.value in each.rule.choices or each.value in self._files
            message = f"{each.name} - Invalid image file: {each.value}"
            return [] if is_available else [each.error("custom_validation_failed", message)]
        if class_of(node_of(self._workflow, each.node_id)) in _SELF_VALIDATING:
            return []
        error = conversion_error(each.value, each.rule)
        return [] if error is None else [each.error(error[0], f"{each.name}: {error[1]}")]

    def _add_cycle_errors(self, cycle: list[str], repeated_id: str) -> None:
        message = f"Dependency cycle detected: {' -> '.join([*cycle, repeated_id])}"
        for node_id in cycle:
            self._add_error(PromptError(node_id, "dependency_cycle", message))

    def _add_error(self, error: PromptError) -> None:
        errors = self.node_errors.setdefault(error.node_id, [])
        if error not in errors:
            errors.append(error)


def _resume(validation: _NodeWalk, answer: bool | _NodeCheckError | None) -> str:
    """The next node that is asked about; the end is a StopIteration."""
    return (
        validation.throw(answer) if isinstance(answer, _NodeCheckError) else validation.send(answer)
    )
