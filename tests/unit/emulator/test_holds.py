"""Calls that wait until somebody lets them go."""

from __future__ import annotations

import threading

from runcomfy_desktop.emulator.holds import Holds


def test_what_is_held_is_named_until_it_is_let_go() -> None:
    holds = Holds()
    first = holds.hold("submit", "/a", "answer")
    second = holds.hold("status", "/b", "request")
    assert holds.held() == [
        {"call": "submit", "path": "/a", "stage": "answer"},
        {"call": "status", "path": "/b", "stage": "request"},
    ]
    assert holds.release("status") == 1
    assert (first.gone.done(), second.gone.done()) == (False, True)
    assert holds.release() == 1
    assert first.gone.done()
    assert holds.held() == []
    assert holds.release() == 0


def test_a_thread_waits_until_it_is_let_go() -> None:
    holds = Holds()
    held = holds.hold("submit", "/a", "answer")
    thread = threading.Thread(target=held.wait)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    holds.release()
    thread.join(10)
    assert not thread.is_alive()


def test_who_gave_up_waiting_does_no_harm() -> None:
    holds = Holds()
    held = holds.hold("submit", "/a", "answer")
    held.gone.cancel()
    assert holds.release() == 1


def test_nothing_waits_in_a_stand_in_that_ended() -> None:
    holds = Holds()
    before = holds.hold("submit", "/a", "answer")
    holds.close()
    after = holds.hold("submit", "/b", "answer")
    assert before.gone.done()
    assert after.gone.done()
    assert holds.held() == []
