"""Writes the graph that is run: no subgraphs, no notes, every input with a value or a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion import custom_combo, primitives, texts
from runcomfy_desktop.domain.conversion.graph import Role
from runcomfy_desktop.domain.conversion.resolve import Broken, Output, Place, Resolver, Value
from runcomfy_desktop.domain.conversion.widgets import fits, is_made_in_browser
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.domain.workflow import MAX_NODES, Node, Workflow
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.conversion.graph import Graph
    from runcomfy_desktop.domain.conversion.graph import Node as UiNode
    from runcomfy_desktop.domain.conversion.report import Remarks
    from runcomfy_desktop.domain.conversion.widgets import Widget
    from runcomfy_desktop.domain.json_value import Json

_MAX_DEPTH = 50
# A remark names the first few of a node's inputs.
_MAX_NAMED = 5


class Exporter:
    """Exports one workflow; counts what it leaves out as it should."""

    def __init__(self, root: Graph, remarks: Remarks) -> None:
        self._root = root
        self._remarks = remarks
        self._resolver = Resolver(root)
        self._names = texts.NodeNames(root)
        self._visited = 0
        self._primed: set[int] = set()
        self.left_out = 0
        self.is_cut = False

    def workflow(self) -> Workflow:
        nodes: dict[str, Node] = {}
        for place in self._places(self._root, ()):
            node = place.node
            for text in () if node.is_off else node.remarks:
                self._say(place, text)
            if node.role.is_virtual or node.is_off:
                self.left_out += node.role is not Role.SUBGRAPH or node.is_off
                continue
            if len(nodes) >= MAX_NODES:
                self.is_cut = True
                break
            full_id = place.full_id
            nodes[full_id] = Node(full_id, node.type, node.title, self._inputs(place))
        return Workflow(_without_missing(nodes))

    def _places(self, graph: Graph, path: tuple[UiNode, ...]) -> Iterator[Place]:
        """All nodes, those in subgraphs after the node that stands for them."""
        if id(graph) not in self._primed:
            self._primed.add(id(graph))
            primitives.give_values(graph)
        for node in graph.nodes.values():
            self._visited += 1
            if self._visited > 20 * MAX_NODES:
                self.is_cut = True
                return
            yield Place(path, node, graph)
            if node.role is not Role.SUBGRAPH or (node.is_off and not path):
                continue
            if any(each.type == node.type for each in path):
                self._say(Place(path, node, graph), _("Its subgraph contains itself."))
                continue
            if len(path) >= _MAX_DEPTH:
                text = _("It stands in %d subgraphs, one in another; its nodes are left out.")
                self._say(Place(path, node, graph), text % len(path))
                continue
            if node.is_off:
                # As the editor does it: only the outermost node counts.
                self._say(
                    Place(path, node, graph),
                    _(
                        "It is switched off, but stands in another subgraph: ComfyUI sends its "
                        "nodes all the same."
                    ),
                )
            assert node.inner is not None
            yield from self._places(node.inner, (*path, node))

    def _inputs(self, place: Place) -> dict[str, Json]:
        linked, unset = self._linked(place)
        inputs: dict[str, Json] = {}
        strange: list[str] = []
        made: list[str] = []
        for each in place.node.widgets:
            if not each.is_sent or each.is_unset or each.name in unset:
                continue
            if each.name in linked:
                inputs[each.name] = linked[each.name]
            else:
                inputs[each.name] = _sent(each, self._value(place, each))
                strange += [] if fits(each) else [each.name]
                made += [each.name] if is_made_in_browser(each) else []
        if strange:
            text = _("The file was made with another version of this node: %s may be wrong.")
            self._say(place, text % ", ".join(map(shown, strange[:_MAX_NAMED])))
        if made:
            text = _(
                "Only ComfyUI's editor can make the value of %s when it runs the workflow; here it "
                "is sent as it was saved."
            )
            self._say(place, text % ", ".join(map(shown, made[:_MAX_NAMED])))
        return {**inputs, **linked}

    def _linked(self, place: Place) -> tuple[dict[str, Json], set[str]]:
        """The inputs that get their values from elsewhere, and those that get none there."""
        found: dict[str, Json] = {}
        unset: set[str] = set()
        for slot, each in enumerate(place.node.inputs):
            if not each.link:
                continue
            source = self._resolver.source(place, slot)
            if isinstance(source, Output):
                found[each.name] = [source.full_id, source.slot]
            elif isinstance(source, Value) and source.is_unset:
                unset.add(each.name)
            elif isinstance(source, Value):
                found[each.name] = _wrapped(source.value)
                if source.in_doubt:
                    text = _(
                        "ComfyUI's editor takes another value for %s while it does not know the "
                        "class of a node beside this one; here it is the one that was saved for it."
                    )
                    self._say(place, text % shown(each.name))
            elif isinstance(source, Broken):
                self._say(place, _broken(source.why) % shown(each.name))
        return found, unset

    def _value(self, place: Place, widget: Widget) -> Json:
        node, value = place.node, widget.value
        if node.role is Role.CLASS and custom_combo.is_place(node, widget):
            return custom_combo.place(node)
        if not isinstance(value, str):
            return value
        if widget.is_dynamic_prompt:
            if texts.has_alternatives(value):
                self._say(
                    place,
                    _("ComfyUI chooses among the alternatives of %s; here the first ones stay.")
                    % shown(widget.name),
                )
            return texts.first_alternatives(value)
        if node.type in texts.SAVERS and widget.name == "filename_prefix":
            if texts.has_date(value):
                self._say(place, _("The date in %s is not filled in.") % shown(widget.name))
            return texts.replaced(self._names, value)
        return value

    def _say(self, place: Place, text: str) -> None:
        self._remarks.add(place.full_id, place.node.title, text)


def _wrapped(value: Json) -> Json:
    """A list would be taken for a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _sent(widget: Widget, value: Json) -> Json:
    """The value as the editor writes it; it knows a curve by a word of its own."""
    wrapped = _wrapped(value)
    is_curve = widget.definition.widget_type == "CURVE" and isinstance(value, list)
    return {"__type__": "CURVE", "__value__": value} if is_curve else wrapped


def _broken(why: str) -> str:
    if why == "circle":
        return _("The wire to %s runs in a circle.")
    if why == "slot":
        return _("The wire to %s comes from an input that its subgraph does not have.")
    return _("The wire to %s comes from nowhere: the file does not hold its beginning.")


def _without_missing(nodes: dict[str, Node]) -> dict[str, Node]:
    """Takes out the links to nodes that were left out, as ComfyUI does."""
    found = {}
    for node in nodes.values():
        inputs = {
            name: value
            for name, value in node.inputs.items()
            if not (isinstance(value, list) and value[0] not in nodes)
        }
        found[node.node_id] = Node(node.node_id, node.class_type, node.title, inputs)
    return found
