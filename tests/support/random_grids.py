"""Grids over many runs of the program, each killed at a random moment.

Failed cells are tried again with a double click. As in `random_restarts`, everything random comes
from one seed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.support.random_restarts import RandomRestarts

if TYPE_CHECKING:
    from tests.support.program_restarts import HistoryRow

_RETRIED = frozenset({"failed", "lost", "cancelled"})


class RandomGrids(RandomRestarts):
    """Makes every batch a grid: whenever the kill comes, the grid is complete or was not begun."""

    batch_command = "grid"

    def _commands_for(self, row: HistoryRow) -> list[tuple[object, ...]]:
        if row.state in _RETRIED:
            # Both clicks count as one request.
            self.restarts.resubmitted_keys[row.key] += 1
            return [("retry", row.job_id), ("retry", row.job_id)]
        if row.state == "running" and self._random.random() < 0.3:
            return [("cancel_batch", row.document["batch_id"])]
        return super()._commands_for(row)

    def check_grids_complete(self) -> None:
        """Checks that each grid has jobs in all of its cells, and each batch has its grid."""
        cells: dict[str, set[int]] = defaultdict(set)
        for row in self.restarts.rows():
            cells[row.document["batch_id"]].add(row.document["cell"])
        removed = len(self.restarts.removed_keys())
        missing = 0
        stored_grids = set()
        for path in (self.restarts.folder / "sweeps").glob("*.json"):
            stored = json.loads(path.read_text(encoding="utf-8"))
            assert stored["is_entered"], path
            stored_grids.add(path.stem)
            missing += len(stored["axes"][0]["points"]) - len(cells[path.stem])
        assert missing <= removed
        assert cells.keys() <= stored_grids
