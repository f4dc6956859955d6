"""Moves seeds on before each run: the API has no such thing, so the client does it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.schema import input_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey

# JavaScript-based parts of ComfyUI are exact only up to here.
MAX_SEED = 2**53 - 1


class Seeds:
    """Remembers which seeds ran last, so that counting begins with the one on screen."""

    def __init__(self, random_seed: Callable[[], int] | None = None) -> None:
        self._last: dict[tuple[str, InputKey], Value] = {}
        self._random_seed = random_seed or (lambda: random.SystemRandom().randint(0, MAX_SEED))

    def next(self, draft: Draft, schema: Schema | None) -> dict[InputKey, Value]:
        """The seeds that change for the next run of `draft`."""
        seeds: dict[InputKey, Value] = {}
        for key, mode in draft.seed_modes.items():
            value = draft.value(key)
            low, high = _range(draft, key, schema)
            if mode is SeedMode.RANDOM:
                seeds[key] = low + self._random_seed() % (high - low + 1)
            elif self._last.get((draft.key, key)) == value and isinstance(value, int):
                seeds[key] = value + 1 if value < high else low
        return seeds

    def ran(self, draft: Draft) -> None:
        """These seeds go out."""
        for key in draft.seed_modes:
            self._last[(draft.key, key)] = draft.value(key)


def _range(draft: Draft, key: InputKey, schema: Schema | None) -> tuple[int, int]:
    """The seeds an input may get; some nodes allow fewer than others."""
    node = draft.workflow.nodes.get(key.node_id)
    spec = None if node is None else input_spec(schema, node, key.name)
    low = 0 if spec is None or spec.minimum is None else max(0, int(spec.minimum))
    high = MAX_SEED if spec is None or spec.maximum is None else int(spec.maximum)
    return low, max(low, min(high, MAX_SEED))
