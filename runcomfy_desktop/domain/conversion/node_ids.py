"""Gives nodes of subgraphs other ids where two have the same one, as the editor does on opening.

The ids are seen from outside: `5:12` is node 12 of the subgraph that node 5 stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.editor_json import as_id, objects

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject


def unique_node_ids(
    raw_workflow: JsonObject, definitions: list[JsonObject]
) -> dict[str, dict[str, str]]:
    """For each definition, by its id: which ids its nodes get in place of their own."""
    used = {
        each
        for node in objects(raw_workflow.get("nodes"))
        if (each := _number(node.get("id"))) >= 0
    }
    last = max(_number(raw_workflow.get("last_node_id")), 0)
    state = raw_workflow.get("state")
    if isinstance(state, dict):
        last = max(last, _number(state.get("lastNodeId")))
    changed: dict[str, dict[str, str]] = {}
    for definition in definitions:
        renamed: dict[str, str] = {}
        for node in objects(definition.get("nodes")):
            number = _number(node.get("id"))
            if number < 0:
                continue
            if number not in used:
                used.add(number)
                last = max(last, number)
                continue
            last += 1
            while last in used:
                last += 1
            used.add(last)
            renamed[str(number)] = str(last)
        if renamed:
            changed.setdefault(as_id(definition.get("id")), renamed)
    return changed


def _number(value: Json) -> int:
    """A number as an id; -1 for a text, which is never changed."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**12:
        return -1
    return value
