"""Cost and time estimates of a grid, by the deployments of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.spending.budget import Budget
from runcomfy_desktop.core.sweeps.sweep_plan import estimate_sweep
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, Sweep
from tests.support.grid_harness import open_grid_harness

if TYPE_CHECKING:
    from pathlib import Path

STEPS = Axis("steps", (AxisPoint("1"), AxisPoint("2"), AxisPoint("3")))
BOTH = Axis("Deployment", (AxisPoint("A", deployment_id="a"), AxisPoint("B", deployment_id="b")))
A = Deployment("a", "A", hardware=("AMPERE_48",), max_instances=2)
B = Deployment("b", "B", hardware=("AMPERE_48",))


def budget_stub() -> Budget:
    preferences: Any = Preferences(Settings(), lambda _settings: None)
    nothing: Any = None
    return Budget(nothing, preferences, no_notice(), service="s", is_billed=True)


def no_notice() -> Any:
    from runcomfy_desktop.core.base.notices import Notices

    return Notices()


def test_what_was_never_measured_has_no_sum_and_no_time() -> None:
    estimate, takes_s = estimate_sweep(
        Sweep("g", "", (STEPS,), deployment_id="a"), {"a": A}, budget_stub()
    )
    assert estimate is not None
    assert (estimate.job_count, estimate.usd, takes_s) == (3, None, None)


def test_a_deployment_that_is_not_known_has_no_price() -> None:
    assert estimate_sweep(
        Sweep("g", "", (STEPS, BOTH), deployment_id="a"), {"a": A}, budget_stub()
    ) == (
        None,
        None,
    )
    estimate, _takes_s = estimate_sweep(
        Sweep("g", "", (STEPS, BOTH)), {"a": A, "b": B}, budget_stub()
    )
    assert estimate is not None
    assert estimate.job_count == 6


async def test_without_a_draft_there_is_no_grid(tmp_path: Path) -> None:
    from runcomfy_desktop.core.editor.editor_state import EditorState
    from runcomfy_desktop.domain.sweeps.spec import SweepSpec

    async with open_grid_harness(tmp_path) as grid_harness:
        grid_harness.draft_editor.state = EditorState()
        plan = await grid_harness.plan(SweepSpec(()))
        assert plan.first_problem is not None
        assert plan.first_problem.title == "There is nothing to run yet."


async def test_words_that_cannot_be_chosen_in_any_cell_keep_the_grid_from_being_sent(
    tmp_path: Path,
) -> None:
    from runcomfy_desktop.domain.drafts.dynamic_prompts import NO_WILDCARDS
    from runcomfy_desktop.domain.sweeps.spec import LinesSpec, SweepSpec

    async with open_grid_harness(tmp_path) as grid_harness:
        draft_editor, text = grid_harness.draft_editor, grid_harness.key("text")
        grid_harness.dynamic_prompts.set_wildcards(NO_WILDCARDS)
        spec = SweepSpec((LinesSpec(text, "a {red|blue} car\na __beast__"),))
        assert (await grid_harness.plan(spec)).first_problem is None
        draft_editor.set_expands(text, on=True)
        fault = (await grid_harness.plan(spec)).first_problem
        assert fault is not None
        assert "no file beast.txt" in fault.detail
        fine = SweepSpec((LinesSpec(text, "a {red|blue} car\na boat"),))
        assert (await grid_harness.plan(fine)).first_problem is None
