"""Essentials: suggested or pinned, their draft, order, undo, and state after a restart."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.pins import Pins, PinsState
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import DraftSource, SeedMode
from runcomfy_desktop.domain.drafts.pin import MAX_PINS, Pin
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.pins import PinStore
from tests.support.draft_runs import open_file, run_once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

SEED, STEPS, TEXT = InputKey("31", "seed"), InputKey("31", "steps"), InputKey("6", "text")
SCHEDULER = InputKey("31", "scheduler")
GRAPH: JsonObject = {
    "31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "scheduler": "karras"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bike"}},
}
BIKE = Deployment("0b7e", "bike", workflow_version="v1", payload=DeploymentPayload(GRAPH))
CITY = Deployment("c17y", "city", workflow_version="v1", payload=DeploymentPayload(GRAPH))
OWNERS = ("0b7e", "c17y", "file:/tmp/bike.json")


@dataclass
class PinsHarness:
    """A draft editor with pins, and everything that was published."""

    draft_editor: DraftEditor
    pins: Pins
    shown_notices: list[Notice] = field(default_factory=list)
    states: list[PinsState] = field(default_factory=list)

    def shown(self) -> list[InputKey]:
        return [pin.key for pin in self.pins.state.pins]

    def lost(self) -> list[InputKey]:
        return [pin.key for pin in self.pins.state.unmatched]

    def undo(self) -> None:
        action = self.shown_notices[-1].action
        assert action is not None
        action()


@asynccontextmanager
async def make_pins_harness(
    folder: Path, *, is_suggested: bool = False
) -> AsyncIterator[PinsHarness]:
    """Opens a deployment; nothing is pinned unless it is stored or suggested."""
    notices, draft_editor = Notices(), DraftEditor()
    pins = Pins(draft_editor, PinStore(folder / "pins.json", notices.post_failure), notices)
    made = PinsHarness(draft_editor, pins)
    notices.listen(made.shown_notices.append)
    await pins.load()
    if not is_suggested:
        for owner in OWNERS:
            draft_editor.pin_sets.setdefault(owner, ())
    pins.changed.subscribe(made.states.append)
    draft_editor.open_deployment(BIKE)
    yield made
    await pins.close()


async def test_pins_are_there_again_after_a_restart(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as first:
        first.pins.pin(TEXT)
        first.pins.pin(SEED, STEPS, SEED)
        assert first.shown() == [TEXT, SEED, STEPS]
    async with make_pins_harness(tmp_path) as second:
        assert second.shown() == [TEXT, SEED, STEPS]


async def test_every_deployment_and_every_file_has_its_own(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(TEXT)
        there.draft_editor.open_deployment(CITY)
        assert there.shown() == []
        there.pins.pin(SEED)
        open_file(there.draft_editor, workflow_from_json(GRAPH), "bike", "/tmp/bike.json")
        assert there.shown() == []
        there.pins.pin(STEPS)
        there.draft_editor.open_deployment(BIKE)
        assert there.shown() == [TEXT]
        open_file(there.draft_editor, workflow_from_json(GRAPH), "bike", "/tmp/bike.json")
        assert there.shown() == [STEPS]


async def test_a_pin_is_let_go_and_comes_back_by_undo(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(TEXT, SEED, STEPS)
        there.pins.unpin(SEED)
        assert there.shown() == [TEXT, STEPS]
        there.undo()
        assert there.shown() == [TEXT, SEED, STEPS]
        there.pins.unpin(InputKey("99", "x"))
        assert len(there.shown_notices) == 1


async def test_pins_change_places(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(TEXT, SEED, STEPS)
        there.pins.move(STEPS, 0)
        assert there.shown() == [STEPS, TEXT, SEED]
        there.pins.move(STEPS, 99)
        assert there.shown() == [TEXT, SEED, STEPS]
        there.pins.move(TEXT, 1)
        assert there.shown() == [SEED, TEXT, STEPS]
        there.pins.move(InputKey("99", "x"), 0)
        assert there.shown() == [SEED, TEXT, STEPS]


async def test_a_pin_gets_a_name_and_loses_it_by_undo(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(STEPS)
        (before,) = there.pins.state.pins
        there.pins.edit(replace(before, label="How long", hint="More is slower."))
        assert there.pins.state.pins[0].label == "How long"
        there.undo()
        assert there.pins.state.pins == (before,)
        there.pins.edit(before)
        assert len(there.shown_notices) == 1


async def test_a_value_outside_of_a_pins_limits_is_a_warning(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(STEPS)
        (pin,) = there.pins.state.pins
        there.pins.edit(replace(pin, maximum=10))
        fault = there.draft_editor.state.issues[STEPS]
        assert not fault.blocks
        assert "more than your limit of 10" in fault.text
        assert run_once(there.draft_editor) is not None
        there.draft_editor.edit({STEPS: 9}, "Edit")
        assert STEPS not in there.draft_editor.state.issues
        there.draft_editor.edit({STEPS: 11}, "Edit")
        there.undo()
        assert STEPS not in there.draft_editor.state.issues


async def test_what_the_node_refuses_is_said_before_what_the_pin_asks_for(tmp_path: Path) -> None:
    schema = NodeSchema({"KSampler": {"input": {"required": {"steps": ["INT", {"max": 100}]}}}})
    async with make_pins_harness(tmp_path) as there:
        there.draft_editor.set_schema(BIKE.deployment_id, schema)
        there.pins.pin(STEPS)
        there.pins.edit(replace(there.pins.state.pins[0], maximum=10))
        there.draft_editor.edit({STEPS: 200}, "Edit")
        assert there.draft_editor.state.issues[STEPS].blocks


async def test_pins_of_a_preset_are_taken_over_and_taken_back(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(STEPS, TEXT)
        brought = [
            Pin(InputKey("900", "seed"), "KSampler", label="Luck"),
            Pin(TEXT, "CLIPTextEncode", label="Prompt"),
            Pin(InputKey("5", "x"), "Nobody"),
        ]
        take_back = there.pins.adopt(brought)
        assert there.shown() == [STEPS, TEXT, SEED]
        assert [pin.label for pin in there.pins.state.pins] == ["", "Prompt", "Luck"]
        assert there.pins.adopt(brought) is None, "nothing has changed"
        assert take_back is not None
        take_back()
        assert there.shown() == [STEPS, TEXT]
        assert there.pins.state.pins[1].label == ""


async def test_a_late_undo_leaves_pins_that_were_made_since(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        take_back = there.pins.adopt([Pin(TEXT, "CLIPTextEncode")])
        assert take_back is not None
        there.pins.pin(STEPS)
        take_back()
        assert there.shown() == [TEXT, STEPS]


async def test_a_pin_waits_for_its_node(tmp_path: Path) -> None:
    other: JsonObject = {"6": GRAPH["6"], "7": GRAPH["31"]}
    none: JsonObject = {"6": GRAPH["6"]}
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(STEPS, TEXT)
        there.draft_editor.open_deployment(replace(BIKE, payload=DeploymentPayload(none)))
        assert there.shown() == [TEXT]
        there.pins.unpin(TEXT)
        there.draft_editor.open_deployment(replace(BIKE, payload=DeploymentPayload(other)))
        assert there.shown() == [InputKey("7", "steps")]


async def test_a_form_has_an_end(tmp_path: Path) -> None:
    big: JsonObject = {
        str(at): {"class_type": "KSampler", "inputs": {"seed": 1}} for at in range(MAX_PINS + 1)
    }
    async with make_pins_harness(tmp_path) as there:
        there.draft_editor.open_deployment(replace(CITY, payload=DeploymentPayload(big)))
        keys = [InputKey(node_id, "seed") for node_id in big]
        there.pins.pin(*keys[1:])
        assert len(there.shown()) == MAX_PINS
        there.pins.pin(keys[0])
        assert len(there.shown()) == MAX_PINS
        assert str(MAX_PINS) in there.shown_notices[-1].title


async def test_pins_of_a_deleted_deployment_are_those_of_the_file_that_is_kept(
    tmp_path: Path,
) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(STEPS)
        there.pins.transfer(("0b7e", "/tmp/kept.json"))
        there.draft_editor.remove_deployment("0b7e", DraftSource("kept.json", "/tmp/kept.json"))
        assert there.shown() == [STEPS]
        there.pins.transfer(("nobody", "/tmp/other.json"))
    async with make_pins_harness(tmp_path) as again:
        assert again.shown() == []
        open_file(again.draft_editor, workflow_from_json(GRAPH), "kept.json", "/tmp/kept.json")
        assert again.shown() == [STEPS]


async def test_without_a_draft_nothing_is_pinned(tmp_path: Path) -> None:
    notices, draft_editor = Notices(), DraftEditor()
    pins = Pins(draft_editor, PinStore(tmp_path / "pins.json", notices.post_failure), notices)
    await pins.load()
    pins.pin(STEPS)
    pins.unpin(STEPS)
    pins.move(STEPS, 0)
    pins.edit(Pin(STEPS))
    pins.adopt([Pin(STEPS)])
    assert pins.state == PinsState()
    await pins.close()


async def test_a_seed_at_random_keeps_to_the_limits_of_its_pin(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(SEED)
        (pin,) = there.pins.state.pins
        there.pins.edit(replace(pin, minimum=9.5, maximum=12))
        there.draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
        seeds = set()
        for _run in range(60):
            draft = run_once(there.draft_editor)
            assert draft is not None, there.draft_editor.state.blocked_reason
            seeds.add(draft.value(SEED))
        assert seeds == {10, 11, 12}


async def test_pins_without_an_input_are_listed_and_let_go_of(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(TEXT, SEED, STEPS)
        other: JsonObject = {"31": {"class_type": "KSampler", "inputs": {"seed": 1}}}
        there.draft_editor.open_deployment(replace(BIKE, payload=DeploymentPayload(other)))
        assert there.shown() == [SEED]
        assert there.lost() == [TEXT, STEPS]
        there.pins.unpin_unmatched()
        assert there.lost() == []
        assert there.shown() == [SEED]
        notice = there.shown_notices[-1]
        assert notice.title == "2 essentials without an input were removed."
        assert "text" in notice.detail
        assert "steps" in notice.detail
        there.undo()
        assert there.lost() == [TEXT, STEPS]
        there.draft_editor.open_deployment(BIKE)
        assert there.shown() == [TEXT, SEED, STEPS]
        there.pins.unpin_unmatched()
        assert there.shown_notices[-1].title == "Every essential has its input here."
        assert there.shown() == [TEXT, SEED, STEPS]


async def test_essentials_are_suggested_until_the_user_changes_them(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path, is_suggested=True) as there:
        suggested = there.pins.state
        assert there.shown() == [TEXT, SEED, STEPS]
        assert suggested.is_suggested
        assert suggested.own_pins == ()
        there.pins.pin(SCHEDULER)
        own = there.pins.state
        assert there.shown() == [TEXT, SEED, STEPS, SCHEDULER]
        assert not own.is_suggested
        assert own.own_pins == own.pins
    async with make_pins_harness(tmp_path, is_suggested=True) as again:
        assert again.shown() == [TEXT, SEED, STEPS, SCHEDULER]


async def test_the_first_change_of_a_suggestion_is_undone_to_the_suggestion(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path, is_suggested=True) as there:
        there.pins.unpin(SEED)
        assert there.shown() == [TEXT, STEPS]
        assert there.shown_notices[-1].title == "1 input was removed from Essentials."
        there.undo()
        assert there.shown() == [TEXT, SEED, STEPS]
        assert there.pins.state.is_suggested


async def test_removing_all_essentials_is_a_choice_that_is_kept(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path, is_suggested=True) as there:
        there.pins.unpin(TEXT, SEED, STEPS)
        assert there.shown() == []
    async with make_pins_harness(tmp_path, is_suggested=True) as again:
        assert again.shown() == []
        again.pins.restore_suggestion()
        assert again.shown() == [TEXT, SEED, STEPS]
        again.undo()
        assert again.shown() == []


async def test_the_suggestion_follows_the_schema_and_the_owners_examples(tmp_path: Path) -> None:
    overrides: JsonObject = {"31": {"inputs": {"scheduler": "simple"}}}
    with_examples = replace(BIKE, payload=DeploymentPayload(GRAPH, overrides))
    inputs: JsonObject = {"required": {"seed": ["INT"], "steps": ["MODEL"]}}
    schema = NodeSchema({"KSampler": {"input": inputs, "output_node": True}})
    async with make_pins_harness(tmp_path, is_suggested=True) as there:
        there.draft_editor.open_deployment(with_examples)
        assert there.shown() == [TEXT, SEED, STEPS, SCHEDULER]
        there.draft_editor.set_schema(BIKE.deployment_id, schema)
        assert there.shown() == [TEXT, SEED, SCHEDULER]


async def test_chosen_inputs_keep_their_order_and_labels(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path) as there:
        there.pins.pin(STEPS, TEXT)
        there.pins.edit(replace(there.pins.state.pins[0], label="Patience"))
        there.pins.choose([SEED, STEPS])
        assert there.shown() == [STEPS, SEED]
        assert there.pins.state.pins[0].label == "Patience"
        there.undo()
        assert there.shown() == [STEPS, TEXT]
        count = len(there.shown_notices)
        there.pins.choose([TEXT, STEPS])
        assert len(there.shown_notices) == count


async def test_pins_of_a_preset_replace_a_suggestion(tmp_path: Path) -> None:
    async with make_pins_harness(tmp_path, is_suggested=True) as there:
        take_back = there.pins.adopt([Pin(TEXT, "CLIPTextEncode", label="Words")])
        assert there.shown() == [TEXT]
        assert take_back is not None
        take_back()
        assert there.shown() == [TEXT, SEED, STEPS]
