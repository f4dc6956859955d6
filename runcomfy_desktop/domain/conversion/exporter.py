"""Writes the graph that is run: no subgraphs, no notes, every input with a value or a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.inline_text import inline_text
from runcomfy_desktop.domain.conversion import custom_combo, primitive_nodes, text_substitution
from runcomfy_desktop.domain.conversion.editor_graph import NodeRole
from runcomfy_desktop.domain.conversion.link_resolver import (
    BrokenLink,
    LinkResolver,
    NodePath,
    OutputRef,
    PromotedValue,
)
from runcomfy_desktop.domain.conversion.widgets import is_made_in_browser, value_fits
from runcomfy_desktop.domain.workflow.workflow import MAX_NODES, Node, Workflow
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph
    from runcomfy_desktop.domain.conversion.editor_graph import EditorNode as UiNode
    from runcomfy_desktop.domain.conversion.widgets import Widget
    from runcomfy_desktop.domain.workflow.conversion_report import RemarkCollector

_MAX_DEPTH = 50
# A remark names the first few of a node's inputs.
_MAX_NAMED = 5


class Exporter:
    """Exports one workflow; counts what it leaves out as it should."""

    def __init__(self, root: EditorGraph, remarks: RemarkCollector) -> None:
        self._root = root
        self._remarks = remarks
        self._resolver = LinkResolver(root)
        self._names = text_substitution.NodeNames(root)
        self._visited = 0
        self._applied_graphs: set[int] = set()
        self.skipped_count = 0
        self.is_truncated = False

    def export(self) -> Workflow:
        nodes: dict[str, Node] = {}
        for node_path in self._walk_nodes(self._root, ()):
            node = node_path.node
            for text in () if node.is_disabled else node.remarks:
                self._remark(node_path, text)
            if node.role.is_virtual or node.is_disabled:
                self.skipped_count += node.role is not NodeRole.SUBGRAPH or node.is_disabled
                continue
            if len(nodes) >= MAX_NODES:
                self.is_truncated = True
                break
            full_id = node_path.full_id
            nodes[full_id] = Node(full_id, node.type, node.title, self._inputs(node_path))
        return Workflow(_without_missing(nodes))

    def _walk_nodes(self, graph: EditorGraph, path: tuple[UiNode, ...]) -> Iterator[NodePath]:
        """All nodes, those in subgraphs after the node that stands for them."""
        if id(graph) not in self._applied_graphs:
            self._applied_graphs.add(id(graph))
            primitive_nodes.apply_primitives(graph)
        for node in graph.nodes.values():
            self._visited += 1
            if self._visited > 20 * MAX_NODES:
                self.is_truncated = True
                return
            yield NodePath(path, node, graph)
            if node.role is not NodeRole.SUBGRAPH or (node.is_disabled and not path):
                continue
            if any(each.type == node.type for each in path):
                self._remark(NodePath(path, node, graph), _("Its subgraph contains itself."))
                continue
            if len(path) >= _MAX_DEPTH:
                text = _("It stands in %d subgraphs, one in another; its nodes are left out.")
                self._remark(NodePath(path, node, graph), text % len(path))
                continue
            if node.is_disabled:
                # As the editor does it: only the outermost node counts.
                self._remark(
                    NodePath(path, node, graph),
                    _(
                        "It is switched off, but stands in another subgraph: ComfyUI sends its "
                        "nodes all the same."
                    ),
                )
            assert node.subgraph is not None
            yield from self._walk_nodes(node.subgraph, (*path, node))

    def _inputs(self, node_path: NodePath) -> dict[str, Json]:
        linked, unset = self._linked(node_path)
        inputs: dict[str, Json] = {}
        mismatched: list[str] = []
        browser_made: list[str] = []
        for each in node_path.node.widgets:
            if not each.is_sent or each.is_unset or each.name in unset:
                continue
            if each.name in linked:
                inputs[each.name] = linked[each.name]
            else:
                inputs[each.name] = _sent(each, self._value(node_path, each))
                mismatched += [] if value_fits(each) else [each.name]
                browser_made += [each.name] if is_made_in_browser(each) else []
        if mismatched:
            text = _("The file was made with another version of this node: %s may be wrong.")
            self._remark(node_path, text % ", ".join(map(inline_text, mismatched[:_MAX_NAMED])))
        if browser_made:
            text = _(
                "Only ComfyUI's editor can make the value of %s when it runs the workflow; here it "
                "is sent as it was saved."
            )
            self._remark(node_path, text % ", ".join(map(inline_text, browser_made[:_MAX_NAMED])))
        return {**inputs, **linked}

    def _linked(self, node_path: NodePath) -> tuple[dict[str, Json], set[str]]:
        """The inputs that get their values from elsewhere, and those that get none there."""
        found: dict[str, Json] = {}
        unset: set[str] = set()
        for slot, each in enumerate(node_path.node.inputs):
            if not each.link:
                continue
            source = self._resolver.source(node_path, slot)
            if isinstance(source, OutputRef):
                found[each.name] = [source.full_id, source.slot]
            elif isinstance(source, PromotedValue) and source.is_unset:
                unset.add(each.name)
            elif isinstance(source, PromotedValue):
                found[each.name] = _wrapped(source.value)
                if source.is_uncertain:
                    text = _(
                        "ComfyUI's editor takes another value for %s while it does not know the "
                        "class of a node beside this one; here it is the one that was saved for it."
                    )
                    self._remark(node_path, text % inline_text(each.name))
            elif isinstance(source, BrokenLink):
                self._remark(node_path, _broken_text(source.reason) % inline_text(each.name))
        return found, unset

    def _value(self, node_path: NodePath, widget: Widget) -> Json:
        node, value = node_path.node, widget.value
        if node.role is NodeRole.CLASS and custom_combo.is_index_widget(node, widget):
            return custom_combo.choice_index(node)
        if not isinstance(value, str):
            return value
        if widget.is_dynamic_prompt:
            if text_substitution.has_alternatives(value):
                self._remark(
                    node_path,
                    _("ComfyUI chooses among the alternatives of %s; here the first ones stay.")
                    % inline_text(widget.name),
                )
            return text_substitution.first_alternatives(value)
        if node.type in text_substitution.SAVE_NODES and widget.name == "filename_prefix":
            if text_substitution.has_date(value):
                self._remark(
                    node_path, _("The date in %s is not filled in.") % inline_text(widget.name)
                )
            return text_substitution.substitute_names(self._names, value)
        return value

    def _remark(self, node_path: NodePath, text: str) -> None:
        self._remarks.add(node_path.full_id, node_path.node.title, text)


def _wrapped(value: Json) -> Json:
    """A list would be taken for a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _sent(widget: Widget, value: Json) -> Json:
    """The value as the editor writes it; it knows a curve by a word of its own."""
    wrapped = _wrapped(value)
    is_curve = widget.definition.widget_type == "CURVE" and isinstance(value, list)
    return {"__type__": "CURVE", "__value__": value} if is_curve else wrapped


def _broken_text(reason: str) -> str:
    if reason == "circle":
        return _("The wire to %s runs in a circle.")
    if reason == "slot":
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
