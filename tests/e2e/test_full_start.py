"""A start on a full disk: what runs is shown, followed and cancelled, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.place import OFTEN, Place, open_by_keys
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Programs

pytestmark = pytest.mark.root
ABOUT = "About RunComfy Desktop"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", kilobytes=8192) as made:
        yield made


@pytest.mark.parametrize("has_reserve", [True, False])
def test_it_starts_and_follows_what_runs(
    programs: Programs, display: Display, disk: SmallDisk, has_reserve: bool
) -> None:
    """That it can be cancelled then: tests/gui/test_full_disk.py."""
    programs.patience = OFTEN
    place = Place(programs, display, disk.path / "data")
    place.serve("--cold-start", "0", "--run-time", "3600")
    first = place.start()
    place.press_run()
    place.wait_for_state("running")
    assert first.terminate() == 0
    if not has_reserve:
        # It was used up, by an earlier start for example.
        place.history.with_name("history.reserve").unlink()
    disk.fill()
    asked = place.calls().get("status", 0)
    again = place.open_window()
    wait_until("the job is asked about", lambda: place.calls().get("status", 0) > asked)
    disk.fill()
    display.press("ctrl+Return")
    # What was pressed after it shows that this was heard.
    open_by_keys(display, ABOUT, "alt+h", "a")
    assert again.terminate() == 0
    assert "Traceback" not in again.stderr
    assert place.accepted() == 1
