"""Data for axes: folders in natural order of names, tables, and their errors."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.media.media_store import MAX_FILES, MediaStore
from runcomfy_desktop.core.sweeps.axis_spec_reader import AxisSpecReader, natural_sort_key
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_checks import media_error
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.sweeps.axes import build_axis
from runcomfy_desktop.domain.sweeps.spec import CsvSpec, DeploymentsSpec, FilesSpec, PresetsSpec
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from tests.support.image_files import png_claiming_size

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = png_claiming_size(1, 1)
IMAGE = InputKey("1", "image")
DRAFT = Draft(
    workflow_from_json({"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}}),
    DraftSource(""),
)


FILES = {"picture": PICTURE, "key": b"-----BEGIN OPENSSH PRIVATE KEY-----"}


def messages(name: str) -> MediaFile:
    """Returns a file as a preset describes it; the description may be wrong."""
    data = FILES[name]
    sha = hashlib.sha256(data).hexdigest()
    return MediaFile(f"{name}.png", f"{sha}.png", sha, "image/png", len(data), 640, 480)


def reader(folder: Path) -> AxisSpecReader:
    media_store = MediaStore(folder / "media", lambda _path: (1, 1), Notices())
    return AxisSpecReader(media_store, lambda: [Deployment("d1", "Flux")], preset_at)


async def preset_at(path: str) -> Preset:
    if path == "gone":
        raise Problem("This preset is gone.")
    if path in FILES:
        return Preset(path, (PresetEntry(IMAGE, "LoadImage", "", messages(path)),))
    return Preset(path, (PresetEntry(IMAGE, "LoadImage", "", f"{path}.png"),))


async def title(folder: Path, spec: FilesSpec | CsvSpec | DeploymentsSpec | PresetsSpec) -> str:
    with pytest.raises(Problem) as caught:
        await reader(folder).read(spec, DRAFT, None)
    return caught.value.title


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["b10.png", "B9.png", "a.png", "10.png", "9.png", "b.png"]
    assert sorted(names, key=natural_sort_key) == [
        "9.png",
        "10.png",
        "a.png",
        "B9.png",
        "b10.png",
        "b.png",
    ]
    # Digits of other scripts do not count as numbers.
    assert sorted(["²", "1", "x"], key=natural_sort_key)


async def test_the_files_of_a_folder_are_an_axis_and_are_kept_when_they_are_sent(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("b10.png", "b9.png", ".hidden.png"):
        (folder / name).write_bytes(PICTURE)
    (folder / "notes.txt").write_text("no picture")
    (folder / "inner.png").mkdir()
    spec, read = FilesSpec(IMAGE, str(folder)), reader(tmp_path)
    axis = build_axis(spec, DRAFT, None, await read.read(spec, DRAFT, None))
    assert [point.label for point in axis.points] == ["b9.png", "b10.png"]
    assert not (tmp_path / "media").exists()
    # Only their type is known; they must not be taken for files of another type.
    for point in axis.points:
        found = point.values[IMAGE]
        assert isinstance(found, MediaFile)
        assert media_error(found, InputKind.IMAGE) == ""
    stored = await read.store_files(axis, spec, DRAFT, None)
    for point in stored.points:
        file = point.values[IMAGE]
        assert isinstance(file, MediaFile)
        assert (tmp_path / "media" / file.stored_name).read_bytes() == PICTURE
    (folder / "b9.png").unlink()
    with pytest.raises(Problem, match=r"b9\.png could not be read"):
        await read.store_files(axis, spec, DRAFT, None)


async def test_folders_that_cannot_be_an_axis(tmp_path: Path) -> None:
    missing = FilesSpec(IMAGE, str(tmp_path / "missing"))
    assert (await title(tmp_path, missing)).startswith("The folder ")
    assert (await title(tmp_path, FilesSpec(IMAGE, "nul\0"))).startswith("The folder ")
    (tmp_path / "notes.txt").write_text("x")
    # Records that this program writes next to results do not count as the user's files.
    (tmp_path / "a.png.run.json").write_text("{}")
    assert (await title(tmp_path, FilesSpec(IMAGE, str(tmp_path)))).endswith(
        "has 1 file, and none that this input takes."
    )
    many = tmp_path / "many"
    many.mkdir()
    for number in range(MAX_FILES + 1):
        (many / f"{number}.png").write_bytes(b"")
    found = await title(tmp_path, FilesSpec(IMAGE, str(many)))
    assert found.endswith(f"has more than {MAX_FILES} files.")


async def test_tables_are_read_from_plain_files_only(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_bytes(b"\xef\xbb\xbfcfg;steps\n1;2\n")
    found = await reader(tmp_path).read(CsvSpec(str(path)), DRAFT, None)
    assert found.table is not None
    assert found.table.columns == ("cfg", "steps")
    wanted = "The CSV file missing.csv cannot be read."
    assert await title(tmp_path, CsvSpec(str(tmp_path / "missing.csv"))) == wanted
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        wanted = "The CSV file pipe.csv cannot be read."
        assert await title(tmp_path, CsvSpec(str(tmp_path / "pipe.csv"))) == wanted
    assert (await title(tmp_path, CsvSpec("nul\0.csv"))).endswith("cannot be read.")


async def test_deployments_are_those_of_the_list(tmp_path: Path) -> None:
    found = await reader(tmp_path).read(DeploymentsSpec(("d1",)), DRAFT, None)
    assert found.deployments == (("d1", "Flux"),)
    wanted = "One of these deployments is not in the list any more."
    assert await title(tmp_path, DeploymentsSpec(("d2",))) == wanted


async def test_presets_are_read_with_what_they_set(tmp_path: Path) -> None:
    found = await reader(tmp_path).read(PresetsSpec(("a", "b")), DRAFT, None)
    assert found.presets == (("a", {IMAGE: "a.png"}), ("b", {IMAGE: "b.png"}))
    assert await title(tmp_path, PresetsSpec(("a", "gone"))) == "This preset is gone."


async def test_the_files_of_presets_are_what_the_preset_library_has(tmp_path: Path) -> None:
    refused = "The preset “%s” does not fit this workflow: image."
    assert await title(tmp_path, PresetsSpec(("picture",))) == refused % "picture"
    (tmp_path / "media").mkdir()
    for name in FILES:
        (tmp_path / "media" / messages(name).stored_name).write_bytes(FILES[name])
    found = await reader(tmp_path).read(PresetsSpec(("picture",)), DRAFT, None)
    stored = replace(messages("picture"), width=1, height=1)
    assert found.presets == (("picture", {IMAGE: stored}),)
    assert await title(tmp_path, PresetsSpec(("key",))) == refused % "key"
