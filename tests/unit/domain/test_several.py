"""Several runs of one draft: each seed counts, varies, stays, or is taken from a list."""

from __future__ import annotations

import itertools

import pytest

from runcomfy_desktop.domain.draft import Draft, Source, Value
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.several import (
    MAX_RUNS,
    SeedWay,
    SeedWish,
    about,
    listed,
    variants_of,
)
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json

SEED, NOISE = InputKey("3", "seed"), InputKey("4", "noise_seed")
SCHEMA = Schema(
    {"Sampler": {"input": {"required": {"seed": ["INT", {"min": 0, "max": 9}]}}}},
)
DRAFT = Draft(
    workflow_from_json(
        {
            "3": {"class_type": "Sampler", "inputs": {"seed": 8}},
            "4": {"class_type": "Noise", "inputs": {"noise_seed": 5}},
        }
    ),
    Source("Flux"),
    "d1",
)


def seeds(count: int, way: SeedWay, numbers: str = "", key: InputKey = SEED) -> list[Value]:
    wishes = {key: SeedWish(way, numbers)}
    counter = itertools.count(100)
    return [each[key] for each in variants_of(DRAFT, SCHEMA, count, wishes, lambda: next(counter))]


def refusal(count: int, numbers: str) -> str:
    with pytest.raises(Problem) as caught:
        seeds(count, SeedWay.LIST, numbers)
    return caught.value.title


def test_seeds_count_up_from_the_one_on_screen_and_begin_anew_behind_the_last() -> None:
    assert seeds(4, SeedWay.COUNT_UP) == [8, 9, 0, 1]
    assert seeds(3, SeedWay.COUNT_UP, key=NOISE) == [5, 6, 7]


def test_random_seeds_stay_within_the_limits() -> None:
    assert seeds(3, SeedWay.RANDOM) == [0, 1, 2]
    assert seeds(2, SeedWay.RANDOM, key=NOISE) == [100, 101]


def test_a_seed_may_stay() -> None:
    assert seeds(3, SeedWay.KEEP) == [8, 8, 8]


def test_a_list_has_a_seed_for_each_run() -> None:
    assert seeds(3, SeedWay.LIST, "1, 2, 7") == [1, 2, 7]
    assert listed("1\n2\n") == 2
    assert refusal(3, "1, 2") == "seed has a list of 2 seeds, and there are 3 runs."
    assert refusal(1, "10") == "10 is too large for seed: it takes 9 or less."
    assert refusal(1, "x") == "“x” is no number for seed."


def test_each_seed_has_a_way_of_its_own() -> None:
    wishes = {SEED: SeedWish(SeedWay.LIST, "4, 2"), NOISE: SeedWish(SeedWay.COUNT_UP)}
    found = variants_of(DRAFT, SCHEMA, 2, wishes, lambda: 0)
    assert found == ({SEED: 4, NOISE: 5}, {SEED: 2, NOISE: 6})
    assert about(found[1], wishes) == "seed 2, noise_seed 6"
    assert about(found[1], {SEED: SeedWish(SeedWay.KEEP)}) == ""


def test_so_many_runs_are_refused_with_the_number() -> None:
    for count in (0, MAX_RUNS + 1):
        with pytest.raises(Problem, match=f"{count:,} runs cannot be started at once"):
            seeds(count, SeedWay.KEEP)
