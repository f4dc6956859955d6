"""Changes seeds before each run; the API cannot do this, so the client does."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.seed_inputs import MAX_SEED, seed_range

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey

SeedRangeFunction: TypeAlias = "Callable[[Draft, InputKey, NodeSchema | None], tuple[int, int]]"


class Seeds:
    """Chooses the seeds of runs, and remembers the last ones as the base for counting.

    Counting starts at the seed shown. `random_seed` returns a random number, `range_of` the range
    of an input's seeds.
    """

    def __init__(
        self,
        random_seed: Callable[[], int] | None = None,
        range_of: SeedRangeFunction = seed_range,
    ) -> None:
        self._last: dict[tuple[str, InputKey], Value] = {}
        self._range_of = range_of
        self.random_seed = random_seed or (lambda: random.SystemRandom().randint(0, MAX_SEED))

    def with_next_seeds(
        self,
        draft: Draft,
        schema: NodeSchema | None,
        fixed: Collection[InputKey] = (),
        last: Draft | None = None,
    ) -> Draft:
        """Returns the draft for the next run, with new seeds except for the inputs in `fixed`.

        `last` is the draft of the previous run in its batch.
        """
        seeds = self.next_seeds(draft, schema, last)
        return draft.with_values({key: seeds[key] for key in seeds if key not in fixed})

    def next_seeds(
        self, draft: Draft, schema: NodeSchema | None, last: Draft | None = None
    ) -> dict[InputKey, Value]:
        """Returns the seeds that change for the next run of `draft`, see `with_next_seeds`.

        Equal seeds stay equal, since the user sees them as one.
        """
        seeds: dict[InputKey, Value] = {}
        numbers: dict[str, int] = {}
        for key, mode in draft.seed_modes.items():
            value = draft.value(key)
            low, high = self._range_of(draft, key, schema)
            if mode is SeedMode.RANDOM:
                if str(value) not in numbers:
                    numbers[str(value)] = self.random_seed()
                seeds[key] = low + numbers[str(value)] % (high - low + 1)
            elif self._last_value(draft, key, last) == value and isinstance(value, int):
                seeds[key] = value + 1 if value < high else low
        return seeds

    def with_latest(self, draft: Draft, current: Draft) -> Draft:
        """Returns `draft` with the seeds used since it was copied from the shown draft.

        `current` is the shown draft as it is now.
        """
        seeds = {key: current.value(key) for key in draft.seed_modes}
        # The draft may have been rebased meanwhile and lack the input.
        used = {
            key: seed
            for key, seed in seeds.items()
            if isinstance(seed, int) and self._last_value(current, key) == seed
        }
        return draft.with_values(used)

    def mark_used(self, draft: Draft, keys: Collection[InputKey]) -> None:
        """Records the draft's seeds for the inputs `keys` as used by a run."""
        self._last |= {(draft.key, key): draft.value(key) for key in keys}

    def _last_value(self, draft: Draft, key: InputKey, last: Draft | None = None) -> Value:
        return self._last.get((draft.key, key)) if last is None else last.value(key)
