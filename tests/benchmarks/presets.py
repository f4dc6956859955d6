"""5,000 presets: listed at the start, scanned again, changed, and filtered."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 5000
_FOLDERS = 50
_INPUTS = 6
_READ = "floor: json.loads of each file"
_STAT = "floor: os.scandir and stat"
_TARGET = "<= 16 ms"
_LIST = "floor: Qt's own list and filter of as many names"
_TICK = "floor: the same program with no presets"


def measure(runs: int) -> list[Figure]:
    results, empty = [], []
    with data_folder() as files:
        write_presets(files / "presets")
        for _run in range(runs):
            with data_folder() as folder:
                empty.append(run("presets_scenario", str(folder), str(folder / "none"), "0"))
            with data_folder() as folder:
                results.append(
                    run("presets_scenario", str(folder), str(files / "presets"), str(COUNT))
                )
    name = f"{COUNT} presets"

    def one(what: str, key: str, floor: str = "", note: str = "") -> Figure:
        floors = [each[floor] for each in results] if floor else []
        return Figure(f"{name}: {what}", "ms", [each[key] for each in results], floors, "", note)

    plain = [median(each["floor_ms"]) for each in results]

    def middle(what: str, key: str, floor: list[float], note: str = "") -> Figure:
        values = [median(each[key]) for each in results]
        return Figure(f"{name}: {what}", "ms", values, floor, _TARGET, note)

    def worst(what: str, key: str) -> Figure:
        values = [max(each[key]) for each in results]
        return Figure(f"{name}: {what}, worst", "ms", values, [], _TARGET, is_worst=True)

    gaps, bare = ([each["gap_ms"] for each in both] for both in (results, empty))
    return [
        one("listed, from the session on", "listed_ms", "read_ms", _READ),
        one("looked through again", "again_ms", "stat_ms", _STAT),
        one("a change from outside, until it is told", "outside_ms"),
        Figure(f"{name}: largest gap meanwhile", "ms", gaps, bare, _TARGET, _TICK, is_worst=True),
        middle("a key in the filter, painted", "filter_ms", plain, _LIST),
        worst("a key in the filter", "filter_ms"),
        middle("the filter cleared", "clear_ms", []),
        middle("scrolled by a row, painted", "scroll_ms", []),
        worst("scrolled by a row", "scroll_ms"),
    ]


def write_presets(folder: Path) -> None:
    """Writes presets as a team might have after years: a few inputs each, in folders."""
    for number in range(COUNT):
        entries = tuple(
            PresetEntry(
                InputKey(str(node), "text"),
                "CLIPTextEncode",
                f"Prompt {node}",
                f"a lighthouse at dusk, number {number}, waves, rain and a small boat",
                position=("clip<CheckpointLoaderSimple", ">KSampler.positive"),
            )
            for node in range(_INPUTS)
        )
        preset = Preset(f"Light {number:04}", entries, deployment_name=f"flux-{number % 7}")
        file = folder / f"Folder {number % _FOLDERS}" / f"Light {number:04}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(write_preset(preset))
