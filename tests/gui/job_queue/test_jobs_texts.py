"""Text, colour and button of each job state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.assets import asset
from runcomfy_desktop.core.jobs import wait_reasons
from runcomfy_desktop.core.jobs.job_estimates import COLD_START_S
from runcomfy_desktop.core.jobs.job_index import JobIndex
from runcomfy_desktop.core.jobs.wait_reasons import WaitCause, WaitReason
from runcomfy_desktop.domain.jobs.job import CancelStage, HoldReason, Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.ui.base.formatters import duration, job_times_text, money, one_line
from runcomfy_desktop.ui.job_queue.row_painter import elided_at_end, elided_title
from runcomfy_desktop.ui.job_queue.state_texts import (
    DAY_S,
    FILE_RETENTION_S,
    JobAction,
    JobFilter,
    StateContext,
    StateText,
    announcement_text,
    describe_in_queue,
    describe_state,
    filter_counts,
    short_reason,
    state_details,
)
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.gui.support.scripted_queue import ScriptedQueue
from tests.support.job_factory import make_job

NOW_S = 1100.0


def describe(job: Job, *, warm: bool = True) -> StateText:
    """Returns the state of a job that waits for its turn, if it is unsent."""
    reason = wait_reasons.held(job) if job.state is JobState.HELD else wait_reasons.next_to_send()
    return describe_state(job, StateContext(NOW_S, warm, reason))


@pytest.mark.parametrize(
    ("job", "text", "action", "enabled"),
    [
        (make_job(JobState.WAITING), "Waiting to be sent", JobAction.CANCEL, True),
        (make_job(JobState.SENDING), "Sending…", JobAction.CANCEL, True),
        (make_job(JobState.UNCERTAIN), "Sent, answer unknown", JobAction.RESOLVE, True),
        (make_job(JobState.QUEUED), "Queued", JobAction.CANCEL, True),
        (make_job(queue_position=0), "Queued · position 0", JobAction.CANCEL, True),
        (make_job(queue_position=7), "Queued · position 7", JobAction.CANCEL, True),
        (make_job(JobState.RUNNING), "Running", JobAction.CANCEL, True),
        (make_job(JobState.RUNNING, cancel_asked=True), "Cancelling…", JobAction.CANCEL, False),
        (make_job(JobState.SENDING, cancel_asked=True), "Cancelling…", JobAction.CANCEL, False),
        (make_job(JobState.FETCHING), "Fetching result…", JobAction.OPEN, False),
        (make_job(JobState.FETCHING, cancel_asked=True), "Fetching result…", JobAction.OPEN, False),
        (make_job(JobState.FAILED), "Failed", JobAction.DETAILS, True),
        (make_job(JobState.CANCELLED), "Cancelled", JobAction.RUN_AGAIN, True),
        (make_job(JobState.LOST), "No longer known to the server", JobAction.RUN_AGAIN, True),
        (
            make_job(JobState.RUNNING, trouble="No network."),
            "Reconnecting… (the job goes on)",
            JobAction.CANCEL,
            True,
        ),
    ],
)
def test_each_state_has_its_words_and_its_button(
    job: Job, text: str, action: JobAction, enabled: bool
) -> None:
    shown = describe(job)
    assert (shown.text, shown.action, shown.is_enabled) == (text, action, enabled)


@pytest.mark.parametrize(
    ("state", "stage", "text", "enabled", "says"),
    [
        (JobState.SENDING, CancelStage.NEW, "Cancelling…", False, "as soon as RunComfy has acc"),
        (JobState.RUNNING, CancelStage.NEW, "Cancelling…", False, "is being asked to cancel."),
        (
            JobState.RUNNING,
            CancelStage.ACCEPTED,
            "Cancelling…",
            False,
            "was asked to cancel. It dec",
        ),
        (
            JobState.QUEUED,
            CancelStage.DEFERRED,
            "Cancelling… (not accepted yet)",
            True,
            "may go on and cost money. No network.",
        ),
    ],
)
def test_an_open_request_to_cancel_tells_how_far_it_has_come(
    state: JobState, stage: CancelStage, text: str, enabled: bool, says: str
) -> None:
    facts: dict[str, Any] = {"trouble": "No network."} if state is not JobState.SENDING else {}
    job = make_job(state, cancel_asked=True, cancel_stage=stage, **facts)
    shown = describe(job)
    assert (shown.text, shown.action, shown.is_enabled) == (text, JobAction.CANCEL, enabled)
    assert says in shown.hint
    assert job.can_cancel is enabled


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (CancelStage.UNCONFIRMED, "did not report the job as cancelled"),
        (CancelStage.DEFERRED, "is not asked any more"),
    ],
)
@pytest.mark.parametrize("facts", [{}, {"trouble": "No network."}, {"server_word": "odd"}])
def test_a_request_to_cancel_that_came_to_nothing_is_said_until_the_job_ends(
    stage: CancelStage, says: str, facts: dict[str, Any]
) -> None:
    job = make_job(JobState.RUNNING, cancel_stage=stage, **facts)
    shown = describe(job)
    assert says in shown.hint
    assert says in state_details(job, shown)
    plain = describe(replace(job, cancel_stage=CancelStage.NEW))
    assert shown.hint.endswith(plain.hint)
    assert replace(shown, hint="") == replace(plain, hint="")
    assert says not in describe(replace(job, state=JobState.DONE)).hint


def test_every_state_has_an_icon_that_exists_and_a_colour_of_the_theme() -> None:
    for state in JobState:
        for facts in ({}, {"trouble": "x"}, {"server_word": "x"}, {"cancel_asked": True}):
            shown = describe(make_job(state, **facts), warm=False)
            assert asset(f"icons/state-{shown.icon}.svg").is_file()
            assert getattr(LIGHT, shown.role)


@pytest.mark.parametrize(
    ("reason", "role"),
    [
        (wait_reasons.no_key(), "warning"),
        (wait_reasons.key_refused(), "warning"),
        (wait_reasons.pause_requested(NOW_S), "warning"),
        (wait_reasons.behind(3), "muted"),
        (wait_reasons.shrinking(), "muted"),
        (wait_reasons.full(2), "muted"),
        (wait_reasons.others_first(), "muted"),
        (wait_reasons.next_to_send(), "muted"),
        (wait_reasons.for_hold(HoldReason.PAUSED), "muted"),
    ],
    ids=lambda value: value.cause.value if isinstance(value, WaitReason) else value,
)
def test_a_waiting_job_says_why_it_waits_and_can_be_cancelled(
    reason: WaitReason, role: str
) -> None:
    shown = describe_state(make_job(JobState.WAITING), StateContext(NOW_S, wait_reason=reason))
    assert (shown.text, shown.hint) == (reason.text, reason.hint)
    assert (shown.role, shown.icon, shown.action) == (role, "waiting", JobAction.CANCEL)


def test_an_outdated_job_is_held_for_its_own_reason() -> None:
    job = make_job(JobState.HELD, hold=HoldReason.PAUSED, reason="Its workflow has changed.")
    shown = describe(job)
    assert (shown.text, shown.role, shown.action) == ("Held", "warning", JobAction.RESUME)
    assert shown.hint.startswith("Its workflow has changed. It is sent when it is resumed.")
    assert wait_reasons.held(job).cause is WaitCause.OUTDATED
    assert announcement_text(job) == "Held: flux-dev"


def test_only_a_large_body_shows_its_progress() -> None:
    large = make_job(JobState.SENDING, body_bytes=8_000_000, sent_bytes=3_400_000)
    assert describe(large).text == "Sending… 42 %"
    assert describe(replace(large, body_bytes=2000, sent_bytes=1000)).text == "Sending…"


def test_an_unknown_word_is_shown_verbatim_and_never_as_success() -> None:
    shown = describe(make_job(JobState.RUNNING, server_word="hibernating"))
    assert shown.text == "“hibernating”"
    assert shown.role != "ok"
    assert shown.action is JobAction.CANCEL


def test_a_failure_shows_the_first_line_of_its_reason() -> None:
    job = make_job(JobState.FAILED, reason="\nOut of GPU memory\nAt node 31")
    assert describe(job).text == "Failed · Out of GPU memory"
    assert describe(job).role == "error"


def test_done_says_when_files_or_outputs_are_missing() -> None:
    good = Output("9", "images", OutputKind.IMAGE, path="/x/a.png")
    broken = replace(good, path="", fault="Gone.")
    assert describe(make_job(JobState.DONE, outputs=(good,))).text == "Done"
    assert describe(make_job(JobState.DONE)).text == "Done · no outputs"
    half = describe(make_job(JobState.DONE, outputs=(good, broken)))
    assert half.text == "Done · 1 file missing · 6 days left"
    assert (half.role, half.action) == ("warning", JobAction.FETCH_AGAIN)


@pytest.mark.parametrize(
    ("ago_s", "text", "action"),
    [
        (0, "Done · 1 file damaged · 7 days left", JobAction.FETCH_AGAIN),
        (FILE_RETENTION_S, "Done · 1 file damaged", JobAction.OPEN),
    ],
)
def test_a_damaged_file_can_be_fetched_again(ago_s: float, text: str, action: JobAction) -> None:
    good = Output("9", "images", OutputKind.IMAGE, path="/x/a.png")
    outputs = (good, replace(good, is_damaged=True))
    job = make_job(JobState.DONE, finished_s=1_000_000.0, outputs=outputs)
    shown = describe_state(job, StateContext(1_000_000.0 + ago_s))
    assert (shown.text, shown.role, shown.action) == (text, "warning", action)


@pytest.mark.parametrize(
    ("ago_s", "text", "action"),
    [
        (0, "Done · 1 file missing · 7 days left", JobAction.FETCH_AGAIN),
        (6.5 * DAY_S, "Done · 1 file missing · 12 hours left", JobAction.FETCH_AGAIN),
        (
            FILE_RETENTION_S - 60,
            "Done · 1 file missing · less than an hour left",
            JobAction.FETCH_AGAIN,
        ),
        (FILE_RETENTION_S, "Done · 1 file gone", JobAction.OPEN),
        (FILE_RETENTION_S + 9 * DAY_S, "Done · 1 file gone", JobAction.OPEN),
    ],
)
def test_a_missing_file_can_be_fetched_for_seven_days(
    ago_s: float, text: str, action: JobAction
) -> None:
    broken = Output("9", "images", OutputKind.IMAGE, fault="No answer.")
    job = make_job(JobState.DONE, finished_s=1_000_000.0, outputs=(broken,))
    shown = describe_state(job, StateContext(1_000_000.0 + ago_s))
    assert (shown.text, shown.action) == (text, action)


@pytest.mark.parametrize(
    ("hold", "text", "action"),
    [
        (HoldReason.OFFLINE, "Held until online", JobAction.SEND_NOW),
        (HoldReason.PAUSED, "Paused", JobAction.RESUME),
        (HoldReason.RESTART, "Not sent: the program ended", JobAction.SEND_NOW),
        (HoldReason.BATCH_LIMIT, "Held by the batch's limit", JobAction.SEND_ANYWAY),
        (HoldReason.DAY_LIMIT, "Held by the day's limit", JobAction.SEND_ANYWAY),
    ],
)
def test_a_held_job_says_what_holds_it_and_how_it_goes_on(
    hold: HoldReason, text: str, action: JobAction
) -> None:
    job = make_job(JobState.HELD, hold=hold)
    shown = describe(job)
    assert (shown.text, shown.action, shown.is_enabled) == (text, action, True)
    assert "costs nothing" in shown.hint
    assert state_details(job, shown) == shown.hint
    assert announcement_text(job) == f"{text}: flux-dev"


# Starting machine


def test_a_cold_deployment_is_explained_in_the_first_minutes() -> None:
    job = make_job(queue_position=1, queued_s=NOW_S - 60)
    shown = describe(job, warm=False)
    assert shown.text == "Starting a machine…"
    assert "billed" in shown.hint
    in_demo = describe(replace(job, service="demo"), warm=False)
    assert in_demo.text == shown.text
    assert "billed" not in in_demo.hint


@pytest.mark.parametrize(
    "facts",
    [
        {"min_instances": 1},
        {"instance_id": "i-1"},
        {"queue_position": 2},
        {"queued_s": NOW_S - COLD_START_S - 1},
        {"server_word": "hibernating"},
        {"trouble": "No network."},
        {"cancel_asked": True},
    ],
)
def test_it_is_not_claimed_where_it_cannot_be_so(facts: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"queue_position": 1, "queued_s": NOW_S - 60}
    job = make_job(**{**usual, **facts})
    assert describe(job, warm=False).text != "Starting a machine…"


def text_in(queue: ScriptedQueue, job: Job) -> str:
    return describe_in_queue(queue.as_queue(), job, NOW_S).text


def test_a_deployment_whose_machine_was_just_seen_is_not_starting() -> None:
    queued = make_job(job_id="b", queued_s=1050.0, queue_position=1)
    queue = ScriptedQueue(queued)
    assert text_in(queue, queued) == "Starting a machine…"
    queue.put(make_job(JobState.RUNNING, job_id="a", running_s=1055.0))
    assert text_in(queue, queued) == "Queued · position 1"
    queue.put(make_job(JobState.DONE, job_id="a", running_s=1055.0, finished_s=1080.0))
    assert text_in(queue, queued) == "Queued · position 1"
    later = replace(queued, job_id="c", queued_s=1090.0)
    queue.put(later)
    assert text_in(queue, later) == "Starting a machine…"


def test_the_line_counts_who_waits_before_whom() -> None:
    jobs = [make_job(JobState.WAITING, job_id=name) for name in "abc"]
    queue = ScriptedQueue(*jobs)
    assert [text_in(queue, job) for job in jobs] == [
        "Waiting to be sent",
        "Waiting · 1 before it",
        "Waiting · 2 before it",
    ]
    queue.put(replace(jobs[0], state=JobState.SENDING))
    assert text_in(queue, jobs[2]) == "Waiting · 1 before it"
    queue.remove_job("b")
    assert text_in(queue, jobs[2]) == "Waiting for a free place"
    queue.put(replace(jobs[0], state=JobState.DONE))
    assert text_in(queue, jobs[2]) == "Waiting to be sent"


def test_the_line_counts_by_turns_and_for_each_deployment() -> None:
    queue = ScriptedQueue(
        make_job(JobState.WAITING, job_id="late", order=9.0),
        make_job(JobState.WAITING, job_id="early", order=3.0),
        make_job(JobState.WAITING, job_id="other", order=1.0, deployment_id="another"),
    )

    def ahead(job_id: str) -> str:
        return (
            text_in(queue, queue.jobs[job_id]).removeprefix("Waiting").removeprefix(" to be sent")
        )

    assert [ahead(each) for each in ("early", "late", "other")] == ["", " · 1 before it", ""]
    queue.put(replace(queue.jobs["late"], order=2.0))
    assert [ahead(each) for each in ("early", "late", "other")] == [" · 1 before it", "", ""]


# Groups


def test_every_group_is_counted() -> None:
    index = JobIndex()
    for state in JobState:
        index.put(make_job(state, job_id=state.value))
    assert filter_counts(index, 0.0) == {
        JobFilter.ACTIVE: 5,
        JobFilter.TODAY: len(JobState),
        JobFilter.FAILED: 2,
        JobFilter.UNCERTAIN: 1,
        JobFilter.HELD: 1,
        JobFilter.ALL: len(JobState),
    }
    index.put(make_job(JobState.FAILED, job_id="running"))
    index.remove("done")
    assert filter_counts(index, 0.0)[JobFilter.ACTIVE] == 4
    assert filter_counts(index, 0.0)[JobFilter.FAILED] == 3
    assert filter_counts(index, 0.0)[JobFilter.ALL] == len(JobState) - 1


def test_today_has_what_is_not_over_and_what_began_or_ended_since_midnight() -> None:
    midnight_s = 5000.0
    old, new = midnight_s - 1, midnight_s
    jobs = [
        make_job(JobState.RUNNING, job_id="runs", created_s=old),
        make_job(JobState.UNCERTAIN, job_id="unknown", created_s=old),
        make_job(JobState.DONE, job_id="ended today", created_s=old, finished_s=new),
        make_job(JobState.CANCELLED, job_id="of today", created_s=new),
        make_job(JobState.DONE, job_id="of yesterday", created_s=old, finished_s=old),
        make_job(JobState.FAILED, job_id="without an end", created_s=old),
    ]
    index = JobIndex()
    for each in jobs:
        index.put(each)
    today = [each.job_id for each in jobs if JobFilter.TODAY.has(each, midnight_s)]
    assert today == ["runs", "unknown", "ended today", "of today"]
    assert filter_counts(index, midnight_s)[JobFilter.TODAY] == len(today)


# Sentences


def test_an_end_is_announced_by_word_and_title() -> None:
    assert announcement_text(make_job(JobState.DONE, title="Blue bicycle")) == "Done: Blue bicycle"
    failed = make_job(JobState.FAILED, title="Blue bicycle", reason="Out of memory.\nMore")
    assert announcement_text(failed) == "Failed: Blue bicycle. Out of memory."
    assert announcement_text(make_job(JobState.RUNNING, title="Blue")) == "Running: Blue"
    assert announcement_text(make_job(JobState.QUEUED)) == ""


def test_an_uncertain_job_tells_its_risk_once() -> None:
    job = make_job(JobState.UNCERTAIN, reason="The line broke.\nIt may have been accepted.")
    assert state_details(job, describe(job)) == job.reason
    assert "billed" in state_details(replace(job, reason=""), describe(job))


def test_times_are_split_into_waiting_and_running() -> None:
    waiting = make_job(queued_s=1000.0)
    assert job_times_text(waiting, 1040.5) == "waited 0:40"
    ran = make_job(JobState.DONE, queued_s=1000.0, running_s=1021.0, finished_s=1089.0)
    assert job_times_text(ran, 9999.0) == "waited 0:21 · ran 1:08"
    assert job_times_text(make_job(JobState.UNCERTAIN, sent_s=1000.0), 9999.0).startswith(
        "sent at "
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (21.9, "0:21"), (72, "1:12"), (3725, "1:02:05"), (-3, "0:00")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_sums_of_money() -> None:
    assert [money(each) for each in (0.05, 1204, -1.2, -0.001)] == [
        "$0.05",
        "$1,204.00",
        "-$1.20",
        "$0.00",
    ]


def test_outside_text_becomes_one_harmless_line() -> None:
    assert one_line("a\n b\t c") == "a b c"
    assert one_line("evil\u202egnp.exe\x00\u2066") == "evilgnp.exe"
    assert one_line("👩\u200d🎨") == "👩\u200d🎨"
    assert len(one_line("x" * 5000)) == 300


def test_a_title_without_room_keeps_its_seed() -> None:
    metrics = QFontMetrics(QApplication.font())
    title = "repaint the hills in cobalt blue at night, keep… · seed 20260204"
    whole = metrics.horizontalAdvance(title)
    assert elided_title(title, metrics, whole) == title
    short = elided_title(title, metrics, whole * 3 // 4)
    assert short.startswith("repaint the hills")
    assert short.endswith("… · seed 20260204")
    assert metrics.horizontalAdvance(short) <= whole * 3 // 4
    assert elided_title(title, metrics, whole // 4).endswith("…")


def test_the_title_of_a_cell_keeps_where_it_stands_in_its_grid() -> None:
    metrics = QFontMetrics(QApplication.font())
    title = "steps 30, guidance 2.5 · a lighthouse at dusk · seed 20260204"
    room = metrics.horizontalAdvance(title) * 2 // 3
    assert elided_at_end(title, metrics, room).startswith("steps 30, guidance 2.5 · ")
    assert metrics.horizontalAdvance(elided_at_end(title, metrics, room)) <= room


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        ("KSampler: Allocation on device 0 failed. (out of memory) 43 GiB", "out of memory"),
        ("CUDA out of memory. Tried to allocate 20 MiB", "out of memory"),
        ("SamplerCustomAdvanced: sizes differ\nmore", "sizes differ"),
        ("the node said: no", "the node said: no"),
        ("KSampler: ", "KSampler:"),
    ],
)
def test_a_row_says_what_failed_and_not_where(reason: str, short: str) -> None:
    assert short_reason(reason) == short
