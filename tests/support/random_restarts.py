"""Hundreds of jobs over many runs of the program, each killed at a random moment.

Everything random comes from one seed: the user's commands, and the time of the kill. What the kill
interrupts depends on the computer, so a seed repeats a run only roughly.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.support.process_wait import wait_until
from tests.support.program_restarts import ENDED

if TYPE_CHECKING:
    from tests.support.program_restarts import HistoryRow, ProgramRestarts

# Includes error responses: a kill and a fault may coincide.
FAULTS = "drop-answer@submit%4,status-500@status%4,status-503@result%4,cut-download%4"
# If the user discards a job or sends it again, its old row is closed without the request id.
GIVEN_UP = frozenset({"cancelled"})
_MAX_BATCH = 8
_MAX_RUN_S = 1.2
_FINISH_TIMEOUT_S = 240.0


class RandomRestarts:
    """Sends random commands and kills at random, until one undisturbed run finishes everything.

    `batch_command` is the command that starts several jobs at once.
    """

    batch_command = "submit"

    def __init__(self, restarts: ProgramRestarts, seed: int) -> None:
        self.restarts = restarts
        self._random = random.Random(seed)

    def run(self, kills: int) -> None:
        for _kill in range(kills):
            self._short_run()
        self._final_run()

    def _short_run(self) -> None:
        """Sends some commands, and kills the program at any moment, including its start."""
        restarts, chance = self.restarts, self._random
        restarts.service.set_faults(FAULTS if chance.random() < 0.5 else "")
        program = restarts.spawn()
        if chance.random() < 0.1:
            time.sleep(chance.uniform(0.05, 0.35))
        else:
            program.wait_until_ready()
            self._send_commands()
            time.sleep(chance.uniform(0.0, _MAX_RUN_S) ** 2)
        restarts.kill()

    def _send_commands(self) -> None:
        chance, program = self._random, self.restarts.program
        keys = self.restarts.new_keys(chance.randint(0, _MAX_BATCH))
        commands = [(self.batch_command, *keys)] if keys else []
        rows = self.restarts.rows()
        for _command in range(chance.randint(0, 4)):
            row = chance.choice(rows) if rows else None
            if row is not None:
                commands += self._commands_for(row)
        chance.shuffle(commands)
        for command in commands:
            program.send_command(*command)

    def _commands_for(self, row: HistoryRow) -> list[tuple[object, ...]]:
        """Returns commands that a user can give for this job; `row` may be outdated already."""
        chance, restarts = self._random, self.restarts
        if row.state == "held":
            return [("send_queue.send_now", [row.job_id])]
        if row.state == "uncertain":
            return [self._resolution(row, chance.choice(("adopt", "adopt", "again", "discard")))]
        if row.state in ENDED and chance.random() < 0.1:
            restarts.record_removed(row)
            return [("remove_many", [row.job_id])]
        if row.state in ENDED:
            return [("fetch_again", row.job_id)]
        return [chance.choice((("cancel", row.job_id), ("send_queue.pause", [row.job_id])))]

    def _resolution(self, row: HistoryRow, how: str) -> tuple[str, ...]:
        found = self._run_without_row(row)
        if how == "adopt" and found:
            return ("adopt", row.job_id, found)
        if how == "again":
            self.restarts.resubmitted_keys[row.key] += 1
            return ("send_again", row.job_id)
        return ("discard", row.job_id)

    def _run_without_row(self, row: HistoryRow) -> str:
        """Returns the id of an accepted run with this key that no row has; "" if there is none."""
        known = {each.request_id for each in self.restarts.rows()}
        found = [each for each in self.restarts.request_ids(row.key) if each not in known]
        return found[0] if found else ""

    def _final_run(self) -> None:
        """Runs undisturbed until all jobs have ended; sends held jobs, resolves uncertain ones."""
        restarts = self.restarts
        restarts.service.set_faults("")
        program = restarts.start()
        held = [row.job_id for row in restarts.rows() if row.state == "held"]
        program.command("send_queue.send_now", held)
        for row in restarts.rows():
            if row.state == "uncertain":
                program.command(*self._resolution(row, "adopt"))
        wait_until("all has ended", self._is_over, _FINISH_TIMEOUT_S, pause_s=0.1)
        for row in restarts.rows():
            if row.state == "done" and row.lacks_files:
                program.command("fetch_again", row.job_id)
        wait_until("all files are here", self._has_all_files, _FINISH_TIMEOUT_S, pause_s=0.1)
        program.close()
        restarts.check_invariants()
        self._check_all_accounted_for()

    def _is_over(self) -> bool:
        return not {row.state for row in self.restarts.rows()} - ENDED

    def _has_all_files(self) -> bool:
        return not any(row.state == "done" and row.lacks_files for row in self.restarts.rows())

    def _check_all_accounted_for(self) -> None:
        """Checks that each accepted run has its row, unless the user knowingly discarded it.

        Each done job has its file, and no file belongs to two jobs.
        """
        restarts, rows = self.restarts, self.restarts.rows()
        known = {row.request_id for row in rows}
        given_up = Counter(row.key for row in rows if row.state in GIVEN_UP and not row.request_id)
        given_up.update(restarts.removed_keys())
        for key in restarts.accepted():
            unknown = set(restarts.request_ids(key)) - known
            assert len(unknown) <= given_up[key], f"job {key}: {unknown} are in no row"
        files = [path for row in rows for path in row.paths]
        assert files
        assert len(set(files)) == len(files)
        assert all(path.is_file() for path in files)
        assert restarts.files("*.part") == []
