"""Plans of presets: made one at a time beside everything else, for who still wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.preset_planner import Planned, PlanWish, PresetPlanner
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.workflow import InputKey, Node, Workflow
from tests.support.until import until

if TYPE_CHECKING:
    from runcomfy_desktop.core.notices import Notice

_TEXT, _MORE = InputKey("6", "text"), InputKey("6", "more")


def _wish(value: str) -> PlanWish:
    workflow = Workflow({"6": Node("6", "Text", "Prompt", {"text": "", "more": ""})})
    draft = Draft(workflow, Source("a")).with_values({_MORE: "mine"})
    return PlanWish(Preset("Words", (Entry(_TEXT, "Text", "Prompt", value),)), draft, None)


def _said(plans: list[Planned]) -> list[object]:
    return [each.new for plan in plans for each in plan.proposals]


async def test_a_plan_comes_later_and_tells_what_could_be_reset() -> None:
    plans: list[Planned] = []
    planner = PresetPlanner(Notices())
    planner.plan(_wish("a"), plans.append)
    assert plans == []
    await until(lambda: plans)
    assert _said(plans) == ["a"]
    assert [each.key for each in plans[0].resets] == [_MORE]
    await planner.close()


async def test_a_wish_that_is_overtaken_is_never_answered() -> None:
    plans: list[Planned] = []
    planner = PresetPlanner(Notices())
    for value in "abcd":
        planner.plan(_wish(value), plans.append)
    await until(lambda: plans)
    planner.plan(_wish("e"), plans.append)
    await until(lambda: len(plans) == 2)
    assert _said(plans) == ["d", "e"]
    await planner.close()


async def test_nobody_is_answered_who_went_away() -> None:
    plans: list[Planned] = []
    planner = PresetPlanner(Notices())
    planner.plan(_wish("a"), plans.append)
    planner.drop()
    planner.plan(_wish("b"), plans.append)
    await until(lambda: plans)
    assert _said(plans) == ["b"]
    await planner.close()


async def test_who_is_answered_may_ask_again_at_once() -> None:
    plans: list[Planned] = []
    planner = PresetPlanner(Notices())

    def again(planned: Planned) -> None:
        plans.append(planned)
        planner.plan(_wish("b"), plans.append)

    planner.plan(_wish("a"), again)
    await until(lambda: len(plans) == 2)
    assert _said(plans) == ["a", "b"]
    await planner.close()


@pytest.mark.logs_errors
async def test_after_a_plan_that_failed_the_next_one_is_made() -> None:
    told: list[Notice] = []
    notices, plans = Notices(), list[Planned]()
    notices.listen(told.append)
    planner = PresetPlanner(notices)
    planner.plan(replace(_wish("a"), draft=None), plans.append)  # type: ignore[arg-type]
    await until(lambda: told)
    planner.plan(_wish("b"), plans.append)
    await until(lambda: plans)
    assert _said(plans) == ["b"]
    await planner.close()
