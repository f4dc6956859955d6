"""Checks one node by itself: its values, and the outputs that it is linked to.

The check looks no further than the directly linked nodes, so an edit costs the check of one node.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Protocol

from runcomfy_desktop.domain.base.json_value import is_number
from runcomfy_desktop.domain.schema.input_declaration import (
    ANY_TYPE,
    DYNAMIC_COMBO,
    DYNAMIC_SLOT,
    MATCH_TYPE,
    nearest_float,
)
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.node_class import chosen_option
from runcomfy_desktop.domain.validation.custom_validation import (
    CustomValidationArgs,
    custom_validation,
    is_link,
    unwrap_value,
)
from runcomfy_desktop.domain.validation.input_issue import IssueKind, ValidationIssue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration
    from runcomfy_desktop.domain.schema.node_class import NodeClass
    from runcomfy_desktop.domain.validation.custom_validation import CustomValidation

_MAX_TEXT_CHARS = 200
_BAD_LINK = IssueKind.BAD_LINKED_INPUT
# Left next to the inputs by old versions of ComfyUI's editor; harmless.
_OBSOLETE_INPUTS = frozenset(
    {"upload", "choose file to upload", "control_after_generate", "videopreview"}
)
_PLAIN_TYPES = ("INT", "FLOAT", "STRING", "BOOLEAN")
# Almost all values have these types and need no further check.
_PYTHON_TYPES = {"INT": int, "STRING": str, "BOOLEAN": bool}
_CONVERSION_ERRORS = (TypeError, ValueError, OverflowError)


def types_can_link(given: Json, wanted: str | list[Json]) -> bool:
    """Returns True if an output of one type can be linked to an input of another.

    A type may consist of several names joined by commas; one common name is enough. Types that
    depend on other links are not checked before the run.
    """
    if given == wanted:
        return True
    if ANY_TYPE in (given, wanted) or MATCH_TYPE in (given, wanted):
        return True
    if isinstance(given, list):
        return wanted == "COMBO"
    if not isinstance(given, str) or not isinstance(wanted, str):
        return False
    ours = {each.strip() for each in given.split(",")}
    theirs = {each.strip() for each in wanted.split(",")}
    return ANY_TYPE in ours | theirs or not ours.isdisjoint(theirs)


def check_value(
    declaration: InputDeclaration, raw_value: Json, *, has_custom_validation: bool
) -> ValidationIssue | None:
    """Returns the issue of a value that is not a link, or None if ComfyUI accepts the value.

    ComfyUI converts the value, then compares it. `has_custom_validation` is true if the class
    checks this input itself; then limits and choices do not count.
    """
    value = unwrap_value(raw_value) if isinstance(raw_value, dict) else raw_value
    if declaration.type in _PLAIN_TYPES:
        try:
            value = _convert(declaration.type, value)
        except _CONVERSION_ERRORS:
            return ValidationIssue(declaration.name, IssueKind.INVALID_INPUT_TYPE, value)
    if has_custom_validation:
        return None
    return _check_limits(declaration, value) or _check_choices(declaration, value)


def _convert(kind: str | list[Json], value: Json) -> Json:
    if kind == "INT":
        return int(value)  # type: ignore[arg-type] # raises TypeError, as intended
    if kind == "FLOAT":
        return float(value)  # type: ignore[arg-type]
    # Any value can be converted to a string or a boolean, so the conversion of a long one is
    # skipped.
    return bool(value) if kind == "BOOLEAN" else ""


def _check_limits(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    for name, kind in (("min", IssueKind.BELOW_MINIMUM), ("max", IssueKind.ABOVE_MAXIMUM)):
        limit = declaration.attributes.get(name)
        if limit is None:
            continue
        try:
            is_beyond = value < limit if name == "min" else value > limit  # type: ignore[operator]
        except TypeError:
            return ValidationIssue(
                declaration.name, IssueKind.INVALID_INPUT_TYPE, value, limit, breaks_check=True
            )
        if is_beyond:
            # If the limit itself is not a float, the nearest allowed float is named.
            if declaration.type == "FLOAT" and isinstance(limit, int):
                limit = nearest_float(limit, is_max=name == "max")
            return ValidationIssue(declaration.name, kind, value, limit)
    return None


def _check_choices(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    if not isinstance(declaration.raw_choices, list):
        return None
    is_multiple = declaration.attributes.get("multiselect")
    for each in value if is_multiple and isinstance(value, list) else [value]:
        if not declaration.has_choice(each):
            return ValidationIssue(declaration.name, IssueKind.NOT_IN_LIST, each)
    return None


def accepted_issue(declaration: InputDeclaration, raw_value: Json) -> ValidationIssue | None:
    """Returns an issue for a value that ComfyUI accepts silently although it is clearly wrong."""
    if isinstance(declaration.type, str) and type(raw_value) is _PYTHON_TYPES.get(declaration.type):
        return None
    value, converted, kind = unwrap_value(raw_value), None, None
    if declaration.type == DYNAMIC_COMBO:
        value = raw_value
        is_listed = chosen_option(declaration.attributes, value) is not None
        kind = None if is_listed else IssueKind.NOT_IN_LIST
    elif declaration.type in _PLAIN_TYPES:
        kind, converted = _silent_conversion(declaration, value)
    elif value is not None and _wants_link(declaration):
        kind = IssueKind.RETURN_TYPE_MISMATCH
    if kind is None:
        return None
    return ValidationIssue(declaration.name, kind, value, converted, is_accepted=True)


def _silent_conversion(declaration: InputDeclaration, value: Json) -> tuple[IssueKind | None, Json]:
    """Returns the issue with a value that ComfyUI converts, and the result; None for each if none.

    The result is also None if it is of no use to the user.
    """
    kind, is_same = declaration.type, False
    if kind == "STRING":
        is_same = isinstance(value, str) or (value is None and not declaration.is_required)
        return (None if is_same else IssueKind.CONVERTED), None
    if kind == "BOOLEAN":
        is_same = value in (0, 1)
    elif is_number(value):
        if isinstance(value, float) and kind == "FLOAT" and not isfinite(value):
            return IssueKind.INVALID_INPUT_TYPE, None
        is_same = kind == "FLOAT" or value == int(value)
    try:
        return (None, None) if is_same else (IssueKind.CONVERTED, _convert(kind, value))
    except _CONVERSION_ERRORS:
        return None, None


def _wants_link(declaration: InputDeclaration) -> bool:
    """Returns True if no editor makes a value for this input, so that only a link makes sense."""
    if declaration.spec.kind is not InputKind.OTHER or not isinstance(declaration.type, str):
        return False
    attributes = declaration.attributes
    has_editor = attributes.get("widgetType") or attributes.get("socketless")
    if has_editor or "default" in attributes or declaration.type in _OWN_EDITORS:
        return False
    types = {each.strip() for each in declaration.type.split(",")}
    return types.isdisjoint((ANY_TYPE, *_PLAIN_TYPES, "COMBO"))


# Types with an editor in ComfyUI's own window only.
_OWN_EDITORS = frozenset(
    {
        "AUDIO_RECORD",
        "AUDIO_UI",
        "BOUNDING_BOXES",
        "COLORS",
        "COMBO",
        "COMPOSITOR",
        "IMAGECOMPARE",
        "LOAD3D_CAMERA",
        "LOAD3D_MODEL_INFO",
        "LOAD_3D",
        "LOAD_3D_ANIMATION",
        "PAINTER",
        "RESOLUTION_PREVIEW",
        "VIDEO_EDIT",
        "WEBCAM",
    }
)


class ValidationContext(Protocol):
    """Information that a node's check needs about its surroundings."""

    def output_types(self, node_id: str) -> tuple[Json, ...] | None:
        """Returns the types of a node's outputs; None if unknown.

        Raises KeyError if the node does not exist.
        """

    def file_exists(self, file: str) -> bool:
        """Returns True if a file that a node is to load exists on the machine."""

    def accepts(self, declaration: InputDeclaration, value: Json) -> bool:
        """Returns True if `value` is valid whatever the class declares."""


