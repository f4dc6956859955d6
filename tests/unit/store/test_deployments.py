"""Cached deployments are returned unchanged, limited in size and free of private data."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.deployments.deployment import (
    Deployment,
    DeploymentKind,
    DeploymentPayload,
)
from runcomfy_desktop.store.deployments import CachedDeployment, DeploymentStore

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

WORKFLOW: JsonObject = {
    "9": {"class_type": "Save", "inputs": {"text": "ä\N{GRINNING FACE}\ud800", "from": ["3", 0]}},
    "3": {"class_type": "Load", "inputs": {}, "_meta": {"title": "First"}},
}
PAYLOAD = DeploymentPayload(
    WORKFLOW, {"9": {"inputs": {"text": "example"}}}, "https://host/x?signature=abc"
)
BLUE = Deployment(
    "blue:1/ü",
    "Blue",
    "w-1",
    "v3",
    ("AMPERE_48",),
    1,
    2,
    3,
    60,
    "standby",
    True,
    "2026-01-01T00:00:00Z",
    "2026-01-02T00:00:00Z",
    PAYLOAD,
    "# Read me",
)
BARE = replace(BLUE, payload=None, readme="")
LORA = replace(BLUE, deployment_id="lora", name="A LoRA", payload=DeploymentPayload(None))


def files(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.glob(f"*{ending}"))


def payload_of(store: DeploymentStore) -> DeploymentPayload | None:
    found = store.read(BLUE.deployment_id)
    return None if found is None else found.deployment.payload


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_what_was_kept_comes_back_without_the_address_of_its_host(tmp_path: Path) -> None:
    DeploymentStore(tmp_path / "new").save(BLUE, 5.5)
    store = DeploymentStore(tmp_path / "new")
    found = store.read(BLUE.deployment_id)
    stored = replace(BLUE, payload=replace(PAYLOAD, object_info_url=""))
    assert found == CachedDeployment(stored, 5.5)
    assert found.deployment.payload is not None
    assert list(found.deployment.payload.workflow or {}) == ["9", "3"], "in the workflow's order"
    assert b"signature" not in everything(tmp_path / "new")
    assert store.read("other") is None


def test_the_list_comes_back_with_what_each_runs(tmp_path: Path) -> None:
    store = DeploymentStore(tmp_path)
    assert store.load_list() is None
    store.save(BLUE, 5.0)
    store.save(LORA, 5.0)
    edited = replace(BARE, deployment_id="edited", updated_at="later")
    store.save(replace(BLUE, deployment_id="edited"), 5.0)
    rows = (BARE, replace(LORA, payload=None, readme=""), edited)
    store.save_list(rows, 6.5)
    found = DeploymentStore(tmp_path).load_list()
    assert found is not None
    assert (found.deployments, found.saved_s) == (rows, 6.5)
    assert found.kinds == {BLUE.deployment_id: DeploymentKind.COMFYUI, "lora": DeploymentKind.OTHER}
    lora = store.read("lora")
    assert lora is not None
    assert not lora.deployment.has_workflow


def test_a_record_that_was_read_without_its_readme_keeps_the_earlier_one(tmp_path: Path) -> None:
    store = DeploymentStore(tmp_path)
    store.save(BLUE, 5.0)
    store.save(replace(BLUE, name="Blue two", readme=""), 6.0)
    store.save(replace(BARE, name="Without a payload"), 7.0)
    found = store.read(BLUE.deployment_id)
    assert found is not None
    assert (found.deployment.name, found.deployment.readme) == ("Blue two", "# Read me")
    assert found.saved_s == 6.0


def test_what_the_person_saw_last_is_kept_beside_what_came_since(tmp_path: Path) -> None:
    store, blue = DeploymentStore(tmp_path), BLUE.deployment_id
    store.save(BLUE, 5.0)
    assert store.mark_seen(blue) is None, "nothing was seen before"
    newer = DeploymentPayload({"1": {"class_type": "Other", "inputs": {}}})
    store.save(replace(BLUE, payload=newer), 6.0)
    store.save_list([BARE], 6.0)
    assert store.changed_since_seen([blue, "other"]) == {blue}
    earlier = DeploymentStore(tmp_path).mark_seen(blue)
    assert earlier is not None
    assert earlier.workflow == WORKFLOW
    assert store.changed_since_seen([blue]) == frozenset()
    assert store.mark_seen(blue) is None
    assert store.mark_seen("other") is None


def test_services_know_nothing_of_each_other(tmp_path: Path) -> None:
    here = DeploymentStore(tmp_path, service="https://api.example.org")
    elsewhere = DeploymentStore(tmp_path, service="https://other.example.org")
    elsewhere.save(BLUE, 5.0)
    elsewhere.save_list([BARE], 5.0)
    assert (here.load_list(), here.read(BLUE.deployment_id)) == (None, None)
    here.save(LORA, 5.0)
    here.save_list([], 5.0)
    here.forget()
    assert here.load_list() is None
    assert elsewhere.load_list() is not None
    assert elsewhere.read(BLUE.deployment_id) is not None


def test_what_is_forgotten_leaves_nothing_behind(tmp_path: Path) -> None:
    store = DeploymentStore(tmp_path)
    store.save(BLUE, 5.0)
    store.save(LORA, 5.0)
    store.save_list([BARE], 5.0)
    store.forget(BLUE.deployment_id)
    assert store.read(BLUE.deployment_id) is None
    assert store.load_list() is not None
    store.save(BLUE, 5.0)
    store.forget()
    assert list(tmp_path.iterdir()) == []


def test_equal_contents_lie_there_once_and_old_ones_go(tmp_path: Path) -> None:
    store = DeploymentStore(tmp_path)
    store.save(BLUE, 5.0)
    store.save(replace(BLUE, deployment_id="copy"), 5.0)
    assert len(files(tmp_path, ".kept")) == 2, "a workflow and a readme"
    store.save(replace(BLUE, readme="another"), 6.0)
    store.save(replace(BLUE, deployment_id="copy", readme="another"), 6.0)
    store.save_list([], 6.0)
    assert len(files(tmp_path, ".kept")) == 2


def test_no_more_is_kept_than_was_allowed(tmp_path: Path) -> None:
    store = DeploymentStore(tmp_path, max_bytes=1)
    store.save(BLUE, 5.0)
    store.save_list([BARE], 5.0)
    assert payload_of(store) is None
    assert files(tmp_path, ".kept") == []
    assert store.load_list() is not None


@pytest.mark.parametrize(
    "damage",
    [b"", b"no json", b"[]", b'{"format": 1}', b'{"format": 1, "kept_s": true, "record": {}}'],
)
def test_what_is_damaged_is_as_if_it_were_not_there(tmp_path: Path, damage: bytes) -> None:
    store = DeploymentStore(tmp_path)
    for ending in (".list.json", ".note.json"):
        store.save(BLUE, 5.0)
        store.save_list([BARE], 5.0)
        (path,) = files(tmp_path, ending)
        path.write_bytes(damage)
        if ending == ".note.json":
            assert store.read(BLUE.deployment_id) is None
        else:
            found = store.load_list()
            assert found is None or found.deployments == ()
    store.save(BLUE, 5.0)
    assert store.read(BLUE.deployment_id) is not None


@pytest.mark.parametrize("damage", [b"", b"no such thing"])
def test_a_damaged_workflow_is_put_aside(tmp_path: Path, damage: bytes) -> None:
    store = DeploymentStore(tmp_path)
    store.save(replace(BLUE, readme=""), 5.0)
    (path,) = files(tmp_path, ".kept")
    path.write_bytes(damage)
    assert payload_of(store) is None
    assert len(files(tmp_path, ".broken-1.kept")) == 1
    store.save(BLUE, 6.0)
    assert payload_of(store) is not None


def test_a_record_of_odd_kinds_is_damaged(tmp_path: Path) -> None:
    store = DeploymentStore(tmp_path)
    for name, value in (("hardware", [1]), ("queue_size", "2"), ("name", None), ("is_enabled", 1)):
        store.save(BLUE, 5.0)
        (path,) = files(tmp_path, ".note.json")
        stored = json.loads(path.read_bytes())
        stored["record"][name] = value
        path.write_text(json.dumps(stored))
        assert store.read(BLUE.deployment_id) is None, name


def test_what_a_newer_program_kept_is_left_alone(tmp_path: Path) -> None:
    store = DeploymentStore(tmp_path)
    store.save(BLUE, 5.0)
    store.save_list([BARE], 5.0)
    for ending in (".list.json", ".note.json"):
        (path,) = files(tmp_path, ending)
        stored = json.loads(path.read_bytes())
        path.write_text(json.dumps({**stored, "format": 2}))
    assert (store.load_list(), store.read(BLUE.deployment_id)) == (None, None)
    assert len(files(tmp_path, ".json")) == 2


@pytest.mark.parametrize("when", ["-Infinity", "NaN", "1e400", "-5", "true"])
def test_a_time_that_there_is_not_is_damage(tmp_path: Path, when: str) -> None:
    store = DeploymentStore(tmp_path)
    store.save(BLUE, 5.5)
    store.save_list([BLUE], 5.5)
    for path in (*files(tmp_path, ".list.json"), *files(tmp_path, ".note.json")):
        path.write_text(path.read_text().replace("5.5", when))
    assert store.load_list() is None
    assert store.read(BLUE.deployment_id) is None
