"""Reading JSON in chunks: equal to the result of `json.loads`, and within limits."""

from __future__ import annotations

import json
import random

import pytest

from runcomfy_desktop.domain.base import chunked_json
from runcomfy_desktop.domain.base.chunked_json import (
    TooDeep,
    TooLong,
    TooMany,
    count_values,
    read_json,
)

PLENTY = 10**9
SCALARS = [1, -2.5, 1e300, 'a,]}"\\', "é\n👩", None, True, False, ""]
# Too large for any chunk.
LONG = " " * (chunked_json.CHUNK_CHARS + 100)


def anything(chance: random.Random, depth: int) -> object:
    kind = chance.random()
    if depth == 0 or kind < 0.4:
        return chance.choice(SCALARS)
    if kind < 0.7:
        return [anything(chance, depth - 1) for _ in range(chance.randint(0, 4))]
    return {chance.choice("abcdef"): anything(chance, depth - 1) for _ in range(3)}


def place(text: str, error: json.JSONDecodeError) -> int:
    """Returns the position of an error; Python 3.13 points to a comma, other versions behind it."""
    return len(text[: error.pos].rstrip(" \n,"))


def by_json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return place(text, error)


def in_chunks(text: str) -> object:
    try:
        return read_json(text, max_depth=100, max_values=PLENTY)
    except json.JSONDecodeError as error:
        return place(text, error)


@pytest.mark.parametrize("seed", range(20))
def test_it_reads_what_json_reads(seed: int) -> None:
    chance = random.Random(seed)
    for _round in range(20):
        value = [LONG, anything(chance, 4), {"x": [LONG, anything(chance, 3)], "y": {}}, []]
        text = json.dumps(value, indent=chance.choice([None, 1]))
        assert read_json(text, max_depth=100, max_values=PLENTY) == value


@pytest.mark.parametrize("seed", range(20))
def test_it_stops_where_json_stops(seed: int) -> None:
    chance = random.Random(seed)
    text = json.dumps([LONG, anything(chance, 4), {"x": [anything(chance, 3)]}], indent=1)
    for _round in range(20):
        at = chance.randrange(len(LONG), len(text))
        assert in_chunks(text[:at]) == by_json(text[:at])
        strange = text[:at] + chance.choice(["!", "\x01", "nul", "]]", "{{"]) + text[at:]
        assert in_chunks(strange) == by_json(strange)


def test_the_last_of_two_names_counts() -> None:
    text = f'{{"a": 1, "b": "{LONG}", "a": 2}}'
    assert read_json(text, max_depth=9, max_values=9) == {"a": 2, "b": LONG}


@pytest.mark.parametrize("text", ["", " ", "[1] 2", '{"a" 1}', "{,}", "[1,]", '{"a":1,}', "[,1]"])
def test_what_is_wrong_is_wrong(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        read_json(text, max_depth=9, max_values=9)
    with pytest.raises(json.JSONDecodeError):
        read_json(f'["{LONG}", {text}', max_depth=9, max_values=9)


@pytest.mark.parametrize("before", ["", LONG])
def test_a_number_that_python_does_not_read_is_named(before: str) -> None:
    longest = "9" * chunked_json.MAX_DIGITS
    assert read_json(f'["{before}", {longest}]', max_depth=9, max_values=9) == [
        before,
        int(longest),
    ]
    for text in (f"{longest}9", f'["{before}", -{longest}9]', f'{{"{before}": [{longest}0]}}'):
        with pytest.raises(TooLong):
            read_json(text, max_depth=9, max_values=9)
    with pytest.raises(json.JSONDecodeError):
        read_json(f'["{before}" {longest}9]', max_depth=9, max_values=9)


def test_depth_is_bounded() -> None:
    assert read_json("[[[]]]", max_depth=2, max_values=9) == [[[]]]
    for text in ("[[[[]]]]", "[" * 100_000 + "]" * 100_000, f'[[["{LONG}", []]]]'):
        with pytest.raises(TooDeep):
            read_json(text, max_depth=2, max_values=PLENTY)


def test_the_number_of_values_is_bounded() -> None:
    assert count_values({"a": [1, 2], "b": None}, depth=9, max_values=5) == 5
    assert read_json(f'["{LONG}", 1, 2]', max_depth=9, max_values=4)
    for text in ("[1, 2, 3, 4]", f'["{LONG}", 1, 2, 3]', "[" + "1," * 1_000_000 + "1]"):
        with pytest.raises(TooMany):
            read_json(text, max_depth=9, max_values=4)