@dataclass(frozen=True, slots=True)
class NodeValidation:
    """Results of the check of one node.

    `followed_links` are the links that ComfyUI's check follows, as pairs of an input's name and a
    node; `sources` are all linked nodes. `breaks_check` is true if ComfyUI's check fails here,
    `breaks_check_early` if it fails among the inputs: their order is random, so some may be left
    out. The program uses issues and sources only; the comparison with ComfyUI's verdicts uses the
    rest, too.
    """

    issues: tuple[ValidationIssue, ...] = ()
    followed_links: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    breaks_check: bool = False
    breaks_check_early: bool = False


def validate_node(
    inputs: Mapping[str, Json], node_class: NodeClass, context: ValidationContext
) -> NodeValidation:
    """Returns the results for a node with these inputs."""
    return _NodeValidator(inputs, node_class, context).validate()


class _NodeValidator:
    """Validates one node."""

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
            # ComfyUI ignores an invalid dynamic choice, even if it is a list.
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
            # Without a chosen option there are no inputs to check, and ComfyUI does not report the
            # missing choice itself.
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
        """Checks a list; ComfyUI takes every list for a link, and looks up its node unchecked."""
        name = declaration.name
        if len(value) != 2:
            self._add(ValidationIssue(name, _BAD_LINK, value))
            return
        source, slot = value
        try:
            outputs = self._context.output_types(source) if isinstance(source, str) else None
        except KeyError:
            outputs = ()
        if not isinstance(source, str) or outputs == () or not isinstance(slot, int):
            got = str(source)[:_MAX_TEXT_CHARS]
            self._add(ValidationIssue(name, _BAD_LINK, value, got=got, breaks_check=True))
            return
        if outputs is not None and not -len(outputs) <= slot < len(outputs):
            self._add(ValidationIssue(name, _BAD_LINK, value, slot, got=source, breaks_check=True))
            return
        self._sources.append(source)
        output_type = None if outputs is None else outputs[slot]
        is_checked = outputs is not None and not self._custom.takes_types
        if is_checked and not types_can_link(output_type, declaration.type):
            got = output_type if isinstance(output_type, str) else "COMBO"
            self._add(ValidationIssue(name, IssueKind.RETURN_TYPE_MISMATCH, value, got=got))
            return
        self._types[name] = output_type
        self._followed_links.append((name, source))

    def _check_custom(self) -> None:
        """Adds the finding of the class's own check, which runs whatever was found before."""
        custom = self._custom
        if any(name not in self._inputs for name in custom.required):
            # The missing input itself was reported above.
            self._breaks_check = True
            return
        arguments = CustomValidationArgs(self._inputs, self._types, self._context.file_exists)
        issue = None if custom.rule is None else custom.rule(arguments)
        if issue is not None and not issue.breaks_check:
            issue = replace(issue, refused_at=self._custom_arguments())
        self._add(issue)

    def _custom_arguments(self) -> tuple[str, ...]:
        """Returns the arguments of the class's own check; a refusal is reported at each of them."""
        names = [
            name
            for name, value in self._inputs.items()
            if self._custom.covers(name) and (name in self._declared or is_link(value))
        ]
        return (*names, *(["input_types"] if self._custom.takes_types else ()))

    def _add_unknown_inputs(self) -> None:
        """Reports inputs that the class does not know.

        Node packs are exempt: their classes often accept inputs that they do not declare.
        """
        if self._node_class.is_custom or self._custom.allows_any_input:
            return
        known = self._node_class.hidden_names
        for name, value in self._inputs.items():
            # Previews in ComfyUI's own window leave empty strings behind.
            is_empty = value is None or value == ""
            if name not in self._declared and name not in known | _OBSOLETE_INPUTS and not is_empty:
                self._add(ValidationIssue(name, IssueKind.UNKNOWN_INPUT, is_accepted=True))
