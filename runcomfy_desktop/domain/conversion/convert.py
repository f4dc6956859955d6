"""Converts the editor's file into the graph that is run, and reports what was left out.

`_build_graphs` reads the file into graphs; `Exporter` writes them as one.
"""

from __future__ import annotations

from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import (
    is_integer,
    list_or_empty,
    object_or_empty,
    objects_in,
    string_or_empty,
)
from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.conversion import custom_combo, primitive_nodes, text_substitution
from runcomfy_desktop.domain.conversion.author_choices_reader import read_author_choices
from runcomfy_desktop.domain.conversion.class_defs import ClassDefs
from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, NodeRole, read_slots
from runcomfy_desktop.domain.conversion.editor_json import as_id, as_text, read_links
from runcomfy_desktop.domain.conversion.group_nodes import convert_group_nodes
from runcomfy_desktop.domain.conversion.link_resolver import (
    BrokenLink,
    LinkResolver,
    NodePath,
    OutputRef,
    PromotedValue,
)
from runcomfy_desktop.domain.conversion.match_types import resolve_types
from runcomfy_desktop.domain.conversion.node_factory import NodeFactory
from runcomfy_desktop.domain.conversion.promoted_widgets import ProxyWidgets, promote_widgets
from runcomfy_desktop.domain.conversion.widgets import is_made_in_browser, value_fits
from runcomfy_desktop.domain.workflow.conversion_report import (
    ConversionReport,
    ConversionResult,
    RemarkCollector,
)
from runcomfy_desktop.domain.workflow.workflow import MAX_NODES, Node, Workflow
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.editor_graph import EditorNode
    from runcomfy_desktop.domain.conversion.widgets import Widget

_MAX_DEPTH = 50
# A remark names only the first few inputs of a node.
_MAX_NAMED = 5


def unique_node_ids(
    raw_workflow: JsonObject, definitions: list[JsonObject]
) -> dict[str, dict[str, str]]:
    """Returns new ids for nodes with duplicate ids: `{subgraph id: {old id: new id}}`.

    The editor renumbers such nodes when it opens a file. The ids appear in the exported graph:
    `5:12` is node 12 of the subgraph that node 5 stands for.
    """
    numbers = (_number(node.get("id")) for node in objects_in(raw_workflow.get("nodes")))
    used = {each for each in numbers if each >= 0}
    last = max(_number(raw_workflow.get("last_node_id")), 0)
    last = max(last, _number(object_or_empty(raw_workflow.get("state")).get("lastNodeId")))
    changed: dict[str, dict[str, str]] = {}
    for definition in definitions:
        renamed: dict[str, str] = {}
        for node in objects_in(definition.get("nodes")):
            number = _number(node.get("id"))
            if number < 0:
                continue
            if number not in used:
                used.add(number)
                last = max(last, number)
                continue
            last = next(each for each in count(last + 1) if each not in used)
            used.add(last)
            renamed[str(number)] = str(last)
        if renamed:
            changed.setdefault(as_id(definition.get("id")), renamed)
    return changed


def _number(value: Json) -> int:
    """Returns a numeric id; -1 for any other value, which is never changed."""
    return value if is_integer(value) and 0 <= value < 10**12 else -1


def _build_graphs(
    raw_workflow: JsonObject, classes: ClassDefs | None, remarks: RemarkCollector
) -> EditorGraph:
    """Builds the graphs of the workflow and of its subgraphs, in the editor's order.

    Returns the graph of the workflow; the others are attached to the nodes that stand for them.
    """
    if classes is not None:
        raw_workflow = convert_group_nodes(raw_workflow, classes)
    raw = objects_in(object_or_empty(raw_workflow.get("definitions")).get("subgraphs"))
    renamed = unique_node_ids(raw_workflow, raw)
    definitions: dict[str, EditorGraph] = {}
    for each in raw:
        graph_id = as_id(each.get("id"))
        if graph_id and graph_id not in definitions:
            definitions[graph_id] = _definition(graph_id, each)
    factory = NodeFactory(classes, definitions, remarks)
    proxies = ProxyWidgets(renamed)
    unbuilt = dict(definitions)
    for graph in _dependency_order(definitions, remarks):
        _add_nodes(graph, factory, renamed.get(graph.graph_id, {}))
        del unbuilt[graph.graph_id]
        _remark_early_subgraphs(graph, unbuilt)
        _promote_widgets(graph, proxies)
        resolve_types(graph)
    root = EditorGraph("", "", raw_workflow, read_links(raw_workflow))
    _add_nodes(root, factory, {})
    _promote_widgets(root, proxies)
    resolve_types(root)
    return root


