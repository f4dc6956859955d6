"""Waits for the effects of other processes by polling, without an event loop."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def becomes_true(condition: Callable[[], object], limit_s: float, *, pause_s: float = 0.1) -> bool:
    """Reports whether `condition` becomes true within `limit_s`.

    For callers that otherwise repeat an action, because it may have been lost.
    """
    end_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(pause_s)
    return True


def wait_until(
    what: str, condition: Callable[[], object], limit_s: float = 60.0, *, pause_s: float = 0.02
) -> None:
    """Polls until `condition` holds; fails with `what` after `limit_s`.

    If a polled file or process disappears meanwhile (renamed or ended), polling continues.
    """
    end_s = time.monotonic() + limit_s
    while True:
        with suppress(FileNotFoundError, ProcessLookupError):
            if condition():
                return
        assert time.monotonic() < end_s, f"After {limit_s:.0f} s still not so: {what}"
        time.sleep(pause_s)
