"""Publish/subscribe topics, by which the core reports changes without knowing its subscribers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Topic(Generic[T]):
    """Calls its subscribers in order, on the thread that publishes (always the loop's).

    A subscriber that fails is logged and does not affect the others: a broken view never breaks a
    job.
    """

    def __init__(self) -> None:
        self._subscribers: list[Callable[[T], object]] = []

    def subscribe(self, subscriber: Callable[[T], object]) -> Callable[[], None]:
        """Calls `subscriber` at every publish until the returned function is called."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    @property
    def has_subscribers(self) -> bool:
        """True if there is at least one subscriber."""
        return bool(self._subscribers)

    def publish(self, value: T) -> None:
        for subscriber in list(self._subscribers):
            try:
                subscriber(value)
            except Exception:
                _log.exception("A subscriber failed")


class Subscriptions:
    """Subscriptions of one view, so that it can end all of them at once."""

    def __init__(self) -> None:
        self._unsubscribers: list[Callable[[], None]] = []

    def add(self, topic: Topic[T], subscriber: Callable[[T], object]) -> None:
        self._unsubscribers.append(topic.subscribe(subscriber))

    def close(self) -> None:
        while self._unsubscribers:
            self._unsubscribers.pop()()
