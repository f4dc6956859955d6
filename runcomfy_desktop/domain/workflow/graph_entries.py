"""Tells the nodes of a graph from what else lies in it, which ComfyUI refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from runcomfy_desktop.domain.base.inline_text import inline_text
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport, Remark
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

# The first ones show what kind of file it is.
MAX_NAMED = 20


def is_node(raw: Json) -> TypeGuard[JsonObject]:
    """Whether an entry of a graph is a node."""
    return isinstance(raw, dict) and isinstance(raw.get("class_type"), str)


def unread_entries_report(graph: JsonObject) -> ConversionReport | None:
    """The report on the parts of a graph that are not read; None when all are.

    These are the entries that are no nodes, and inputs of nodes that are no object.
    """
    skipped_count = [key for key, raw in graph.items() if not is_node(raw) or not _has_inputs(raw)]
    if not skipped_count:
        return None
    remarks = [_remark(key, graph[key]) for key in skipped_count[:MAX_NAMED]]
    more = len(skipped_count) - len(remarks)
    if more:
        text = n_("%d more is not listed.", "%d more are not listed.", more)
        remarks.append(Remark("", "", text % more))
    nodes = sum(map(is_node, graph.values()))
    return ConversionReport(tuple(remarks), nodes, len(skipped_count), is_converted=False)


def _has_inputs(node: JsonObject) -> bool:
    return isinstance(node.get("inputs", {}), dict)


def _remark(key: str, raw: Json) -> Remark:
    if not isinstance(raw, dict):
        return Remark("", "", _("“%s” is %s, not a node.") % (inline_text(key), _kind_text(raw)))
    if "class_type" not in raw:
        return Remark("", "", _("“%s” has no class_type, so it is not a node.") % inline_text(key))
    class_type = raw["class_type"]
    if not isinstance(class_type, str):
        text = _("The class_type of “%s” is %s, not text, so it is not a node.")
        return Remark("", "", text % (inline_text(key), _kind_text(class_type)))
    text = _("Its inputs are %s, not an object, so it has none here.")
    return Remark(key, one_line(class_type), text % _kind_text(raw["inputs"]))


def _kind_text(value: Json) -> str:
    if isinstance(value, bool):
        return _("true or false")
    if isinstance(value, str):
        return _("text")
    if isinstance(value, list):
        return _("a list")
    if isinstance(value, dict):
        return _("an object")
    return _("null") if value is None else _("a number")
