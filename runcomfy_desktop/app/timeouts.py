"""Time limits for waiting on other programs and services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.core.updates import UpdateSchedule


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits, in seconds unless their type specifies the unit; None means the default.

    They cannot be changed on the command line. Tests start the program with shorter ones; otherwise
    they would have to wait as long as the program does.
    """

    other_window_s: float | None = None
    """For a window on the same folder that does not respond."""
    keyring_s: float | None = None
    queue_policy: QueuePolicy | None = None
    update_schedule: UpdateSchedule | None = None
