"""Process measured by `presets`; times in ms.

Arguments: `DATA_DIR FOLDER COUNT`; FOLDER contains COUNT presets.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSortFilterProxyModel, QStringListModel, Qt
from PySide6.QtWidgets import QDialog, QDockWidget, QLineEdit, QListView, QVBoxLayout

from runcomfy_desktop.domain.presets.preset import Preset
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.store.preset_scan import PresetScan
from tests.benchmarks import scenario_steps
from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.benchmarks.paint_timing import PaintCounter, timed, typing_times
from tests.benchmarks.ticks import TickMonitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

_IDLE_S = 3.0
_STEP = "presets"
_FILTER_TEXT = "light 0123"
_SCROLLS = 60


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            else:
                yield entry


def _floor_ms(folder: Path, *, reads: bool) -> float:
    started_s = time.perf_counter()
    for entry in _files(folder) if folder.is_dir() else ():
        entry.stat(follow_symlinks=False)
        if reads:
            json.loads(Path(entry.path).read_bytes())
    return (time.perf_counter() - started_s) * 1000


def _rescan_ms(folder: Path) -> float:
    """Measures a second scan, which finds nothing new."""
    scan = PresetScan(folder)
    scan.scan()
    started_s = time.perf_counter()
    scan.scan()
    return (time.perf_counter() - started_s) * 1000


def _add_preset(folder: Path) -> Path:
    """Adds a preset as another program would."""
    folder.mkdir(exist_ok=True)
    made = folder / "From outside.json"
    made.write_bytes(write_preset(Preset("From outside")))
    return made


def _own_preset_count(preset_library: PresetLibrary) -> int:
    return sum(not head.is_shipped for head in preset_library.state.summaries)


async def _list_times(window: MainWindow) -> dict[str, list[float]]:
    """Measures the list in its dock: each filter key and each scroll step until it is painted."""
    dock = scenario_steps.find(window, QDockWidget, "presets_dock")
    dock.show()
    dock.raise_()
    view = scenario_steps.find(window, QListView, "presets")
    await scenario_steps.wait_until("the list", lambda: view.isVisible())
    await asyncio.sleep(_IDLE_S)
    paints, box = PaintCounter(view), scenario_steps.find(window, QLineEdit, "presets_filter")
    filter_ms = typing_times(paints, box, _FILTER_TEXT)
    clear_ms = timed(paints, box.clear)
    bar = view.verticalScrollBar()
    scroll = [partial(bar.setValue, number * bar.singleStep()) for number in range(1, _SCROLLS)]
    scroll_ms = [timed(paints, each) for each in scroll]
    return {"filter_ms": filter_ms, "clear_ms": [clear_ms], "scroll_ms": scroll_ms}


async def _floor(window: MainWindow, names: list[str]) -> list[float]:
    """Measures the same keys with Qt's own list and filter, with the same number of plain names."""
    page = QDialog(window)
    box, view, proxy = QLineEdit(page), QListView(page), QSortFilterProxyModel(page)
    proxy.setSourceModel(QStringListModel(names, proxy))
    proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    box.textChanged.connect(proxy.setFilterFixedString)
    view.setUniformItemSizes(True)
    view.setModel(proxy)
    layout = QVBoxLayout(page)
    layout.addWidget(box)
    layout.addWidget(view)
    page.resize(240, 600)
    page.open()
    await asyncio.sleep(_IDLE_S)
    times = typing_times(PaintCounter(view), box, _FILTER_TEXT)
    page.reject()
    return times


async def _scenario(folder: Path, count: int) -> None:
    window = await scenario_steps.open_window()
    ticks = TickMonitor(samples_stacks="BENCHMARK_STACKS" in os.environ)
    ticks.begin(_STEP)
    preset_library = (await scenario_steps.session_services(window)).preset_library
    started_s = time.perf_counter()
    await scenario_steps.wait_until(
        "all of them",
        lambda: _own_preset_count(preset_library) >= count and not preset_library.state.loading,
    )
    listed_ms = (time.perf_counter() - started_s) * 1000
    await asyncio.sleep(_IDLE_S)
    made = _add_preset(folder)
    started_s = time.perf_counter()
    await scenario_steps.wait_until(
        "the new one", lambda: _own_preset_count(preset_library) > count
    )
    outside_ms = (time.perf_counter() - started_s) * 1000
    made.unlink()
    await scenario_steps.wait_until(
        "it is gone", lambda: _own_preset_count(preset_library) == count
    )
    gap_ms = ticks.gaps[_STEP].ms
    names = [head.name for head in preset_library.state.summaries]
    shown = await _list_times(window) if count else {}
    print_result(
        {
            **shown,
            "floor_ms": await _floor(window, names),
            "listed_ms": listed_ms,
            "outside_ms": outside_ms,
            "gap_ms": gap_ms,
            "again_ms": await asyncio.to_thread(_rescan_ms, folder),
            "read_ms": await asyncio.to_thread(_floor_ms, folder, reads=True),
            "stat_ms": await asyncio.to_thread(_floor_ms, folder, reads=False),
        }
    )


if __name__ == "__main__":
    data_dir, presets, preset_count = sys.argv[1:]
    settings_file = Path(data_dir) / "settings.json"
    settings_file.write_text(json.dumps({"presets_folder": presets}), encoding="utf-8")
    play(lambda: _scenario(Path(presets), int(preset_count)), ["--data-dir", data_dir])
