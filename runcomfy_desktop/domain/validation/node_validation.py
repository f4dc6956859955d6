"""Checks one node by itself: its values, and what its links lead to.

Nothing here looks further than to the nodes that are linked, so an edit costs one node.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from runcomfy_desktop.domain.schema.input_declaration import DYNAMIC_COMBO, DYNAMIC_SLOT
from runcomfy_desktop.domain.validation.custom_validation import (
    CustomValidationArgs,
    custom_validation,
    is_link,
)
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.validation.link_types import types_can_link
from runcomfy_desktop.domain.validation.validation_issue import ValidationIssue
from runcomfy_desktop.domain.validation.value_checks import accepted_issue, check_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration
    from runcomfy_desktop.domain.schema.node_class import ClassOutput, NodeClass
    from runcomfy_desktop.domain.validation.custom_validation import CustomValidation

_BAD_LINK = IssueKind.BAD_LINKED_INPUT
# What old versions of ComfyUI's editor wrote beside the inputs; it means nothing and harms nobody.
_OBSOLETE_INPUTS = frozenset(
    {"upload", "choose file to upload", "control_after_generate", "videopreview"}
)


class ValidationContext(Protocol):
    """What a node's check needs to know of the rest."""

    def outputs_of(self, node_id: str) -> tuple[ClassOutput, ...] | None:
        """The outputs of a node. Raises KeyError when it is not there; None when unknown."""

    def file_exists(self, file: str) -> bool:
        """Whether a file that a node is to load is on the machine."""

    def accepts(self, declaration: InputDeclaration, value: Json) -> bool:
        """Whether `value` is fine whatever the class says of it."""


@dataclass(frozen=True, slots=True)
class NodeValidation:
    """What was seen of one node.

    `followed_links` are the links that ComfyUI goes on along, as pairs of an input's name and a
    node; `sources` are all linked nodes. `breaks_check` says that ComfyUI's check breaks here,
    `breaks_check_early` that it does so among the inputs: these come in an order of chance, so some
    may be left out. The program asks for findings and sources; the comparison with ComfyUI's
    verdicts for the rest, too.
    """

    issues: tuple[ValidationIssue, ...] = ()
    followed_links: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    breaks_check: bool = False
    breaks_check_early: bool = False


def validate_node(
    inputs: Mapping[str, Json], node_class: NodeClass, context: ValidationContext
) -> NodeValidation:
    """What is wrong with a node that has these inputs."""
    return _NodeValidator(inputs, node_class, context).validate()


