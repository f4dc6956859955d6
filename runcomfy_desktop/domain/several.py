"""Several runs of one draft: which seeds each of them gets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.seed_range import seed_range
from runcomfy_desktop.domain.sweep.axes import entries_of, field_of
from runcomfy_desktop.domain.sweep.sweep import MAX_CELLS
from runcomfy_desktop.domain.sweep.typed import value_of
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.domain.draft import Changes, Draft, Value
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey

MAX_RUNS = MAX_CELLS


class SeedWay(Enum):
    """What becomes of a seed from one of the runs to the next."""

    KEEP = "keep"
    RANDOM = "random"
    COUNT_UP = "count_up"
    """The first run has the seed on screen."""
    LIST = "list"


@dataclass(frozen=True, slots=True)
class SeedWish:
    """What is wished of one seed; `numbers` are those of a LIST, as they were typed."""

    way: SeedWay
    numbers: str = ""


def variants_of(
    draft: Draft,
    schema: Schema | None,
    count: int,
    wishes: Mapping[InputKey, SeedWish],
    random_seed: Callable[[], int],
) -> tuple[Changes, ...]:
    """The seeds of each of `count` runs, for Workbench.prepare_runs.

    Raises Problem: too many runs or none, a number that is no seed or beyond the limits, a list
    that is not as long as there are runs.
    """
    if not 1 <= count <= MAX_RUNS:
        raise Problem(
            _("%s runs cannot be started at once.") % f"{count:,}",
            _("One to %s can.") % f"{MAX_RUNS:,}",
        )
    columns = {
        key: _seeds(draft, schema, count, (key, wish), random_seed) for key, wish in wishes.items()
    }
    return tuple({key: seeds[number] for key, seeds in columns.items()} for number in range(count))


def listed(numbers: str) -> int:
    """How many seeds a list names."""
    return len(entries_of(numbers))


def about(values: Changes, wishes: Mapping[InputKey, SeedWish]) -> str:
    """What tells a run from the others: the seeds that vary."""
    varying = (key for key, wish in wishes.items() if wish.way is not SeedWay.KEEP)
    return ", ".join(f"{one_line(key.name)} {values[key]}" for key in varying if key in values)


def _seeds(
    draft: Draft,
    schema: Schema | None,
    count: int,
    wished: tuple[InputKey, SeedWish],
    random_seed: Callable[[], int],
) -> Sequence[Value]:
    key, wish = wished
    low, high = seed_range(draft, key, schema)
    now = draft.value(key)
    if wish.way is SeedWay.LIST:
        return _listed(draft, schema, count, wished)
    if wish.way is SeedWay.RANDOM:
        return [low + random_seed() % (high - low + 1) for _number in range(count)]
    if wish.way is SeedWay.KEEP or not isinstance(now, int):
        return [now] * count
    # As one run after another counts: behind the last seed comes the first.
    first = now if low <= now <= high else low
    return [low + (first - low + number) % (high - low + 1) for number in range(count)]


def _listed(
    draft: Draft, schema: Schema | None, count: int, wished: tuple[InputKey, SeedWish]
) -> list[Value]:
    key, wish = wished
    field = field_of(key, draft, schema)
    entries = entries_of(wish.numbers)
    if len(entries) != count:
        text = n_(
            "%s has a list of %d seed, and there are %d runs.",
            "%s has a list of %d seeds, and there are %d runs.",
            len(entries),
        )
        raise Problem(text % (field.name, len(entries), count), advice=_("Give each run one seed."))
    return [value_of(each, field) for each in entries]
