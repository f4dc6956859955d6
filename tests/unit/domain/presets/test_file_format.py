"""The published schema matches the written files, and the shipped presets match both."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.drafts.pin import MAX_PINS, Pin
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.capture import is_changed
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.proposal_builder import build_proposals
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.run_record import RUN_KIND, write_run_record
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow
from runcomfy_desktop.emulator.sample_workflows import read_object_info
from tests.support.job_factory import make_job
from tests.support.workflow_files import read_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESOURCES = Path(__file__).resolve().parents[4] / "resources"
_FOLDER = _RESOURCES / "presets"
_SCHEMA = json.loads((_FOLDER / "preset.schema.json").read_text(encoding="utf-8"))
_DEFS = _SCHEMA["$defs"]
SHIPPED = sorted(path for path in _FOLDER.glob("*.json") if path.stem != "preset.schema")
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def faults(value: Any, schema: dict[str, Any], place: str = "") -> Iterator[str]:
    """Yields violations of the schema; supports as much of JSON Schema as this schema uses."""
    if "$ref" in schema:
        schema = _DEFS[schema["$ref"].rpartition("/")[2]]
    kind = schema.get("type")
    if kind is not None:
        is_odd_flag = isinstance(value, bool) and kind != "boolean"
        if is_odd_flag or not isinstance(value, _TYPES[kind]):
            yield f"{place} is no {kind}"
            return
    if value not in schema.get("enum", [schema.get("const", value)]):
        yield f"{place} is {value!r}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{place} is {value!r}"
    size = len(value) if isinstance(value, str) else value
    if isinstance(size, int) and size < schema.get("minimum", schema.get("minLength", size)):
        yield f"{place} is too small"
    if isinstance(value, dict):
        yield from _member_faults(value, schema, place)
    for number, each in enumerate(value if isinstance(value, list) else ()):
        yield from faults(each, schema.get("items", {}), f"{place}[{number}]")


def _member_faults(value: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[str]:
    missing = (name for name in schema.get("required", ()) if name not in value)
    yield from (f"{place}.{name} is missing" for name in missing)
    known, other = schema.get("properties", {}), schema.get("additionalProperties")
    for name, inner in value.items():
        if "propertyNames" in schema:
            yield from faults(name, schema["propertyNames"], f"the name {name}")
        if name in known or other is not None:
            yield from faults(inner, known.get(name, other), f"{place}.{name}")


def full() -> Preset:
    """Returns a preset that uses every feature."""
    data = b"bytes"
    sha = hashlib.sha256(data).hexdigest()
    media = MediaFile(
        *("a.mp4", f"{sha}.mp4", sha, "video/mp4", 5, 2, 2),
        path="/a.mp4",
        length_s=1.5,
    )
    key = InputKey("6", "text")
    return Preset(
        "Full",
        (
            PresetEntry(
                InputKey("2", "film"), "LoadVideo", "Film", media, position=(">Save.film",)
            ),
            PresetEntry(key, "Text", "Prompt", "x", seed_mode=SeedMode.RANDOM, expands=True),
        ),
        (Pin(key, "Text", "Prompt", "Words", "Say it.", 1, 2.5),),
        "A note",
        "dep-1",
        "Flux",
        "v3",
        {sha: data},
    )


def test_what_is_written_is_as_the_schema_says() -> None:
    assert list(faults(json.loads(write_preset(full())), _SCHEMA)) == []


def test_the_schema_describes_every_member_in_its_order() -> None:
    written = json.loads(write_preset(full()))
    film, text = written["inputs"]
    (pin,) = written["pins"]
    both = {**film, "value": None, **text}
    assert [*written, "run"] == list(file_format.TOP_MEMBERS) == list(_SCHEMA["properties"])
    assert list(written["deployment"]) == list(file_format.DEPLOYMENT_MEMBERS)
    assert list(file_format.DEPLOYMENT_MEMBERS) == list(
        _SCHEMA["properties"]["deployment"]["properties"]
    )
    assert set(both) == set(file_format.ENTRY_MEMBERS)
    assert list(file_format.ENTRY_MEMBERS) == list(_DEFS["input"]["properties"])
    assert (
        list(film["media"]) == list(file_format.MEDIA_MEMBERS) == list(_DEFS["media"]["properties"])
    )
    assert list(pin) == list(_DEFS["pin"]["properties"])
    for entry in (film, text):
        assert list(entry) == [name for name in file_format.ENTRY_MEMBERS if name in entry]


def test_what_is_kept_of_a_run_is_as_the_schema_says() -> None:
    changes = {
        InputKey("6", "text"): "a bike",
        InputKey("2", "film"): full().entries[0].value,
        InputKey("2", "mask"): "data:image/png;base64,AAAA",
    }
    job = make_job(changes=changes, seed=7, finished_s=1020.0, workflow_version="v3")
    written = json.loads(write_run_record(job, Workflow({})))
    assert list(faults(written, _SCHEMA)) == []
    assert list(written) == [name for name in file_format.TOP_MEMBERS if name in written]
    assert list(written["run"]) == list(_SCHEMA["properties"]["run"]["properties"])


def test_the_schema_knows_the_limits_and_the_modes() -> None:
    assert _SCHEMA["properties"]["inputs"]["maxItems"] == file_format.MAX_ENTRIES
    assert _SCHEMA["properties"]["pins"]["maxItems"] == MAX_PINS
    assert _SCHEMA["properties"]["kind"]["enum"] == [file_format.KIND, RUN_KIND]
    assert (
        f"{file_format.MAX_FILES_BYTES // 2**20} MB"
        in _SCHEMA["properties"]["files"]["description"]
    )
    assert _DEFS["input"]["properties"]["seed_mode"]["enum"] == [mode.value for mode in SeedMode]


def test_the_schema_sees_what_is_wrong() -> None:
    written = json.loads(write_preset(full()))
    written["format"], written["inputs"][0]["node"] = "1", ""
    del written["inputs"][1]["input"]
    assert len(list(faults(written, _SCHEMA))) == 3


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_presets_are_as_the_program_writes_them(file: Path) -> None:
    data = file.read_bytes()
    preset = read_preset(data)
    assert write_preset(preset) == data
    assert list(faults(json.loads(data), _SCHEMA)) == []
    assert preset.note
    assert preset.extra == {}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_presets_fit_the_demo(file: Path) -> None:
    """Every input is in the deployment's workflow, has the right class, and gets a new value."""
    preset = read_preset(file.read_bytes())
    path = _RESOURCES / "workflows" / f"{preset.deployment_name}.json"
    workflow = read_workflow(path.read_bytes())
    received = [(each.key, each.class_type) for each in preset.entries]
    for key, class_type in (*received, *((pin.key, pin.class_type) for pin in preset.pins)):
        assert key in workflow
        assert workflow.nodes[key.node_id].class_type == class_type
    draft = Draft(workflow, DraftSource(preset.deployment_name), preset.deployment_id)
    proposals = build_proposals(preset, draft, NodeSchema(read_object_info()))
    assert all(each.conflict is None and not each.is_guess for each in proposals)
    assert all(each.is_ticked for each in proposals)
    assert is_changed(draft, preset)
    values = {entry.key: entry.value for entry in preset.entries if entry.has_value}
    modes = {entry.key: entry.seed_mode for entry in preset.entries if entry.seed_mode is not None}
    expands = frozenset(entry.key for entry in preset.entries if entry.expands)
    applied = replace(draft.with_values(values), seed_modes=modes, dynamic_prompt_inputs=expands)
    assert set(applied.changes) == set(values)
    assert not is_changed(applied, preset)
