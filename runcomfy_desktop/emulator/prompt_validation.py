"""Validates a prompt before it runs, as ComfyUI does: from its output nodes backwards.

Nodes that lead to no output are not checked, except that each class must exist. An output whose
branch is invalid is left out; the other outputs run.

If a node cannot even be checked (for example, because it links to a missing slot), the error is
reported for that node. The error is an `exception_during_inner_validation` that names the input of
the node linking to it, or an `exception_during_validation` if the node is itself an output.
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
# Classes whose choices accept any value.
_SELF_VALIDATING = frozenset({"CustomCombo"})
# Replacements for removed classes. No inputs are copied, so no replaced node runs.
_NODE_REPLACEMENTS = {"Preview3DAnimation": "Preview3D"}


@dataclass(frozen=True, slots=True)
class PromptError:
    """Reason why a node cannot run, with ComfyUI's error type; `name` is the input, or ""."""

    node_id: str
    kind: str
    message: str
    name: str = ""


@dataclass(slots=True)
class PromptValidation:
    """Result of a validation: `error` stops the whole prompt, `node_errors` only their branches."""

    error: PromptError | None = None
    outputs: list[str] = field(default_factory=list)
    node_errors: dict[str, list[PromptError]] = field(default_factory=dict)

    @property
    def all_errors(self) -> list[PromptError]:
        first = [] if self.error is None else [self.error]
        return first + [each for errors in self.node_errors.values() for each in errors]


class _NodeCheckError(Exception):
    """Raised for a node that cannot be checked: ComfyUI's own code fails on it."""


class _CheckedInput:
    """One value of a node and its rule, for error messages."""

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
    """Validates a workflow; returns the output nodes that can run, and all errors.

    `files` are the names of files that came with the request, in addition to the container's own
    files.
    """
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
    """Replaces classes that the container lacks, as ComfyUI does before its validation."""
    nodes = dict(workflow)
    for node_id in workflow:
        node = node_of(workflow, node_id)
        name = class_of(node)
        new = _NODE_REPLACEMENTS.get(name)
        if new in classes and name not in classes and "inputs" in node:
            nodes[node_id] = {**node, "class_type": new, "inputs": {}}
    return nodes


class _PromptChecker:
    """Checks branches backwards without recursion: a chain of thousands of nodes is valid."""

    def __init__(
        self, workflow: JsonObject, classes: NodeClasses, files: Container[object]
    ) -> None:
        self._workflow = workflow
        self._classes = classes
        self._files = files
        self._results: dict[str, bool] = {}
        self.node_errors: dict[str, list[PromptError]] = {}

    def is_valid(self, root: str) -> bool:
        """Returns True if an output's whole branch is valid."""
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
        """Yields the ids of nodes on which the result depends; returns True if the node is valid.

        The caller sends back each yielded node's result. Raises _NodeCheckError.
        """
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
            # The class checks the value itself; without a value its check cannot be called.
            raise _NodeCheckError(f"missing argument: {each.name}")
        message = f"Required input is missing: {each.name}"
        return [each.error("required_input_missing", message)]

    def _link_error(self, each: _CheckedInput) -> PromptError | None:
        """Returns a link's error; None if the link is valid. Raises _NodeCheckError."""
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
    """Returns the id of the next node to check; raises StopIteration at the end."""
    return (
        validation.throw(answer) if isinstance(answer, _NodeCheckError) else validation.send(answer)
    )
