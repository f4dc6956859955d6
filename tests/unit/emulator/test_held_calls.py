"""Calls that wait until they are released."""

from __future__ import annotations

import threading

from runcomfy_desktop.emulator.held_calls import HeldCalls


def test_what_is_held_is_named_until_it_is_let_go() -> None:
    holds = HeldCalls()
    first = holds.hold("submit", "/a", "answer")
    second = holds.hold("status", "/b", "request")
    assert holds.held() == [
        {"call": "submit", "path": "/a", "stage": "answer"},
        {"call": "status", "path": "/b", "stage": "request"},
    ]
    assert holds.release("status") == 1
    assert (first.released.done(), second.released.done()) == (False, True)
    assert holds.release() == 1
    assert first.released.done()
    assert holds.held() == []
    assert holds.release() == 0


def test_a_thread_waits_until_it_is_let_go() -> None:
    holds = HeldCalls()
    held = holds.hold("submit", "/a", "answer")
    thread = threading.Thread(target=held.wait)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    holds.release()
    thread.join(10)
    assert not thread.is_alive()


def test_who_gave_up_waiting_does_no_harm() -> None:
    holds = HeldCalls()
    held = holds.hold("submit", "/a", "answer")
    held.released.cancel()
    assert holds.release() == 1


def test_nothing_waits_in_a_stand_in_that_ended() -> None:
    holds = HeldCalls()
    before = holds.hold("submit", "/a", "answer")
    holds.close()
    after = holds.hold("submit", "/b", "answer")
    assert before.released.done()
    assert after.released.done()
    assert holds.held() == []
