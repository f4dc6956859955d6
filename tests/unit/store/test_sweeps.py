"""Grids on disk are read back unchanged; damaged or newer files do no harm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, SearchReplace, Sweep
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store import sweeps as module
from runcomfy_desktop.store.sweeps import StoredSweep, SweepStore

if TYPE_CHECKING:
    from pathlib import Path

CFG, PROMPT, IMAGE = InputKey("3", "cfg"), InputKey("6", "text"), InputKey("9", "image")
FILE = MediaFile("cat.png", "a" * 64 + ".png", "a" * 64, "image/png", 10, 4, 4)


def grid(sweep_id: str = "1" * 32, created_s: float = 5.0) -> Sweep:
    values = Axis("cfg", (AxisPoint("4", {CFG: 4.0}), AxisPoint("7", {CFG: 7.0})))
    words = Axis("“fox”", (AxisPoint("hen", replacement=SearchReplace(PROMPT, "fox", "hen")),))
    there = Axis("Deployment", (AxisPoint("B", {IMAGE: FILE}, "d2"),))
    return Sweep(sweep_id, "first", (values, words, there), False, "d1", "Flux", created_s)


async def test_a_grid_comes_back_as_it_was(tmp_path: Path) -> None:
    store = SweepStore(tmp_path / "sweeps")
    assert (await store.load()).sweeps == ()
    await store.save(StoredSweep(grid(), has_stored_jobs=False))
    [kept] = (await store.load()).sweeps
    assert kept == StoredSweep(grid(), has_stored_jobs=False)
    await store.save(StoredSweep(grid(), has_stored_jobs=True))
    await store.save(StoredSweep(grid("2" * 32, 9.0), has_stored_jobs=True))
    assert [each.sweep.sweep_id[0] for each in (await store.load()).sweeps] == ["1", "2"]
    await store.remove("1" * 32)
    await store.remove("1" * 32)
    assert [each.sweep.sweep_id[0] for each in (await store.load()).sweeps] == ["2"]


async def test_a_zipped_grid_comes_back(tmp_path: Path) -> None:
    store = SweepStore(tmp_path)
    axes = (
        Axis("a", (AxisPoint("1"), AxisPoint("2"))),
        Axis("b", (AxisPoint("3"), AxisPoint("4"))),
    )
    await store.save(StoredSweep(Sweep("3" * 32, "", axes, is_zip=True), has_stored_jobs=True))
    [kept] = (await store.load()).sweeps
    assert kept.sweep.is_zip
    assert kept.sweep.cell_count == 2


async def test_what_may_be_a_key_in_an_address_is_not_written(tmp_path: Path) -> None:
    address = "https://example.com/cat.png?X-Amz-Signature=abc#part"
    axes = (Axis("image", (AxisPoint("cat", {IMAGE: address}),)),)
    store = SweepStore(tmp_path)
    await store.save(StoredSweep(Sweep("4" * 32, "", axes), has_stored_jobs=True))
    text = (tmp_path / f"{'4' * 32}.json").read_text()
    assert "X-Amz" not in text
    assert "https://example.com/cat.png" in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"axes": []}',
        '{"axes": [4]}',
        '{"axes": [{"points": []}]}',
        '{"axes": [{"points": [7]}]}',
        '{"axes": [{"points": [{}]}, {"points": [{}, {}]}], "is_zip": true}',
        json.dumps({"axes": [{"points": [{}] * 101}] * 2}),
        json.dumps({"axes": [{"points": [{}]}] * 4}),
        "[" * 100_000,
    ],
)
async def test_what_is_damaged_is_put_aside(tmp_path: Path, text: str) -> None:
    store = SweepStore(tmp_path)
    path = tmp_path / f"{'5' * 32}.json"
    path.write_text(text)
    await store.save(StoredSweep(grid(), has_stored_jobs=True))
    reading = await store.load()
    assert reading.damaged_count == 1
    assert [stored.sweep.name for stored in reading.sweeps] == ["first"]
    assert not path.exists()
    assert (await store.load()).damaged_count == 0


async def test_odd_facts_fall_back(tmp_path: Path) -> None:
    odd = {
        "axes": [{"name": 4, "points": [{"label": None, "values": 3, "replaces": 9}]}],
        "created_s": True,
        "is_entered": "yes",
        "name": ["x"],
    }
    (tmp_path / f"{'6' * 32}.json").write_text(json.dumps(odd))
    [kept] = (await SweepStore(tmp_path).load()).sweeps
    assert kept == StoredSweep(
        Sweep("6" * 32, "", (Axis("", (AxisPoint(""),)),)), has_stored_jobs=False
    )


async def test_a_grid_of_a_newer_program_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / f"{'7' * 32}.json"
    path.write_text(json.dumps({"format": 99, "axes": "another kind"}))
    reading = await SweepStore(tmp_path).load()
    assert (reading.sweeps, reading.newer_count, reading.damaged_count) == ((), 1, 0)
    assert path.exists()


async def test_strange_names_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{")
    (tmp_path / f"{'8' * 32}.json").mkdir()
    assert (await SweepStore(tmp_path).load()).damaged_count == 0
    assert (tmp_path / "notes.json").exists()


async def test_a_disk_that_refuses_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sweeps").write_text("a file where the folder should be")
    with pytest.raises(Problem):
        await SweepStore(tmp_path / "sweeps").save(StoredSweep(grid(), has_stored_jobs=False))
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    with pytest.raises(Problem, match="too large to be kept"):
        await SweepStore(tmp_path).save(StoredSweep(grid(), has_stored_jobs=False))
