"""How far seeds go: some nodes allow fewer than others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.schema import input_spec

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey

# JavaScript-based parts of ComfyUI are exact only up to here.
MAX_SEED = 2**53 - 1


def seed_range(draft: Draft, key: InputKey, schema: NodeSchema | None) -> tuple[int, int]:
    """The seeds an input may get."""
    node = draft.workflow.nodes.get(key.node_id)
    spec = None if node is None else input_spec(schema, node, key.name)
    low = 0 if spec is None or spec.minimum is None else max(0, int(spec.minimum))
    high = MAX_SEED if spec is None or spec.maximum is None else int(spec.maximum)
    return low, max(low, min(high, MAX_SEED))
