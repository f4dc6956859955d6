"""Deployment: usable with only an id and a name, whatever the service leaves out."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.deployments.deployment import (
    Deployment,
    DeploymentChanges,
    deployment_problem,
)

_BIKE = Deployment("0b7e", "bike", hardware=("AMPERE_48",), max_instances=2)


def test_a_bare_record_is_enabled_and_has_no_payload() -> None:
    deployment = Deployment("0b7e", "bike")
    assert deployment.is_enabled
    assert deployment.payload is None
    assert deployment.hardware == ()


def test_changes_say_what_will_be_different_and_leave_the_rest() -> None:
    changes = DeploymentChanges(keep_warm_s=0, is_enabled=False)
    wanted = changes.applied_to(_BIKE)
    assert wanted == Deployment(
        "0b7e", "bike", hardware=("AMPERE_48",), max_instances=2, keep_warm_s=0, is_enabled=False
    )
    assert not changes.is_empty
    assert DeploymentChanges().is_empty
    assert DeploymentChanges().applied_to(_BIKE) == _BIKE


def test_zero_and_false_are_changes_too() -> None:
    assert not DeploymentChanges(min_instances=0).is_empty
    assert not DeploymentChanges(is_enabled=False).is_empty


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (DeploymentChanges(queue_size=-1), "below zero"),
        (DeploymentChanges(keep_warm_s=-1), "below zero"),
        (DeploymentChanges(min_instances=-1), "below zero"),
        (DeploymentChanges(max_instances=0), "nothing can run"),
        (DeploymentChanges(min_instances=3), "always be on"),
    ],
)
def test_what_can_never_be_is_said_before_anything_is_sent(
    changes: DeploymentChanges, says: str
) -> None:
    fault = deployment_problem(changes.applied_to(_BIKE))
    assert fault is not None
    assert says in fault.title
    assert "Nothing was changed" in fault.detail


def test_upper_bounds_are_left_to_the_service() -> None:
    assert deployment_problem(_BIKE) is None
    many = DeploymentChanges(min_instances=30, max_instances=60, queue_size=1000, keep_warm_s=86400)
    assert deployment_problem(many.applied_to(_BIKE)) is None
