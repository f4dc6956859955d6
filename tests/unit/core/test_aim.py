"""What was begun on a draft ends there, whatever came into view meanwhile."""

from __future__ import annotations

from runcomfy_desktop.core.aim import Aim
from runcomfy_desktop.core.open_drafts import OpenDrafts
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json

WORKFLOW = workflow_from_json({"31": {"class_type": "KSampler", "inputs": {"steps": 20}}})
STEPS = InputKey("31", "steps")


def draft(name: str, deployment_id: str = "") -> Draft:
    return Draft(WORKFLOW, Source(name, f"/{name}"), deployment_id)


def test_an_edit_goes_to_the_draft_that_was_in_view_and_is_stored() -> None:
    bench = Workbench()
    stored: list[Draft] = []
    bench.open_draft(draft("a.json"))
    aim = Aim(bench)
    views = [aim.is_in_view]
    bench.open_draft(draft("b.json"))
    views.append(aim.is_in_view)
    assert views == [True, False]
    bench.edited.subscribe(stored.append)
    aim.edit({STEPS: 7, InputKey("gone", "steps"): 7}, "Steps")
    assert [(each.key, dict(each.changes)) for each in stored] == [("file:/a.json", {STEPS: 7})]
    assert bench.state.draft == draft("b.json")
    assert bench.state.undo_text == ""
    assert OpenDrafts(bench).show("file:/a.json")
    assert bench.state.undo_text == "Steps"
    bench.undo()
    assert bench.state.draft == draft("a.json")


def test_steps_of_one_deed_are_one_step_also_out_of_view() -> None:
    bench = Workbench()
    bench.open_draft(draft("a.json"))
    aim, merge = Aim(bench), object()
    aim.edit({STEPS: 7}, "Steps", merge=merge)
    bench.open_draft(draft("b.json"))
    aim.edit({STEPS: 8}, "Steps", merge=merge)
    assert aim.draft is not None
    assert aim.draft.value(STEPS) == 8
    OpenDrafts(bench).show("file:/a.json")
    bench.undo()
    assert bench.state.draft == draft("a.json")


def test_it_knows_the_classes_of_its_own_deployment() -> None:
    bench = Workbench()
    mine = Schema({})
    bench.set_schema("one", mine)
    bench.open_draft(draft("a.json", "one"))
    aim = Aim(bench)
    bench.open_draft(draft("b.json", "two"))
    assert aim.schema is mine


def test_a_draft_that_is_open_no_more_takes_nothing() -> None:
    bench = Workbench()
    nothing = Aim(bench)
    assert (nothing.draft, nothing.schema, nothing.is_in_view) == (None, None, False)
    bench.open_draft(draft("a.json"))
    aim = Aim(bench)
    bench.open_draft(draft("b.json"))
    del bench.pages["file:/a.json"]
    aim.edit({STEPS: 7}, "Steps")
    nothing.edit({STEPS: 7}, "Steps")
    assert (aim.draft, aim.schema) == (None, None)
    assert bench.state.draft == draft("b.json")
