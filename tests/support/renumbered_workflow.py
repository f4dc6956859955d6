"""A workflow with other node ids, as after its author has edited it again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import Node, Workflow, link_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def renumber(workflow: Workflow, seed: int) -> tuple[Workflow, dict[str, str]]:
    """Returns the graph with other ids, and the mapping from old to new ids.

    Some of the new ids belonged to other nodes before.
    """
    old_ids = list(workflow.nodes)
    new_ids = [*old_ids[1:], "9999"]
    random.Random(seed).shuffle(new_ids)
    ids = dict(zip(old_ids, new_ids, strict=True))
    nodes = {}
    for node in workflow.nodes.values():
        inputs = {name: _moved(value, ids) for name, value in node.inputs.items()}
        new = ids[node.node_id]
        nodes[new] = Node(new, node.class_type, node.title, inputs)
    return Workflow(nodes), ids


def _moved(value: Json, ids: dict[str, str]) -> Json:
    link = link_of(value)
    return value if link is None else [ids.get(link.node_id, link.node_id), link.slot]
