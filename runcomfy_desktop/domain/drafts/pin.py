"""Pins: the important inputs of a large workflow, shown first as a small form."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_number, objects_in, string_or_empty
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.workflow.node_matcher import find_matches
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.input_spec import InputSpec
    from runcomfy_desktop.domain.schema.schema import NodeSchema

MAX_PINS = 200
"""Maximum number of pins in a form; a thousand would be the whole workflow again."""
MAX_LABEL_CHARS = 120
MAX_HINT_CHARS = 1000
# Within the range of a double; a larger limit is ignored.
_MAX_LIMIT = 2**1023
_KNOWN_MEMBERS = ("node", "class", "title", "input", "label", "hint", "minimum", "maximum")
_NUMBERS = (InputKind.INT, InputKind.FLOAT)


@dataclass(frozen=True, slots=True)
class Pin:
    """Pinned input of a workflow.

    It has the node's id, class and title (to find it again when ids change), the user's label and
    hint ("" for none), and limits narrower than the node's (None for the node's own). `extra` are
    members of its JSON that this program does not know; they are kept.
    """

    key: InputKey
    class_type: str = ""
    title: str = ""
    label: str = ""
    hint: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None
    extra: JsonObject = field(default_factory=dict, hash=False)

    @property
    def node_id(self) -> str:
        return self.key.node_id


def pin_of(key: InputKey, workflow: Workflow) -> Pin:
    """Returns a pin without label, hint and limits for an input, whose node must exist."""
    node = workflow.nodes[key.node_id]
    return Pin(key, node.class_type, node.title)


def matched_pins(pins: Sequence[Pin], workflow: Workflow) -> dict[int, Pin]:
    """Returns the pins that match a node of a workflow, adapted to it, by their index in `pins`.

    A node is found by its id and class, otherwise as by `find_matches`. If two pins match the same
    input, the first one wins.
    """
    targets = find_matches(pins, workflow)
    # Pins written by hand may not name the class.
    classless = {pin.node_id for pin in pins if not pin.class_type}
    targets |= {node_id: node_id for node_id in classless & workflow.nodes.keys()}
    found: dict[int, Pin] = {}
    taken: set[InputKey] = set()
    for at, pin in enumerate(pins):
        target = targets[pin.node_id]
        if target is None:
            continue
        node, key = workflow.nodes[target], InputKey(target, pin.key.name)
        if key not in taken:
            taken.add(key)
            found[at] = replace(pin, key=key, class_type=node.class_type, title=node.title)
    return found


def available_pins(pins: Iterable[Pin], draft: Draft, schema: NodeSchema | None) -> tuple[Pin, ...]:
    """Returns the matched pins whose input exists now: some depend on a dynamic choice."""
    nodes, names = draft.workflow.nodes, {}
    found = []
    for pin in pins:
        node = nodes.get(pin.node_id)
        if node is None:
            continue
        if pin.node_id not in names:
            names[pin.node_id] = frozenset(active_names(node, draft, schema))
        if pin.key.name in names[pin.node_id]:
            found.append(pin)
    return tuple(found)


def move_pin(pins: Sequence[Pin], at: int, to: int) -> tuple[Pin, ...]:
    """Returns the pins with the one from `at` moved to `to`, which is clamped to the ends."""
    rest = [pin for index, pin in enumerate(pins) if index != at]
    to = min(max(to, 0), len(rest))
    return (*rest[:to], pins[at], *rest[to:])


def narrowed_spec(spec: InputSpec, pin: Pin | None) -> InputSpec:
    """Returns the spec of a pinned input with the pin's limits, within those of the node.

    If no value would be left, the node's own limits apply.
    """
    if pin is None or spec.kind not in _NUMBERS:
        return spec
    low, high = _limits(spec, pin)
    if low is not None and high is not None and low > high:
        return spec
    return replace(spec, minimum=low, maximum=high)


def narrowed_range(low: int, high: int, pin: Pin | None) -> tuple[int, int]:
    """Returns the range from `low` to `high`, narrowed by the pin's limits.

    If no value would be left, the range is unchanged.
    """
    if pin is None:
        return low, high
    lower = low if pin.minimum is None else max(low, math.ceil(pin.minimum))
    upper = high if pin.maximum is None else min(high, math.floor(pin.maximum))
    return (lower, upper) if lower <= upper else (low, high)


def _limits(spec: InputSpec, pin: Pin) -> tuple[int | float | None, int | float | None]:
    low, high = pin.minimum, pin.maximum
    if spec.kind is InputKind.INT:
        low, high = None if low is None else math.ceil(low), None if high is None else int(high)
    if low is None or (spec.minimum is not None and spec.minimum > low):
        low = spec.minimum
    if high is None or (spec.maximum is not None and spec.maximum < high):
        high = spec.maximum
    return low, high


def pin_to_json(pin: Pin) -> JsonObject:
    """Returns a pin in the form used in files, without empty members."""
    members: JsonObject = {"node": pin.key.node_id, "class": pin.class_type, "title": pin.title}
    members["input"] = pin.key.name
    members |= {name: text for name, text in (("label", pin.label), ("hint", pin.hint)) if text}
    limits = (("minimum", pin.minimum), ("maximum", pin.maximum))
    members |= {name: limit for name, limit in limits if limit is not None}
    return {**members, **{n: pin.extra[n] for n in sorted(pin.extra) if n not in members}}


def pins_from_json(entries: Json) -> tuple[Pin, ...]:
    """Returns the pins of a list in a file, at most MAX_PINS; invalid entries are left out."""
    found = map(_pin, objects_in(entries))
    return tuple(pin for pin in found if pin is not None)[:MAX_PINS]


def _pin(entry: JsonObject) -> Pin | None:
    node_id, name = entry.get("node"), entry.get("input")
    if not isinstance(node_id, str) or not isinstance(name, str):
        return None
    return Pin(
        InputKey(node_id, name),
        string_or_empty(entry.get("class")),
        string_or_empty(entry.get("title")),
        string_or_empty(entry.get("label"))[:MAX_LABEL_CHARS],
        string_or_empty(entry.get("hint"))[:MAX_HINT_CHARS],
        _limit(entry.get("minimum")),
        _limit(entry.get("maximum")),
        {name: value for name, value in entry.items() if name not in _KNOWN_MEMBERS},
    )


def _limit(value: Json) -> int | float | None:
    if not is_number(value):
        return None
    return value if -_MAX_LIMIT < value < _MAX_LIMIT else None
