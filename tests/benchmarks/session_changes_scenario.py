"""Process measured by `session_changes`; argument: `DATA_DIR`.

A job that never ends keeps the demo's service running between its sessions.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.benchmarks.process_memory import resident_mb

if TYPE_CHECKING:
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

_CHANGES = 100
# Caches and memory pools fill in the first changes.
_WARM_UP_CHANGES = 20
_IDLE_S = 2.0


async def _open_demo(window: MainWindow) -> SessionServices:
    from tests.benchmarks import constants, scenario_steps

    services = await scenario_steps.session_services(window)
    await scenario_steps.wait_until("the demo", lambda: services.account.state.is_demo)
    await scenario_steps.open_deployment(services, constants.SLOW)
    panels = scenario_steps.session_view(window).panels
    await scenario_steps.wait_until("the queue", lambda: panels.jobs_panel.model.rowCount() > 0)
    return services


async def _run_endless_job(window: MainWindow) -> None:
    from PySide6.QtWidgets import QPushButton

    from tests.benchmarks import constants, scenario_steps

    services = await scenario_steps.session_services(window)
    await scenario_steps.open_deployment(services, constants.SLOW)
    scenario_steps.find(window, QPushButton, "run").click()
    await scenario_steps.wait_until("a job", lambda: services.queue.jobs)


async def _change(window: MainWindow) -> None:
    """Goes to the account, which has no key, and back to the demo."""
    from PySide6.QtWidgets import QWidget

    from tests.benchmarks import scenario_steps

    window.account_requested.emit()
    await scenario_steps.wait_until(
        "the first page",
        lambda: any(each.isVisible() for each in window.findChildren(QWidget, "welcome_page")),
    )
    ended = scenario_steps.session_view(window)
    window.demo_requested.emit()
    await scenario_steps.wait_until("another session", lambda: window._session is not ended)
    await _open_demo(window)


def _resident_mb() -> float:
    """Returns the resident memory without Qt's cache of pictures, which may grow to 10 MB."""
    from PySide6.QtGui import QPixmapCache

    QPixmapCache.clear()
    return resident_mb()


async def _scenario() -> None:
    from tests.benchmarks import scenario_steps
    from tests.support.census import take_census

    window = await scenario_steps.open_window()
    await _run_endless_job(window)
    for _number in range(_WARM_UP_CHANGES):
        await _change(window)
    await asyncio.sleep(_IDLE_S)
    before, start_mb, started_s = take_census(window), _resident_mb(), time.perf_counter()
    for _number in range(_CHANGES):
        await _change(window)
    change_ms = (time.perf_counter() - started_s) * 1000 / _CHANGES
    await asyncio.sleep(_IDLE_S)
    kept = take_census(window) - before
    print_result(
        {
            "change_ms": change_ms,
            "kept": sorted(kept),
            "kept_count": kept.total(),
            "start_mb": start_mb,
            "kept_mb": _resident_mb() - start_mb,
        }
    )


if __name__ == "__main__":
    play(_scenario, ["--demo", "--data-dir", sys.argv[1]])
