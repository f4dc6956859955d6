"""A deployment without a ComfyUI workflow: its entry in the list, and its inputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.unit.emulator.emulator_harness import FLUX, EmulatorHarness, error_of

LORA = "a86d2e57-f1b3-4c08-9e72-40c5d8b6e193"
SUBMIT = f"/prod/v1/deployments/{LORA}/inference"
SMALL = {"prompt": "a lake, watercolour", "width": 64, "height": 64, "seed": 5}


def run(connection: EmulatorHarness, **changes: Any) -> Any:
    reply = connection.request("POST", SUBMIT, {**SMALL, **changes})
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def test_it_is_listed_without_a_workflow() -> None:
    record = EmulatorHarness().get(f"/prod/v2/deployments/{LORA}?includes=payload&includes=readme")
    assert record["payload"].get("workflow_api_json") is None
    assert "LoRA" in record["readme"]
    assert record["is_enabled"] is True


def test_it_takes_flat_inputs_and_gives_output() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    accepted = run(connection, ctrl_img_1="https://a.example/x.png", guidance_scale=3.5, neg="")
    assert connection.status_text(accepted) == "succeeded"
    result = connection.get(accepted["result_url"])
    assert result["status"] == "succeeded"
    assert "outputs" not in result
    (image,) = result["output"]["images"]
    first = connection.download(image["url"])
    assert (first.status, first.content_type) == (200, "image/png")
    other = connection.get(run(connection, seed=6)["result_url"])["output"]["images"][0]
    assert connection.download(other["url"]).body != first.body


def test_it_can_fail() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    accepted = run(connection, prompt="[oom]")
    assert connection.status_text(accepted) == "failed"
    assert connection.get(accepted["result_url"])["status"] == "failed"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"overrides": {}}, "overrides"),
        ({**SMALL, "workflow_api_json": {}}, "workflow_api_json"),
        ({"width": 64}, "prompt"),
        ({**SMALL, "prompt": 5}, "prompt"),
        ({**SMALL, "width": "64"}, "width"),
        ({**SMALL, "width": 64.5}, "width"),
        ({**SMALL, "width": True}, "width"),
        ({**SMALL, "height": 8192}, "height"),
        ({**SMALL, "seed": -1}, "seed"),
        ({**SMALL, "ctrl_img_1": "data:image/png;base64,AAAA"}, "ctrl_img_1"),
        ({**SMALL, "ctrl_img_1": "file.png"}, "ctrl_img_1"),
        ({**SMALL, "webhook": 5}, "webhook"),
    ],
)
def test_what_it_does_not_take_is_refused(body: Any, name: str) -> None:
    reply = EmulatorHarness().request("POST", SUBMIT, body)
    assert error_of(reply) == (422, 422001)
    assert ["body", name] in [each["loc"] for each in json.loads(reply.body)["detail"]]


def test_a_list_is_no_input() -> None:
    assert error_of(EmulatorHarness().request("POST", SUBMIT, [])) == (422, 422001)


def test_it_can_be_edited_and_not_made_here() -> None:
    connection = EmulatorHarness()
    path = f"/prod/v2/deployments/{LORA}"
    reply = connection.request("PATCH", path, {"name": "watercolour-lora", "max_instances": 2})
    assert (reply.status, json.loads(reply.body)["max_instances"]) == (200, 2)
    record = connection.get(path)
    fields = ("workflow_id", "workflow_version", "hardware", "min_instances", "max_instances")
    body = {name: record[name] for name in fields}
    body |= {"name": "another", "queue_size": 1, "keep_warm_duration_in_seconds": 60}
    assert error_of(connection.request("POST", "/prod/v2/deployments", body)) == (422, 422001)
    assert connection.get(f"/prod/v2/deployments/{FLUX}")["max_instances"] == 2
