"""5,000 presets: listed at the start, looked through again, changed, and filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.preset.writing import write_preset
from runcomfy_desktop.domain.workflow import InputKey
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 5000
_FOLDERS = 50
_INPUTS = 6
_READ = "floor: json.loads of each file"
_STAT = "floor: os.scandir and stat"
_TICK = "floor: the same program with no presets"


def measure(runs: int) -> list[Figure]:
    said, empty = [], []
    with data_folder() as files:
        write_presets(files / "presets")
        for _run in range(runs):
            with data_folder() as folder:
                empty.append(run("presets_day", str(folder), str(folder / "none"), "0"))
            with data_folder() as folder:
                said.append(run("presets_day", str(folder), str(files / "presets"), str(COUNT)))
    name = f"{COUNT} presets"

    def one(what: str, key: str, floor: str = "", note: str = "") -> Figure:
        floors = [each[floor] for each in said] if floor else []
        return Figure(f"{name}: {what}", "ms", [each[key] for each in said], floors, "", note)

    gaps, bare = ([each["gap_ms"] for each in both] for both in (said, empty))
    return [
        one("listed, from the session on", "listed_ms", "read_ms", _READ),
        one("looked through again", "again_ms", "stat_ms", _STAT),
        one("a change from outside, until it is told", "outside_ms"),
        Figure(f"{name}: largest gap meanwhile", "ms", gaps, bare, "<= 16 ms", _TICK, worst=True),
    ]


def write_presets(folder: Path) -> None:
    """As a team might have them after years: a few inputs each, in folders."""
    for number in range(COUNT):
        entries = tuple(
            Entry(
                InputKey(str(node), "text"),
                "CLIPTextEncode",
                f"Prompt {node}",
                f"a lighthouse at dusk, number {number}, waves, rain and a small boat",
                place=("clip<CheckpointLoaderSimple", ">KSampler.positive"),
            )
            for node in range(_INPUTS)
        )
        preset = Preset(f"Light {number:04}", entries, deployment_name=f"flux-{number % 7}")
        file = folder / f"Folder {number % _FOLDERS}" / f"Light {number:04}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(write_preset(preset))
