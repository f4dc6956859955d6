"""Files and links that wait for a session: the newest of each is passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.ui.main_window.pending_requests import PendingLink, PendingRequests
from tests.support.clocks import FakeClock

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.problem import Problem

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


class _Receiver:
    def __init__(self, requests: PendingRequests) -> None:
        self.files: list[object] = []
        self.links: list[str] = []
        self.problems: list[Problem] = []
        requests.file_arrived.connect(self.files.append)
        requests.link_arrived.connect(lambda link: self.links.append(link.deployment_id))
        requests.refused.connect(self.problems.append)


@pytest.fixture
def requests(qapp: object) -> PendingRequests:
    return PendingRequests()


def test_the_newest_file_and_link_wait_for_a_session(requests: PendingRequests) -> None:
    receiver = _Receiver(requests)
    for each in ("/a.json", deployment_link(FLUX), "", deployment_link(KONTEXT), "/b.json"):
        requests.add(each)
    assert (receiver.files, receiver.links) == ([], [])
    requests.begin_session()
    assert (receiver.files, receiver.links) == (["/b.json"], [KONTEXT])
    requests.add("/c.json")
    assert receiver.files == ["/b.json", "/c.json"]


def test_an_invalid_link_is_reported_at_once_and_replaces_no_other(
    requests: PendingRequests,
) -> None:
    receiver = _Receiver(requests)
    requests.add(deployment_link(FLUX))
    requests.add("runcomfy-desktop:x")
    assert [each.title for each in receiver.problems] == ["This link cannot be opened."]
    requests.begin_session()
    assert receiver.links == [FLUX]


def test_a_link_is_as_old_as_its_arrival(qapp: object) -> None:
    clock = FakeClock(100.0)
    requests = PendingRequests(clock_s=clock)
    links: list[PendingLink] = []
    requests.link_arrived.connect(links.append)
    requests.add(deployment_link(FLUX))
    clock.advance(3600.0)
    requests.begin_session()
    assert [each.since_s for each in links] == [100.0]


def test_after_a_session_requests_wait_for_the_next(requests: PendingRequests) -> None:
    receiver = _Receiver(requests)
    end_session = requests.begin_session()
    end_session()
    requests.add("/a.json")
    assert receiver.files == []
    requests.begin_session()
    assert receiver.files == ["/a.json"]


def test_a_path_keeps_bytes_that_are_not_text(requests: PendingRequests) -> None:
    receiver = _Receiver(requests)
    requests.begin_session()
    requests.add("/caf\udce9.json")
    assert receiver.files == ["/caf\udce9.json"]
