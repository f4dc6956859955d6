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


async def test_words_that_cannot_be_chosen_in_any_cell_keep_the_grid_from_being_sent(
    tmp_path: Path,
) -> None:
    from runcomfy_desktop.domain.prompt_words import NO_WILDCARDS, word_faults
    from runcomfy_desktop.domain.sweep.spec import LinesSpec, SweepSpec

    async with open_grids(tmp_path) as grids:
        bench, text = grids.workbench, grids.key("text")
        bench.word_faults = lambda draft, _schema: word_faults(draft, NO_WILDCARDS)
        spec = SweepSpec((LinesSpec(text, "a {red|blue} car\na __beast__"),))
        assert (await grids.plan(spec)).first_fault is None
        bench.set_expands(text, on=True)
        fault = (await grids.plan(spec)).first_fault
        assert fault is not None
        assert "no file beast.txt" in fault.detail
        fine = SweepSpec((LinesSpec(text, "a {red|blue} car\na boat"),))
        assert (await grids.plan(fine)).first_fault is None
