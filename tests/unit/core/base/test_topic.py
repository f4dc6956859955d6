from __future__ import annotations

import pytest

from runcomfy_desktop.core.base.topic import Subscriptions, Topic


def test_subscribers_hear_in_order_until_they_leave() -> None:
    topic: Topic[int] = Topic()
    received: list[tuple[str, int]] = []
    leave = topic.subscribe(lambda value: received.append(("a", value)))
    topic.subscribe(lambda value: received.append(("b", value)))
    topic.publish(1)
    leave()
    leave()
    topic.publish(2)
    assert received == [("a", 1), ("b", 1), ("b", 2)]


@pytest.mark.logs_errors
def test_a_subscriber_that_fails_keeps_nobody_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    topic: Topic[int] = Topic()
    received: list[int] = []

    def broken(_value: int) -> None:
        raise ValueError("a broken view")

    topic.subscribe(broken)
    topic.subscribe(received.append)
    topic.publish(1)
    assert received == [1]
    assert "a broken view" in caplog.text


def test_a_subscriber_may_leave_and_come_while_it_hears() -> None:
    topic: Topic[int] = Topic()
    received: list[str] = []

    def once(_value: int) -> None:
        leave()
        topic.subscribe(lambda _value: received.append("late"))
        received.append("once")

    leave = topic.subscribe(once)
    topic.publish(1)
    assert received == ["once"]
    topic.publish(2)
    assert received == ["once", "late"]


def test_subscriptions_leave_all_at_once() -> None:
    numbers: Topic[int] = Topic()
    words: Topic[str] = Topic()
    received: list[object] = []
    links = Subscriptions()
    links.add(numbers, received.append)
    links.add(words, received.append)
    numbers.publish(1)
    words.publish("a")
    links.close()
    numbers.publish(2)
    words.publish("b")
    assert received == [1, "a"]
