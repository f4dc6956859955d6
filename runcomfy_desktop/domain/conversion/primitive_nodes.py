"""Replaces primitive nodes: each gives its value to the widgets that it is linked to.

Limits and steps of those widgets are merged, and the number is fitted to them, as the editor does
when a number is entered; a number in a file that is only opened stays as saved. Arithmetic and
rounding follow JavaScript, the editor's language, which has floats only.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_number, list_or_empty
from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.conversion.class_defs import InputDef, is_widget_type
from runcomfy_desktop.domain.conversion.editor_graph import NodeRole
from runcomfy_desktop.domain.conversion.editor_json import as_slot, item_at, properties
from runcomfy_desktop.domain.conversion.text_substitution import NodeNames, substitute_names
from runcomfy_desktop.domain.conversion.widgets import NodeWidgets, opened_value, set_widget
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, EditorInput, EditorNode
    from runcomfy_desktop.domain.conversion.widgets import Widget

# No editor shows more digits after the decimal point.
_MAX_DIGITS = 100
_LIMITS = ("min", "max", "step")
# Options that may differ between two inputs that share one value.
_IGNORED_OPTIONS = frozenset(
    {
        "default",
        "forceInput",
        "defaultInput",
        "control_after_generate",
        "multiline",
        "tooltip",
        "dynamicPrompts",
        *_LIMITS,
    }
)
_RADIX = re.compile(r"0[xX][0-9a-fA-F]{1,400}|0[bB][01]{1,400}|0[oO][0-7]{1,400}")
_DECIMAL = re.compile(r"[+-]?(Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)", re.ASCII)
_FALLBACK_MIN, _FALLBACK_MAX = 0, 2048


def merge_options(one: InputDef, other: InputDef) -> JsonObject | None:
    """Returns the common options of two number inputs; None if they cannot share a value."""
    if one.widget_type not in ("INT", "FLOAT") or one.type != other.type:
        return None
    first, second = one.options, other.options
    names = (first.keys() | second.keys()) - _IGNORED_OPTIONS
    minimum = max(_number(first.get("min"), -math.inf), _number(second.get("min"), -math.inf))
    maximum = min(_number(first.get("max"), math.inf), _number(second.get("max"), math.inf))
    if minimum > maximum or any(first.get(name) != second.get(name) for name in names):
        return None
    steps = _step(first.get("step"), 1), _step(second.get("step"), 1)
    common: JsonObject = {"min": minimum, "max": maximum, "step": _common_multiple(*steps)}
    return {**first, **second, **common}


def clamp(value: Json, definition: InputDef) -> Json:
    """Returns the value, or the limit that it exceeds."""
    number = _to_number(value)
    if number is None:
        return value
    minimum, maximum = definition.options.get("min"), definition.options.get("max")
    if number < _number(minimum, _FALLBACK_MIN):
        return minimum
    return maximum if number > _number(maximum, _FALLBACK_MAX) else value


def coerce_number(value: Json, definition: InputDef) -> Json:
    """Returns the value as a number input accepts it from the user.

    Values for inputs of other types are unchanged. A value that is not a number becomes NaN, which
    the editor sends as null.
    """
    kind = definition.widget_type
    if kind not in ("INT", "FLOAT") or isinstance(value, list | dict):
        return value
    number = _to_number(value)
    if number is None or not _is_finite(number):
        return math.nan
    if kind == "INT":
        return _snap_to_step(number, definition)
    return _rounded(number, value, definition)


def _snap_to_step(number: float, definition: InputDef) -> Json:
    step = _step(definition.options.get("step"), 1)
    if step == 1:
        # An integer keeps all its digits, even if a float could not hold them.
        return number if isinstance(number, int) else _round_half_up(number)
    minimum = _number(definition.options.get("min"), 0)
    try:
        offset = math.fmod(minimum, step)
        return int(_round_half_up((number - offset) / step) * step + offset)
    except (OverflowError, ValueError):  # an integer too large for a float, an infinite minimum
        return number


def _rounded(number: float, value: Json, definition: InputDef) -> Json:
    options = definition.options
    digits = max(0, -math.floor(math.log10(_step(options.get("step"), 0.5))))
    given = _step(options.get("round"), 0)
    precision = 10.0**-digits if digits and not given else given
    if not precision:
        return value
    minimum = _number(options.get("min"), _FALLBACK_MIN)
    maximum = _number(options.get("max"), _FALLBACK_MAX)
    try:
        rounded = _round_half_up(number / precision) * precision
        found = float(f"{rounded:.{min(digits, _MAX_DIGITS)}f}")
    except (OverflowError, ValueError):
        return value
    return min(max(found, minimum), maximum)


def _to_number(value: Json) -> float | None:
    """Returns the number that JavaScript converts a value to; None if it is not a number."""
    if value is None or isinstance(value, bool):
        return int(value or 0)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip()
    if not text or _RADIX.fullmatch(text):
        return int(text or "0", 0)
    return float(text) if _DECIMAL.fullmatch(text) else None


def _round_half_up(number: float) -> int:
    """Returns the nearest integer, the higher one at a tie."""
    low = math.floor(number)
    return low + (number - low >= 0.5)


def _is_finite(number: float) -> bool:
    """Returns True for a finite number; integers always are, however many digits they have."""
    return isinstance(number, int) or math.isfinite(number)


def _number(value: Json, default: float) -> float:
    return value if is_number(value) and value == value else default


def _step(value: Json, default: float) -> float:
    number = _number(value, default)
    return number if _is_finite(number) and number > 0 else default


def _common_multiple(one: float, other: float) -> float:
    """Returns the least common multiple of two steps, which may be fractions."""
    if one == other:
        return one
    first, second = abs(one), abs(other)
    for _attempt in range(100):
        if second <= 1e-10:
            break
        first, second = second, math.fmod(first, second)
    return abs(one * other) / first if first else 1


@dataclass(frozen=True, slots=True)
class _PrimitiveTarget:
    """Input that a primitive is linked to; `widget` is None if the input is only a socket."""

    node: EditorNode
    editor_input: EditorInput
    widget: Widget | None

    @property
    def definition(self) -> InputDef | None:
        """Definition of the input's widget, or of the subgraph's widget that it shows."""
        if self.widget is not None:
            return self.widget.definition
        return None if self.editor_input.promoted is None else self.editor_input.promoted.definition


def apply_primitives(graph: EditorGraph) -> None:
    """Writes the values of all primitive nodes of one graph into the widgets they are linked to."""
    primitives = [node for node in graph.nodes.values() if node.role is NodeRole.PRIMITIVE]
    if not primitives:
        return
    ends = graph.link_ends()
    names = NodeNames(graph)
    lost = {each for node in graph.nodes.values() for each in node.lost_links}
    for primitive in primitives:
        link_ids = [each for each in primitive.links_from(0) if each not in lost]
        targets = [_find_target(graph, ends, link_id) for link_id in link_ids]
        # The target of the first link decides whether the primitive has its own widget, and the
        # widget's type.
        if targets and targets[0] is not None:
            _apply_primitive(names, primitive, [each for each in targets if each is not None])


def _find_target(
    graph: EditorGraph, ends: dict[str, tuple[EditorNode, EditorInput]], link_id: str
) -> _PrimitiveTarget | None:
    """Returns the input at the end of a link, or at the saved slot if no input has the link."""
    link = graph.links.get(link_id)
    if link is None:
        return None
    node, each = ends.get(link_id, (graph.nodes.get(link.target), None))
    if node is not None and each is None:
        each = item_at(node.inputs, link.target_slot)
    if node is None or each is None:
        return None
    return _PrimitiveTarget(node, each, node.widget(each.widget) if each.widget else None)


def _apply_primitive(
    names: NodeNames, primitive: EditorNode, targets: list[_PrimitiveTarget]
) -> None:
    first = targets[0]
    also_reroutes = any(target.node.role is NodeRole.REROUTE for target in targets)
    for target in targets if also_reroutes else ():
        if target.widget is not None:
            text = _("ComfyUI may take another value for %s: what gives it also runs on.")
            target.node.remarks.append(text % inline_text(target.widget.name))
    end = first.editor_input
    if first.widget is not None and first.node.role is NodeRole.CLASS:
        definition = first.widget.definition
    elif first.widget is None and not end.widget and is_widget_type(end.type):
        definition = InputDef(end.name, end.type, {})
    else:
        return
    value = _primitive_value(names, primitive, definition, targets)
    for target in targets:
        if target.widget is not None:
            found = coerce_number(value, _configured_definition(target.node, target.widget))
            is_none = isinstance(found, float) and not math.isfinite(found)
            _set_target(target, None if is_none else found)


def _primitive_value(
    names: NodeNames, primitive: EditorNode, definition: InputDef, targets: list[_PrimitiveTarget]
) -> Json:
    """Returns the value for the `targets`: the saved one, as the node's own widget accepts it."""
    saved, own = list_or_empty(primitive.raw.get("widgets_values")), targets[0].widget
    value = own.value if own is not None else definition.default
    value = opened_value(definition, saved[0] if saved else value)
    # The node's own widget has the limits that all of its targets have in common.
    for target in targets:
        shared = None if target.definition is None else merge_options(definition, target.definition)
        if shared is not None:
            definition = replace(definition, options=shared)
            value = coerce_number(clamp(value, definition), definition)
    if isinstance(value, str) and properties(primitive.raw).get("Run widget replace on values"):
        return substitute_names(names, value)
    return value


