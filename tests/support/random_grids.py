"""Grids over many lives of the program, each killed at a random moment; cells that failed are tried
again by a person who presses twice.

As in `random_lives`, everything that is random comes from one seed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.support.random_lives import RandomLives

if TYPE_CHECKING:
    from tests.support.lives import Row

_RETRIED = frozenset({"failed", "lost", "cancelled"})


class RandomGrids(RandomLives):
    """Every batch is a grid: whole or not begun, whatever moment the kill takes."""

    batch = "grid"

    def _wishes_about(self, row: Row) -> list[tuple[object, ...]]:
        if row.state in _RETRIED:
            # Both presses are one wish.
            self.lives.wished_twice[row.key] += 1
            return [("retry", row.job_id), ("retry", row.job_id)]
        if row.state == "running" and self._random.random() < 0.3:
            return [("cancel_batch", row.document["batch_id"])]
        return super()._wishes_about(row)

    def all_are_whole(self) -> None:
        """Each grid that there is has jobs in all of its cells, and each batch has its grid."""
        cells: dict[str, set[int]] = defaultdict(set)
        for row in self.lives.rows():
            cells[row.document["batch_id"]].add(row.document["cell"])
        removed = len(self.lives.removed_keys())
        missing = 0
        kept = set()
        for path in (self.lives.folder / "sweeps").glob("*.json"):
            stored = json.loads(path.read_text(encoding="utf-8"))
            assert stored["is_entered"], path
            kept.add(path.stem)
            missing += len(stored["axes"][0]["points"]) - len(cells[path.stem])
        assert missing <= removed
        assert cells.keys() <= kept
