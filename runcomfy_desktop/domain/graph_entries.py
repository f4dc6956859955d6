"""Tells the nodes of a graph from what else lies in it, which ComfyUI refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from runcomfy_desktop.domain.conversion.report import Remark, Report
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json, JsonObject

# The first ones show what kind of file it is.
MAX_NAMED = 20


def is_node(raw: Json) -> TypeGuard[JsonObject]:
    """Whether an entry of a graph is a node."""
    return isinstance(raw, dict) and isinstance(raw.get("class_type"), str)


def left_out_of(graph: JsonObject) -> Report | None:
    """The report on the parts of a graph that are not read; None when all are.

    These are the entries that are no nodes, and inputs of nodes that are no object.
    """
    odd = [key for key, raw in graph.items() if not is_node(raw) or not _has_inputs(raw)]
    if not odd:
        return None
    remarks = [_remark(key, graph[key]) for key in odd[:MAX_NAMED]]
    more = len(odd) - len(remarks)
    if more:
        text = n_("%d more is not listed.", "%d more are not listed.", more)
        remarks.append(Remark("", "", text % more))
    nodes = sum(map(is_node, graph.values()))
    return Report(tuple(remarks), nodes, len(odd), is_converted=False)


def _has_inputs(node: JsonObject) -> bool:
    return isinstance(node.get("inputs", {}), dict)


def _remark(key: str, raw: Json) -> Remark:
    if not isinstance(raw, dict):
        return Remark("", "", _("“%s” is %s, not a node.") % (shown(key), _kind(raw)))
    if "class_type" not in raw:
        return Remark("", "", _("“%s” has no class_type, so it is not a node.") % shown(key))
    class_type = raw["class_type"]
    if not isinstance(class_type, str):
        text = _("The class_type of “%s” is %s, not text, so it is not a node.")
        return Remark("", "", text % (shown(key), _kind(class_type)))
    text = _("Its inputs are %s, not an object, so it has none here.")
    return Remark(key, one_line(class_type), text % _kind(raw["inputs"]))


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return _("true or false")
    if isinstance(value, str):
        return _("text")
    if isinstance(value, list):
        return _("a list")
    if isinstance(value, dict):
        return _("an object")
    return _("null") if value is None else _("a number")
