"""The program with shorter time-outs and intervals, so that tests need not wait for the usual ones.

`python -m tests.support.short_timeouts NAME=SECONDS[,NAME=SECONDS…] OPTION…`, with these names:

    window      until the program gives up on a window that does not respond
    keyring     until the program gives up on a keyring that does not respond
    questions   between two polls of a job
    closing     for the response to a body being sent when the window is closed
    updates     until the first check for a newer version
"""

from __future__ import annotations

import sys
from dataclasses import replace

from runcomfy_desktop.__main__ import main as run_program
from runcomfy_desktop.app.timeouts import Timeouts
from runcomfy_desktop.core import updates
from runcomfy_desktop.core.jobs import queue_policy


def timeouts(text: str) -> Timeouts:
    overrides = {
        name: float(value) for name, value in (each.split("=") for each in text.split(","))
    }
    defaults = queue_policy.QueuePolicy()
    made = Timeouts(
        other_window_s=overrides.pop("window", None),
        keyring_s=overrides.pop("keyring", None),
        queue_policy=_polling_pace(
            overrides.pop("questions", defaults.fast_poll_s),
            overrides.pop("closing", defaults.shutdown_timeout_s),
        ),
        update_schedule=updates.UpdateSchedule(overrides.pop("updates"))
        if "updates" in overrides
        else None,
    )
    if overrides:
        raise SystemExit(f"nobody waits for {sorted(overrides)}")
    return made


def _polling_pace(quick_s: float, closing_s: float) -> queue_policy.QueuePolicy:
    """Returns a policy with scaled polling intervals and the given time-out for closing.

    The number of failed polls that count as trouble does not change, nor does the pause after a
    refusal.
    """
    defaults = queue_policy.QueuePolicy()
    part = quick_s / defaults.fast_poll_s
    return queue_policy.QueuePolicy(
        request_interval_s=defaults.request_interval_s * part,
        fast_poll_s=quick_s,
        slow_poll_s=defaults.slow_poll_s * part,
        unknown_backoff=replace(
            defaults.unknown_backoff, first_s=defaults.unknown_backoff.first_s * part
        ),
        failure_backoff=replace(
            defaults.failure_backoff, first_s=defaults.failure_backoff.first_s * part
        ),
        shutdown_timeout_s=closing_s,
    )


if __name__ == "__main__":
    _timeouts = timeouts(sys.argv.pop(1))
    sys.exit(run_program(_timeouts))