def _definition(graph_id: str, raw: JsonObject) -> EditorGraph:
    graph = EditorGraph(graph_id, as_text(raw.get("name")), raw, read_links(raw))
    graph.inputs, graph.outputs = read_slots(raw.get("inputs")), read_slots(raw.get("outputs"))
    return graph


def _dependency_order(
    definitions: dict[str, EditorGraph], remarks: RemarkCollector
) -> list[EditorGraph]:
    """Returns the definitions, each after all definitions that it uses.

    Like the editor, keeps the order of the file if a definition uses another one twice or if
    definitions contain themselves.
    """
    sorter = TopologicalSorter[str](dict.fromkeys(definitions, ()))
    is_plain = True
    for graph_id, graph in definitions.items():
        kinds = (string_or_empty(node.get("type")) for node in objects_in(graph.raw.get("nodes")))
        used = [kind for kind in kinds if kind in definitions]
        sorter.add(graph_id, *set(used))
        is_plain = is_plain and len(set(used)) == len(used)
    try:
        ordered = [definitions[graph_id] for graph_id in sorter.static_order()]
    except CycleError:
        remarks.add("", "", _("Some subgraphs contain themselves; they end where they repeat."))
        is_plain = False
    return ordered if is_plain else list(definitions.values())


def _remark_early_subgraphs(graph: EditorGraph, unbuilt: dict[str, EditorGraph]) -> None:
    """Adds remarks to nodes whose own values are ignored, since their subgraph is not built yet."""
    for node in graph.nodes.values():
        if node.type in unbuilt and node.raw.get("widgets_values"):
            text = _(
                "Its own values are not used, as in ComfyUI's editor: the file has its subgraph "
                "behind this one. Its nodes have the values that were saved inside."
            )
            node.remarks.append(text)


def _add_nodes(graph: EditorGraph, factory: NodeFactory, renamed: dict[str, str]) -> None:
    for link in graph.links.values():
        link.origin = renamed.get(link.origin, link.origin)
        link.target = renamed.get(link.target, link.target)
    for raw in map(object_or_empty, list_or_empty(graph.raw.get("nodes"))):
        if not factory.has_capacity():
            break
        node = factory.create(raw)
        if node is None:
            continue
        if node.node_id in renamed and not isinstance(raw.get("id"), str):
            node.node_id = renamed[node.node_id]
        if graph.nodes.setdefault(node.node_id, node) is node:
            _fix_links(graph, node)


def _fix_links(graph: EditorGraph, node: EditorNode) -> None:
    """Removes the links of dropped inputs and corrects the target slots of moved inputs."""
    for link_id in node.lost_links:
        graph.links.pop(link_id, None)
    for at, each in enumerate(node.inputs):
        if 0 <= node.links_moved_from <= at and each.link in graph.links:
            graph.links[each.link].target_slot = at


def _promote_widgets(graph: EditorGraph, proxies: ProxyWidgets) -> None:
    """Adds the widgets of inner nodes, with their values, to the nodes that stand for subgraphs."""
    subgraph_nodes = [node for node in graph.nodes.values() if node.role is NodeRole.SUBGRAPH]
    for node in subgraph_nodes:
        promote_widgets(node)
    for node in subgraph_nodes:
        proxies.resolve(node)


