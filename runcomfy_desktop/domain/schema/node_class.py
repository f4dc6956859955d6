"""NodeClass: description of a node class in `object_info`, parsed on first access.

New classes have dynamic inputs: the values of some inputs decide which other inputs a node has. The
names of such inputs are joined by dots, as they are sent: `format.codec.crf`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from runcomfy_desktop.domain.base.json_value import (
    list_or_empty,
    object_or_empty,
    objects_in,
    string_or_empty,
)
from runcomfy_desktop.domain.schema.input_declaration import (
    AUTOGROW,
    DYNAMIC_COMBO,
    DYNAMIC_SLOT,
    InputDeclaration,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

Inputs: TypeAlias = "Mapping[str, Json]"
Declarations: TypeAlias = "Mapping[str, InputDeclaration]"

# Far above what any class has; a schema that exceeds a limit is cut.
MAX_INPUTS = 2_000
MAX_LEVELS = 128
MAX_AUTOGROW = 100
_MAX_TEXT_CHARS = 4_000
_CACHE_SIZE = 64
_GROUPS = ("required", "optional")
_ABSENT = object()


class NodeClass:
    """Node class. Flags are false if they are missing."""

    def __init__(self, class_type: str, raw: JsonObject) -> None:
        self.class_type = class_type
        self._raw = raw
        self._cache: dict[tuple[object, ...], Declarations] = {}

    @property
    def display_name(self) -> str:
        """Label of the class; "" if it has none."""
        return self._text("display_name")

    @property
    def is_output(self) -> bool:
        """True if runs end here: only output nodes, and nodes that lead to one, are run."""
        return self._raw.get("output_node") is True

    @property
    def declares_output(self) -> bool:
        """True if the class says whether it is an output node; ComfyUI's classes always do."""
        return isinstance(self._raw.get("output_node"), bool)

    @property
    def is_deprecated(self) -> bool:
        return self._raw.get("deprecated") is True

    @property
    def is_experimental(self) -> bool:
        return self._raw.get("experimental") is True

    @property
    def is_api_node(self) -> bool:
        """True if another company's paid service does the work, for which a key is needed."""
        return self._raw.get("api_node") is True

    @property
    def is_custom(self) -> bool:
        """True if the class comes from a node pack, not from ComfyUI itself."""
        return self._text("python_module").startswith("custom_nodes.")

    @cached_property
    def output_types(self) -> tuple[Json, ...] | None:
        """Types of the outputs in the order of their slots; None if they are not declared.

        A type is a name, or a list of choices in some old classes.
        """
        types = self._raw.get("output")
        return tuple(types[:MAX_INPUTS]) if isinstance(types, list) else None

    @cached_property
    def hidden_names(self) -> frozenset[str]:
        """Inputs that the server fills, so that they are never sent."""
        return frozenset(_object(_object(self._raw, "input"), "hidden"))

    @cached_property
    def controlling_inputs(self) -> tuple[str, ...]:
        """Names of all inputs whose values control which other inputs exist."""
        found: list[str] = []
        _find_controlling(self._groups, "", found, 0)
        return tuple(dict.fromkeys(found))

    def declared_inputs(self, inputs: Inputs) -> Declarations:
        """Returns the inputs of a node by name, in order, given the node's values."""
        key = tuple(_choice_key(inputs.get(name, _ABSENT)) for name in self.controlling_inputs)
        if key not in self._cache:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            makes_masks = "MASK" in (self.output_types or ())
            expansion = _InputExpansion(self.class_type, makes_masks, inputs)
            self._cache[key] = expansion.expand(self._groups)
        return self._cache[key]

    @cached_property
    def _groups(self) -> JsonObject:
        """Inputs by group, in the order given by the class."""
        inputs, order = _object(self._raw, "input"), _object(self._raw, "input_order")
        groups: JsonObject = {}
        for group in _GROUPS:
            entries, first = _object(inputs, group), list_or_empty(order.get(group))
            names = [name for name in first if isinstance(name, str) and name in entries]
            groups[group] = {name: entries[name] for name in (*names, *entries)}
        return groups

    def _text(self, name: str) -> str:
        return string_or_empty(self._raw.get(name))[:_MAX_TEXT_CHARS]


