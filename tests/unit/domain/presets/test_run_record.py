"""Records of runs: readable, equal for the same run, and without private content."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.importer import import_presets
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.run_record import is_record_of, write_run_record
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, workflow_from_json
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.jobs.job import Job

TEXT, SEED, IMAGE = InputKey("6", "text"), InputKey("31", "seed"), InputKey("10", "image")
_SHA = "ab" * 32
_PICTURE = MediaFile("a.png", f"{_SHA}.png", _SHA, "image/png", 5, 2, 2, path="/home/jo/a.png")
_GRAPH: Json = {
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "y"}, "_meta": {"title": "Prompt"}},
    "10": {"class_type": "LoadImage", "inputs": {"image": "b.png"}},
    "31": {"class_type": "KSampler", "inputs": {"seed": 1}},
}
_RUN = """{
  "format": 1,
  "kind": "runcomfy-desktop run",
  "name": "a bike · seed 5",
  "deployment": {
    "id": "dep-1",
    "name": "Flux",
    "workflow_version": "v3"
  },
  "inputs": [
    {
      "node": "6",
      "class": "CLIPTextEncode",
      "title": "Prompt",
      "input": "text",
      "value": "a bike"
    },
    {
      "node": "31",
      "class": "KSampler",
      "input": "seed",
      "value": 5,
      "seed_mode": "keep"
    }
  ],
  "run": {
    "request_id": "r-1",
    "seed": 5,
    "created": "2026-02-02T02:40:00Z",
    "finished": "2026-02-02T02:40:07Z"
  }
}
"""


def job_of(changes: dict[InputKey, Value], **facts: Any) -> Job:
    return make_job(
        title="a bike · seed 5",
        deployment_id="dep-1",
        deployment_name="Flux",
        workflow_version="v3",
        created_s=1_770_000_000.0,
        finished_s=1_770_000_007.5,
        changes=changes,
        seed=5,
        **facts,
    )


def stored_run(changes: dict[InputKey, Value]) -> Any:
    return json.loads(write_run_record(job_of(changes), workflow_from_json(_GRAPH)))


def test_it_is_readable_and_always_the_same() -> None:
    job, workflow = job_of({SEED: 5, TEXT: "a bike"}), workflow_from_json(_GRAPH)
    text = write_run_record(job, workflow).decode()
    assert text == _RUN
    other = replace(job, changes={TEXT: "a bike", SEED: 5})
    assert write_run_record(other, workflow).decode() == text


def test_it_is_imported_as_what_the_run_was_sent_with() -> None:
    job = job_of({SEED: 5, TEXT: "a bike", IMAGE: _PICTURE})
    (found,) = import_presets(write_run_record(job, workflow_from_json(_GRAPH)), "file")
    assert found.name == "a bike · seed 5"
    said = (found.deployment_id, found.deployment_name, found.workflow_version)
    assert said == ("dep-1", "Flux", "v3")
    assert {each.key: each.value for each in found.entries} == job.changes
    assert [each.class_type for each in found.entries] == [
        "CLIPTextEncode",
        "LoadImage",
        "KSampler",
    ]
    assert [each.seed_mode for each in found.entries] == [None, None, SeedMode.KEEP]
    written = json.loads(write_preset(found))
    assert "run" not in written, "a preset is of no single run"
    assert written["kind"] == "runcomfy-desktop preset"


def test_without_the_workflow_its_values_are_kept_all_the_same() -> None:
    data = write_run_record(job_of({TEXT: "a bike"}), Workflow({}))
    (entry,) = read_preset(data).entries
    assert (entry.key, entry.class_type, entry.value) == (TEXT, "", "a bike")


@pytest.mark.parametrize(
    "value",
    [
        "data:image/png;base64,AAAA",
        "DATA:image/png;charset=x;BASE64,AAAA",
        'A canvas: {"image": "data:image/png;base64,AAAA"}',
        {"image": ["data:image/png;base64,AAAA"]},
        "iVBORw0KGgo" * 400,
        f"a face {'iVBORw0KGgo' * 400} in it",
        ["4", 0],
        math.nan,
        MediaFile("inline data", f"{_SHA}.data", _SHA, "image/png", 5, 0, 0),
        MediaFile("no longer known", "", "", "image/png", 5, 0, 0),
    ],
    ids=str,
)
def test_files_that_were_written_into_inputs_are_left_out_and_named(value: Value) -> None:
    found = stored_run({TEXT: "a bike", IMAGE: value})
    assert [each["input"] for each in found["inputs"]] == ["text"]
    assert found["run"]["left_out"] == [{"node": "10", "input": "image"}]


def test_long_texts_are_no_files() -> None:
    words, tags = "a lighthouse " * 2000, "lighthouse," * 2000
    found = stored_run({TEXT: words, IMAGE: tags})
    assert [each["value"] for each in found["inputs"]] == [words, tags]


def test_pictures_are_known_by_their_hash_and_never_in_it() -> None:
    (entry,) = stored_run({IMAGE: _PICTURE})["inputs"]
    assert entry["media"]["sha256"] == _SHA
    assert entry["media"]["name"] == "a.png"
    assert "stored_name" not in entry["media"]
    assert "value" not in entry


def test_signed_addresses_are_cut() -> None:
    address = "https://x.example/a.png?X-Amz-Signature=5ecret"
    data = write_run_record(job_of({IMAGE: address, TEXT: [{"a": address}]}), Workflow({}))
    assert b"5ecret" not in data
    assert b"https://x.example/a.png" in data


def test_any_text_can_be_in_it() -> None:
    job = replace(job_of({TEXT: "half \ud800 \x00 a character"}), title="\ud800" * 5000)
    (found,) = import_presets(write_run_record(job, Workflow({})))
    assert found.entries[0].value == "half \ud800 \x00 a character"
    assert len(found.name) <= 200


def test_it_knows_of_which_run_it_is() -> None:
    job = job_of({TEXT: "a bike"})
    members = json.loads(write_run_record(job, Workflow({})))
    assert is_record_of(members, job)
    assert not is_record_of(members, replace(job, request_id="r-2"))
    assert not is_record_of({**members, "run": []}, job)
    assert not is_record_of({"run": members["run"]}, job)


@pytest.mark.parametrize("when_s", [0.0, -5.0, 1e300, math.inf, math.nan])
def test_a_time_that_is_none_is_not_said(when_s: float) -> None:
    job = replace(job_of({TEXT: "a bike"}), created_s=when_s, finished_s=when_s)
    assert "created" not in json.loads(write_run_record(job, Workflow({})))["run"]
