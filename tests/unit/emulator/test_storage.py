"""The storage host's own days: files that come late, cut, from elsewhere, or not any more."""

from __future__ import annotations

import pytest

from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.switches import Switches
from tests.unit.emulator.asking import FLUX, Line

WEEK_S = 7 * 24 * 3600
SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}


def finished(line: Line) -> str:
    """The address of a file that is just there."""
    accepted = line.submit(SMALL, FLUX)
    line.clock.advance(5)
    return str(line.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"])


@pytest.mark.parametrize("status", [404, 403])
def test_a_file_is_kept_for_seven_days(status: int) -> None:
    line = Line(pace=Pace(0, 5, 0), switches=Switches(expired_status=status))
    url = finished(line)
    line.clock.advance(WEEK_S - 1)
    assert line.download(url).status == 200
    line.clock.advance(1)
    assert line.download(url).status == status


def test_what_was_is_still_told_after_seven_days() -> None:
    line = Line(pace=Pace(0, 5, 0))
    accepted = line.submit(SMALL, FLUX)
    line.clock.advance(WEEK_S + 5)
    assert line.get(accepted["result_url"])["status"] == "succeeded"


def test_a_download_can_be_slow() -> None:
    line = Line(pace=Pace(0, 5, 0), faults="slow-download:3:1")
    url = finished(line)
    assert line.download(url).trickle_s == 3
    assert line.download(url).trickle_s == 0


def test_a_download_can_point_elsewhere_or_here() -> None:
    line = Line(pace=Pace(0, 5, 0), faults="redirect-download:1,redirect-download:1:here")
    url = finished(line)
    path = url.removeprefix(line.world.storage_url)
    first, second, third = (line.download(url) for _ in range(3))
    assert (first.status, first.headers["Location"]) == (302, f"http://elsewhere.invalid{path}")
    assert (second.status, second.headers["Location"]) == (302, url)
    assert third.status == 200


def test_faults_of_other_calls_leave_downloads_alone() -> None:
    line = Line(pace=Pace(0, 5, 0), faults="cut-download@object-info:1")
    assert line.download(finished(line)).sent_bytes is None
