"""Faults of the storage host: files that come late, cut, from elsewhere, or no longer."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from runcomfy_desktop.emulator.http_messages import Reply, Request
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.output_folder import NodeOutput, SavedFile
from runcomfy_desktop.emulator.run_outcome import RunOutcome
from runcomfy_desktop.emulator.storage import tiny_png
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.unit.emulator.emulator_harness import FLUX, EmulatorHarness

WEEK_S = 7 * 24 * 3600
SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}


def finished(connection: EmulatorHarness) -> str:
    """Returns the address of a file that was just written."""
    accepted = connection.submit(SMALL, FLUX)
    connection.clock.advance(5)
    return str(connection.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"])


@pytest.mark.parametrize("status", [404, 403])
def test_a_file_is_kept_for_seven_days(status: int) -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 5, 0), switches=BehaviourSwitches(expired_status=status)
    )
    url = finished(connection)
    connection.clock.advance(WEEK_S - 1)
    assert connection.download(url).status == 200
    connection.clock.advance(1)
    assert connection.download(url).status == status


def test_what_was_is_still_told_after_seven_days() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0))
    accepted = connection.submit(SMALL, FLUX)
    connection.clock.advance(WEEK_S + 5)
    assert connection.get(accepted["result_url"])["status"] == "succeeded"


def test_a_download_can_be_slow() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="slow-download:3:1")
    url = finished(connection)
    assert connection.download(url).trickle_s == 3
    assert connection.download(url).trickle_s == 0


def test_a_download_can_point_elsewhere_or_here() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 5, 0), faults="redirect-download:1,redirect-download:1:here"
    )
    url = finished(connection)
    path = url.removeprefix(connection.backend.storage_url)
    first, second, third = (connection.download(url) for _ in range(3))
    assert (first.status, first.headers["Location"]) == (302, f"http://elsewhere.invalid{path}")
    assert (second.status, second.headers["Location"]) == (302, url)
    assert third.status == 200


def test_faults_of_other_calls_leave_downloads_alone() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="truncated@object-info:1")
    url = finished(connection)
    assert len(connection.download(url).body) == len(connection.download(url).body)


def part(connection: EmulatorHarness, url: str, **headers: str) -> Reply:
    """Sends a GET of `url` with additional headers."""
    target = url.removeprefix(connection.backend.storage_url)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return connection.storage.handle(
        Request.from_target("GET", target, {"User-Agent": "test/1", **named}, b"")
    )


def test_a_download_can_go_on_where_it_was_cut() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0))
    url = finished(connection)
    whole = connection.download(url)
    etag = whole.headers["ETag"]
    rest = part(connection, url, range="bytes=100-", if_range=etag)
    assert (rest.status, rest.headers["ETag"]) == (206, etag)
    assert whole.body[:100] + rest.body == whole.body
    assert part(connection, url, range="bytes=100-", if_range='"another"').status == 200
    assert part(connection, url, range="bytes=9999999-").status == 416


def test_a_storage_may_know_no_parts() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="no-range")
    reply = part(connection, finished(connection), range="bytes=100-")
    assert reply.status == 200
    assert not {"ETag", "Accept-Ranges"} & set(reply.headers)


def test_a_file_may_be_another_one_when_it_is_asked_for_again() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="changed-download")
    url = finished(connection)
    before = connection.download(url)
    assert part(connection, url, range="bytes=100-", if_range=before.headers["ETag"]).status == 200
    after = connection.download(url)
    assert after.headers["ETag"] != before.headers["ETag"]
    rest = part(connection, url, range="bytes=100-")
    assert before.body[:100] + rest.body not in (before.body, after.body)
    with Image.open(BytesIO(after.body)) as picture:
        picture.load()
        assert picture.size == (64, 64)
    assert connection.download(url).body == after.body


def test_a_file_of_another_kind_may_change_too() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="changed-download")
    accepted = connection.submit({}, FLUX)
    connection.clock.advance(5)
    saved = SavedFile("output", "", "a.txt", "text/plain", lambda: b"words")
    run = connection.backend.runs[accepted["request_id"]]
    run.outcome = RunOutcome({"9": NodeOutput({"images": (saved,)}, {})})
    url = str(connection.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"])
    assert connection.download(url).body == b"words"
    assert connection.download(url).body.startswith(b"words")
    assert len(connection.download(url).body) > len(b"words")


def test_files_may_be_gone_before_their_time() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 5, 0),
        faults="expired:1",
        switches=BehaviourSwitches(expired_status=403),
    )
    url = finished(connection)
    assert [connection.download(url).status for _ in range(2)] == [403, 200]


def test_the_disk_of_the_storage_may_fail() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="status-500@download#2")
    url = finished(connection)
    assert [connection.download(url).status for _ in range(3)] == [200, 500, 200]


def test_a_file_may_say_a_wrong_length() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 5, 0), faults="wrong-length@download:9,wrong-length@download:-9"
    )
    url = finished(connection)
    longer, shorter, right = (connection.download(url) for _ in range(3))
    assert right.size_bytes == len(right.body)
    assert (longer.size_bytes, shorter.size_bytes) == (len(right.body) + 9, len(right.body) - 9)


def test_a_download_can_point_to_a_host_that_looks_like_another() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="redirect-download:1:user")
    location = connection.download(finished(connection)).headers["Location"]
    assert location.startswith("https://api.runcomfy.net@evil.example/deployment_requests/")


def test_a_tiny_picture_is_sound_and_says_its_own_words() -> None:
    with Image.open(BytesIO(tiny_png("one"))) as picture:
        picture.load()
        assert picture.size == (1, 1)
        assert isinstance(picture, PngImagePlugin.PngImageFile)
        assert picture.text == {"Comment": "one"}
    assert tiny_png("one") != tiny_png("two")


def test_a_switch_makes_all_pictures_tiny() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 0, 0), switches=BehaviourSwitches(tiny_outputs=True)
    )
    urls = [
        str(
            connection.get(connection.submit({}, FLUX)["result_url"])["outputs"]["9"]["images"][0][
                "url"
            ]
        )
        for _run in range(2)
    ]
    bodies = [connection.download(url).body for url in urls]
    assert bodies[0] != bodies[1]
    for body in bodies:
        with Image.open(BytesIO(body)) as picture:
            picture.load()
            assert picture.size == (1, 1)
