"""Reports why jobs are not polled.

The reason is shown in the jobs' rows. A refused key is reported to the user once, and a long pause
is published for display next to the queue.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from runcomfy_desktop.core.account.account import copy_key_advice
from runcomfy_desktop.core.base.notices import KEY_REFUSED
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.jobs.job_transitions import POLLED_STATES
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.core.jobs.service_gateway import KeyRefusal, ServiceGateway

# Number of rows changed before the window gets a turn: there can be thousands of rows.
_JOBS_PER_BATCH = 16
# The wall clock and the loop's clock give slightly different times for the end of a pause.
_TOLERANCE_S = 2.0


class PauseStatus:
    """Watches the gateway for pauses and a refused key.

    Publishes `key_refused` when the service begins to refuse the key, `submit_pause_changed` with
    the time until which no new job is sent (0.0 if jobs are sent), and `long_pause_changed` with
    the end of a long pause of polls, submits or cancels (seconds since the epoch; 0.0 if there is
    none).
    """

    def __init__(
        self,
        gateway: ServiceGateway,
        job_store: JobStore,
        notices: Notices,
        policy: QueuePolicy,
        now: Callable[[], float],
        key_refused: Topic[None],
    ) -> None:
        self.long_pause_changed: Topic[float] = Topic()
        self.long_pause_until_s = 0.0
        self.submit_pause_changed: Topic[float] = Topic()
        self.submit_pause_until_s = 0.0
        self._submit_pause = gateway.submit_pause
        self._poll_pause = gateway.poll_pause
        self._pauses = (gateway.poll_pause, gateway.submit_pause, gateway.cancel_pause)
        self._key_gate = gateway.key_gate
        self._job_store = job_store
        self._notices = notices
        self._policy = policy
        self._now = now
        self._key_refused = key_refused
        self._refusal_text = ""
        self._pause_text = ""
        self._tasks = Tasks()
        gateway.key_refused.subscribe(self._on_refused)
        gateway.call_held.subscribe(self._on_call_held)
        gateway.poll_pause.changed.subscribe(lambda _nothing: self._on_poll_pause())
        gateway.submit_pause.changed.subscribe(lambda _nothing: self._update_submit_pause())
        for pause in self._pauses:
            pause.changed.subscribe(lambda _nothing: self._update_long_pause())

    async def close(self) -> None:
        await self._tasks.close()

    def _on_call_held(self, job_id: str) -> None:
        # Set again: a late response may have cleared the text.
        why = self._pause_text if self._key_gate.is_open else self._refusal_text
        if why:
            self._job_store.set_transient(job_id, trouble=why)

    def _on_poll_pause(self) -> None:
        remaining_s = self._poll_pause.remaining_s
        if not remaining_s:
            previous_text, self._pause_text = self._pause_text, ""
            if previous_text:
                self._tasks.start(
                    "end a pause on the rows", self._set_trouble_text("", replacing=previous_text)
                )
            return
        if remaining_s < self._policy.min_shown_pause_s:
            return
        until = datetime.fromtimestamp(self._now() + remaining_s).strftime("%H:%M")
        text = _("RunComfy asks for a pause; asking goes on at %s.") % until
        if text != self._pause_text:
            self._pause_text = text
            self._tasks.start("tell of a pause on the rows", self._set_trouble_text(text))

    def _update_submit_pause(self) -> None:
        remaining_s = self._submit_pause.remaining_s
        until_s = self._now() + remaining_s if remaining_s else 0.0
        is_known = abs(until_s - self.submit_pause_until_s) < _TOLERANCE_S
        if is_known or (
            remaining_s < self._policy.min_shown_pause_s and not self.submit_pause_until_s
        ):
            return
        self.submit_pause_until_s = until_s
        self.submit_pause_changed.publish(until_s)

    def _update_long_pause(self) -> None:
        remaining_s = max(pause.remaining_s for pause in self._pauses)
        until_s = self._now() + remaining_s if remaining_s else 0.0
        # A pause that is already shown stays shown until its end.
        is_shown = abs(until_s - self.long_pause_until_s) < _TOLERANCE_S
        if remaining_s <= self._policy.long_pause_s and not is_shown:
            until_s = 0.0
        if until_s != self.long_pause_until_s and not (until_s and is_shown):
            self.long_pause_until_s = until_s
            self.long_pause_changed.publish(until_s)

    def _on_refused(self, refusal: KeyRefusal) -> None:
        problem = refusal.problem
        self._refusal_text = problem.sentence()
        if not self._key_gate.is_open:
            self._tasks.start(
                "tell of the key on the rows", self._set_trouble_text(self._refusal_text)
            )
        if refusal.is_first:
            self._key_refused.publish(None)
        # Not reported at the start: the key may be missing or wrong, and the key check reports
        # that. Not reported again while the account finds the key good although jobs are refused.
        if refusal.is_first and self._key_gate.was_accepted and not self._key_gate.is_confirmed:
            self._notices.post_failure(
                Problem(
                    problem.title,
                    _(
                        "What was accepted goes on at RunComfy and is billed. Asking about it "
                        "pauses here, and goes on by itself once the key is accepted."
                    ),
                    copy_key_advice(),
                    technical=problem.technical,
                ),
                subject=KEY_REFUSED,
            )

    async def _set_trouble_text(self, text: str, *, replacing: str = "") -> None:
        """Sets the text on all polled rows; with an empty text, only where `replacing` is shown."""
        written_count = 0
        for job_id in list(self._job_store.jobs):
            job = self._job_store.jobs.get(job_id)
            if job is None or job.state not in POLLED_STATES:
                continue
            # Another text has become current, or a new pause has the text to be removed.
            is_over = text not in ("", self._pause_text, self._refusal_text)
            if is_over or (replacing and replacing == self._pause_text):
                return
            if text or job.trouble == replacing:
                self._job_store.set_transient(job_id, trouble=text)
                written_count += 1
                if written_count % _JOBS_PER_BATCH == 0:
                    await asyncio.sleep(0)
