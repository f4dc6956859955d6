"""The program, which waits less: for what a test would have to wait for as well.

`python -m tests.support.impatient NAME=SECONDS[,NAME=SECONDS…] OPTION…`, with these names:

    window      until a window that does not answer is given up
    keyring     until a keyring that does not answer is given up
    questions   between two questions about a job
    closing     for the answer to a body that is going out, once the window is closed
    updates     until it is first looked for a newer version
"""

from __future__ import annotations

import sys

from runcomfy_desktop.__main__ import main as run_program
from runcomfy_desktop.core import polling, updates
from runcomfy_desktop.patience import Patience


def patience(words: str) -> Patience:
    given = {name: float(value) for name, value in (each.split("=") for each in words.split(","))}
    usual = polling.Pace()
    made = Patience(
        other_window_s=given.pop("window", None),
        keyring_s=given.pop("keyring", None),
        queue=_pace(given.pop("questions", usual.quick_s), given.pop("closing", usual.closing_s)),
        updates=updates.Pace(given.pop("updates")) if "updates" in given else None,
    )
    if given:
        raise SystemExit(f"nobody waits for {sorted(given)}")
    return made


def _pace(quick_s: float, closing_s: float) -> polling.Pace:
    """Changes only how often one asks. How many failed questions count as trouble stays as it is,
    and so does how long a refusal is left alone."""
    usual = polling.Pace()
    part = quick_s / usual.quick_s
    return polling.Pace(
        apart_s=usual.apart_s * part,
        quick_s=quick_s,
        slow_s=usual.slow_s * part,
        trouble_s=usual.trouble_s * part,
        closing_s=closing_s,
    )


if __name__ == "__main__":
    _patience = patience(sys.argv.pop(1))
    sys.exit(run_program(_patience))