class _InputExpansion:
    """Lists the inputs of one node, following its choices."""

    def __init__(self, class_type: str, makes_masks: bool, inputs: Inputs) -> None:
        self._class_type = class_type
        self._makes_masks = makes_masks
        self._inputs = inputs
        self._found: dict[str, InputDeclaration] = {}

    def expand(self, groups: JsonObject) -> Declarations:
        self._add_groups(groups, "", 0)
        return self._found

    def _add_groups(self, groups: JsonObject, prefix: str, level: int) -> None:
        for entry in _entries(groups):
            if len(self._found) >= MAX_INPUTS or level > MAX_LEVELS:
                return
            full_name = f"{prefix}{entry.name}"
            if entry.type == AUTOGROW:
                self._add_autogrow(entry, full_name)
                continue
            self._add_input(full_name, entry, entry.is_required)
            for inner in self._dependent_groups(entry, full_name):
                self._add_groups(inner, f"{full_name}.", level + 1)

    def _dependent_groups(self, entry: _SchemaEntry, full_name: str) -> Iterator[JsonObject]:
        if full_name not in self._inputs:
            return
        if entry.type == DYNAMIC_SLOT:
            yield _object(entry.attributes, "inputs")
        elif entry.type == DYNAMIC_COMBO:
            option = chosen_option(entry.attributes, self._inputs[full_name])
            if option is not None:
                yield _object(option, "inputs")

    def _add_autogrow(self, entry: _SchemaEntry, full_name: str) -> None:
        template = _object(entry.attributes, "template")
        element = next(_entries(_object(template, "input")), None)
        if element is None:
            return
        minimum = template.get("min")
        for at, name in enumerate(_autogrow_names(template)):
            is_needed = element.is_required and isinstance(minimum, int) and at < minimum
            self._add_input(f"{full_name}.{name}", element, is_needed)

    def _add_input(self, full_name: str, entry: _SchemaEntry, is_required: bool) -> None:
        if len(self._found) < MAX_INPUTS:
            facts = entry.type, entry.attributes, is_required, self._makes_masks
            self._found[full_name] = InputDeclaration(self._class_type, full_name, *facts)


class _SchemaEntry(NamedTuple):
    """Input as written in the schema, without its full name."""

    name: str
    type: str | list[Json]
    attributes: JsonObject
    is_required: bool


def chosen_option(attributes: JsonObject, value: Json) -> JsonObject | None:
    """Returns the option of a dynamic combo that `value` names; None if there is none."""
    options = objects_in(attributes.get("options"))
    return next((each for each in options if each.get("key", _ABSENT) == value), None)


def _entries(groups: JsonObject) -> Iterator[_SchemaEntry]:
    for group in _GROUPS:
        for name, raw in _object(groups, group).items():
            match raw:
                case [str() | list() as kind, *more]:
                    attributes = object_or_empty(more[0]) if more else {}
                    yield _SchemaEntry(name, kind, attributes, group == "required")


def _autogrow_names(template: JsonObject) -> list[str]:
    names = template.get("names")
    if isinstance(names, list):
        return [name for name in names if isinstance(name, str)][:MAX_AUTOGROW]
    prefix, maximum = template.get("prefix"), template.get("max")
    if not isinstance(prefix, str) or not isinstance(maximum, int):
        return []
    return [f"{prefix}{at}" for at in range(min(maximum, MAX_AUTOGROW))]


def _find_controlling(groups: JsonObject, prefix: str, found: list[str], level: int) -> None:
    for entry in _entries(groups):
        if len(found) >= MAX_INPUTS or level > MAX_LEVELS:
            return
        full_name = f"{prefix}{entry.name}"
        if entry.type == DYNAMIC_SLOT:
            options = [entry.attributes]
        elif entry.type == DYNAMIC_COMBO:
            options = objects_in(entry.attributes.get("options"))
        else:
            continue
        found.append(full_name)
        for option in options:
            _find_controlling(_object(option, "inputs"), f"{full_name}.", found, level + 1)


def _choice_key(value: object) -> object:
    """Returns a cache key for a chosen value.

    True differs from 1; lists and objects are never chosen.
    """
    return (type(value), value) if isinstance(value, str | int | float) else value is _ABSENT


def _object(raw: JsonObject, name: str) -> JsonObject:
    return object_or_empty(raw.get(name))
