"""What each seed does from one run of a batch to the next, and what keeps a plan from it."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.seed_inputs import SeedInput
from runcomfy_desktop.domain.sweep.several import (
    SeedPlan,
    SeedWay,
    Several,
    are_all_alike,
    list_length,
    plan_fault,
    seed_values,
    usual_plan,
)
from runcomfy_desktop.domain.workflow import InputKey

KEY = InputKey("1", "seed")
SEED = SeedInput(KEY, "KSampler", "seed", 7)
DICE = SeedInput(InputKey("2", "eyes"), "Dice", "eyes", 2, 1, 6)


def planned(runs: int, plan: SeedPlan) -> Several:
    return Several(runs, {KEY: plan})


def values(several: Several, *thrown: int, seed: SeedInput = SEED) -> list[object]:
    left = list(thrown)
    return [each[seed.key] for each in seed_values(several, [seed], lambda: left.pop(0))]


def test_each_way_gives_its_seeds() -> None:
    assert values(planned(3, SeedPlan(SeedWay.COUNT_UP, "41"))) == [41, 42, 43]
    assert values(planned(3, SeedPlan(SeedWay.LIST, "", "5, 5\n\n8"))) == [5, 5, 8]
    assert values(planned(2, SeedPlan(SeedWay.KEEP))) == [7, 7]
    assert values(planned(3, SeedPlan(SeedWay.RANDOM)), 11, 22, 33) == [11, 22, 33]


def test_no_seed_is_thrown_twice_while_there_are_others() -> None:
    several = Several(8, {DICE.key: SeedPlan(SeedWay.RANDOM)})
    found = values(several, *[3] * 8, seed=DICE)
    assert sorted(map(int, map(str, found[:6]))) == [1, 2, 3, 4, 5, 6]
    assert all(isinstance(each, int) and 1 <= each <= 6 for each in found)


def test_without_a_choice_runs_differ() -> None:
    assert usual_plan(SEED) == SeedPlan(SeedWay.COUNT_UP, "7")
    random = SeedInput(KEY, "KSampler", "seed", 7, mode=SeedMode.RANDOM)
    assert usual_plan(random).way is SeedWay.RANDOM
    assert not are_all_alike(Several(), [SEED])
    assert are_all_alike(planned(4, SeedPlan(SeedWay.KEEP)), [SEED])
    assert are_all_alike(Several(), [])


def test_anew_each_seed_is_as_the_draft_has_it_and_a_typed_list_is_kept() -> None:
    random = SeedInput(KEY, "KSampler", "seed", 4716, mode=SeedMode.RANDOM)
    chosen = Several(8, {KEY: SeedPlan(SeedWay.COUNT_UP, "4711", "5, 6")})
    anew = chosen.anew([random, DICE])
    assert anew.runs == 8
    assert anew.plan(random) == SeedPlan(SeedWay.RANDOM, "4716", "5, 6")
    assert anew.plan(DICE) == usual_plan(DICE)


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (SeedPlan(SeedWay.COUNT_UP, "1"), ""),
        (SeedPlan(SeedWay.COUNT_UP, ""), "A whole number from 1 to 6."),
        (SeedPlan(SeedWay.COUNT_UP, "0"), "A whole number from 1 to 6."),
        (SeedPlan(SeedWay.COUNT_UP, "٣"), "A whole number from 1 to 6."),
        (
            SeedPlan(SeedWay.COUNT_UP, "5"),
            "Counted up so often, it passes 6, the highest that the node takes.",
        ),
        (SeedPlan(SeedWay.LIST, "", "1 2;3,\n4"), ""),
        (SeedPlan(SeedWay.LIST, "", " \n,"), "The list is empty."),
        (SeedPlan(SeedWay.LIST, "", "1, two, 3, 4"), "“two” is no whole number."),
        (SeedPlan(SeedWay.LIST, "", "1, -2, 3, 4"), "“-2” is no whole number."),
        (SeedPlan(SeedWay.LIST, "", "1, 2, 3, 7"), "7 is not between 1 and 6."),
        (SeedPlan(SeedWay.LIST, "", "1"), "The list has 1 seed, for 4 runs."),
        (SeedPlan(SeedWay.LIST, "", "1" * 200_000), "This is too long for a list of seeds."),
        (SeedPlan(SeedWay.KEEP, "x", "y"), ""),
        (SeedPlan(SeedWay.RANDOM, "x", "y"), ""),
    ],
)
def test_what_is_wrong_is_said(plan: SeedPlan, fault: str) -> None:
    assert plan_fault(plan, DICE, 4) == fault


def test_a_list_says_how_many_it_has() -> None:
    assert list_length(SeedPlan(SeedWay.LIST, "", "1, 2\n3")) == 3
    assert list_length(SeedPlan(SeedWay.LIST, "", "1, two")) == 0
    assert list_length(SeedPlan(SeedWay.KEEP, "", "1, 2")) == 0
