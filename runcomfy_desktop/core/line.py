"""Line: which unsent job goes next, when, and what is held back for the person.

Nothing that is held is sent by itself, but what was held until online, and that only if the
settings say so. Every intent returns at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.core import intents, reordering, telling
from runcomfy_desktop.core.reordering import Where
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.core.turns import Turns
from runcomfy_desktop.domain.job import Hold, Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.tasks import Tasks

__all__ = ["Line", "LineState", "Objection", "Where"]

Objection: TypeAlias = "Callable[[Job], Hold | None]"

# More would share one way out, and each would take longer to be accepted.
BODIES_AT_ONCE = 2
# So many jobs are looked at before the window gets its turn.
PIECE = 200
# Sent by itself again after so long when the last try found no way, doubled each time.
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 300.0
_LIMITS = (Hold.BATCH_LIMIT, Hold.DAY_LIMIT)


@dataclass(frozen=True, slots=True)
class LineState:
    """How the line stands as a whole. Without a key jobs wait, and nothing is sent."""

    is_paused: bool = False
    is_online: bool = True
    has_key: bool = True
    waiting: int = 0
    held: Mapping[Hold, int] = field(default_factory=lambda: MappingProxyType({}))


class Line:
    """Owns the turns of the unsent jobs. Publishes `changed`.

    A job is let go by `begin(job_id)`. Whoever sends it asks `may_go` first, and calls `left` when
    it is not being sent any more. `objection` says what forbids to send a job for its price.

    A job with pictures to shrink is let go only when they are ready: the first job that waits for
    each deployment is handed to `prepare`, even before there is a place for it, and `prepared` is
    called when that is over. Meanwhile nobody overtakes it in its deployment; others go on.
    """

    def __init__(  # noqa: PLR0913 - collaborators by name, made in one place
        self,
        ledger: Ledger,
        preferences: Preferences,
        notices: Notices,
        deeds: Tasks,
        begin: Callable[[str], object],
        now: Callable[[], float],
        objection: Objection | None = None,
    ) -> None:
        self._ledger = ledger
        self._preferences = preferences
        self._notices = notices
        self._deeds = deeds
        self._begin = begin
        self._now = now
        self._objection = objection
        # Hears which held jobs are to be sent after a notice; it asks, as they may be many.
        self.wish: Callable[[tuple[str, ...]], object] = self.send_now
        self.prepare: Callable[[str], object] = self.prepared
        # Jobs with pictures to shrink; true when these are ready.
        self._prepared: dict[str, bool] = {}
        self._turns = Turns()
        self._is_online = True
        self._has_key = True
        self._was_heard = False
        self._begun: dict[str, str] = {}
        # Jobs that the person wished to be sent; true: whatever they cost.
        self._passes: dict[str, bool] = {}
        self._in_vain = 0
        self._offered: list[str] = []
        self._is_due = False
        self._is_open = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._moving = asyncio.Lock()
        self._last_order = 0.0
        self.state = LineState(is_paused=preferences.settings.is_paused)
        self.changed: Topic[LineState] = Topic()
        self._links = Subscriptions()

    # Life

    def open(self, jobs: Iterable[Job]) -> None:
        """Begins with these jobs."""
        for job in jobs:
            self._turns.note(job)
        self._links.add(self._ledger.changed, self._on_changed)
        self._links.add(self._ledger.removed, self._on_removed)
        self._links.add(self._preferences.changed, lambda _settings: self._on_settings())
        self._is_open = True
        self._publish()
        self._look()

    def close(self) -> None:
        """Lets nothing go any more."""
        self._is_open = False
        self._links.close()
        for timer in self._timers.values():
            timer.cancel()

    # Intents

    def send_now(self, job_ids: Iterable[str], *, beyond: bool = True) -> None:
        """Releases held jobs whatever held them. One that a limit held goes `beyond` it, or takes
        its turn and is held again if there is no room for it by then."""
        for job_id in (wished := list(job_ids)):
            job = self._ledger.jobs.get(job_id)
            if job is not None and job.state is JobState.HELD:
                self._passes[job_id] = beyond and job.hold in _LIMITS
        self._change(wished, intents.release())

    def pause(self, job_ids: Iterable[str], reason: str = "") -> None:
        """Holds jobs that wait here; `reason` is said on their rows."""
        self._change(job_ids, intents.hold(Hold.PAUSED, reason))

    def resume(self, job_ids: Iterable[str]) -> None:
        """The opposite of `pause`; in a paused queue these jobs go all the same."""
        of_all = set(self._turns.held_by(Hold.PAUSED))
        paused = [each for each in job_ids if each in of_all]
        self._passes.update(dict.fromkeys(paused, False))
        self._change(paused, intents.release(Hold.PAUSED))

    def pause_all(self) -> None:
        """Holds what waits here, and what is run from now on."""
        self._passes.clear()
        self._preferences.set(is_paused=True)
        self._look()

    def resume_all(self) -> None:
        self._preferences.set(is_paused=False)
        self._change(self._turns.held_by(Hold.PAUSED), intents.release(Hold.PAUSED))
        self._send_by_itself()
        self._look()

    def move(self, job_ids: Iterable[str], where: Where) -> None:
        """Gives unsent jobs other turns."""
        wished = set(job_ids)
        self._deeds.start("move jobs", self._move(wished, where))

    # What happened elsewhere

    def note_online(self, is_online: bool) -> None:
        """Whether RunComfy can be reached at all, as far as anybody knows now."""
        was_online, self._is_online = self._is_online, is_online
        if not is_online:
            # Nobody wished that each of them finds out for itself.
            self._passes.clear()
        elif not (was_online and self._was_heard):
            self._offer()
            self._send_by_itself()
        self._was_heard = True
        self._look()

    def note_key(self, has_key: bool) -> None:
        """Whether there is a key that the service may take; without one, jobs wait."""
        self._has_key = has_key
        self._look()

    def note_sent(self, reached: bool) -> None:
        """A job was accepted, or there was no way to the service."""
        self._in_vain = 0 if reached else self._in_vain + 1
        self.note_online(reached)

    def stop(self, deployment_id: str) -> None:
        """Holds what waits, of one deployment or ("") of all: it would fail as one just did."""
        job_ids = [*self._ready(deployment_id), *self._turns.waiting(deployment_id)]
        self._step_out(job_ids)
        keep = self._ledger.keep_all(job_ids, intents.hold_waiting(Hold.PAUSED))
        self._deeds.start("hold jobs", keep)

    def left(self, job_id: str) -> None:
        """A job that was let go is not being sent any more; if it waits, it takes a turn again."""
        self._begun.pop(job_id, None)
        job = self._ledger.jobs.get(job_id)
        if job is not None and job.state is JobState.WAITING:
            self._turns.note(job)
        elif job is not None and job.hold is Hold.OFFLINE and self._is_online:
            self._offer_late({job_id})
        self._look()

    def prepared(self, job_id: str) -> None:
        """The pictures of a job are ready, or never will be."""
        if job_id in self._prepared:
            self._prepared[job_id] = True
        self._look()

    # Questions

    def may_go(self, job: Job) -> bool:
        """Whether a job that was let go may be sent now: it may have waited for an hour."""
        is_held_back = self._why_none() is not None and job.job_id not in self._passes
        return self._has_key and not is_held_back and self._forbids(job) is None

    def new_order(self) -> float:
        """The turn behind all others; distinct at each call."""
        # Seconds since the epoch have room for steps of a millionth.
        last = max(self._last_order, self._turns.last_order())
        self._last_order = max(self._now(), last + 1e-6)
        return self._last_order

    # Inside

    def _change(self, job_ids: Iterable[str], step: Callable[[Job], Job | None]) -> None:
        wished = list(job_ids)
        # A notice can outlive the queue that it speaks of.
        if wished and self._is_open:
            self._deeds.start("change the line", self._ledger.commit_all(wished, step))

    async def _move(self, wished: set[str], where: Where) -> None:
        # Each begins from what the one before made of the line.
        async with self._moving:
            jobs = (self._ledger.jobs.get(each) for each in self._turns.unsent())
            unsent = [job for job in jobs if job is not None]
            orders = await asyncio.to_thread(reordering.orders, unsent, wished, where)
            await self._ledger.commit_all(orders, intents.reorder(orders))

    def _on_settings(self) -> None:
        for job_id in self._ready():
            # Let go before the limit was set, and not sent yet.
            why = self._forbids(self._ledger.jobs[job_id])
            if why is not None:
                self._hold([job_id], why)
        self._look()

    def _on_changed(self, job: Job) -> None:
        waits = job.state is JobState.WAITING
        if not waits and job.state is not JobState.HELD:
            self._passes.pop(job.job_id, None)
        if not waits:
            self._prepared.pop(job.job_id, None)
        if waits and job.job_id in self._begun:
            # Let go, held, and released again, before the sender had looked at it.
            self._turns.step_out(job.job_id)
            self._look()
        elif self._turns.note(job):
            self._look()

    def _on_removed(self, job_id: str) -> None:
        self._passes.pop(job_id, None)
        self._prepared.pop(job_id, None)
        if self._turns.forget(job_id):
            self._look()

    def _look(self) -> None:
        """Looks at the line in the loop's next turn: once, however much happens in this one."""
        if self._is_open and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._look_now)

    def _look_now(self) -> None:
        self._is_due = False
        if not self._is_open:
            return
        self._hold_back()
        self._let_go()
        self._prepare_heads()
        self._watch_unknown()
        self._publish()

    def _hold_back(self) -> None:
        """Holds what waits although nothing is to be sent now."""
        why = self._why_none()
        if why is None or not self._turns.waiting_count + len(self._begun):
            return
        waiting = (*self._ready(), *self._turns.waiting())
        self._hold([each for each in waiting if each not in self._passes], why)

    def _why_none(self) -> Hold | None:
        if not self._is_online:
            return Hold.OFFLINE
        return Hold.PAUSED if self._preferences.settings.is_paused else None

    def _let_go(self) -> None:
        if not self._has_key:
            return
        forbidden: dict[Hold, list[str]] = {}
        for _each in range(PIECE):
            job = self._next()
            if job is None:
                break
            self._turns.step_out(job.job_id)
            why = self._forbids(job)
            if why is not None:
                forbidden.setdefault(why, []).append(job.job_id)
                continue
            self._begun[job.job_id] = job.deployment_id
            self._begin(job.job_id)
        else:
            self._look()
        for why, job_ids in forbidden.items():
            self._hold(job_ids, why)

    def _prepare_heads(self) -> None:
        if not self._has_key:
            return
        for _deployment_id, job_id in self._turns.heads():
            job = self._ledger.jobs.get(job_id)
            if job is not None and job.smaller and job_id not in self._prepared:
                self._prepared[job_id] = False
                self.prepare(job_id)

    def _next(self) -> Job | None:
        """The first that waits, whose deployment has a free place.

        One after the other: what was let go counts for the limits only when it is being sent.
        """
        if len(self._begun) >= BODIES_AT_ONCE or self._ready():
            return None
        for deployment_id, job_id in self._turns.heads():
            job = self._ledger.jobs.get(job_id)
            if job is None:
                # It is being removed, and this is looked at again once that is told.
                continue
            if job.smaller and not self._prepared.get(job_id, False):
                continue
            limit = self._preferences.settings.in_flight or job.places or 1
            if self._turns.at_work(deployment_id, self._now()) < limit:
                return job
        return None

    def _ready(self, deployment_id: str = "") -> list[str]:
        """What was let go and is not being sent yet; of one deployment, or of all."""
        mine = (each for each, of in self._begun.items() if deployment_id in ("", of))
        jobs = (self._ledger.jobs.get(job_id) for job_id in mine)
        return [job.job_id for job in jobs if job is not None and job.state is JobState.WAITING]

    def _forbids(self, job: Job) -> Hold | None:
        if self._objection is None or self._passes.get(job.job_id, False):
            return None
        return self._objection(job)

    def _hold(self, job_ids: list[str], why: Hold) -> None:
        if job_ids:
            self._step_out(job_ids)
            self._deeds.start("hold jobs", self._keep_held(job_ids, why))

    def _step_out(self, job_ids: list[str]) -> None:
        """Nobody may take them for waiting ones; from behind, where a list loses many quickly."""
        for job_id in reversed(job_ids):
            self._turns.step_out(job_id)

    async def _keep_held(self, job_ids: list[str], why: Hold) -> None:
        held = await self._ledger.keep_all(job_ids, intents.hold_waiting(why))
        if not held or not self._is_open:
            return
        # What held them may have ended while the disk wrote, when none of them was held yet.
        if why is Hold.PAUSED and not self._preferences.settings.is_paused:
            self._change([job.job_id for job in held], intents.release(Hold.PAUSED))
        elif why is Hold.OFFLINE and self._is_online:
            self._offer_late({job.job_id for job in held})

    def _watch_unknown(self) -> None:
        """A job whose answer is unknown takes its place for an hour; then somebody has to look."""
        now_s, waiting = self._now(), self._turns.waiting_count
        until_s = self._turns.next_unknown_s(now_s) if waiting else None
        if until_s is not None:
            self._later("unknown", max(until_s - now_s, 1.0), self._look)

    def _later(self, name: str, seconds: float, deed: Callable[[], object]) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, deed)

    def _offer(self) -> None:
        """The network is back: what was held until then is offered once, or goes by itself."""
        self._offered = job_ids = self._turns.held_by(Hold.OFFLINE)
        if job_ids and not self._preferences.settings.sends_when_online and self._is_open:
            self._notices.tell(telling.online_again(tuple(job_ids), self.wish))

    def _offer_late(self, held: set[str]) -> None:
        """The network was back before these were held."""
        if not held <= set(self._offered):
            self._offer()
        self._send_by_itself()

    def _send_by_itself(self) -> None:
        """What was held until online, if the settings say so."""
        if self._in_vain < 2:
            self._release_offline()
            return
        # The way was said to be free, and was not: so it is not tried all the time.
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * float(2 ** min(self._in_vain - 2, 16)))
        self._later("offline", pause_s, self._release_offline)

    def _release_offline(self) -> None:
        settings = self._preferences.settings
        may_go = settings.sends_when_online and not settings.is_paused
        if may_go and self._is_online and self._is_open:
            job_ids = self._turns.held_by(Hold.OFFLINE)
            self._change(job_ids, intents.release(Hold.OFFLINE))

    def _publish(self) -> None:
        held = {hold: count for hold, count in self._turns.held.items() if count}
        state = LineState(
            self._preferences.settings.is_paused,
            self._is_online,
            self._has_key,
            self._turns.waiting_count,
            MappingProxyType(held),
        )
        if state != self.state:
            self.state = state
            self.changed.publish(state)
