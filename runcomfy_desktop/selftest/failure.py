"""SelfTestFailure: what is wrong with a part; raised, never asserted, for `-O` takes assertions
away."""

from __future__ import annotations


class SelfTestFailure(Exception):  # noqa: N818 - it is found, not made
    """A part that is missing or does not work; the text says which and how."""


def require(condition: object, message: str) -> None:
    """Raises Fault with `message` unless `condition`."""
    if not condition:
        raise SelfTestFailure(message)
