"""A start on a full disk: a running job is shown and followed, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.data_folder import FAST_POLLING, ProgramFolder, open_by_keys
from tests.support.process_wait import wait_until
from tests.support.small_disk import SmallDisk, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

pytestmark = pytest.mark.root
ABOUT = "About RunComfy Desktop"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", kilobytes=8192) as made:
        yield made


@pytest.mark.parametrize("has_reserve", [True, False])
def test_it_starts_and_follows_what_runs(
    programs: ProgramProcesses, display: Display, disk: SmallDisk, has_reserve: bool
) -> None:
    """Cancelling a running job is tested in tests/gui/main_window/test_full_disk.py."""
    programs.timeouts = FAST_POLLING
    program_folder = ProgramFolder(programs, display, disk.path / "data")
    program_folder.start_service("--cold-start", "0", "--run-time", "3600")
    first = program_folder.start()
    program_folder.press_run()
    program_folder.wait_for_state("running")
    assert first.terminate() == 0
    if not has_reserve:
        # The reserve was used up, for example by an earlier start.
        program_folder.history.with_name("history.reserve").unlink()
    disk.fill()
    asked = program_folder.calls().get("status", 0)
    again = program_folder.open_window()
    wait_until("the job is asked about", lambda: program_folder.calls().get("status", 0) > asked)
    disk.fill()
    display.press("ctrl+Return")
    # The effect of a later key shows that this one was handled.
    open_by_keys(display, ABOUT, "alt+h", "a")
    assert again.terminate() == 0
    assert "Traceback" not in again.stderr
    assert program_folder.accepted_count() == 1