class Exporter:
    """Writes the graph that is run: no subgraphs, no notes, every input with a value or a source.

    Counts the nodes that are left out by design.
    """

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

    def _walk_nodes(self, graph: EditorGraph, path: tuple[EditorNode, ...]) -> Iterator[NodePath]:
        """Yields all nodes; those in a subgraph follow the node that stands for it."""
        if id(graph) not in self._applied_graphs:
            self._applied_graphs.add(id(graph))
            primitive_nodes.apply_primitives(graph)
        for node in graph.nodes.values():
            self._visited += 1
            if self._visited > 20 * MAX_NODES:
                self.is_truncated = True
                return
            node_path = NodePath(path, node, graph)
            yield node_path
            if node.role is not NodeRole.SUBGRAPH or (node.is_disabled and not path):
                continue
            if any(each.type == node.type for each in path):
                self._remark(node_path, _("Its subgraph contains itself."))
                continue
            if len(path) >= _MAX_DEPTH:
                text = _("It stands in %d subgraphs, one in another; its nodes are left out.")
                self._remark(node_path, text % len(path))
                continue
            if node.is_disabled:
                # The editor disables a subgraph only with a node of the outermost graph.
                text = _(
                    "It is switched off, but stands in another subgraph: ComfyUI sends its nodes "
                    "all the same."
                )
                self._remark(node_path, text)
            yield from self._walk_nodes(node.inner_graph, (*path, node))

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
        """Returns the inputs with a linked value, and the names of inputs left without one."""
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
                text = _("ComfyUI chooses among the alternatives of %s; here the first ones stay.")
                self._remark(node_path, text % inline_text(widget.name))
            return text_substitution.first_alternatives(value)
        if node.type in text_substitution.SAVE_NODES and widget.name == "filename_prefix":
            if text_substitution.has_date(value):
                text = _("The date in %s is not filled in.")
                self._remark(node_path, text % inline_text(widget.name))
            return text_substitution.substitute_names(self._names, value)
        return value

    def _remark(self, node_path: NodePath, text: str) -> None:
        self._remarks.add(node_path.full_id, node_path.node.title, text)


def _wrapped(value: Json) -> Json:
    """Wraps a list, which would otherwise be taken for a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _sent(widget: Widget, value: Json) -> Json:
    """Returns the value as the editor writes it; a curve is marked by its type."""
    is_curve = widget.definition.widget_type == "CURVE" and isinstance(value, list)
    return {"__type__": "CURVE", "__value__": value} if is_curve else _wrapped(value)


def _broken_text(reason: str) -> str:
    if reason == "circle":
        return _("The wire to %s runs in a circle.")
    if reason == "slot":
        return _("The wire to %s comes from an input that its subgraph does not have.")
    return _("The wire to %s comes from nowhere: the file does not hold its beginning.")


def _without_missing(nodes: dict[str, Node]) -> dict[str, Node]:
    """Returns the nodes without their links to nodes that were left out, as ComfyUI does."""
    found = {}
    for node in nodes.values():
        inputs = {
            name: value
            for name, value in node.inputs.items()
            if not (isinstance(value, list) and value[0] not in nodes)
        }
        found[node.node_id] = Node(node.node_id, node.class_type, node.title, inputs)
    return found


def convert(raw_workflow: Json, object_info: Mapping[str, Json] | None) -> ConversionResult:
    """Returns the graph that ComfyUI's own export would give for `raw_workflow`.

    Without `object_info`, only the information in the file is converted, and the report says so.
    Never fails, whatever the JSON is.
    """
    remarks = RemarkCollector()
    if object_info is None:
        text = _(
            "The classes of the deployment's nodes are not known, so values that the file does not "
            "name are missing."
        )
        remarks.add("", "", text)
    classes = None if object_info is None else ClassDefs(object_info)
    raw = object_or_empty(raw_workflow)
    root = _build_graphs(raw, classes, remarks)
    exporter = Exporter(root, remarks)
    workflow = exporter.export()
    workflow = replace(workflow, author_choices=read_author_choices(root, raw, workflow))
    is_truncated = exporter.is_truncated or remarks.is_truncated
    if is_truncated:
        remarks.add("", "", _("The workflow has too many nodes; the rest was left out."))
    counts = len(workflow.nodes), exporter.skipped_count
    report = ConversionReport(remarks.all(), *counts, object_info is None, is_truncated)
    return ConversionResult(workflow, report)
