"""Makes a node out of what the file says of it and what its class says: the file may be older."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion import custom_combo
from runcomfy_desktop.domain.conversion.graph import (
    Graph,
    Input,
    Node,
    Role,
    mode_of,
    saved_inputs,
)
from runcomfy_desktop.domain.conversion.named_wires import NOTES, RECEIVERS, REROUTES, SENDERS
from runcomfy_desktop.domain.conversion.raw import (
    EnteredValues,
    GroupDefinition,
    identity,
    objects,
    text,
)
from runcomfy_desktop.domain.conversion.specs import MATCH_TYPE
from runcomfy_desktop.domain.conversion.unnamed import named_values
from runcomfy_desktop.domain.conversion.widgets import (
    Form,
    build,
    fill_nulls,
    plain,
    restore,
    restore_named,
    without_forced,
)
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.domain.workflow import MAX_NODES
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.report import Remarks
    from runcomfy_desktop.domain.conversion.specs import ClassDef, Classes
    from runcomfy_desktop.domain.json_value import JsonObject

_ORDINAL = re.compile(r"\d{1,9}$")
_UUID_SIGNS = frozenset("0123456789abcdef-")
# Muted nodes and notes count here, so this is more than a workflow may have in the end.
_MAX_MADE = 4 * MAX_NODES


class NodeMaker:
    """Makes the nodes of all graphs of one workflow."""

    def __init__(
        self, classes: Classes | None, definitions: dict[str, Graph], remarks: Remarks
    ) -> None:
        self._classes = classes
        self._definitions = definitions
        self._remarks = remarks
        self._made = 0

    def has_room(self) -> bool:
        """Whether one more node is made; that it is not is noted: no workflow has as many."""
        if self._made < _MAX_MADE:
            return True
        self._remarks.is_cut = True
        return False

    def make(self, raw: JsonObject) -> Node | None:
        self._made += 1
        node_id = identity(raw.get("id"))
        kind = raw.get("type")
        if not node_id or not isinstance(kind, str) or not kind:
            self._remarks.add("", "", _("A node without an id or a class was left out."))
            return None
        title = raw.get("title")
        node = Node(
            node_id,
            kind,
            Role.UNKNOWN,
            title if isinstance(title, str) else "",
            mode_of(raw),
            raw,
        )
        node.outputs = [text(each.get("type")) for each in objects(raw.get("outputs"))]
        self._fill(node)
        node.title = node.title or kind
        return node

    def _fill(self, node: Node) -> None:
        definition = self._definitions.get(node.type)
        if definition is not None:
            _make_subgraph(node, definition)
            if isinstance(node.raw.get("widgets_values"), dict):
                node.remarks.append(_unreadable())
            if isinstance(definition.raw, GroupDefinition):
                self._tell_of_group(node)
        elif node.type in NOTES:
            node.role = Role.NOTE
        elif node.type in REROUTES or node.type in SENDERS:
            node.role, node.inputs = Role.WIRE, saved_inputs(node.raw)
        elif node.type in RECEIVERS:
            node.role = Role.RECEIVER
        elif node.type == "PrimitiveNode":
            node.role = Role.PRIMITIVE
        else:
            known = None if self._classes is None else self._classes.get(node.type)
            if known is None:
                self._make_unknown(node)
            else:
                _make_known(node, known)

    def _tell_of_group(self, node: Node) -> None:
        text = _(
            "It is a group node of an older editor. Today's editor makes a subgraph of it and may "
            "mix up its values and wires; here they stay where they were."
        )
        if node.is_off:
            text = _(
                "It is a group node that is switched off and is left out here. Today's editor "
                "would send its nodes all the same."
            )
        self._remarks.add(node.node_id, node.title, text)

    def _make_unknown(self, node: Node) -> None:
        node.inputs = saved_inputs(node.raw)
        node.is_foreign = self._classes is not None
        values = node.raw.get("widgets_values")
        named = node.raw.get("widgets_values_named")
        if isinstance(named, dict):
            values = named
        found, is_whole = named_values(node.inputs, values)
        node.widgets = [plain(name, value) for name, value in found.items()]
        text = ""
        if _is_missing_subgraph(node.type):
            text = _("It stands for a subgraph that is not in the file, so its nodes are missing.")
        elif self._classes is not None and is_whole:
            text = _("The deployment does not know the class %s.") % shown(node.type)
        elif self._classes is not None:
            text = _(
                "The deployment does not know the class %s, and its values are not named in the "
                "file, so they are missing."
            )
            text %= shown(node.type)
        elif not is_whole:
            text = _("Its values are not named in the file, so they are missing.")
        if text:
            node.remarks.append(text)


def _is_missing_subgraph(kind: str) -> bool:
    return len(kind) == 36 and kind.count("-") == 4 and set(kind.lower()) <= _UUID_SIGNS


def _make_subgraph(node: Node, definition: Graph) -> None:
    node.role, node.inner = Role.SUBGRAPH, definition
    node.title = node.title or definition.name
    saved: dict[str, Input] = {}
    for each in saved_inputs(node.raw):
        saved.setdefault(each.name, each)
    for slot in definition.inputs:
        link = saved[slot.name].link if slot.name in saved else ""
        node.inputs.append(Input(slot.name, slot.type, link))
    node.outputs = [slot.type for slot in definition.outputs]


def _make_known(node: Node, known: ClassDef) -> None:
    node.role = Role.CLASS
    node.title = node.title or known.title
    form = build(known)
    saved = saved_inputs(node.raw)
    _give_values(node, known, form)
    fill_nulls(form)
    _mend(node, form)
    node.widgets = form.widgets
    node.inputs, node.lost_links = _inputs(form, saved)
    moving = (*form.chosen, *form.grows)
    node.moved_from = next(
        (at for at, each in enumerate(node.inputs) if each.name.startswith(moving)), -1
    )
    outputs = ["*" if each == MATCH_TYPE else each for each in known.outputs]
    node.outputs = [*outputs, *node.outputs[len(outputs) :]]
    node.output_groups = known.output_groups


def _give_values(node: Node, known: ClassDef, form: Form) -> None:
    values = node.raw.get("widgets_values")
    if known.name == custom_combo.CLASS:
        custom_combo.give_values(form, values if isinstance(values, list) else [])
    elif isinstance(values, list):
        restore(form, without_forced(known, form, values))
    elif isinstance(values, dict):
        restore_named(form, values)
        if form.widgets and not isinstance(values, EnteredValues):
            text = _("Its values were saved by their names; ComfyUI's editor would not read them.")
            node.remarks.append(text)
    elif values is not None:
        node.remarks.append(_unreadable())


def _unreadable() -> str:
    return _("Its saved values cannot be read.")


def _mend(node: Node, form: Form) -> None:
    """Takes the old beginning from the names of samplers, as the editor does."""
    for widget in form.widgets if node.type in ("KSampler", "KSamplerAdvanced") else ():
        value = widget.value
        if widget.name == "sampler_name" and isinstance(value, str):
            widget.value = value.removeprefix("sample_")


def _inputs(form: Form, saved: list[Input]) -> tuple[list[Input], list[str]]:
    """The class's inputs with the links of the saved ones, and those saved ones that live on;
    then the wires that are gone with others."""
    by_name = {each.name: each for each in saved}
    found = []
    for socket in form.sockets:
        each = by_name.get(socket.name, Input(socket.name, socket.type))
        found.append(Input(socket.name, socket.type, each.link, socket.widget, match=socket.match))
    names = {each.name for each in found}
    last = {
        start: max((at for at, each in enumerate(found) if each.name.startswith(start)), default=-1)
        for start in form.grows
    }
    grown: list[tuple[int, str, Input]] = []
    for each in saved:
        if each.name in names:
            continue
        start = next((start for start in form.grows if each.name.startswith(start)), "")
        if start:
            grown.append((_number_of(each.name), start, each))
        elif not _is_chosen(form, each.name):
            found.append(Input(each.name, each.type, each.link, each.widget))
    for _number, start, each in sorted(grown, key=lambda found: found[0]):
        _grow(form, found, start, each, last)
    _close_gaps(form, found)
    return _without_lost_widgets(found, {each.name for each in form.widgets})


def _is_chosen(form: Form, name: str) -> bool:
    return any(name.startswith(start) for start in form.chosen)


def _grow(form: Form, found: list[Input], start: str, saved: Input, last: dict[str, int]) -> None:
    """Adds a further input of a growing one behind the others of it; `last` has their places.

    Where a choice brings the growing input, each further one needs a wire at the one before it.
    """
    before = last[start]
    if _is_chosen(form, start) and not (before >= 0 and _is_next(found[before], saved)):
        return
    socket = form.grows[start]
    at = before + 1 if before >= 0 else len(found)
    found.insert(at, Input(saved.name, socket.type, saved.link, match=socket.match))
    for other, place in last.items():
        last[other] = place + (place >= at)
    last[start] = at


def _close_gaps(form: Form, found: list[Input]) -> None:
    """Moves wires of growing inputs of one type up to the first free place, as the editor does."""
    for start, socket in form.grows.items():
        if socket.match is not None:
            group = [each for each in found if each.name.startswith(start)]
            links = [each.link for each in group if each.link]
            for at, each in enumerate(group):
                each.link = links[at] if at < len(links) else ""


def _is_next(before: Input, saved: Input) -> bool:
    """Whether a wire at the input `before` made the editor add `saved`."""
    first, second = _number_of(before.name), _number_of(saved.name)
    return bool(before.link) and (first < 0 or second < 0 or second == first + 1)


def _number_of(name: str) -> int:
    """The number at the end of a name; -1 for none."""
    found = _ORDINAL.search(name)
    return -1 if found is None else int(found[0])


def _without_lost_widgets(inputs: list[Input], widgets: set[str]) -> tuple[list[Input], list[str]]:
    """The inputs without those of widgets that the class does not have, and the wires of these.

    The editor takes them out while it walks along them, so the input behind each one that goes is
    not looked at: every second one of a row stays, with its wire.
    """
    kept: list[Input] = []
    lost: list[str] = []
    follows_lost = False
    for each in inputs:
        follows_lost = bool(each.widget) and each.widget not in widgets and not follows_lost
        if follows_lost:
            lost.append(each.link)
        else:
            kept.append(each)
    return kept, lost
