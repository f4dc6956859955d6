"""Several runs of one draft: what each of its seeds does from one run to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.seed_inputs import SeedInput
    from runcomfy_desktop.domain.workflow import InputKey

MAX_RUNS = 1000
"""More at once are nobody's wish, but a slip of the finger."""
# A list of as many seeds of twenty digits, and room between them.
_MAX_LETTERS = 100_000
_PARTS = re.compile(r"[\s,;]+")
_MAX_DIGITS = 20
_SHOWN = 24


class SeedWay(Enum):
    """What a seed does from one run of a batch to the next."""

    RANDOM = "random"
    COUNT_UP = "count_up"
    LIST = "list"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """The way of one seed; `start` and `numbers` are texts as they were typed."""

    way: SeedWay = SeedWay.KEEP
    start: str = ""
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class Several:
    """What was chosen for a batch: how often, and what each seed does. A seed without a plan goes
    by the mode that it has."""

    runs: int = 4
    plans: Mapping[InputKey, SeedPlan] = field(default_factory=dict)

    def plan(self, seed: SeedInput) -> SeedPlan:
        return self.plans.get(seed.key) or usual_plan(seed)

    def anew(self, seeds: Sequence[SeedInput]) -> Several:
        """As often, with each seed as the draft has it now. A list that was typed is kept beside
        that, for whoever chooses it again."""
        plans = {
            seed.key: replace(usual_plan(seed), numbers=self.plan(seed).numbers) for seed in seeds
        }
        return Several(self.runs, plans)

    def with_plan(self, key: InputKey, plan: SeedPlan) -> Several:
        return replace(self, plans={**self.plans, key: plan})


def usual_plan(seed: SeedInput) -> SeedPlan:
    """Before anybody chose: runs that differ. A seed that is kept for single runs would make
    them all alike, so it counts up from itself."""
    way = SeedWay.RANDOM if seed.mode is SeedMode.RANDOM else SeedWay.COUNT_UP
    return SeedPlan(way, str(seed.value))


def plan_fault(plan: SeedPlan, seed: SeedInput, runs: int) -> str:
    """Why a plan gives no seeds for so many runs, "" when it does."""
    if plan.way is SeedWay.COUNT_UP:
        return _start_fault(plan.start, seed, runs)
    if plan.way is SeedWay.LIST:
        return _list_fault(plan.numbers, seed, runs)
    return ""


def list_length(plan: SeedPlan) -> int:
    """How many seeds the list of a plan has; 0 for another way, or a list with a fault in it."""
    if plan.way is not SeedWay.LIST or len(plan.numbers) > _MAX_LETTERS:
        return 0
    numbers = [_number(part) for part in _parts(plan.numbers)]
    return 0 if None in numbers else len(numbers)


def seed_values(
    several: Several, seeds: Sequence[SeedInput], random_seed: Callable[[], int]
) -> tuple[dict[InputKey, Value], ...]:
    """What each run changes; call it with plans that have no fault. No seed is thrown twice while
    there are others."""
    columns = {
        seed.key: list(_values(several.plan(seed), seed, several.runs, random_seed))
        for seed in seeds
    }
    return tuple({key: column[at] for key, column in columns.items()} for at in range(several.runs))


def are_all_alike(several: Several, seeds: Sequence[SeedInput]) -> bool:
    """Whether no seed differs from one run to the next."""
    return all(several.plan(seed).way is SeedWay.KEEP for seed in seeds)


def _values(
    plan: SeedPlan, seed: SeedInput, runs: int, random_seed: Callable[[], int]
) -> Iterator[int]:
    if plan.way is SeedWay.COUNT_UP:
        start = _number(plan.start) or 0
        yield from range(start, start + runs)
    elif plan.way is SeedWay.LIST:
        yield from (_number(part) or 0 for part in _parts(plan.numbers))
    elif plan.way is SeedWay.KEEP:
        yield from (seed.value for _run in range(runs))
    else:
        yield from _thrown(seed, runs, random_seed)


def _thrown(seed: SeedInput, runs: int, random_seed: Callable[[], int]) -> Iterator[int]:
    span = seed.random_high - seed.low + 1
    used: set[int] = set()
    for _run in range(runs):
        at = random_seed() % span
        while at in used and len(used) < span:
            at = (at + 1) % span
        used.add(at)
        yield seed.low + at


def _start_fault(text: str, seed: SeedInput, runs: int) -> str:
    start = _number(text.strip())
    if start is None or not seed.low <= start <= seed.high:
        return _("A whole number from %d to %d.") % (seed.low, seed.high)
    if start + runs - 1 > seed.high:
        return _("Counted up so often, it passes %d, the highest that the node takes.") % seed.high
    return ""


def _list_fault(text: str, seed: SeedInput, runs: int) -> str:
    if len(text) > _MAX_LETTERS:
        return _("This is too long for a list of seeds.")
    parts = _parts(text)
    if not parts:
        return _("The list is empty.")
    for part in parts:
        number = _number(part)
        if number is None:
            return _("“%s” is no whole number.") % part[:_SHOWN]
        if not seed.low <= number <= seed.high:
            return _("%d is not between %d and %d.") % (number, seed.low, seed.high)
    if len(parts) != runs:
        text = n_("The list has %d seed", "The list has %d seeds", len(parts)) % len(parts)
        return text + n_(", for %d run.", ", for %d runs.", runs) % runs
    return ""


def _parts(text: str) -> list[str]:
    return [part for part in _PARTS.split(text) if part]


def _number(text: str) -> int | None:
    text = text.strip()
    is_one = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    return int(text) if is_one else None
