"""Builds a node's widgets as the editor does, and restores their saved values in its order.

The order matters: saved values are a bare list, and widgets that are not inputs of the class (a
seed's mode, an upload button) have entries in it, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_number, object_or_empty, string_or_empty
from runcomfy_desktop.domain.conversion.class_defs import (
    AUTOGROW,
    DYNAMIC_COMBO,
    MATCH_TYPE,
    InputDef,
    first_choice,
    input_def,
    option_inputs,
    option_keys,
    prefixed_inputs,
)
from runcomfy_desktop.domain.conversion.editor_graph import MatchType
from runcomfy_desktop.domain.workflow.workflow import SEED_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import ClassDef

_MAX_AUTOGROW = 200
# Real choices are never nested this deeply; malicious ones may nest endlessly.
_MAX_NESTED = 16
# Widgets that only display something: they have no place in the list of saved values.
_UNSAVED = frozenset({"IMAGECOMPARE", "PREVIEW_3D"})
_MADE_IN_BROWSER = frozenset({"LOAD_3D", "LOAD_3D_ADVANCED", "WEBCAM", "AUDIO_RECORD"})
_UPLOADS = ("image_upload", "video_upload", "animated_image_upload")


@dataclass(slots=True)
class Widget:
    """Widget of a node, with its current value.

    `is_sent` is true if it is part of the exported graph, `is_saved` if it has a place in the list
    of saved values, `is_unset` if it has no value at all: a choice without options.
    """

    name: str
    value: Json
    definition: InputDef
    is_sent: bool = True
    is_saved: bool = True
    is_unset: bool = False
    is_dynamic_prompt: bool = False


@dataclass(slots=True)
class Socket:
    """Input that can be linked; `widget` names the widget that it belongs to."""

    name: str
    type: str
    widget: str = ""
    match: MatchType | None = None


@dataclass(slots=True)
class NodeWidgets:
    """Widgets and sockets that a node has from its class and its choices, in their order.

    `autogrow` maps name prefixes of inputs that come and go with links (`images.`) to a template
    socket. `choice_prefixes` has the prefixes of inputs that belong to a choice that was set
    (`model.`).
    """

    widgets: list[Widget] = field(default_factory=list)
    sockets: list[Socket] = field(default_factory=list)
    autogrow: dict[str, Socket] = field(default_factory=dict)
    choice_prefixes: set[str] = field(default_factory=set)


def build_widgets(definition: ClassDef) -> NodeWidgets:
    """Returns the widgets and sockets of a node that has just been added to the canvas."""
    node_widgets = NodeWidgets()
    # The editor keeps a 3D viewer's buttons in classes with a `model_file` input, except this one.
    has_buttons = definition.name != "Load3DAdvanced" and any(
        each.name == "model_file" for each in definition.inputs
    )
    inputs = [
        replace(each, type="LOAD_3D_ADVANCED")
        if each.widget_type == "LOAD_3D" and not has_buttons
        else each
        for each in (*definition.inputs, *_added_inputs(definition))
    ]
    # The editor makes all bare sockets first.
    for each in sorted(inputs, key=lambda each: bool(each.widget_type)):
        _add_input(node_widgets, each, 0)
    return node_widgets


def _add_input(node_widgets: NodeWidgets, definition: InputDef, depth: int) -> None:
    """Appends one input: its widgets, the inputs of its chosen option, and its own socket."""
    if not definition.widget_type and definition.type == AUTOGROW:
        node_widgets.sockets += _autogrow_sockets(node_widgets, definition)
        return
    if not definition.widget_type:
        node_widgets.sockets.append(_socket(definition.name, definition))
        return
    widgets = _widgets_of(definition)
    node_widgets.widgets += widgets
    if definition.widget_type == DYNAMIC_COMBO and depth < _MAX_NESTED:
        for each in option_inputs(definition, widgets[0].value):
            _add_input(node_widgets, each, depth + 1)
    node_widgets.sockets.append(Socket(definition.name, definition.type, definition.name))


def _added_inputs(definition: ClassDef) -> list[InputDef]:
    """Returns the inputs that the editor itself adds to a class."""
    for each in definition.inputs:
        if any(each.options.get(flag) for flag in _UPLOADS) and each.type == "COMBO":
            return [InputDef("upload", "IMAGEUPLOAD", {})]
    if any(each.name == "audio" and each.options.get("audio_upload") for each in definition.inputs):
        return [InputDef("upload", "AUDIOUPLOAD", {})]
    if definition.name in ("SaveGLB", "Preview3D"):
        return [InputDef("image", "PREVIEW_3D", {})]
    return []


def _socket(name: str, definition: InputDef) -> Socket:
    if definition.type != MATCH_TYPE:
        return Socket(name, definition.type)
    template = object_or_empty(definition.options.get("template"))
    allowed = template.get("allowed_types")
    kind = allowed if isinstance(allowed, str) else "*"
    return Socket(name, kind, match=MatchType(string_or_empty(template.get("template_id")), kind))


def _autogrow_sockets(node_widgets: NodeWidgets, definition: InputDef) -> list[Socket]:
    """Returns the initial sockets of a growing input: the required number and a free one."""
    template = object_or_empty(definition.options.get("template"))
    inner = prefixed_inputs(template.get("input"), "")
    socket = _socket("", inner[0]) if inner else Socket("", "*")
    node_widgets.autogrow[f"{definition.name}."] = socket
    minimum, names, prefix = (template.get(each) for each in ("min", "names", "prefix"))
    count = minimum if isinstance(minimum, int) and 0 <= minimum < _MAX_AUTOGROW else 1
    found: list[Socket] = []
    for ordinal in range(max(count + 1, 1)):
        for each in inner:
            if isinstance(names, list):
                name = names[ordinal] if ordinal < len(names) else None
            else:
                stem = prefix if isinstance(prefix, str) and len(inner) == 1 else each.name
                name = f"{stem}{ordinal}"
            if isinstance(name, str):
                found.append(_socket(f"{definition.name}.{name}", each))
    return found


def _widgets_of(definition: InputDef) -> list[Widget]:
    """Returns the widgets that the editor makes for one input, in the editor's order.

    The buttons of a 3D viewer precede the input's own widget; a seed's mode follows it.
    """
    kind = definition.widget_type
    named = [Widget(definition.name, _initial_value(definition), definition)]
    named[0].is_saved = kind not in _UNSAVED
    named[0].is_unset = kind == "COMBO" and named[0].value is None
    if kind in ("IMAGEUPLOAD", "AUDIOUPLOAD"):
        named[0].is_sent = False
    if kind == "AUDIO_RECORD":
        # The recording is followed by a button of the same name.
        return [named[0], Widget(definition.name, "", definition, is_sent=False)]
    if kind == "LOAD_3D":
        buttons = ("upload 3d model", "upload extra resources", "clear")
        values = ("upload3dmodel", "uploadExtraResources", "clear")
        pressed = zip(buttons, values, strict=True)
        named = [*(Widget(name, value, definition) for name, value in pressed), named[0]]
    if definition.options.get("dynamicPrompts"):
        named[0].is_dynamic_prompt = True
    return named + _control_widgets(definition) + _refresh_widgets(definition)


def _refresh_widgets(definition: InputDef) -> list[Widget]:
    """Returns the widgets that the editor adds after a choice that comes from a server."""
    remote = definition.options.get("remote")
    if definition.widget_type != "COMBO" or not isinstance(remote, dict):
        return []
    found = [Widget("Auto-refresh after generation", False, definition, is_sent=False)]
    if remote.get("refresh_button"):
        found.append(plain_widget("refresh", "refresh"))
    return found


def _control_widgets(definition: InputDef) -> list[Widget]:
    """Returns the widgets after an input with a seed mode: the mode and, for choices, a filter."""
    control = definition.options.get("control_after_generate")
    kind = definition.widget_type
    if kind == "INT" and control is None:
        control = definition.name in SEED_NAMES
    if kind not in ("INT", "COMBO") or not control:
        return []
    named = string_or_empty(control)
    name, mode = named or "control_after_generate", named or "randomize"
    found = [Widget(name, mode, definition, is_sent=False)]
    if kind == "COMBO":
        found.append(Widget("control_filter_list", "", definition, is_sent=False))
    return found


def _initial_value(definition: InputDef) -> Json:
    """Returns the value of an untouched widget."""
    kind, default = definition.widget_type, definition.default
    if kind == DYNAMIC_COMBO:
        return first_choice(definition)
    if kind == "COMBO":
        return [] if definition.options.get("multi_select") else default or first_choice(definition)
    return _BLANK_VALUES.get(kind) if default is None else default


_BLANK_VALUES: JsonObject = {
    "INT": 0,
    "FLOAT": 0,
    "BOOLEAN": False,
    "STRING": "",
    "IMAGECOMPARE": ["", ""],
    "IMAGEUPLOAD": "image",
    "AUDIOUPLOAD": "",
    "AUDIO_RECORD": "",
    "PREVIEW_3D": "",
    "LOAD_3D": "",
    "LOAD_3D_ADVANCED": "",
    "PAINTER": "",
    "WEBCAM": "",
    "COLORS": [],
    "BOUNDING_BOXES": [],
}


def set_widget(node_widgets: NodeWidgets, widget: Widget, value: Json) -> None:
    """Sets the value of a widget.

    A dynamic choice replaces its dependent inputs, even if its value is unchanged.
    """
    widget.value, widget.is_unset = value, False
    if widget.definition.widget_type != DYNAMIC_COMBO:
        return
    prefix = f"{widget.name}."
    node_widgets.choice_prefixes.add(prefix)
    widgets, sockets, autogrow = node_widgets.widgets, node_widgets.sockets, node_widgets.autogrow
    widgets[:] = [each for each in widgets if not each.name.startswith(prefix)]
    sockets[:] = [each for each in sockets if not each.name.startswith(prefix)]
    for autogrow_prefix in [each for each in autogrow if each.startswith(prefix)]:
        del autogrow[autogrow_prefix]
    widget_count, socket_count = len(widgets), len(sockets)
    for each in option_inputs(widget.definition, value):
        _add_input(node_widgets, each, widget.name.count(".") + 1)
    at = next(index for index, each in enumerate(widgets) if each is widget) + 1
    widgets[at:] = [*widgets[widget_count:], *widgets[at:widget_count]]
    names = [each.name for each in sockets]
    if widget.name in names:
        at = names.index(widget.name) + 1
        sockets[at:] = [*sockets[socket_count:], *sockets[at:socket_count]]


def restore_saved(definition: ClassDef, node_widgets: NodeWidgets, saved: Json) -> None:
    """Sets the widgets to the values saved with a node: a list in order, an object by name."""
    if isinstance(saved, list):
        _restore_values(node_widgets, _without_forced_inputs(definition, node_widgets, saved))
    elif isinstance(saved, dict):
        restore_named(node_widgets, saved)


def _restore_values(node_widgets: NodeWidgets, values: Iterable[Json]) -> None:
    # The list is iterated while it grows: widgets that a choice adds follow it, and take their
    # values in turn.
    saved = (widget for widget in node_widgets.widgets if widget.is_saved)
    for value, widget in zip(values, saved, strict=False):
        set_widget(node_widgets, widget, value)


def fill_nulls(node_widgets: NodeWidgets) -> None:
    """Gives values to widgets that were saved without one, as the editor does on opening."""
    # Widgets that a choice adds follow it, so the list is iterated while it grows.
    for widget in node_widgets.widgets:
        if widget.value is None and not widget.is_unset:
            set_widget(node_widgets, widget, opened_value(widget.definition, None))


def opened_value(definition: InputDef, value: Json) -> Json:
    """Returns the value of a widget after its file is opened: multi-line text is never null."""
    found = filled_value(definition, value)
    return "" if found is None and definition.options.get("multiline") else found


def filled_value(definition: InputDef, value: Json) -> Json:
    """Returns the value; null is replaced by the first choice of the input, if it has choices."""
    return first_choice(definition) if value is None else value


def restore_named(node_widgets: NodeWidgets, values: JsonObject) -> None:
    """Sets the widgets whose names are in `values`."""
    for widget in node_widgets.widgets:
        if widget.name in values:
            set_widget(node_widgets, widget, values[widget.name])


def _without_forced_inputs(
    definition: ClassDef, node_widgets: NodeWidgets, values: list[Json]
) -> list[Json]:
    """Returns the saved values without those of inputs that are only sockets today.

    Older editors saved a value for each of these inputs. A list contains such values only if its
    length is exactly the number of values that those editors saved.
    """
    names = {each.name for each in node_widgets.widgets}
    forced: list[bool] = []
    for each in definition.inputs:
        is_forced = bool(each.options.get("forceInput"))
        if each.name in names or is_forced:
            forced.append(is_forced)
            forced += [False] if each.options.get("control_after_generate") else []
    if len(forced) != len(values):
        return values
    return [value for value, is_forced in zip(values, forced, strict=True) if not is_forced]


def value_fits(widget: Widget) -> bool:
    """Returns True if the value is of the widget's type.

    A file made with another version of the class may contain other values.
    """
    value, kind = widget.value, widget.definition.widget_type
    if kind in ("INT", "FLOAT"):
        return is_number(value)
    if kind == "BOOLEAN":
        return isinstance(value, bool)
    if kind == "STRING":
        return isinstance(value, str)
    if kind == DYNAMIC_COMBO:
        return value in option_keys(widget.definition)
    return value is not None or kind != "COMBO"


def is_made_in_browser(widget: Widget) -> bool:
    """Returns True if the editor makes the value when it sends a workflow.

    Such values are a view, a drawing or a recording.
    """
    kind = widget.definition.widget_type
    is_own = widget.name == widget.definition.name
    return is_own and (kind in _MADE_IN_BROWSER or (kind == "PAINTER" and not widget.value))


def plain_widget(name: str, value: Json) -> Widget:
    """Returns a widget that no class declares."""
    return Widget(name, value, input_def(name, ["*"]))
