"""NodeClass: what `object_info` says of one class of nodes, read when it is first asked for.

New classes have dynamic inputs: which inputs a node has depends on the values of some of them.
Their names are joined by dots, as they are sent: `format.codec.crf`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.input_reading import (
    AUTOGROW,
    DYNAMIC_COMBO,
    DYNAMIC_SLOT,
    Declared,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.json_value import Json, JsonObject

Inputs: TypeAlias = "Mapping[str, Json]"
Declarations: TypeAlias = "Mapping[str, Declared]"

# Far above what any class has; a schema which goes on is cut, not followed.
MAX_INPUTS = 2_000
MAX_LEVELS = 128
MAX_GROWN = 100
_MAX_TEXT = 4_000
_MAX_KEPT = 64
_GROUPS = ("required", "optional")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Output:
    """One output: `type` is a name, or a list of choices in some old classes."""

    type: Json
    name: str


class NodeClass:
    """One class. Flags are false where nothing is said."""

    def __init__(self, class_type: str, raw: JsonObject) -> None:
        self.class_type = class_type
        self._raw = raw
        self._kept: dict[tuple[object, ...], Declarations] = {}

    @property
    def display_name(self) -> str:
        """The class's label; "" when it has none."""
        return self._text("display_name")

    @property
    def is_output(self) -> bool:
        """Whether runs end here: only what leads to such a node is run."""
        return self._raw.get("output_node") is True

    @property
    def says_output(self) -> bool:
        """Whether anything is said about that; ComfyUI always does."""
        return isinstance(self._raw.get("output_node"), bool)

    @property
    def is_deprecated(self) -> bool:
        return self._raw.get("deprecated") is True

    @property
    def is_experimental(self) -> bool:
        return self._raw.get("experimental") is True

    @property
    def is_api_node(self) -> bool:
        """Whether another company's paid service does the work, for which a key is needed."""
        return self._raw.get("api_node") is True

    @property
    def is_custom(self) -> bool:
        """Whether it comes from a pack of nodes, not from ComfyUI itself."""
        return self._text("python_module").startswith("custom_nodes.")

    @cached_property
    def outputs(self) -> tuple[Output, ...] | None:
        """In the order of their slots; None when nothing is said."""
        types = self._raw.get("output")
        if not isinstance(types, list):
            return None
        names = self._raw.get("output_name")
        return tuple(
            Output(kind, _text_at(names, slot) or _type_text(kind))
            for slot, kind in enumerate(types[:MAX_INPUTS])
        )

    @cached_property
    def hidden_names(self) -> frozenset[str]:
        """Inputs which the server fills, so that nobody sends them."""
        return frozenset(_object(_object(self._raw, "input"), "hidden"))

    @cached_property
    def deciders(self) -> tuple[str, ...]:
        """Names of all inputs whose values decide which other inputs there are."""
        found: list[str] = []
        _find_deciders(self._groups, "", found, 0)
        return tuple(dict.fromkeys(found))

    def declared(self, inputs: Inputs) -> Declarations:
        """The inputs a node with these values has, in order, by name."""
        key = tuple(_decision(inputs.get(name, _ABSENT)) for name in self.deciders)
        found = self._kept.get(key)
        if found is None:
            found = _Expansion(self.class_type, self._makes_masks, inputs).of(self._groups)
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    @property
    def _makes_masks(self) -> bool:
        return any(output.type == "MASK" for output in self.outputs or ())

    @cached_property
    def _groups(self) -> JsonObject:
        """The inputs by group, in the order which the class names."""
        inputs, order = _object(self._raw, "input"), _object(self._raw, "input_order")
        groups: JsonObject = {}
        for group in _GROUPS:
            entries, wanted = _object(inputs, group), order.get(group)
            first = wanted if isinstance(wanted, list) else []
            names = [name for name in first if isinstance(name, str) and name in entries]
            groups[group] = {name: entries[name] for name in (*names, *entries)}
        return groups

    def _text(self, name: str) -> str:
        value = self._raw.get(name)
        return value[:_MAX_TEXT] if isinstance(value, str) else ""


