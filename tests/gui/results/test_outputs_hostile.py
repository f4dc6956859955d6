"""Malicious results in the output panel, fetched by the real queue: bounded, or as a card."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.ui.results.panel import OutputPanel
from tests.gui.support.hostile_inputs import is_result_shown
from tests.support.async_wait import wait_until
from tests.support.hostile_cases import CANARY
from tests.support.hostile_results import RESULTS, HostileResult
from tests.support.result_runs import open_slow_harness, run_ending_with

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.base.session_scope import SessionScope

# Some results take long to decode on a shared processor.
pytestmark = pytest.mark.lasts(100)


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.name)
async def test_a_strange_result_is_shown_or_explained(
    scope: SessionScope, tmp_path: Path, caplog: pytest.LogCaptureFixture, result: HostileResult
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_slow_harness(tmp_path) as harness:
        panel = OutputPanel(scope, harness.queue)
        panel.resize(400, 760)
        panel.show()
        job = await run_ending_with(harness, result.make_outcome)
        panel.show_job(job.job_id)
        received = ["1 of 1 files came damaged"] if result.has_notice else []
        assert [title.rpartition(": ")[2] for title in harness.titles()] == received
        result_view = panel.result_view
        await wait_until(
            lambda: is_result_shown(panel, result),
            describe=lambda: (result_view.currentWidget(), result_view.file_card.text()),
        )
        panel.grab()
        scope.close()
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
