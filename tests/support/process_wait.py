"""Waiting for what other processes do: no loop runs here, so one looks again and again."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def becomes_true(condition: Callable[[], object], limit_s: float, *, pause_s: float = 0.1) -> bool:
    """Whether `condition` holds within `limit_s`: for trying again what may not have been heard."""
    end_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(pause_s)
    return True


def wait_until(
    what: str, condition: Callable[[], object], limit_s: float = 60.0, *, pause_s: float = 0.02
) -> None:
    """Looks until `condition` holds; fails with `what` when it never does.

    What it looks at may go away between two looks (a file that is renamed, a process that ends):
    that is no answer yet.
    """
    end_s = time.monotonic() + limit_s
    while True:
        with suppress(FileNotFoundError, ProcessLookupError):
            if condition():
                return
        assert time.monotonic() < end_s, f"After {limit_s:.0f} s still not so: {what}"
        time.sleep(pause_s)
