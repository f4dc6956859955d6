"""The cache of a last result: by the identity of all arguments."""

from __future__ import annotations

from runcomfy_desktop.domain.base.last_result import cache_last


def test_the_last_result_is_kept_for_the_same_objects() -> None:
    calls: list[tuple[list[int], list[int]]] = []

    def joined(one: list[int], other: list[int]) -> list[int]:
        calls.append((one, other))
        return one + other

    cached = cache_last(joined)
    one, other = [1], [2]
    found = cached(one, other)
    assert found == [1, 2]
    assert cached(one, other) is found
    assert cached(one, [2]) == [1, 2], "an equal list may change later"
    assert cached([1], other) == [1, 2]
    assert len(calls) == 3


def test_caches_of_one_function_are_separate() -> None:
    first, second = cache_last(len), cache_last(len)
    assert (first([1]), second([1, 2]), first([])) == (1, 2, 0)
