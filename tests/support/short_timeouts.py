"""The program, which waits less: for what a test would have to wait for as well.

`python -m tests.support.short_timeouts NAME=SECONDS[,NAME=SECONDS…] OPTION…`, with these names:

    window      until a window that does not answer is given up
    keyring     until a keyring that does not answer is given up
    questions   between two questions about a job
    closing     for the answer to a body that is going out, once the window is closed
    updates     until it is first looked for a newer version
"""

from __future__ import annotations

import sys

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
    """Changes only how often one asks. How many failed questions count as trouble stays as it is,
    and so does how long a refusal is left alone."""
    defaults = queue_policy.QueuePolicy()
    part = quick_s / defaults.fast_poll_s
    return queue_policy.QueuePolicy(
        request_interval_s=defaults.request_interval_s * part,
        fast_poll_s=quick_s,
        slow_poll_s=defaults.slow_poll_s * part,
        failure_wait_s=defaults.failure_wait_s * part,
        shutdown_timeout_s=closing_s,
    )


if __name__ == "__main__":
    _timeouts = timeouts(sys.argv.pop(1))
    sys.exit(run_program(_timeouts))
