"""Partner nodes: they call a paid service outside the container, which Comfy.org bills to a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.checks import Fault, FaultKind
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import Workflow


class PartnerNodes:
    """Finds them; asked again about the same workflow and schema, it knows."""

    def __init__(self) -> None:
        self._about: tuple[object, object] = (None, None)
        self._found: tuple[str, ...] = ()

    def of(self, workflow: Workflow, schema: Schema | None) -> tuple[str, ...]:
        """The ids of a workflow's partner nodes; none as long as nothing is known of classes."""
        if self._about[0] is not workflow or self._about[1] is not schema:
            self._about = (workflow, schema)
            self._found = () if schema is None else tuple(_partners(workflow, schema))
        return self._found


def key_faults(node_ids: tuple[str, ...]) -> dict[InputKey, Fault]:
    """What is said of partner nodes without a key. The deployment may have one of its own, so a
    run is not kept back."""
    text = _("This is a paid partner node: it needs your Comfy.org key. Settings > Partner nodes")
    fault = Fault(text, blocks=False, kind=FaultKind.PARTNER_KEY)
    return {InputKey(node_id, ""): fault for node_id in node_ids}


def _partners(workflow: Workflow, schema: Schema) -> list[str]:
    nodes = workflow.nodes.values()
    return [node.node_id for node in nodes if schema.is_partner(node.class_type)]
