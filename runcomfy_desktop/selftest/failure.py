"""SelfTestFailure, raised by failing checks.

Checks do not use `assert`, because `-O` removes assertions.
"""

from __future__ import annotations


class SelfTestFailure(Exception):  # noqa: N818 - reported, not only raised
    """A part is missing or does not work; the text names the part and the error."""


def require(condition: object, message: str) -> None:
    """Raises SelfTestFailure with `message` unless `condition` is true."""
    if not condition:
        raise SelfTestFailure(message)
