"""The latest data of a deployment win, whatever their source."""

from __future__ import annotations

from dataclasses import replace

from runcomfy_desktop.core.deployments.latest_deployments import LatestDeployments
from runcomfy_desktop.domain.deployments.deployment import Deployment

OLD = Deployment("d", "flux", workflow_version="v1", hardware=("A",))
NEW = replace(OLD, workflow_version="v2")


def test_what_was_read_after_the_list_counts_and_a_later_list_after_that() -> None:
    readings = LatestDeployments(lambda _id: None)
    readings.mark_list_read(readings.begin_request())
    assert readings.newest("d", OLD) is OLD
    readings.add_record(readings.begin_request(), NEW)
    assert readings.newest("d", OLD) is NEW
    readings.mark_list_read(readings.begin_request())
    assert readings.newest("d", OLD) == OLD


def test_an_older_list_that_comes_late_is_not_the_newest() -> None:
    readings = LatestDeployments(lambda _id: None)
    list_number, record_number = readings.begin_request(), readings.begin_request()
    readings.add_record(record_number, NEW)
    readings.mark_list_read(list_number)
    assert readings.newest("d", OLD) is NEW


def test_one_that_is_not_listed_is_known_as_it_was_read() -> None:
    readings = LatestDeployments(lambda _id: OLD)
    readings.mark_list_read(readings.begin_request())
    assert readings.newest("d", None) is None
    readings.add_record(readings.begin_request(), NEW)
    readings.mark_list_read(readings.begin_request())
    assert readings.newest("d", None) is NEW
    readings.clear()
    assert readings.newest("d", None) is None


def test_a_list_that_leaves_something_out_is_completed() -> None:
    readings = LatestDeployments(lambda _id: OLD)
    readings.mark_list_read(readings.begin_request())
    bare = replace(OLD, workflow_version="", hardware=())
    assert readings.newest("d", bare) == OLD
    readings.add_record(readings.begin_request(), NEW)
    readings.mark_list_read(readings.begin_request())
    assert readings.newest("d", bare) == NEW
