"""Plans of presets: made one at a time in the background; outdated requests are dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.presets.preset_planner import (
    PresetPlan,
    PresetPlanner,
    PresetPlanRequest,
)
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.notices import Notice

_TEXT, _MORE = InputKey("6", "text"), InputKey("6", "more")


def _request(value: str) -> PresetPlanRequest:
    workflow = Workflow({"6": Node("6", "Text", "Prompt", {"text": "", "more": ""})})
    draft = Draft(workflow, DraftSource("a")).with_values({_MORE: "mine"})
    return PresetPlanRequest(
        Preset("Words", (PresetEntry(_TEXT, "Text", "Prompt", value),)), draft, None
    )


def _messages(plans: list[PresetPlan]) -> list[object]:
    return [each.new for plan in plans for each in plan.proposals]


async def test_a_plan_comes_later_and_tells_what_could_be_reset() -> None:
    plans: list[PresetPlan] = []
    planner = PresetPlanner(Notices())
    planner.plan(_request("a"), plans.append)
    assert plans == []
    await wait_until(lambda: plans)
    assert _messages(plans) == ["a"]
    assert [each.key for each in plans[0].resets] == [_MORE]
    await planner.close()


async def test_a_request_that_is_overtaken_is_never_answered() -> None:
    plans: list[PresetPlan] = []
    planner = PresetPlanner(Notices())
    for value in "abcd":
        planner.plan(_request(value), plans.append)
    await wait_until(lambda: plans)
    planner.plan(_request("e"), plans.append)
    await wait_until(lambda: len(plans) == 2)
    assert _messages(plans) == ["d", "e"]
    await planner.close()


async def test_nobody_is_answered_who_went_away() -> None:
    plans: list[PresetPlan] = []
    planner = PresetPlanner(Notices())
    planner.plan(_request("a"), plans.append)
    planner.cancel()
    planner.plan(_request("b"), plans.append)
    await wait_until(lambda: plans)
    assert _messages(plans) == ["b"]
    await planner.close()


async def test_who_is_answered_may_ask_again_at_once() -> None:
    plans: list[PresetPlan] = []
    planner = PresetPlanner(Notices())

    def again(planned: PresetPlan) -> None:
        plans.append(planned)
        planner.plan(_request("b"), plans.append)

    planner.plan(_request("a"), again)
    await wait_until(lambda: len(plans) == 2)
    assert _messages(plans) == ["a", "b"]
    await planner.close()


@pytest.mark.logs_errors
async def test_after_a_plan_that_failed_the_next_one_is_made() -> None:
    shown_notices: list[Notice] = []
    notices, plans = Notices(), list[PresetPlan]()
    notices.listen(shown_notices.append)
    planner = PresetPlanner(notices)
    planner.plan(replace(_request("a"), draft=None), plans.append)  # type: ignore[arg-type]
    await wait_until(lambda: shown_notices)
    planner.plan(_request("b"), plans.append)
    await wait_until(lambda: plans)
    assert _messages(plans) == ["b"]
    await planner.close()
