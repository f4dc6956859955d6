"""Drafts that follow their presets: saved anew, renamed, moved - and no undo leads back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.preset_followers import follow_preset, use_preset
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.workflow import InputKey

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.json_value import JsonObject

GRAPH: JsonObject = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bike"}}}
TEXT = InputKey("6", "text")
BIKE = Deployment("0b7e", "bike", payload=Payload(GRAPH))
OTHER = Deployment("77", "other", payload=Payload(GRAPH))


def bench() -> tuple[Workbench, list[Draft]]:
    """A workbench with a bike in view, and the drafts that it gives away to be stored."""
    workbench = Workbench()
    stored: list[Draft] = []
    workbench.open_deployment(BIKE)
    workbench.edited.subscribe(stored.append)
    return workbench, stored


def preset(workbench: Workbench) -> str:
    assert workbench.state.draft is not None
    return workbench.state.draft.preset


def test_what_is_saved_goes_back_to_its_preset_before_and_after_undo() -> None:
    workbench, stored = bench()
    workbench.edit({TEXT: "a car"}, "Change text")
    use_preset(workbench, "0b7e", "Car.json")
    assert preset(workbench) == "Car.json"
    assert stored[-1].preset == "Car.json"
    workbench.undo()
    assert preset(workbench) == "Car.json"
    workbench.redo()
    assert preset(workbench) == "Car.json"


def test_an_undo_beyond_the_applying_leads_to_the_preset_before_that() -> None:
    workbench, _stored = bench()
    draft = workbench.state.draft
    assert draft is not None
    workbench.take(replace(draft.with_values({TEXT: "a car"}), preset="Car.json"), "Apply")
    use_preset(workbench, "0b7e", "Red car.json")
    workbench.undo()
    assert preset(workbench) == ""
    workbench.redo()
    assert preset(workbench) == "Red car.json"


def test_a_renamed_preset_is_followed_by_every_open_draft() -> None:
    workbench, stored = bench()
    use_preset(workbench, "0b7e", "Car.json")
    workbench.open_deployment(OTHER)
    assert preset(workbench) == ""
    stored.clear()
    follow_preset(workbench, "Car.json", "Cars/Car.json")
    assert [each.preset for each in stored] == ["Cars/Car.json"]
    assert preset(workbench) == ""
    workbench.open_deployment(BIKE)
    assert preset(workbench) == "Cars/Car.json"


def test_a_draft_that_is_gone_follows_nothing() -> None:
    workbench, stored = bench()
    use_preset(workbench, "nobody", "Car.json")
    use_preset(workbench, "0b7e", "")
    assert stored == []
