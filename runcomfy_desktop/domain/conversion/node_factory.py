"""Builds a node from its class and its entry in the file, which may be older than the class."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import list_or_empty, objects_in, string_or_empty
from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.conversion import custom_combo
from runcomfy_desktop.domain.conversion.class_defs import MATCH_TYPE
from runcomfy_desktop.domain.conversion.editor_graph import (
    EditorGraph,
    EditorInput,
    EditorNode,
    NodeRole,
    mode_of,
    saved_inputs,
)
from runcomfy_desktop.domain.conversion.editor_json import (
    GroupDefinition,
    NamedValues,
    as_id,
    as_text,
)
from runcomfy_desktop.domain.conversion.virtual_nodes import GET_NODES, NOTES, REROUTES, SET_NODES
from runcomfy_desktop.domain.conversion.widgets import (
    NodeWidgets,
    build_widgets,
    fill_nulls,
    plain_widget,
    restore_saved,
)
from runcomfy_desktop.domain.workflow.workflow import MAX_NODES, SEED_NAMES
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import ClassDef, ClassDefs
    from runcomfy_desktop.domain.workflow.conversion_report import RemarkCollector

_ORDINAL = re.compile(r"\d{1,9}$")
_UUID_CHARS = frozenset("0123456789abcdef-")
# Includes muted nodes and notes, so this exceeds the limit of a final workflow.
_MAX_CREATED = 4 * MAX_NODES
_SEED_MODES = ("fixed", "increment", "decrement", "randomize")
# Widgets that exist only in the editor; any node may have them.
_NOT_SENT = ("control_after_generate", "control_filter_list", "upload")


def named_values(inputs: list[EditorInput], values: Json) -> tuple[dict[str, Json], bool]:
    """Returns the saved values of a node of unknown class by name, and True if none was left over.

    An object names its values itself. Values in a list are in the order of the inputs that belong
    to widgets, with a seed's mode after the seed. A list that does not fit this order is not
    interpreted.
    """
    if isinstance(values, dict):
        return {name: each for name, each in values.items() if name not in _NOT_SENT}, True
    if not isinstance(values, list):
        return {}, not values
    names = [each.widget for each in inputs if each.widget]
    unnamed = _without_modes(names, values)
    return ({}, False) if unnamed is None else (dict(zip(names, unnamed, strict=True)), True)


def _without_modes(names: list[str], values: list[Json]) -> list[Json] | None:
    """Returns the values without seed modes, one for each name; None if they do not fit."""
    found: list[Json] = []
    for index, value in enumerate(values):
        before = names[len(found) - 1] if 0 < len(found) <= len(names) else ""
        follows_seed = before.rpartition(".")[2] in SEED_NAMES
        if follows_seed and value in _SEED_MODES and values[index - 1] not in _SEED_MODES:
            continue
        found.append(value)
    # An upload button is saved last, and is not an input.
    if len(found) == len(names) + 1 and found[-1] in ("image", "", None):
        found.pop()
    return found if len(found) == len(names) else None


class NodeFactory:
    """Creates the nodes of all graphs of one workflow."""

    def __init__(
        self,
        classes: ClassDefs | None,
        definitions: dict[str, EditorGraph],
        remarks: RemarkCollector,
    ) -> None:
        self._classes = classes
        self._definitions = definitions
        self._remarks = remarks
        self._count = 0

    def has_capacity(self) -> bool:
        """Returns True if another node may be created; otherwise marks the report as truncated."""
        if self._count < _MAX_CREATED:
            return True
        self._remarks.is_truncated = True
        return False

    def create(self, raw: JsonObject) -> EditorNode | None:
        self._count += 1
        node_id = as_id(raw.get("id"))
        kind = raw.get("type")
        if not node_id or not isinstance(kind, str) or not kind:
            self._remarks.add("", "", _("A node without an id or a class was left out."))
            return None
        title = string_or_empty(raw.get("title"))
        node = EditorNode(node_id, kind, NodeRole.UNKNOWN, title, mode_of(raw), raw)
        node.outputs = [as_text(each.get("type")) for each in objects_in(raw.get("outputs"))]
        self._set_role(node)
        node.title = node.title or kind
        return node

    def _set_role(self, node: EditorNode) -> None:
        definition = self._definitions.get(node.type)
        if definition is not None:
            _make_subgraph(node, definition)
            if isinstance(node.raw.get("widgets_values"), dict):
                node.remarks.append(_unreadable_text())
            if isinstance(definition.raw, GroupDefinition):
                self._remark_group_node(node)
        elif node.type in NOTES:
            node.role = NodeRole.NOTE
        elif node.type in REROUTES or node.type in SET_NODES:
            node.role, node.inputs = NodeRole.REROUTE, saved_inputs(node.raw)
        elif node.type in GET_NODES:
            node.role = NodeRole.GET_NODE
        elif node.type == "PrimitiveNode":
            node.role = NodeRole.PRIMITIVE
        else:
            class_def = None if self._classes is None else self._classes.get(node.type)
            if class_def is None:
                self._make_unknown(node)
            else:
                _make_known(node, class_def)

    def _remark_group_node(self, node: EditorNode) -> None:
        text = _(
            "It is a group node of an older editor. Today's editor makes a subgraph of it and may "
            "mix up its values and wires; here they stay where they were."
        )
        if node.is_disabled:
            text = _(
                "It is a group node that is switched off and is left out here. Today's editor "
                "would send its nodes all the same."
            )
        self._remarks.add(node.node_id, node.title, text)

    def _make_unknown(self, node: EditorNode) -> None:
        node.inputs = saved_inputs(node.raw)
        node.is_class_unknown = self._classes is not None
        named = node.raw.get("widgets_values_named")
        values = named if isinstance(named, dict) else node.raw.get("widgets_values")
        found, is_whole = named_values(node.inputs, values)
        node.widgets = [plain_widget(name, value) for name, value in found.items()]
        text = ""
        if _is_missing_subgraph(node.type):
            text = _("It stands for a subgraph that is not in the file, so its nodes are missing.")
        elif self._classes is not None and is_whole:
            text = _("The deployment does not know the class %s.") % inline_text(node.type)
        elif self._classes is not None:
            text = _(
                "The deployment does not know the class %s, and its values are not named in the "
                "file, so they are missing."
            ) % inline_text(node.type)
        elif not is_whole:
            text = _("Its values are not named in the file, so they are missing.")
        if text:
            node.remarks.append(text)


def _is_missing_subgraph(kind: str) -> bool:
    return len(kind) == 36 and kind.count("-") == 4 and set(kind.lower()) <= _UUID_CHARS


def _make_subgraph(node: EditorNode, definition: EditorGraph) -> None:
    node.role, node.subgraph = NodeRole.SUBGRAPH, definition
    node.title = node.title or definition.name
    # The first input of each name counts.
    links = {each.name: each.link for each in reversed(saved_inputs(node.raw))}
    node.inputs = [
        EditorInput(slot.name, slot.type, links.get(slot.name, "")) for slot in definition.inputs
    ]
    node.outputs = [slot.type for slot in definition.outputs]


def _make_known(node: EditorNode, class_def: ClassDef) -> None:
    node.role = NodeRole.CLASS
    node.title = node.title or class_def.title
    node_widgets = build_widgets(class_def)
    saved = saved_inputs(node.raw)
    _restore_values(node, class_def, node_widgets)
    fill_nulls(node_widgets)
    _fix_sampler_names(node, node_widgets)
    node.widgets = node_widgets.widgets
    node.inputs, node.lost_links = _inputs(node_widgets, saved)
    moving = (*node_widgets.choice_prefixes, *node_widgets.autogrow)
    node.links_moved_from = next(
        (at for at, each in enumerate(node.inputs) if each.name.startswith(moving)), -1
    )
    outputs = ["*" if each == MATCH_TYPE else each for each in class_def.outputs]
    node.outputs = [*outputs, *node.outputs[len(outputs) :]]
    node.output_groups = class_def.output_groups


def _restore_values(node: EditorNode, class_def: ClassDef, node_widgets: NodeWidgets) -> None:
    values = node.raw.get("widgets_values")
    if class_def.name == custom_combo.CLASS:
        custom_combo.restore_combo(node_widgets, list_or_empty(values))
        return
    restore_saved(class_def, node_widgets, values)
    if isinstance(values, dict):
        if node_widgets.widgets and not isinstance(values, NamedValues):
            text = _("Its values were saved by their names; ComfyUI's editor would not read them.")
            node.remarks.append(text)
    elif values is not None and not isinstance(values, list):
        node.remarks.append(_unreadable_text())


def _unreadable_text() -> str:
    return _("Its saved values cannot be read.")


def _fix_sampler_names(node: EditorNode, node_widgets: NodeWidgets) -> None:
    """Removes the old prefix of sampler names, as the editor does."""
    for widget in node_widgets.widgets if node.type in ("KSampler", "KSamplerAdvanced") else ():
        value = widget.value
        if widget.name == "sampler_name" and isinstance(value, str):
            widget.value = value.removeprefix("sample_")


def _inputs(
    node_widgets: NodeWidgets, saved: list[EditorInput]
) -> tuple[list[EditorInput], list[str]]:
    """Returns the inputs of the node, and the links of saved inputs that are dropped.

    The inputs are those of the class, linked as saved, followed by the saved inputs that are still
    valid.
    """
    links = {each.name: each.link for each in saved}
    found = [
        EditorInput(s.name, s.type, links.get(s.name, ""), s.widget, match=s.match)
        for s in node_widgets.sockets
    ]
    names = {each.name for each in found}
    last = {
        start: max((at for at, each in enumerate(found) if each.name.startswith(start)), default=-1)
        for start in node_widgets.autogrow
    }
    grown: list[tuple[int, str, EditorInput]] = []
    for each in saved:
        if each.name in names:
            continue
        start = next((start for start in node_widgets.autogrow if each.name.startswith(start)), "")
        if start:
            grown.append((_number_of(each.name), start, each))
        elif not _is_choice_child(node_widgets, each.name):
            found.append(EditorInput(each.name, each.type, each.link, each.widget))
    for _number, start, each in sorted(grown, key=lambda found: found[0]):
        _add_autogrow(node_widgets, found, start, each, last)
    _close_gaps(node_widgets, found)
    return _without_lost_widgets(found, {each.name for each in node_widgets.widgets})


def _is_choice_child(node_widgets: NodeWidgets, name: str) -> bool:
    return name.startswith(tuple(node_widgets.choice_prefixes))


def _add_autogrow(
    node_widgets: NodeWidgets,
    found: list[EditorInput],
    start: str,
    saved: EditorInput,
    last: dict[str, int],
) -> None:
    """Adds a saved input at the end of its growing group.

    `last` has the position of each group's last input. If the group belongs to a dynamic choice,
    nothing is added unless the input before the new one is linked.
    """
    before = last[start]
    is_next = before >= 0 and _is_next(found[before], saved)
    if _is_choice_child(node_widgets, start) and not is_next:
        return
    socket = node_widgets.autogrow[start]
    at = before + 1 if before >= 0 else len(found)
    found.insert(at, EditorInput(saved.name, socket.type, saved.link, match=socket.match))
    for other, index in last.items():
        last[other] = index + (index >= at)
    last[start] = at


def _close_gaps(node_widgets: NodeWidgets, found: list[EditorInput]) -> None:
    """Moves the links of growing inputs with a shared type to the first ones, like the editor."""
    for start, socket in node_widgets.autogrow.items():
        if socket.match is not None:
            group = [each for each in found if each.name.startswith(start)]
            links = [each.link for each in group if each.link]
            for at, each in enumerate(group):
                each.link = links[at] if at < len(links) else ""


def _is_next(before: EditorInput, saved: EditorInput) -> bool:
    """Returns True if a link at the input `before` made the editor add `saved`."""
    first, second = _number_of(before.name), _number_of(saved.name)
    return bool(before.link) and (first < 0 or second < 0 or second == first + 1)


def _number_of(name: str) -> int:
    """Returns the number at the end of a name; -1 for none."""
    found = _ORDINAL.search(name)
    return -1 if found is None else int(found[0])


def _without_lost_widgets(
    inputs: list[EditorInput], widgets: set[str]
) -> tuple[list[EditorInput], list[str]]:
    """Returns the inputs, except those of widgets that the class lacks, and the lost links.

    The editor removes inputs while it iterates, and so skips the input after each removed one: of
    several in a row, every second one stays, with its link.
    """
    kept: list[EditorInput] = []
    lost: list[str] = []
    follows_lost = False
    for each in inputs:
        follows_lost = bool(each.widget) and each.widget not in widgets and not follows_lost
        if follows_lost:
            lost.append(each.link)
        else:
            kept.append(each)
    return kept, lost
