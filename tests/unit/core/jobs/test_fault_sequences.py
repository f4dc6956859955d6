"""Any faults in any order over the life cycles of some jobs: none is lost, none is sent twice.

The faults end before the check. Then every job must be in the state that the service reports, or
must say that its state is unknown.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from runcomfy_desktop.domain.jobs.job import JobState, can_transition
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_tests import run_async_test
from tests.support.async_wait import wait_until
from tests.support.queue_harness import FAST_POLLING, QueueHarness
from tests.support.soak import share

pytestmark = pytest.mark.logs_errors

S = JobState
JOBS = 3
RUN_S = 30.0
SETTLED_STATES = (S.DONE, S.FAILED, S.CANCELLED, S.LOST, S.UNCERTAIN, S.HELD)

_WHICH = st.sampled_from(["#1", "#2", "#1-3", "%20", "%50", "%100"])
_ANYWHERE = [
    "drop-request",
    "drop-answer",
    "status-500",
    "status-503",
    "status-418",
    "error:500001:200",
    "error:11007",
    "rate-limit:9:0.01",
    "html",
    "empty",
    "truncated",
    "wrong-type",
    "wrong-length:7",
    "unauthorized:json",
    "unauthorized:foreign",
]
_ONLY = {
    "submit": ["no-id", "hostile-id", "foreign-urls", "error-with-id", "other-id"],
    "status": ["other-id", "word:paused", "stuck", "in-queue", "error-with-id", "gone"],
    "result": ["other-id", "late-result", "in-queue", "fails", "oom", "names", "gone"],
    "cancel": ["other-id", "cancel-ignored", "cancel-refused", "gone"],
    "download": ["cut-download", "changed-download", "no-range", "expired", "redirect-download"],
}


@dataclass(frozen=True)
class SequenceStep:
    """One step: the faults change, time passes, the user may cancel or poll a job, and the program
    may restart."""

    weather: str
    after_s: float
    cancels: int | None
    asks: int | None
    restarts: bool


def _fault(call: str) -> st.SearchStrategy[str]:
    def spelt(name: str, which: str) -> str:
        word, colon, arguments = name.partition(":")
        return f"{word}@{call}{which}{colon}{arguments}"

    return st.builds(spelt, st.sampled_from([*_ANYWHERE, *_ONLY[call]]), _WHICH)


_FAULTS = st.one_of([_fault(call) for call in _ONLY])
_WEATHER = st.builds(
    lambda seed, faults: f"seed={seed};{','.join(faults)}",
    st.integers(0, 999),
    st.lists(_FAULTS, min_size=1, max_size=4),
)
_NOBODY = st.none() | st.integers(0, JOBS - 1)
ACTS = st.lists(
    st.builds(
        SequenceStep, _WEATHER, st.sampled_from([0.0, 10.0, RUN_S]), _NOBODY, _NOBODY, st.booleans()
    ),
    min_size=1,
    max_size=4,
)


# An example takes a third of a second, and shrinking a failing one takes hundreds of them.
@settings(max_examples=share(12, 600), phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(ACTS)
def test_whatever_strikes_no_job_is_lost_and_none_is_sent_twice(acts: list[SequenceStep]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_async_test(_live(Path(folder), acts))


async def _live(folder: Path, acts: list[SequenceStep]) -> None:
    harness = QueueHarness(folder, pace=FAST_POLLING, timing=CloudPace(0.0, RUN_S, 1.0))
    async with AsyncExitStack() as life:
        await life.enter_async_context(harness.program())
        harness.backend.faults.set(acts[0].weather)
        names = [await harness.submit(noise_seed=number) for number in range(JOBS)]
        for act in acts:
            await _play(harness, act, names)
            if act.restarts:
                await life.aclose()
                harness.backend.faults.set("")
                await life.enter_async_context(harness.program())
        harness.backend.faults.set("")
        # Simulates the account, which checks the key again after a refusal; a refusal may come
        # late.
        send_queue = harness.queue.send_queue
        harness.queue.key_refused.subscribe(lambda _nothing: send_queue.set_has_key(True))
        send_queue.set_has_key(True)
        harness.queue.wake()
        # Jobs that are sent only now need time for their runs as well.
        await wait_until(lambda: not (harness.in_state(S.WAITING) or harness.in_state(S.SENDING)))
        harness.clock.advance(JOBS * RUN_S + 2)
        harness.queue.wake()
        await wait_until(
            lambda: all(job.state in SETTLED_STATES for job in harness.queue.jobs.values()),
            describe=lambda: harness.queue.jobs,
        )
        _check(harness, names)
    assert harness.unwritten_jobs == []


async def _play(harness: QueueHarness, act: SequenceStep, names: list[str]) -> None:
    harness.backend.faults.set(act.weather)
    await _a_while(harness)
    if act.cancels is not None:
        harness.queue.cancel(names[act.cancels])
    if act.asks is not None:
        harness.queue.poll_now(names[act.asks])
    harness.clock.advance(act.after_s)
    await _a_while(harness)


async def _a_while(harness: QueueHarness) -> None:
    """Waits for some more requests, but not for long: a refused key ends all polls."""
    end_s = asyncio.get_running_loop().time() + 0.1
    enough = len(harness.transport.received_calls) + 8
    await wait_until(
        lambda: (
            len(harness.transport.received_calls) >= enough
            or asyncio.get_running_loop().time() > end_s
        )
    )


def _check(harness: QueueHarness, names: list[str]) -> None:
    jobs = harness.queue.jobs
    assert set(jobs) == set(names)
    seeds = [str(each) for each in harness.sent_overrides()]
    assert max(Counter(seeds).values(), default=0) <= 1, "a job was sent twice"
    known = [job.request_id for job in jobs.values() if job.request_id]
    assert len(set(known)) == len(known), "two jobs have one request"
    assert set(known) <= set(harness.backend.runs)
    uncertain_count = sum(job.state is S.UNCERTAIN for job in jobs.values())
    assert harness.accepted_count - len(known) <= uncertain_count, "a paid run belongs to no job"
    for name, job in jobs.items():
        states = [S(state) for state in harness.shown_states(name)]
        for before, after in itertools.pairwise(states):
            assert can_transition(before, after)
        stored = harness.row(name)
        assert (stored["state"], stored["request_id"]) == (job.state.value, job.request_id)
        if job.state is not S.DONE:
            quiet = (S.CANCELLED, S.HELD)
            assert job.state in quiet or job.reason, "it ended without a word"