class _Expansion:
    """Writes down the inputs of one node, following what it chose."""

    def __init__(self, class_type: str, makes_masks: bool, inputs: Inputs) -> None:
        self._class_type = class_type
        self._makes_masks = makes_masks
        self._inputs = inputs
        self._found: dict[str, Declared] = {}

    def of(self, groups: JsonObject) -> Declarations:
        self._add_groups(groups, "", 0)
        return self._found

    def _add_groups(self, groups: JsonObject, prefix: str, level: int) -> None:
        for name, entry, is_required in _entries(groups):
            if len(self._found) >= MAX_INPUTS or level > MAX_LEVELS:
                return
            full = f"{prefix}{name}"
            if entry.type == AUTOGROW:
                self._add_grown(entry, full)
                continue
            self._put(full, entry, is_required)
            for inner in self._followers(entry, full):
                self._add_groups(inner, f"{full}.", level + 1)

    def _followers(self, entry: _Entry, full: str) -> Iterator[JsonObject]:
        if full not in self._inputs:
            return
        if entry.type == DYNAMIC_SLOT:
            yield _object(entry.facts, "inputs")
        elif entry.type == DYNAMIC_COMBO:
            option = chosen_option(entry.facts, self._inputs[full])
            if option is not None:
                yield _object(option, "inputs")

    def _add_grown(self, entry: _Entry, full: str) -> None:
        template = _object(entry.facts, "template")
        inner = next(_entries(_object(template, "input")), None)
        if inner is None:
            return
        _name, grown, is_required = inner
        least = template.get("min")
        for at, name in enumerate(_grown_names(template)):
            needed = is_required and isinstance(least, int) and at < least
            self._put(f"{full}.{name}", grown, needed)

    def _put(self, full: str, entry: _Entry, is_required: bool) -> None:
        if len(self._found) < MAX_INPUTS:
            told = Declared(
                self._class_type, full, entry.type, entry.facts, is_required, self._makes_masks
            )
            self._found[full] = told


@dataclass(frozen=True, slots=True)
class _Entry:
    """One input as it stands in the schema, without its full name."""

    type: str | list[Json]
    facts: JsonObject


def chosen_option(facts: JsonObject, value: Json) -> JsonObject | None:
    """The option of a dynamic combo that `value` names."""
    options = facts.get("options")
    for option in options if isinstance(options, list) else ():
        if isinstance(option, dict) and option.get("key", _ABSENT) == value:
            return option
    return None


def _entries(groups: JsonObject) -> Iterator[tuple[str, _Entry, bool]]:
    for group in _GROUPS:
        for name, raw in _object(groups, group).items():
            match raw:
                case [str() | list() as kind, dict() as facts, *_]:
                    yield name, _Entry(kind, facts), group == "required"
                case [str() | list() as kind, *_]:
                    yield name, _Entry(kind, {}), group == "required"


def _grown_names(template: JsonObject) -> list[str]:
    names = template.get("names")
    if isinstance(names, list):
        return [name for name in names if isinstance(name, str)][:MAX_GROWN]
    prefix, most = template.get("prefix"), template.get("max")
    if not isinstance(prefix, str) or not isinstance(most, int):
        return []
    return [f"{prefix}{at}" for at in range(min(most, MAX_GROWN))]


def _find_deciders(groups: JsonObject, prefix: str, found: list[str], level: int) -> None:
    for name, entry, _is_required in _entries(groups):
        if len(found) >= MAX_INPUTS or level > MAX_LEVELS:
            return
        full = f"{prefix}{name}"
        if entry.type == DYNAMIC_SLOT:
            found.append(full)
            _find_deciders(_object(entry.facts, "inputs"), f"{full}.", found, level + 1)
        elif entry.type == DYNAMIC_COMBO:
            found.append(full)
            options = entry.facts.get("options")
            for option in options if isinstance(options, list) else ():
                if isinstance(option, dict):
                    _find_deciders(_object(option, "inputs"), f"{full}.", found, level + 1)


def _decision(value: object) -> object:
    """What a value means for a choice: true is no 1, and no list or object was ever chosen."""
    return (type(value), value) if isinstance(value, str | int | float) else value is _ABSENT


def _object(raw: JsonObject, name: str) -> JsonObject:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _text_at(raw: Json, slot: int) -> str:
    value = raw[slot] if isinstance(raw, list) and slot < len(raw) else None
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _type_text(kind: Json) -> str:
    return kind[:_MAX_TEXT] if isinstance(kind, str) else "COMBO"
