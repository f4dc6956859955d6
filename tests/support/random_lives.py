"""Hundreds of jobs over many lives of the program, each killed at a random moment.

Everything that is random comes from one seed: what the person wishes, and when the kill comes.
What the kill meets depends on the computer, so a seed repeats a run only roughly.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.support.lives import ENDED
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.lives import Lives, Row

# A day with bad answers, too: a kill and a fault may come together.
FAULTS = "drop-answer@submit%4,status-500@status%4,status-503@result%4,cut-download%4"
# A person who discards a job, or sends it again, closes the old row without its request.
GIVEN_UP = frozenset({"cancelled"})
_BATCH_MOST = 8
_LIFE_MOST_S = 1.2
_END_S = 240.0


class RandomLives:
    """Wishes at random and kills at random, until all is settled in one quiet life. `batch` is
    the wish that begins several jobs at once."""

    batch = "submit"

    def __init__(self, lives: Lives, seed: int) -> None:
        self.lives = lives
        self._random = random.Random(seed)

    def run(self, kills: int) -> None:
        for _kill in range(kills):
            self._short_life()
        self._last_life()

    def _short_life(self) -> None:
        """Some wishes, and a kill wherever it meets the program, its start included."""
        lives, chance = self.lives, self._random
        lives.service.set_faults(FAULTS if chance.random() < 0.5 else "")
        life = lives.spawn()
        if chance.random() < 0.1:
            time.sleep(chance.uniform(0.05, 0.35))
        else:
            life.ready()
            self._wish_all()
            time.sleep(chance.uniform(0.0, _LIFE_MOST_S) ** 2)
        lives.kill()

    def _wish_all(self) -> None:
        chance, life = self._random, self.lives.life
        keys = self.lives.new_keys(chance.randint(0, _BATCH_MOST))
        wishes = [(self.batch, *keys)] if keys else []
        rows = self.lives.rows()
        for _wish in range(chance.randint(0, 4)):
            row = chance.choice(rows) if rows else None
            if row is not None:
                wishes += self._wishes_about(row)
        chance.shuffle(wishes)
        for wish in wishes:
            life.wish(*wish)

    def _wishes_about(self, row: Row) -> list[tuple[object, ...]]:
        """What a person may wish of this job; what they know of it may be old by then."""
        chance, lives = self._random, self.lives
        if row.state == "held":
            return [("line.send_now", [row.job_id])]
        if row.state == "uncertain":
            return [self._resolution(row, chance.choice(("adopt", "adopt", "again", "discard")))]
        if row.state in ENDED and chance.random() < 0.1:
            lives.note_removed(row)
            return [("remove_many", [row.job_id])]
        if row.state in ENDED:
            return [("fetch_again", row.job_id)]
        return [chance.choice((("cancel", row.job_id), ("line.pause", [row.job_id])))]

    def _resolution(self, row: Row, how: str) -> tuple[str, ...]:
        found = self._run_without_row(row)
        if how == "adopt" and found:
            return ("adopt", row.job_id, found)
        if how == "again":
            self.lives.wished_twice[row.key] += 1
            return ("send_again", row.job_id)
        return ("discard", row.job_id)

    def _run_without_row(self, row: Row) -> str:
        """The id of an accepted run with this key that no row has; "" when there is none."""
        known = {each.request_id for each in self.lives.rows()}
        found = [each for each in self.lives.request_ids(row.key) if each not in known]
        return found[0] if found else ""

    def _last_life(self) -> None:
        """A quiet one: what is held is sent, what is uncertain is resolved, all ends."""
        lives = self.lives
        lives.service.set_faults("")
        life = lives.start()
        held = [row.job_id for row in lives.rows() if row.state == "held"]
        life.do("line.send_now", held)
        for row in lives.rows():
            if row.state == "uncertain":
                life.do(*self._resolution(row, "adopt"))
        wait_until("all has ended", self._is_over, _END_S, pause_s=0.1)
        for row in lives.rows():
            if row.state == "done" and row.lacks_files:
                life.do("fetch_again", row.job_id)
        wait_until("all files are here", self._has_all_files, _END_S, pause_s=0.1)
        life.close()
        lives.check()
        self._all_that_is_paid_for_is_accounted_for()

    def _is_over(self) -> bool:
        return not {row.state for row in self.lives.rows()} - ENDED

    def _has_all_files(self) -> bool:
        return not any(row.state == "done" and row.lacks_files for row in self.lives.rows())

    def _all_that_is_paid_for_is_accounted_for(self) -> None:
        """Each accepted run has its row, unless the person knowingly gave it up; each that was
        done has its file, and no two have one."""
        lives, rows = self.lives, self.lives.rows()
        known = {row.request_id for row in rows}
        given_up = Counter(row.key for row in rows if row.state in GIVEN_UP and not row.request_id)
        given_up.update(lives.removed_keys())
        for key in lives.accepted():
            unknown = set(lives.request_ids(key)) - known
            assert len(unknown) <= given_up[key], f"job {key}: {unknown} are in no row"
        files = [path for row in rows for path in row.paths]
        assert files
        assert len(set(files)) == len(files)
        assert all(path.is_file() for path in files)
        assert lives.files("*.part") == []
