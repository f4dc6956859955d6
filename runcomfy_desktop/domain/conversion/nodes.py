"""Makes a node out of what the file says of it and what its class says: the file may be older."""

from __future__ import annotations

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
from runcomfy_desktop.domain.conversion.raw import identity, objects, text
from runcomfy_desktop.domain.conversion.unnamed import named_values
from runcomfy_desktop.domain.conversion.widgets import (
    Form,
    build,
    plain,
    restore,
    restore_named,
    without_forced,
)
from runcomfy_desktop.domain.workflow import MAX_NODES
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.report import Remarks
    from runcomfy_desktop.domain.conversion.specs import ClassDef, Classes
    from runcomfy_desktop.domain.json_value import JsonObject

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
                _make_known(node, known, self._remarks)

    def _make_unknown(self, node: Node) -> None:
        node.inputs = saved_inputs(node.raw)
        values = node.raw.get("widgets_values")
        named = node.raw.get("widgets_values_named")
        if isinstance(named, dict):
            values = named
        found, is_whole = named_values(node.inputs, values)
        node.widgets = [plain(name, value) for name, value in found.items()]
        if node.is_off:
            return
        text = ""
        if _is_missing_subgraph(node.type):
            text = _("It stands for a subgraph that is not in the file, so its nodes are missing.")
        elif self._classes is not None and is_whole:
            text = _("The deployment does not know the class %s.") % node.type
        elif self._classes is not None:
            text = _(
                "The deployment does not know the class %s, and its values are not named in the "
                "file, so they are missing."
            )
            text %= node.type
        elif not is_whole:
            text = _("Its values are not named in the file, so they are missing.")
        if text:
            self._remarks.add(node.node_id, node.title or node.type, text)


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


def _make_known(node: Node, known: ClassDef, remarks: Remarks) -> None:
    node.role = Role.CLASS
    node.title = node.title or known.title
    form = build(known)
    saved = saved_inputs(node.raw)
    _give_values(node, known, form, remarks)
    node.widgets = form.widgets
    node.inputs = _inputs(form, saved)
    node.outputs = [
        known.outputs[index] if index < len(known.outputs) else saved_type
        for index, saved_type in enumerate(node.outputs)
    ] or list(known.outputs)


def _give_values(node: Node, known: ClassDef, form: Form, remarks: Remarks) -> None:
    values = node.raw.get("widgets_values")
    if known.name == custom_combo.CLASS:
        custom_combo.give_values(form, values if isinstance(values, list) else [])
    elif isinstance(values, list):
        restore(form, without_forced(known, form, values))
    elif isinstance(values, dict):
        restore_named(form, values)
    elif values is not None:
        remarks.add(node.node_id, node.title, _("Its saved values cannot be read."))


def _inputs(form: Form, saved: list[Input]) -> list[Input]:
    """The class's inputs with the links of the saved ones, and those saved ones that live on."""
    links = {each.name: each.link for each in saved}
    found = [
        Input(each.name, each.type, links.get(each.name, ""), each.widget) for each in form.sockets
    ]
    names = {each.name for each in found}
    widgets = {each.name for each in form.widgets}
    for each in saved:
        if each.name in names or (each.widget and each.widget not in widgets):
            continue
        grown = next(
            (kind for start, kind in form.grows.items() if each.name.startswith(start)), ""
        )
        if not grown and any(each.name.startswith(start) for start in form.chosen):
            continue
        found.append(Input(each.name, grown or each.type, each.link, each.widget))
        names.add(each.name)
    return found
