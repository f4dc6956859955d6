"""Fault: what is wrong with a part; raised, never asserted, for `-O` takes assertions away."""

from __future__ import annotations


class Fault(Exception):  # noqa: N818 - it is found, not made
    """A part that is missing or does not work; the text says which and how."""


def need(truth: object, why: str) -> None:
    """Raises Fault with `why` unless `truth`."""
    if not truth:
        raise Fault(why)
