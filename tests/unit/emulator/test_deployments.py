"""Deployment records, their workflow versions, and the account that contains them."""

from __future__ import annotations

from typing import Any

from runcomfy_desktop.emulator.deployments import InstanceScaling, sample_deployments
from runcomfy_desktop.emulator.dialect import timestamp
from runcomfy_desktop.emulator.saved_workflows import saved_workflows_of


def test_a_record_tells_its_times_as_asked() -> None:
    first = sample_deployments()[0]
    assert first.as_json(frozenset(), "")["created_at"] == "2026-01-10T09:00:00.123456+00:00"
    for each in sample_deployments():
        told = each.as_json(frozenset(), "", timestamp)
        assert told["created_at"] == each.created_at
        assert told["updated_at"] == each.updated_at
    assert first.scaling == InstanceScaling(0, 1, 60)


def test_versions_reach_from_the_first_to_the_one_in_use_and_differ() -> None:
    for each in sample_deployments():
        saved = saved_workflows_of([each])[each.workflow_id]
        assert list(saved.versions)[-1] == each.workflow_version
        assert saved.versions[each.workflow_version] == each.workflow
        assert saved.is_lora is each.is_lora
        graphs: list[Any] = list(saved.versions.values())
        assert all(graphs[index] not in graphs[:index] for index in range(len(graphs)))


def test_the_saved_workflow_shares_nothing_with_the_deployment() -> None:
    (first, *_) = sample_deployments()
    saved = saved_workflows_of([first])[first.workflow_id]
    first.workflow.clear()
    first.overrides.clear()
    assert saved.versions["v3"]
    assert saved.overrides
