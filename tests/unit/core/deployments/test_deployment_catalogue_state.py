"""Since when what is shown is known: said of what is old, and of nothing else."""

from __future__ import annotations

from runcomfy_desktop.core.deployments.deployment_catalogue_state import DeploymentCatalogueState
from runcomfy_desktop.domain.base.problem import Problem


def test_a_list_is_old_when_it_was_kept_or_could_not_be_read_again() -> None:
    assert DeploymentCatalogueState().list_as_of_s == 0
    assert DeploymentCatalogueState(loaded_s=5.0).list_as_of_s == 0
    assert DeploymentCatalogueState(loaded_s=5.0, problem=Problem("Offline")).list_as_of_s == 5.0
    assert DeploymentCatalogueState(cached_s=3.0).list_as_of_s == 3.0


def test_a_deployment_is_old_when_it_is_shown_as_it_was() -> None:
    state = DeploymentCatalogueState(as_of={"blue": 3.0})
    assert (state.as_of_s("blue"), state.as_of_s("red")) == (3.0, 0.0)
