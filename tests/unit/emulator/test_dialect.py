"""The two dialects of the API: of its first and of its newest documentation."""

from __future__ import annotations

from runcomfy_desktop.emulator.dialect import NEWEST, SEED, timestamp
from runcomfy_desktop.emulator.lifecycle import RequestState


def test_each_dialect_has_its_own_word_for_the_end_by_cancel() -> None:
    assert SEED.status_text(RequestState.CANCELLED) == "canceled"
    assert NEWEST.status_text(RequestState.CANCELLED) == "cancelled"
    assert (
        SEED.status_text(RequestState.IN_QUEUE)
        == NEWEST.status_text(RequestState.IN_QUEUE)
        == "in_queue"
    )


def test_the_first_dialect_answers_a_cancel_by_status() -> None:
    assert SEED.cancel_reply("r", RequestState.IN_PROGRESS, accepted=True) == (
        200,
        {"request_id": "r", "status": "cancellation_requested"},
    )
    assert SEED.cancel_reply("r", RequestState.COMPLETED, accepted=False) == (
        200,
        {"request_id": "r", "status": "not_cancellable"},
    )


def test_the_newest_dialect_answers_a_cancel_by_outcome() -> None:
    assert NEWEST.cancel_reply("r", RequestState.IN_PROGRESS, accepted=True) == (
        202,
        {"request_id": "r", "status": "in_progress", "outcome": "cancelled"},
    )
    assert NEWEST.cancel_reply("r", RequestState.COMPLETED, accepted=False)[1]["outcome"] == (
        "not_cancellable"
    )


def test_timestamps_always_have_six_digits_and_an_offset() -> None:
    assert timestamp(1_770_000_000.0) == "2026-02-02T02:40:00.000000+00:00"
    assert timestamp(1_770_000_000.25).endswith(".250000+00:00")
