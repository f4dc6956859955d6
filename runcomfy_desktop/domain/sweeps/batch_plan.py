"""Plan of several runs of one draft, with the changes to each seed from one run to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.drafts.seed_inputs import SeedInput
    from runcomfy_desktop.domain.workflow.workflow import InputKey

MAX_RUNS = 1000
"""Maximum number of runs; a larger number is a typing error."""
# Enough for MAX_RUNS seeds of 20 digits with separators.
_MAX_CHARS = 100_000
_PARTS = re.compile(r"[\s,;]+")
_MAX_DIGITS = 20
_MAX_SHOWN_CHARS = 24


class SeedStrategy(Enum):
    """Change to a seed from one run of a batch to the next."""

    RANDOM = "random"
    COUNT_UP = "count_up"
    LIST = "list"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """Plan for one seed; `start` and `numbers` are strings as typed."""

    strategy: SeedStrategy = SeedStrategy.KEEP
    start: str = ""
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Number of runs in a batch, and the plan for each seed.

    A seed without a plan gets its `default_seed_plan`.
    """

    run_count: int = 4
    seed_plans: Mapping[InputKey, SeedPlan] = field(default_factory=dict)

    def seed_plan(self, seed: SeedInput) -> SeedPlan:
        return self.seed_plans.get(seed.key) or default_seed_plan(seed)

    def refreshed(self, seeds: Sequence[SeedInput]) -> BatchPlan:
        """Returns the plan with the same number of runs and the draft's current seeds.

        A typed list is kept, in case the user chooses it again.
        """
        plans = {
            seed.key: replace(default_seed_plan(seed), numbers=self.seed_plan(seed).numbers)
            for seed in seeds
        }
        return BatchPlan(self.run_count, plans)

    def with_seed_plan(self, key: InputKey, plan: SeedPlan) -> BatchPlan:
        return replace(self, seed_plans={**self.seed_plans, key: plan})


def default_seed_plan(seed: SeedInput) -> SeedPlan:
    """Returns the initial plan, with different runs.

    A seed that is kept for single runs would make all runs equal, so it counts up from its value.
    """
    strategy = SeedStrategy.RANDOM if seed.mode is SeedMode.RANDOM else SeedStrategy.COUNT_UP
    return SeedPlan(strategy, str(seed.value))


def seed_plan_error(plan: SeedPlan, seed: SeedInput, run_count: int) -> str:
    """Returns the reason why a plan gives no seeds for `run_count` runs; "" if it gives them."""
    if plan.strategy is SeedStrategy.COUNT_UP:
        return _start_error(plan.start, seed, run_count)
    if plan.strategy is SeedStrategy.LIST:
        return _list_error(plan.numbers, seed, run_count)
    return ""


def list_length(plan: SeedPlan) -> int:
    """Returns the length of a plan's list; 0 for another strategy, or an invalid list."""
    if plan.strategy is not SeedStrategy.LIST or len(plan.numbers) > _MAX_CHARS:
        return 0
    numbers = [_number(part) for part in _parts(plan.numbers)]
    return 0 if None in numbers else len(numbers)


def seed_values(
    batch: BatchPlan, seeds: Sequence[SeedInput], random_seed: Callable[[], int]
) -> tuple[dict[InputKey, Value], ...]:
    """Returns the changes of each run, for plans without an error.

    A random seed is repeated only after all others have been used.
    """
    columns = {
        seed.key: list(_values(batch.seed_plan(seed), seed, batch.run_count, random_seed))
        for seed in seeds
    }
    return tuple(
        {key: column[at] for key, column in columns.items()} for at in range(batch.run_count)
    )


def keeps_all_seeds(batch: BatchPlan, seeds: Sequence[SeedInput]) -> bool:
    """Returns True if no seed changes from one run to the next."""
    return all(batch.seed_plan(seed).strategy is SeedStrategy.KEEP for seed in seeds)


def _values(
    plan: SeedPlan, seed: SeedInput, run_count: int, random_seed: Callable[[], int]
) -> Iterator[int]:
    if plan.strategy is SeedStrategy.COUNT_UP:
        start = _number(plan.start) or 0
        yield from range(start, start + run_count)
    elif plan.strategy is SeedStrategy.LIST:
        yield from (_number(part) or 0 for part in _parts(plan.numbers))
    elif plan.strategy is SeedStrategy.KEEP:
        yield from (seed.value for _run in range(run_count))
    else:
        yield from _random_values(seed, run_count, random_seed)


def _random_values(
    seed: SeedInput, run_count: int, random_seed: Callable[[], int]
) -> Iterator[int]:
    span = seed.random_high - seed.low + 1
    used: set[int] = set()
    for _run in range(run_count):
        at = random_seed() % span
        while at in used and len(used) < span:
            at = (at + 1) % span
        used.add(at)
        yield seed.low + at


def _start_error(text: str, seed: SeedInput, run_count: int) -> str:
    start = _number(text.strip())
    if start is None or not seed.low <= start <= seed.high:
        return _("A whole number from %d to %d.") % (seed.low, seed.high)
    if start + run_count - 1 > seed.high:
        return _("Counted up so often, it passes %d, the highest that the node takes.") % seed.high
    return ""


def _list_error(text: str, seed: SeedInput, run_count: int) -> str:
    if len(text) > _MAX_CHARS:
        return _("This is too long for a list of seeds.")
    parts = _parts(text)
    if not parts:
        return _("The list is empty.")
    for part in parts:
        number = _number(part)
        if number is None:
            return _("“%s” is no whole number.") % part[:_MAX_SHOWN_CHARS]
        if not seed.low <= number <= seed.high:
            return _("%d is not between %d and %d.") % (number, seed.low, seed.high)
    if len(parts) != run_count:
        text = n_("The list has %d seed", "The list has %d seeds", len(parts)) % len(parts)
        return text + n_(", for %d run.", ", for %d runs.", run_count) % run_count
    return ""


def _parts(text: str) -> list[str]:
    return [part for part in _PARTS.split(text) if part]


def _number(text: str) -> int | None:
    text = text.strip()
    is_one = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    return int(text) if is_one else None
