"""What a grid would cost and take, by the deployments that its cells go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.purse import Purse
from runcomfy_desktop.core.sweep_plan import priced
from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.sweep.sweep import Axis, Point, Sweep
from tests.support.sweep_bench import open_grids

if TYPE_CHECKING:
    from pathlib import Path

STEPS = Axis("steps", (Point("1"), Point("2"), Point("3")))
BOTH = Axis("Deployment", (Point("A", deployment_id="a"), Point("B", deployment_id="b")))
A = Deployment("a", "A", hardware=("AMPERE_48",), max_instances=2)
B = Deployment("b", "B", hardware=("AMPERE_48",))


def purse() -> Purse:
    preferences: Any = Preferences(Settings(), lambda _settings: None)
    nothing: Any = None
    return Purse(nothing, preferences, nothing_told(), service="s", is_billed=True)


def nothing_told() -> Any:
    from runcomfy_desktop.core.notices import Notices

    return Notices()


def test_what_was_never_measured_has_no_sum_and_no_time() -> None:
    estimate, takes_s = priced(Sweep("g", "", (STEPS,), deployment_id="a"), {"a": A}, purse())
    assert estimate is not None
    assert (estimate.jobs, estimate.usd, takes_s) == (3, None, None)


def test_a_deployment_that_is_not_known_has_no_price() -> None:
    assert priced(Sweep("g", "", (STEPS, BOTH), deployment_id="a"), {"a": A}, purse()) == (
        None,
        None,
    )
    estimate, _takes_s = priced(Sweep("g", "", (STEPS, BOTH)), {"a": A, "b": B}, purse())
    assert estimate is not None
    assert estimate.jobs == 6


async def test_without_a_draft_there_is_no_grid(tmp_path: Path) -> None:
    from runcomfy_desktop.core.bench_state import BenchState
    from runcomfy_desktop.domain.sweep.spec import SweepSpec

    async with open_grids(tmp_path) as grids:
        grids.workbench.state = BenchState()
        plan = await grids.plan(SweepSpec(()))
        assert plan.first_fault is not None
        assert plan.first_fault.title == "There is nothing to run yet."
