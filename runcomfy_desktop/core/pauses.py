"""Says why nothing is asked about jobs: on their rows, of a refused key once to the user, and of a
long pause to whoever shows it beside the queue."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from runcomfy_desktop.core.answers import FOLLOWED
from runcomfy_desktop.core.notices import KEY_REFUSED
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.core.wallet import copy_if_it_stays
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.polling import Pace
    from runcomfy_desktop.core.questions import Questions, Refusal

# Then the window may do something else: there can be thousands.
_ROWS_AT_ONCE = 16
# The same end, told by two clocks.
_SAME_S = 2.0


class Pauses:
    """Listens to the questions. Publishes `key_refused` when the key begins to be refused,
    `sending_changed` with the time until when no new job is sent (0.0: they are sent), and
    `long_changed` with the end of a long pause of questions, submits or cancels (seconds since the
    epoch; 0.0 when there is none)."""

    def __init__(
        self,
        questions: Questions,
        ledger: Ledger,
        notices: Notices,
        pace: Pace,
        now: Callable[[], float],
        key_refused: Topic[None],
    ) -> None:
        self.long_changed: Topic[float] = Topic()
        self.long_until_s = 0.0
        self.sending_changed: Topic[float] = Topic()
        self.sending_until_s = 0.0
        self._submit_rest = questions.submit_rest
        self._rest = questions.rest
        self._rests = (questions.rest, questions.submit_rest, questions.cancel_rest)
        self._gate = questions.gate
        self._ledger = ledger
        self._notices = notices
        self._pace = pace
        self._now = now
        self._key_refused = key_refused
        self._refusal = ""
        self._resting = ""
        self._tasks = Tasks()
        questions.refused.subscribe(self._on_refused)
        questions.held.subscribe(self._on_held)
        questions.rest.changed.subscribe(lambda _nothing: self._on_rest())
        questions.submit_rest.changed.subscribe(lambda _nothing: self._look_for_sending())
        for rest in self._rests:
            rest.changed.subscribe(lambda _nothing: self._look_for_long())

    async def close(self) -> None:
        await self._tasks.close()

    def _on_held(self, job_id: str) -> None:
        # Again: an answer that was on its way meanwhile took it off the row.
        why = self._resting if self._gate.is_open else self._refusal
        if why:
            self._ledger.show(job_id, trouble=why)

    def _on_rest(self) -> None:
        left_s = self._rest.left_s
        if not left_s:
            told, self._resting = self._resting, ""
            if told:
                self._tasks.start("end a pause on the rows", self._write("", instead_of=told))
            return
        if left_s < self._pace.told_rest_s:
            return
        until = datetime.fromtimestamp(self._now() + left_s).strftime("%H:%M")
        text = _("RunComfy asks for a pause; asking goes on at %s.") % until
        if text != self._resting:
            self._resting = text
            self._tasks.start("tell of a pause on the rows", self._write(text))

    def _look_for_sending(self) -> None:
        left_s = self._submit_rest.left_s
        until_s = self._now() + left_s if left_s else 0.0
        is_known = abs(until_s - self.sending_until_s) < _SAME_S
        if is_known or (left_s < self._pace.told_rest_s and not self.sending_until_s):
            return
        self.sending_until_s = until_s
        self.sending_changed.publish(until_s)

    def _look_for_long(self) -> None:
        left_s = max(rest.left_s for rest in self._rests)
        until_s = self._now() + left_s if left_s else 0.0
        # One that is shown stays until its end.
        is_shown = abs(until_s - self.long_until_s) < _SAME_S
        if left_s <= self._pace.long_rest_s and not is_shown:
            until_s = 0.0
        if until_s != self.long_until_s and not (until_s and is_shown):
            self.long_until_s = until_s
            self.long_changed.publish(until_s)

    def _on_refused(self, refusal: Refusal) -> None:
        problem = refusal.problem
        self._refusal = problem.sentence()
        if not self._gate.is_open:
            self._tasks.start("tell of the key on the rows", self._write(self._refusal))
        if refusal.is_news:
            self._key_refused.publish(None)
        # At the start there may be no key yet, or a wrong one, and whoever checks it says so.
        # Nor is it told again while the account finds the key good that jobs are refused for.
        if refusal.is_news and self._gate.was_good and not self._gate.is_believed:
            self._notices.failure(
                Problem(
                    problem.title,
                    _(
                        "What was accepted goes on at RunComfy and is billed. Asking about it "
                        "pauses here, and goes on by itself once the key is accepted."
                    ),
                    copy_if_it_stays(),
                    technical=problem.technical,
                ),
                about=KEY_REFUSED,
            )

    async def _write(self, text: str, *, instead_of: str = "") -> None:
        """On all rows that are asked about; an empty text only where `instead_of` stands."""
        written = 0
        for job_id in list(self._ledger.jobs):
            job = self._ledger.jobs.get(job_id)
            if job is None or job.state not in FOLLOWED:
                continue
            # Something else is to stand there since; or the same, of a pause that began anew.
            is_over = text not in ("", self._resting, self._refusal)
            if is_over or (instead_of and instead_of == self._resting):
                return
            if text or job.trouble == instead_of:
                self._ledger.show(job_id, trouble=text)
                written += 1
                if written % _ROWS_AT_ONCE == 0:
                    await asyncio.sleep(0)
