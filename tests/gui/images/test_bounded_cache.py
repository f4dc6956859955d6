"""The cache of decoded pictures is bounded; the most recently used values stay."""

from __future__ import annotations

from typing import NamedTuple

from runcomfy_desktop.ui.images.bounded_cache import BoundedCache


class Block(NamedTuple):
    size_bytes: int


def kept(cache: BoundedCache[Block], keys: str) -> str:
    return "".join(key for key in keys if cache.get(key) is not None)


def test_the_least_recently_used_values_go_first() -> None:
    cache: BoundedCache[Block] = BoundedCache(30)
    for key in "abc":
        cache.put(key, Block(10))
    assert cache.get("a") == Block(10)
    cache.put("d", Block(15))
    assert kept(cache, "abcd") == "ad"


def test_a_replaced_or_removed_value_takes_no_space() -> None:
    cache: BoundedCache[Block] = BoundedCache(30)
    for size_bytes in (25, 5, 10):
        cache.put("a", Block(size_bytes))
    cache.put("b", Block(20))
    assert kept(cache, "ab") == "ab"
    cache.remove("b")
    cache.remove("b")
    cache.put("c", Block(20))
    assert kept(cache, "abc") == "ac"


def test_the_newest_value_may_be_larger_than_the_limit() -> None:
    cache: BoundedCache[Block] = BoundedCache(30)
    cache.put("a", Block(10))
    cache.put("b", Block(99))
    assert kept(cache, "ab") == "b"


def test_the_number_of_values_may_be_limited() -> None:
    cache: BoundedCache[Block] = BoundedCache(30, 2)
    for key in "abc":
        cache.put(key, Block(1))
    assert kept(cache, "abc") == "bc"
