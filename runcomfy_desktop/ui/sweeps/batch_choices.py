"""Last choices in the dialogs for many runs, for each draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
    from runcomfy_desktop.domain.sweeps.spec import AxisSpec, SweepSpec


class SweepChoice(NamedTuple):
    """Last choice in the sweep dialog; `proposals` are those of its axes that are only proposed."""

    sweep_spec: SweepSpec
    proposals: Collection[AxisSpec] = ()


@dataclass(frozen=True, slots=True)
class BatchChoices:
    """Last choices by draft key: the number of runs, typed lists, and the axes of a grid.

    The window keeps them while the program runs, so that they survive a change of the session.
    """

    batch_plans: dict[str, BatchPlan] = field(default_factory=dict)
    sweep_choices: dict[str, SweepChoice] = field(default_factory=dict)
