"""Process measured by `rows`: the real panel (`jobs`) or a table of plain texts (`bare`)."""

from __future__ import annotations

import cProfile
import itertools
import os
import pstats
import random
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView, QWidget

from runcomfy_desktop.app.garbage_collector import GarbageCollector
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.job_queue.panel import JobsPanel
from runcomfy_desktop.ui.job_queue.sort_order import SORT_ORDERS
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from runcomfy_desktop.ui.style import theme
from tests.benchmarks.json_output import print_result
from tests.gui.support.scripted_queue import ScriptedQueue, job, output, picture

if TYPE_CHECKING:
    from collections.abc import Callable

JOBS = 10_000
CHANGES_PER_SECOND = 50
FRAME_S = 1 / 60
_S = JobState
_NEXT = {
    _S.WAITING: _S.SENDING,
    _S.SENDING: _S.QUEUED,
    _S.QUEUED: _S.RUNNING,
    _S.RUNNING: _S.FETCHING,
    _S.FETCHING: _S.DONE,
}
_STATE_MIX = (*[_S.DONE] * 5, *[_S.QUEUED] * 3, _S.RUNNING, _S.WAITING, _S.FAILED)


class FramePlayer:
    """Plays frames at 60 per second and records how long each kept the GUI thread busy."""

    def __init__(self, app: QApplication) -> None:
        self._app = app

    def play(self, actions: list[Callable[[], object] | None]) -> dict[str, float]:
        """Plays one frame per action; if some frames have an action, only those count."""
        taken_ms, worked_ms = [], []
        counts_all = all(actions) or not any(actions)
        for action in actions:
            started_s, worked_s = time.perf_counter(), time.thread_time()
            if action is not None:
                action()
            self._app.processEvents()
            took_s = time.perf_counter() - started_s
            if counts_all or action is not None:
                taken_ms.append(took_s * 1000)
                worked_ms.append((time.thread_time() - worked_s) * 1000)
            time.sleep(max(0.0, FRAME_S - took_s))
        return {
            "median": statistics.median(taken_ms),
            "p99": _p99(taken_ms),
            "worst": max(taken_ms),
            "work": _p99(worked_ms),
            "over": sum(each > FRAME_S * 1000 for each in taken_ms),
            "frames": len(taken_ms),
        }


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def main() -> None:
    app = QApplication(sys.argv[:1])
    theme.apply(app, ThemeMode.LIGHT)
    is_bare = sys.argv[1] == "bare"
    table, sort, _keep_alive = _bare() if is_bare else _jobs(pictures())
    # The program also uses this garbage collector.
    garbage = GarbageCollector(table)
    for _round in range(30):
        app.processEvents()
        time.sleep(0.02)
    bar = table.verticalScrollBar()
    steps = itertools.count(1)

    def to(pixels: int) -> Callable[[], object]:
        return lambda: bar.setValue(next(steps) * pixels % max(1, bar.maximum()))

    frames = FramePlayer(app)
    profile = cProfile.Profile() if "BENCHMARK_PROFILE" in os.environ else None
    if profile is not None:
        profile.enable()
    page = table.viewport().height()
    every_tenth: list[Callable[[], object] | None] = [
        sort if number % 10 == 0 else None for number in range(200)
    ]
    results = {
        "rest": frames.play([None] * 180),
        "scroll": frames.play([to(40)] * 240),
        "pages": frames.play([to(page)] * 240),
        "sort": frames.play(every_tenth),
    }
    if profile is not None:
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(45)
    garbage.stop()
    print_result(results)
    sys.stdout.flush()
    os._exit(0)


def pictures() -> list[str]:
    """Writes sample results and returns their paths."""
    folder = Path(tempfile.mkdtemp(prefix="runcomfy-desktop-benchmark-"))
    colours = [f"#{number * 9:02x}60{255 - number * 9:02x}" for number in range(24)]
    return [
        picture(folder, f"{number}.png", (512, 512), each) for number, each in enumerate(colours)
    ]


def _jobs(made: list[str]) -> tuple[QTableView, Callable[[], object], object]:
    rng = random.Random(1)
    queue = ScriptedQueue(*(_job(rng, number, made) for number in range(JOBS)))
    panel = JobsPanel(SessionScope(QWidget()), queue.as_queue())
    panel.show_filter(JobFilter.ALL)
    panel.resize(1000, 700)
    panel.show()
    ids = list(queue.jobs)
    changes = QTimer(panel)
    changes.timeout.connect(lambda: queue.put(_changed(rng, queue.jobs[rng.choice(ids)])))
    changes.start(1000 // CHANGES_PER_SECOND)
    # Another column each time.
    orders = itertools.cycle(sorted(SORT_ORDERS, key=lambda order: order.is_descending))
    return panel.table, lambda: panel.set_order(next(orders)), (panel, queue)


def _job(rng: random.Random, number: int, made: list[str]) -> Job:
    state = rng.choice(_STATE_MIX)
    started_s = JOBS - number
    return job(
        f"job-{number}",
        state,
        ago_s=float(started_s),
        title=f"a picture of thing number {rng.randrange(JOBS)} · seed {number}",
        deployment_name=rng.choice(("flux-kontext", "sdxl-portrait", "wan-video")),
        order=float(number),
        reason="KSampler: out of memory" if state is _S.FAILED else "",
        outputs=(output(rng.choice(made)),) if state is _S.DONE else (),
    )


def _changed(rng: random.Random, old: Job) -> Job:
    state = _NEXT.get(old.state)
    if state is None:
        return replace(old, queue_position=rng.randrange(100))
    return old.with_state(state, running_s=time.time() if state is _S.RUNNING else old.running_s)


def _bare() -> tuple[QTableView, Callable[[], object], object]:
    rng = random.Random(1)
    model = QStandardItemModel()
    for number in range(JOBS):
        texts = (f"thing {rng.randrange(JOBS)}", "flux", "Done", "waited 0:21", f"{number}")
        model.appendRow([QStandardItem(text) for text in texts])
    table = QTableView()
    table.setModel(model)
    table.verticalHeader().hide()
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.resize(1000, 700)
    table.show()
    changes = QTimer(table)
    changes.timeout.connect(
        lambda: model.item(rng.randrange(JOBS), 2).setText(f"Running {rng.random():.3}")
    )
    changes.start(1000 // CHANGES_PER_SECOND)
    columns = itertools.cycle(range(5))
    return table, lambda: model.sort(next(columns)), model


if __name__ == "__main__":
    main()
