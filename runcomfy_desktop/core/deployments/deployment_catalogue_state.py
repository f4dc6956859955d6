"""All that views need of the catalogue: what is listed, since when, and what is being opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployments.deployment import DeploymentKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.deployments.deployment import Deployment


@dataclass(frozen=True, slots=True)
class DeploymentCatalogueState:
    """All that views need of the catalogue.

    `problem` says why the last refresh failed; the list is then the one before. `loaded_s` is
    when the list came (0.0: never). `opening_id` is the deployment being opened, "" when none is;
    `is_confirming` says that runs wait until it is known what changed.
    `kinds` has what each deployment runs, as far as that is known yet.

    `cached_s` is when the list was read that is shown for want of a newer one, 0.0 when this start
    has read it; `as_of` has the same of each deployment whose workflow is one of before. `unseen`
    are those that run another workflow by now than the person saw last.
    """

    deployments: tuple[Deployment, ...] = ()
    loading: bool = False
    problem: Problem | None = None
    loaded_s: float = 0.0
    opening_id: str = ""
    is_confirming: bool = False
    kinds: Mapping[str, DeploymentKind] = field(default_factory=dict)
    cached_s: float = 0.0
    as_of: Mapping[str, float] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()

    def is_unsupported(self, deployment_id: str) -> bool:
        """Whether it is known to run something that this program cannot edit or run."""
        return self.kinds.get(deployment_id) is DeploymentKind.OTHER

    def as_of_s(self, deployment_id: str) -> float:
        """When a deployment's workflow was read that is shown for want of a newer one; else 0.0."""
        return self.as_of.get(deployment_id, 0.0)

    @property
    def list_as_of_s(self) -> float:
        """The same of the list."""
        return self.cached_s or (self.loaded_s if self.problem is not None else 0.0)
