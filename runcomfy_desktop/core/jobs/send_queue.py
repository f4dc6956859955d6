"""Send queue: order, timing and holds of the unsent jobs, and why each of them waits.

Held jobs are sent only by the user, except those held while offline, if the settings say so. Every
action returns at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.jobs import (
    job_notices,
    job_reordering,
    job_transitions,
    wait_reasons,
)
from runcomfy_desktop.core.jobs.job_reordering import QueueMove
from runcomfy_desktop.core.jobs.live_job import Exemption, Preparation
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import UNSENT_STATES, HoldReason, Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.wait_reasons import WaitReason

__all__ = ["QueueMove", "SendQueue", "SendQueueState"]

# More concurrent sends would share the upload bandwidth, and each would take longer.
MAX_CONCURRENT_SENDS = 2
# Number of jobs checked before the window gets a turn.
JOBS_PER_PASS = 200
# Waits before the next automatic send after tries without a connection.
_RELEASE_BACKOFF = Backoff(5.0, 300.0)
_LIMIT_HOLDS = (HoldReason.BATCH_LIMIT, HoldReason.DAY_LIMIT)


@dataclass(frozen=True, slots=True)
class SendQueueState:
    """State of the whole send queue. Without a key jobs wait, and nothing is sent."""

    is_paused: bool = False
    is_online: bool = True
    has_key: bool = True
    is_key_refused: bool = False
    """True if `has_key` is False because the service refuses the key."""
    resumes_s: float = 0.0
    """End of a pause requested by the service, since the epoch; 0.0 if there is none."""
    waiting_count: int = 0
    held_counts: Mapping[HoldReason, int] = field(default_factory=lambda: MappingProxyType({}))


class SendQueue:
    """Decides when each unsent job is sent, and says why it is not sent yet.

    Publishes `changed` with the state, which contains all reasons that apply to every job.

    `dispatch(job_id)` starts a job. The sender calls `may_send` first, and `on_send_ended` when the
    job is no longer being sent. `send_check` returns the limit that a job would exceed by its
    price, or None. `request_send` is called with the held jobs that a notice offers to send; it may
    ask the user, as they may be many.

    A job with pictures to shrink is dispatched only when they are ready. The first waiting job of
    each deployment is passed to `prepare(job_id)`, even before it has a free slot, and
    `on_prepared` is called afterwards. Until then no job of this deployment overtakes it; jobs of
    other deployments continue.
    """

    def __init__(  # noqa: PLR0913 - collaborators, created in one place
        self,
        job_store: JobStore,
        preferences: Preferences,
        notices: Notices,
        durable_tasks: Tasks,
        now: Callable[[], float],
        *,
        dispatch: Callable[[str], object],
        prepare: Callable[[str], object],
        send_check: Callable[[Job], HoldReason | None],
        request_send: Callable[[tuple[str, ...]], object],
    ) -> None:
        self._job_store = job_store
        self._preferences = preferences
        self._notices = notices
        self._durable_tasks = durable_tasks
        self._now = now
        self._dispatch = dispatch
        self._prepare = prepare
        self._send_check = send_check
        self.request_send = request_send
        self._index, self._live = job_store.index, job_store.live
        self._is_online = self._has_key = True
        self._is_key_refused = False
        self._resumes_s = 0.0
        self._was_online_reported = False
        # Ids of the jobs that take up a slot for sending, no more than MAX_CONCURRENT_SENDS.
        self._dispatched: list[str] = []
        self._failed_tries = 0
        # Upload percents and the texts of rows change nothing that decides what is sent.
        self._seen_revision = self._index.revision
        self._is_update_due = False
        self._is_open = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._move_lock = asyncio.Lock()
        self._last_order = 0.0
        self.state = SendQueueState(is_paused=preferences.settings.is_paused)
        self.changed: Topic[SendQueueState] = Topic()
        self._subscriptions = Subscriptions()

    def open(self) -> None:
        """Opens the queue, once the store has the jobs."""
        self._subscriptions.add(self._job_store.changed, self._on_changed)
        self._subscriptions.add(self._job_store.removed, self._on_removed)
        self._subscriptions.add(self._preferences.changed, lambda _settings: self._on_settings())
        self._is_open = True
        self._publish()
        self._schedule_update()

    def close(self) -> None:
        """Stops dispatching jobs."""
        self._is_open = False
        self._subscriptions.close()
        for timer in self._timers.values():
            timer.cancel()

    # Intents

    def send_now(self, job_ids: Iterable[str], *, ignores_limit: bool = True) -> None:
        """Releases held jobs, whatever the reason.

        With `ignores_limit`, a job held by a limit is sent in spite of it. Without, it takes its
        turn and is held again if the limit still forbids it.
        """
        for job_id in (requested := list(job_ids)):
            job = self._job_store.jobs.get(job_id)
            if job is not None and job.state is JobState.HELD:
                is_limit_ignored = ignores_limit and job.hold in _LIMIT_HOLDS
                self._live[job_id].exemption = (
                    Exemption.LIMIT if is_limit_ignored else Exemption.PAUSE
                )
        self._change(requested, job_transitions.release())

    def pause(self, job_ids: Iterable[str], reason: str = "") -> None:
        """Holds unsent jobs; `reason` is shown in their rows."""
        self._change(job_ids, job_transitions.hold(HoldReason.PAUSED, reason))

    def resume(self, job_ids: Iterable[str]) -> None:
        """Releases paused jobs; they are sent even while the whole queue is paused."""
        all_paused = set(self._index.held_by(HoldReason.PAUSED))
        paused = [each for each in job_ids if each in all_paused]
        for job_id in paused:
            self._live[job_id].exemption = Exemption.PAUSE
        self._change(paused, job_transitions.release(HoldReason.PAUSED))

    def pause_all(self) -> None:
        """Holds all waiting jobs, and new ones until `resume_all`."""
        self._end_exemptions()
        self._preferences.set(is_paused=True)
        self._schedule_update()

    def resume_all(self) -> None:
        self._preferences.set(is_paused=False)
        self._change(
            self._index.held_by(HoldReason.PAUSED), job_transitions.release(HoldReason.PAUSED)
        )
        self._send_automatically()
        self._schedule_update()

    def move(self, job_ids: Iterable[str], direction: QueueMove) -> None:
        """Moves unsent jobs within the send order."""
        requested = set(job_ids)
        self._durable_tasks.start("move jobs", self._move(requested, direction))

    # Events

    def set_online(self, is_online: bool) -> None:
        """Sets whether RunComfy can be reached, as far as is known."""
        was_online, self._is_online = self._is_online, is_online
        if not is_online:
            # Otherwise each job exempt from holds would be tried and would fail.
            self._end_exemptions()
        elif not (was_online and self._was_online_reported):
            self._offer_offline_jobs()
            self._send_automatically()
        self._was_online_reported = True
        self._schedule_update()

    def set_has_key(self, has_key: bool, *, is_refused: bool = False) -> None:
        """Sets whether there is a key that the service may accept; without one, jobs wait.

        `is_refused`: True if there is a key, but the service refuses it.
        """
        self._has_key, self._is_key_refused = has_key, is_refused and not has_key
        self._schedule_update()

    def on_submit_pause_changed(self, until_s: float) -> None:
        """Updates the end of a pause in which the service takes no job; 0.0 if there is none.

        Dispatched jobs wait for it on their own (see ServiceGateway); here it is only a reason.
        """
        self._resumes_s = until_s
        self._schedule_update()

    def on_reachability_changed(self, is_reachable: bool) -> None:
        """Updates the online state after a job has been accepted or the service was unreachable."""
        self._failed_tries = 0 if is_reachable else self._failed_tries + 1
        self.set_online(is_reachable)

    def hold_deployment(self, deployment_id: str) -> None:
        """Holds the waiting jobs of a deployment, or of all (""), because they would fail, too."""
        job_ids = self._index.waiting(deployment_id)
        self._set_aside(job_ids)
        hold = self._job_store.apply_all(job_ids, job_transitions.hold_waiting(HoldReason.PAUSED))
        self._durable_tasks.start("hold jobs", hold)

    def on_send_ended(self, job_id: str) -> None:
        """Records that a job is no longer being sent; if it still waits, it takes a turn again."""
        if job_id in self._dispatched:
            self._dispatched.remove(job_id)
        job = self._job_store.jobs.get(job_id)
        if job is not None and job.state is JobState.WAITING:
            self._index.put_back(job_id)
        elif job is not None and job.hold is HoldReason.OFFLINE and self._is_online:
            self._offer_late_jobs([job_id])
        self._schedule_update()

    def on_prepared(self, job_id: str) -> None:
        """Records that the pictures of a job are ready, or that they cannot be made."""
        live = self._live[job_id]
        if live.preparation is Preparation.RUNNING:
            live.preparation = Preparation.DONE
        self._schedule_update()

    # Queries

    def may_send(self, job: Job) -> bool:
        """Returns True if no hold or limit stops a dispatched job, which may have waited long."""
        is_held_back = self._pending_hold(job.job_id) is not None
        return self._has_key and not is_held_back and self._blocking_hold(job) is None

    def wait_reason(self, job: Job) -> WaitReason:
        """Returns why an unsent job is not sent now."""
        if job.state is JobState.HELD:
            return wait_reasons.held(job)
        hold = self._pending_hold(job.job_id)
        if hold is not None:
            return wait_reasons.for_hold(hold)
        if not self._has_key:
            return wait_reasons.key_refused() if self._is_key_refused else wait_reasons.no_key()
        if self._resumes_s:
            return wait_reasons.pause_requested(self._resumes_s)
        if job.job_id in self._dispatched:
            return wait_reasons.next_to_send()
        return self._turn_reason(job)

    def _turn_reason(self, job: Job) -> WaitReason:
        """Returns why it is not the turn of a waiting job that nothing else stops."""
        jobs_ahead = self._index.jobs_ahead(job)
        if jobs_ahead:
            return wait_reasons.behind(jobs_ahead)
        if self._is_unprepared(job):
            return wait_reasons.shrinking()
        if self._is_full(job):
            return wait_reasons.full(self._in_flight_limit(job))
        if self._is_busy_sending():
            return wait_reasons.others_first()
        return wait_reasons.next_to_send()

    def next_order(self) -> float:
        """Returns an order behind all others, different at each call."""
        # A float with seconds since the epoch can represent steps of a millionth.
        last = max(self._last_order, self._index.last_order())
        self._last_order = max(self._now(), last + 1e-6)
        return self._last_order

    def _change(self, job_ids: Iterable[str], change: Callable[[Job], Job | None]) -> None:
        requested = list(job_ids)
        # A notice can outlive the queue that posted it.
        if requested and self._is_open:
            self._durable_tasks.start(
                "change the line", self._job_store.commit_all(requested, change)
            )

    async def _move(self, requested: set[str], direction: QueueMove) -> None:
        # One at a time: each move starts from the order that the previous one left.
        async with self._move_lock:
            jobs = (self._job_store.jobs.get(each) for each in self._index.unsent())
            unsent = [job for job in jobs if job is not None]
            orders = await asyncio.to_thread(
                job_reordering.new_orders, unsent, requested, direction
            )
            await self._job_store.commit_all(orders, job_transitions.reorder(orders))

    def _on_settings(self) -> None:
        for job_id in self._dispatched_waiting():
            # Dispatched before the limit was set, and not sent yet.
            why = self._blocking_hold(self._job_store.jobs[job_id])
            if why is not None:
                self._hold([job_id], why)
        self._schedule_update()

    def _on_changed(self, job: Job) -> None:
        live, waits = self._live[job.job_id], job.state is JobState.WAITING
        if job.state not in UNSENT_STATES:
            live.exemption, live.is_offered = Exemption.NONE, False
        if not waits:
            live.preparation = Preparation.NONE
        elif job.job_id in self._dispatched:
            # Dispatched, held and released again before the sender checked it.
            self._index.set_aside(job.job_id)
        if self._seen_revision != self._index.revision:
            self._seen_revision = self._index.revision
            self._schedule_update()

    def _on_removed(self, job_id: str) -> None:
        live = self._live[job_id]
        live.exemption, live.preparation = Exemption.NONE, Preparation.NONE
        self._schedule_update()

    def _is_exempt(self, job_id: str) -> bool:
        return self._live[job_id].exemption is not Exemption.NONE

    def _end_exemptions(self) -> None:
        for job_id in self._index.unsent():
            self._live[job_id].exemption = Exemption.NONE

    def _schedule_update(self) -> None:
        """Schedules one update for the loop's next turn, whatever the number of calls in this
        one."""
        if self._is_open and not self._is_update_due:
            self._is_update_due = True
            asyncio.get_running_loop().call_soon(self._update)

    def _update(self) -> None:
        self._is_update_due = False
        if not self._is_open:
            return
        self._hold_if_blocked()
        self._dispatch_ready()
        self._prepare_first_jobs()
        self._schedule_unknown_check()
        self._publish()

    def _hold_if_blocked(self) -> None:
        """Holds all waiting jobs, except exempt ones, while the queue is offline or paused."""
        why = self._global_hold()
        if why is not None:
            waiting = (*self._dispatched_waiting(), *self._index.ready())
            self._hold([each for each in waiting if self._pending_hold(each) is not None], why)

    def _pending_hold(self, job_id: str) -> HoldReason | None:
        """Returns why a waiting job is about to be held with all others; None if it is not."""
        return None if self._is_exempt(job_id) else self._global_hold()

    def _global_hold(self) -> HoldReason | None:
        if not self._is_online:
            return HoldReason.OFFLINE
        return HoldReason.PAUSED if self._preferences.settings.is_paused else None

    def _dispatch_ready(self) -> None:
        if not self._has_key:
            return
        forbidden: dict[HoldReason, list[str]] = {}
        for _each in range(JOBS_PER_PASS):
            job = self._next_job()
            if job is None:
                break
            self._index.set_aside(job.job_id)
            why = self._blocking_hold(job)
            if why is not None:
                forbidden.setdefault(why, []).append(job.job_id)
                continue
            self._dispatched.append(job.job_id)
            self._dispatch(job.job_id)
        else:
            self._schedule_update()
        for why, job_ids in forbidden.items():
            self._hold(job_ids, why)

    def _prepare_first_jobs(self) -> None:
        if not self._has_key:
            return
        for job in self._index.first_ready():
            live = self._live[job.job_id]
            if job.smaller and live.preparation is Preparation.NONE:
                live.preparation = Preparation.RUNNING
                self._prepare(job.job_id)

    def _next_job(self) -> Job | None:
        """Returns the first waiting job of a deployment with a free slot.

        Jobs are dispatched one at a time: a job counts towards the limits only when it is being
        sent.
        """
        if self._is_busy_sending():
            return None
        for job in self._index.first_ready():
            if not self._is_unprepared(job) and not self._is_full(job):
                return job
        return None

    def _is_busy_sending(self) -> bool:
        return len(self._dispatched) >= MAX_CONCURRENT_SENDS or bool(self._dispatched_waiting())

    def _is_unprepared(self, job: Job) -> bool:
        is_prepared = self._live[job.job_id].preparation is Preparation.DONE
        return bool(job.smaller) and not is_prepared

    def _is_full(self, job: Job) -> bool:
        """Returns True if all slots of the job's deployment are in use."""
        in_flight_count = self._index.in_flight_count(job.deployment_id, self._now())
        return in_flight_count >= self._in_flight_limit(job)

    def _in_flight_limit(self, job: Job) -> int:
        return self._preferences.settings.in_flight or job.places or 1

    def _dispatched_waiting(self) -> list[str]:
        """Returns the ids of dispatched jobs that are not being sent yet."""
        jobs = (self._job_store.jobs.get(job_id) for job_id in self._dispatched)
        return [job.job_id for job in jobs if job is not None and job.state is JobState.WAITING]

    def _blocking_hold(self, job: Job) -> HoldReason | None:
        if self._live[job.job_id].exemption is Exemption.LIMIT:
            return None
        return self._send_check(job)

    def _hold(self, job_ids: list[str], why: HoldReason) -> None:
        if job_ids:
            self._set_aside(job_ids)
            self._durable_tasks.start("hold jobs", self._write_holds(job_ids, why))

    def _set_aside(self, job_ids: list[str]) -> None:
        """Sets jobs aside; in reverse, because a list shrinks faster at its end."""
        for job_id in reversed(job_ids):
            self._index.set_aside(job_id)

    async def _write_holds(self, job_ids: list[str], why: HoldReason) -> None:
        held = await self._job_store.apply_all(job_ids, job_transitions.hold_waiting(why))
        if not held or not self._is_open:
            return
        # The reason may have ended during the write, when the jobs were not held yet.
        if why is HoldReason.PAUSED and not self._preferences.settings.is_paused:
            self._change([job.job_id for job in held], job_transitions.release(HoldReason.PAUSED))
        elif why is HoldReason.OFFLINE and self._is_online:
            self._offer_late_jobs([job.job_id for job in held])

    def _schedule_unknown_check(self) -> None:
        """Schedules an update for the time when a job whose answer is unknown frees its slot."""
        now_s, waiting = self._now(), self._index.count(JobState.WAITING)
        until_s = self._index.next_unknown_expiry_s(now_s) if waiting else None
        if until_s is not None:
            self._call_later("unknown", max(until_s - now_s, 1.0), self._schedule_update)

    def _call_later(self, name: str, seconds: float, callback: Callable[[], object]) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, callback)

    def _offer_offline_jobs(self) -> None:
        """Posts a notice that offers to send jobs held while offline, unless sent automatically."""
        job_ids = self._index.held_by(HoldReason.OFFLINE)
        for job_id in self._index.unsent():
            self._live[job_id].is_offered = self._job_store.jobs[job_id].hold is HoldReason.OFFLINE
        if job_ids and not self._preferences.settings.sends_when_online and self._is_open:
            self._notices.post(job_notices.back_online(tuple(job_ids), self.request_send))

    def _offer_late_jobs(self, held: list[str]) -> None:
        """Offers or sends jobs that were held when the network was already back."""
        if not all(self._live[job_id].is_offered for job_id in held):
            self._offer_offline_jobs()
        self._send_automatically()

    def _send_automatically(self) -> None:
        """Sends jobs that were held while offline, if the settings say so."""
        if self._failed_tries < 2:
            self._release_offline()
            return
        # The service was reported as reachable but was not: it is tried more and more rarely.
        delay_s = _RELEASE_BACKOFF.delay_s(self._failed_tries - 1)
        self._call_later("offline", delay_s, self._release_offline)

    def _release_offline(self) -> None:
        settings = self._preferences.settings
        is_allowed = settings.sends_when_online and not settings.is_paused
        if is_allowed and self._is_online and self._is_open:
            job_ids = self._index.held_by(HoldReason.OFFLINE)
            self._change(job_ids, job_transitions.release(HoldReason.OFFLINE))

    def _publish(self) -> None:
        held = {hold: count for hold, count in self._index.held_counts.items() if count}
        state = SendQueueState(
            self._preferences.settings.is_paused,
            self._is_online,
            self._has_key,
            self._is_key_refused,
            self._resumes_s,
            self._index.count(JobState.WAITING),
            MappingProxyType(held),
        )
        if state != self.state:
            self.state = state
            self.changed.publish(state)
