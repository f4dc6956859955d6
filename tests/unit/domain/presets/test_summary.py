"""The summary of a preset, even of one that contains megabytes of files."""

from __future__ import annotations

import hashlib

import pytest

from runcomfy_desktop.domain.presets.media_members import media_from_json
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.reader import DamagedPreset, NotAPreset
from runcomfy_desktop.domain.presets.summary import SUMMARY_BYTES, summary_of, was_preset
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.workflow.workflow import InputKey

_PRESET = Preset(
    "Golden",
    (PresetEntry(InputKey("6", "text"), "A", "", "x"),),
    note="Noon",
    deployment_id="d",
    deployment_name="Flux",
)


def test_a_summary_tells_what_a_list_shows() -> None:
    head = summary_of(write_preset(_PRESET), "Light/golden.json", is_whole=True)
    assert head is not None
    assert (head.path, head.folder, head.name, head.count) == (
        "Light/golden.json",
        "Light",
        "Golden",
        1,
    )
    assert (head.deployment_id, head.deployment_name, head.note) == ("d", "Flux", "Noon")


def test_what_it_brings_is_not_needed_for_it() -> None:
    data = bytes(2 * SUMMARY_BYTES)
    files = {hashlib.sha256(data).hexdigest(): data}
    large = write_preset(Preset("Large", _PRESET.entries, files=files))
    head = summary_of(large[:SUMMARY_BYTES], "large.json", is_whole=False)
    assert head is not None
    assert (head.name, head.count) == ("Large", 1)


def test_a_long_list_of_inputs_needs_all_of_it() -> None:
    entry = PresetEntry(InputKey("6", "text"), "A", "", "x" * 2 * SUMMARY_BYTES)
    long = write_preset(Preset("Long", (entry,)))
    assert summary_of(long[:SUMMARY_BYTES], "long.json", is_whole=False) is None
    whole = summary_of(long, "long.json", is_whole=True)
    assert whole is not None
    assert whole.count == 1


def test_one_without_a_name_is_called_as_its_file() -> None:
    head = summary_of(b'{"format": 1, "inputs": []}', "a/Some name.json", is_whole=True)
    assert head is not None
    assert head.name == "Some name"


def test_a_newer_one_has_a_summary_and_a_problem() -> None:
    later = write_preset(_PRESET).replace(b'"format": 1', b'"format": 9')
    head = summary_of(later, "n.json", is_whole=True)
    assert head is not None
    assert head.name == "Golden"
    assert head.problem == "This preset was written by a newer version of this program."


def test_other_files_have_none() -> None:
    with pytest.raises(NotAPreset):
        summary_of(b"{}", "x.json", is_whole=True)
    with pytest.raises(DamagedPreset):
        summary_of(b"{", "x.json", is_whole=True)


def test_a_damaged_one_is_known_for_what_it_was() -> None:
    assert was_preset(write_preset(_PRESET)[:90])
    assert not was_preset(b'{"compilerOptions": {')


def test_a_file_without_a_hash_is_no_file() -> None:
    assert media_from_json({"name": "a.png", "size_bytes": 4}) is None
    assert media_from_json(["x"]) is None
