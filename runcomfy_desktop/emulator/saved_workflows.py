"""The account's saved workflows, by version; deployments are made from them.

A saved version never changes. Only the newest version of each sample workflow was written by hand;
the earlier versions are derived from it with fewer sampling steps, so that the versions differ.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.emulator.deployments import EmulatedDeployment
    from runcomfy_desktop.emulator.http_messages import JsonObject

_FEWER_STEPS = 4


@dataclass(frozen=True, slots=True)
class SavedWorkflow:
    """One workflow in the account; `overrides` and `readme` are set by its author."""

    versions: dict[str, JsonObject]
    overrides: JsonObject
    readme: str
    is_lora: bool


def saved_workflows_of(deployments: Iterable[EmulatedDeployment]) -> dict[str, SavedWorkflow]:
    """Returns the workflows of these deployments by workflow id."""
    return {
        each.workflow_id: SavedWorkflow(
            _versions(each), copy.deepcopy(each.overrides), each.readme, each.is_lora
        )
        for each in deployments
    }


def _versions(deployment: EmulatedDeployment) -> dict[str, JsonObject]:
    newest = int(deployment.workflow_version.removeprefix("v"))
    return {
        f"v{number}": _earlier_version(deployment.workflow, newest - number)
        for number in range(1, newest + 1)
    }


def _earlier_version(workflow: JsonObject, versions_ago: int) -> JsonObject:
    # The fastest way to copy data that came from a JSON file.
    graph: JsonObject = json.loads(json.dumps(workflow))
    for node in graph.values():
        inputs = node.get("inputs") if isinstance(node, dict) else None
        steps = inputs.get("steps") if isinstance(inputs, dict) else None
        if isinstance(inputs, dict) and isinstance(steps, int):
            inputs["steps"] = max(1, steps - _FEWER_STEPS * versions_ago)
    return graph