def _configured_definition(node: EditorNode, widget: Widget) -> InputDef:
    """Returns the definition of a widget; on nodes for a single number, with the user's limits."""
    definition, node_properties = widget.definition, properties(node.raw)
    minimum, maximum = node_properties.get("min"), node_properties.get("max")
    limits: JsonObject
    if node.type == "PrimitiveInt":
        limits = {"min": -(2**63), "max": None, "step": node_properties.get("step") or 1}
    elif node.type == "PrimitiveFloat":
        digits = as_slot(node_properties.get("precision"), 1)
        step = 10.0 ** -(digits if digits <= _MAX_DIGITS else 1)
        limits = {"min": -math.inf, "max": math.inf, "step": step}
        limits["round"] = node_properties.get("round") or step
    else:
        return definition
    limits["min"] = limits["min"] if minimum is None else minimum
    limits["max"] = limits["max"] if maximum is None else maximum
    return replace(definition, options={**definition.options, **limits})


def _set_target(target: _PrimitiveTarget, value: Json) -> None:
    """Sets a widget; for a dynamic choice, also drops the inputs that no longer exist."""
    node, widget = target.node, target.widget
    assert widget is not None
    node_widgets = NodeWidgets(node.widgets)
    set_widget(node_widgets, widget, value)
    prefix = f"{widget.name}."
    names = {each.name for each in node_widgets.widgets}
    names |= {each.name for each in node_widgets.sockets}
    node.inputs = [
        each for each in node.inputs if not each.name.startswith(prefix) or each.name in names
    ]
