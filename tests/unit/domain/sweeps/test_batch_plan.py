"""Changes to each seed from one run of a batch to the next, and errors in a plan."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.seed_inputs import SeedInput
from runcomfy_desktop.domain.sweeps.batch_plan import (
    BatchPlan,
    SeedPlan,
    SeedStrategy,
    default_seed_plan,
    keeps_all_seeds,
    list_length,
    seed_plan_error,
    seed_values,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey

KEY = InputKey("1", "seed")
SEED = SeedInput(KEY, "KSampler", "seed", 7)
DICE = SeedInput(InputKey("2", "eyes"), "Dice", "eyes", 2, 1, 6)


def planned(runs: int, plan: SeedPlan) -> BatchPlan:
    return BatchPlan(runs, {KEY: plan})


def values(several: BatchPlan, *thrown: int, seed: SeedInput = SEED) -> list[object]:
    left = list(thrown)
    return [each[seed.key] for each in seed_values(several, [seed], lambda: left.pop(0))]


def test_each_way_gives_its_seeds() -> None:
    assert values(planned(3, SeedPlan(SeedStrategy.COUNT_UP, "41"))) == [41, 42, 43]
    assert values(planned(3, SeedPlan(SeedStrategy.LIST, "", "5, 5\n\n8"))) == [5, 5, 8]
    assert values(planned(2, SeedPlan(SeedStrategy.KEEP))) == [7, 7]
    assert values(planned(3, SeedPlan(SeedStrategy.RANDOM)), 11, 22, 33) == [11, 22, 33]


def test_no_seed_is_thrown_twice_while_there_are_others() -> None:
    several = BatchPlan(8, {DICE.key: SeedPlan(SeedStrategy.RANDOM)})
    found = values(several, *[3] * 8, seed=DICE)
    assert sorted(map(int, map(str, found[:6]))) == [1, 2, 3, 4, 5, 6]
    assert all(isinstance(each, int) and 1 <= each <= 6 for each in found)


def test_without_a_choice_runs_differ() -> None:
    assert default_seed_plan(SEED) == SeedPlan(SeedStrategy.COUNT_UP, "7")
    random = SeedInput(KEY, "KSampler", "seed", 7, mode=SeedMode.RANDOM)
    assert default_seed_plan(random).strategy is SeedStrategy.RANDOM
    assert not keeps_all_seeds(BatchPlan(), [SEED])
    assert keeps_all_seeds(planned(4, SeedPlan(SeedStrategy.KEEP)), [SEED])
    assert keeps_all_seeds(BatchPlan(), [])


def test_anew_each_seed_is_as_the_draft_has_it_and_a_typed_list_is_kept() -> None:
    random = SeedInput(KEY, "KSampler", "seed", 4716, mode=SeedMode.RANDOM)
    chosen = BatchPlan(8, {KEY: SeedPlan(SeedStrategy.COUNT_UP, "4711", "5, 6")})
    anew = chosen.refreshed([random, DICE])
    assert anew.run_count == 8
    assert anew.seed_plan(random) == SeedPlan(SeedStrategy.RANDOM, "4716", "5, 6")
    assert anew.seed_plan(DICE) == default_seed_plan(DICE)


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (SeedPlan(SeedStrategy.COUNT_UP, "1"), ""),
        (SeedPlan(SeedStrategy.COUNT_UP, ""), "A whole number from 1 to 6."),
        (SeedPlan(SeedStrategy.COUNT_UP, "0"), "A whole number from 1 to 6."),
        (SeedPlan(SeedStrategy.COUNT_UP, "٣"), "A whole number from 1 to 6."),
        (
            SeedPlan(SeedStrategy.COUNT_UP, "5"),
            "Counted up so often, it passes 6, the highest that the node takes.",
        ),
        (SeedPlan(SeedStrategy.LIST, "", "1 2;3,\n4"), ""),
        (SeedPlan(SeedStrategy.LIST, "", " \n,"), "The list is empty."),
        (SeedPlan(SeedStrategy.LIST, "", "1, two, 3, 4"), "“two” is no whole number."),
        (SeedPlan(SeedStrategy.LIST, "", "1, -2, 3, 4"), "“-2” is no whole number."),
        (SeedPlan(SeedStrategy.LIST, "", "1, 2, 3, 7"), "7 is not between 1 and 6."),
        (SeedPlan(SeedStrategy.LIST, "", "1"), "The list has 1 seed, for 4 runs."),
        (SeedPlan(SeedStrategy.LIST, "", "1" * 200_000), "This is too long for a list of seeds."),
        (SeedPlan(SeedStrategy.KEEP, "x", "y"), ""),
        (SeedPlan(SeedStrategy.RANDOM, "x", "y"), ""),
    ],
)
def test_what_is_wrong_is_said(plan: SeedPlan, fault: str) -> None:
    assert seed_plan_error(plan, DICE, 4) == fault


def test_a_list_says_how_many_it_has() -> None:
    assert list_length(SeedPlan(SeedStrategy.LIST, "", "1, 2\n3")) == 3
    assert list_length(SeedPlan(SeedStrategy.LIST, "", "1, two")) == 0
    assert list_length(SeedPlan(SeedStrategy.KEEP, "", "1, 2")) == 0
