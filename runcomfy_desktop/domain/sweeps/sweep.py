"""Sweep: one to three axes of points, and the cells that they span."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Changes
    from runcomfy_desktop.domain.workflow.workflow import InputKey

MAX_AXES = 3
MAX_CELLS = 10_000


@dataclass(frozen=True, slots=True)
class SearchReplace:
    """Replacement of `search_text` with `new_text` in the text of one input."""

    key: InputKey
    search_text: str
    new_text: str


@dataclass(frozen=True, slots=True)
class AxisPoint:
    """Point on an axis: its label and its changes.

    `deployment_id` is "" unless the axis varies deployments, `replacement` is None unless the axis
    replaces a part of an input's text.
    """

    label: str
    values: Changes = field(default_factory=dict)
    deployment_id: str = ""
    replacement: SearchReplace | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """Variation along one direction of the grid: X, Y or Z, by position."""

    name: str
    points: tuple[AxisPoint, ...]


@dataclass(frozen=True, slots=True)
class Sweep:
    """Grid as it was sent.

    `sweep_id` is the `batch_id` of its jobs. A job's `cell` is its index, with X varying fastest:
    `x + len(X) * (y + len(Y) * z)`. Zipped axes (all of one length) form one row: a cell's index is
    also the index of its points.
    """

    sweep_id: str
    name: str
    axes: tuple[Axis, ...]
    is_zip: bool = False
    deployment_id: str = ""
    deployment_name: str = ""
    created_s: float = 0.0

    @property
    def shape(self) -> tuple[int, int, int]:
        """Columns, rows, and pages of the grid."""
        if self.is_zip:
            return (len(self.axes[0].points) if self.axes else 0, 1, 1)
        lengths = [len(axis.points) for axis in self.axes] + [1, 1, 1]
        return (lengths[0], lengths[1], lengths[2])

    @property
    def cell_count(self) -> int:
        """Number of cells."""
        columns, rows, pages = self.shape
        return columns * rows * pages
