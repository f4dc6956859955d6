"""Hostile results in the output panel, fetched by the real queue: shown in bounds, or a card."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.ui.outputs.panel import OutputPanel
from tests.gui.support.hostile_house import stands
from tests.support.hostile import CANARY
from tests.support.hostile_results import RESULTS, Shown
from tests.support.results_bench import ends_with, later_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

# Some results are decoded for long where many programs share a processor.
pytestmark = pytest.mark.lasts(100)


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.name)
async def test_a_strange_result_is_shown_or_explained(
    qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture, result: Shown
) -> None:
    caplog.set_level(logging.DEBUG)
    async with later_bench(tmp_path) as bench:
        panel = OutputPanel()
        panel.attach(bench.queue)
        panel.resize(400, 760)
        panel.show()
        job = await ends_with(bench, result.makes)
        panel.show_job(job.job_id)
        told = ["1 of 1 files came damaged"] if result.is_told else []
        assert [title.rpartition(": ")[2] for title in bench.titles()] == told
        stage = panel.stage
        await until(
            lambda: stands(panel, result),
            saying=lambda: (stage.currentWidget(), stage.card.text()),
        )
        panel.grab()
        panel.detach()
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
