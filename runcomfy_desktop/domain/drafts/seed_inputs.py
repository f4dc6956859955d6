"""Finds the seeds of a draft, and the range of numbers that each may get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_integer
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_spec
from runcomfy_desktop.domain.schema.schema import input_spec

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.schema import InputSpec, NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey

# Most nodes refuse larger seeds.
MAX_NODE_SEED = 2**64 - 1
# JavaScript-based parts of ComfyUI are exact only up to this number.
MAX_SEED = 2**53 - 1


def seed_range(draft: Draft, key: InputKey, schema: NodeSchema | None) -> tuple[int, int]:
    """Returns the lowest and the highest seed that an input may get.

    Some nodes allow a smaller range than others.
    """
    low, high = _limits(input_spec(schema, draft.workflow.node(key.node_id), key.name))
    return low, _random_high(low, high)


def _random_high(low: int, high: int) -> int:
    return max(low, min(high, MAX_SEED))


@dataclass(frozen=True, slots=True)
class SeedInput:
    """Seed of a draft, with its current value and its `mode` at each run.

    `title` is its node's title; the node accepts `low` to `high`.
    """

    key: InputKey
    title: str
    name: str
    value: int
    low: int = 0
    high: int = MAX_NODE_SEED
    mode: SeedMode = SeedMode.KEEP

    @property
    def random_high(self) -> int:
        """Highest seed to choose at random."""
        return _random_high(self.low, self.high)


def seed_inputs(draft: Draft, schema: NodeSchema | None) -> tuple[SeedInput, ...]:
    """Returns the seeds of a draft in the order of its nodes; links are left out."""
    found = []
    added = (key for key in draft.changes if key not in draft.workflow)
    for key in (*draft.workflow.input_keys(), *added):
        node, value = draft.workflow.nodes.get(key.node_id), draft.value(key)
        if node is None or not is_integer(value):
            continue
        spec = active_spec(key, draft, schema)
        if spec.is_seed:
            low, high = _limits(spec)
            mode = draft.seed_modes.get(key, SeedMode.KEEP)
            label = "" if schema is None else schema.display_name(node.class_type)
            title = one_line(node.title) or one_line(label) or one_line(node.class_type)
            found.append(SeedInput(key, title, one_line(key.name), value, low, high, mode))
    return tuple(found)


def _limits(spec: InputSpec) -> tuple[int, int]:
    low = 0 if spec.minimum is None else max(0, int(spec.minimum))
    high = MAX_NODE_SEED if spec.maximum is None else int(spec.maximum)
    return low, max(low, high)