class _NodeValidator:
    """One node being checked."""

    def __init__(
        self, inputs: Mapping[str, Json], node_class: NodeClass, context: ValidationContext
    ) -> None:
        self._inputs = inputs
        self._node_class = node_class
        self._context = context
        self._declared = node_class.declared_inputs(inputs)
        self._custom: CustomValidation = custom_validation(node_class.class_type, self._declared)
        self._issues: list[ValidationIssue] = []
        self._followed_links: list[tuple[str, str]] = []
        self._sources: list[str] = []
        self._types: dict[str, Json] = {}
        self._breaks_check = False

    def validate(self) -> NodeValidation:
        for name, declaration in self._declared.items():
            if name not in self._inputs:
                self._add_missing(declaration)
                continue
            value = self._inputs[name]
            # A choice that nobody can make is forgotten, whatever stands there.
            if isinstance(value, list) and declaration.type != DYNAMIC_COMBO:
                self._check_link(declaration, value)
            else:
                self._check_value(declaration, value)
        breaks_check_early = self._breaks_check
        self._check_custom()
        self._add_unknown_inputs()
        return NodeValidation(
            tuple(self._issues),
            tuple(self._followed_links),
            tuple(self._sources),
            self._breaks_check,
            breaks_check_early,
        )

    def _add(self, issue: ValidationIssue | None) -> None:
        if issue is not None:
            self._issues.append(issue)
            self._breaks_check = self._breaks_check or issue.breaks_check

    def _add_missing(self, declaration: InputDeclaration) -> None:
        if declaration.is_required:
            # A choice that is not made brings no inputs, and ComfyUI forgets that it was asked.
            is_forgotten = declaration.type in (DYNAMIC_COMBO, DYNAMIC_SLOT)
            kind = IssueKind.REQUIRED_INPUT_MISSING
            self._add(ValidationIssue(declaration.name, kind, is_accepted=is_forgotten))

    def _check_value(self, declaration: InputDeclaration, value: Json) -> None:
        if declaration.is_plainly_valid(value) or self._context.accepts(declaration, value):
            return
        issue = check_value(
            declaration, value, has_custom_validation=self._custom.covers(declaration.name)
        )
        if issue is not None and issue.kind is IssueKind.NOT_IN_LIST and self._node_class.is_custom:
            issue = replace(issue, is_uncertain=True)
        self._add(issue or accepted_issue(declaration, value))

    def _check_link(self, declaration: InputDeclaration, value: list[Json]) -> None:
        """ComfyUI takes every list for a link, and looks up what it names unseen."""
        if len(value) != 2:
            self._add(ValidationIssue(declaration.name, _BAD_LINK, value))
            return
        source, slot = value
        try:
            outputs = self._context.outputs_of(source) if isinstance(source, str) else None
        except KeyError:
            outputs = ()
        if not isinstance(source, str) or outputs == () or not isinstance(slot, int):
            text = str(source)[:_MAX_TEXT_CHARS]
            self._add(
                ValidationIssue(declaration.name, _BAD_LINK, value, got=text, breaks_check=True)
            )
            return
        output_type: Json = None
        if outputs is not None:
            if not -len(outputs) <= slot < len(outputs):
                self._add(
                    ValidationIssue(
                        declaration.name, _BAD_LINK, value, slot, got=source, breaks_check=True
                    )
                )
                return
            output_type = outputs[slot].type
            if not self._custom.takes_types and not types_can_link(output_type, declaration.type):
                type_name = output_type if isinstance(output_type, str) else "COMBO"
                self._add(
                    ValidationIssue(
                        declaration.name, IssueKind.RETURN_TYPE_MISMATCH, value, got=type_name
                    )
                )
                self._sources.append(source)
                return
        self._types[declaration.name] = output_type
        self._sources.append(source)
        self._followed_links.append((declaration.name, source))

    def _check_custom(self) -> None:
        """Adds the finding of the class's own check, which is made whatever was found before."""
        custom = self._custom
        if any(name not in self._inputs for name in custom.required):
            # The missing input itself was found above.
            self._breaks_check = True
            return
        issue = None
        if custom.rule is not None:
            issue = custom.rule(
                CustomValidationArgs(self._inputs, self._types, self._context.file_exists)
            )
        if issue is not None and not issue.breaks_check:
            issue = replace(issue, refused_at=self._custom_arguments())
        self._add(issue)

    def _custom_arguments(self) -> tuple[str, ...]:
        """The arguments of the class's own check: a refusal stands at each of them."""
        names = [
            name
            for name, value in self._inputs.items()
            if self._custom.covers(name) and (name in self._declared or is_link(value))
        ]
        return (*names, *(["input_types"] if self._custom.takes_types else ()))

    def _add_unknown_inputs(self) -> None:
        """Inputs that the class does not know; packs of nodes often make some up as they go."""
        if self._node_class.is_custom or self._custom.allows_any_input:
            return
        known = self._node_class.hidden_names
        for name, value in self._inputs.items():
            # Previews in ComfyUI's own window leave empty texts behind.
            is_empty = value is None or value == ""
            if name not in self._declared and name not in known | _OBSOLETE_INPUTS and not is_empty:
                self._add(ValidationIssue(name, IssueKind.UNKNOWN_INPUT, is_accepted=True))


_MAX_TEXT_CHARS = 200
