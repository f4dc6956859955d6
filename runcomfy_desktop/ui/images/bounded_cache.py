"""Bounded cache of decoded pictures; for thumbnails and for the viewer."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """A value that states how much memory it takes, which must not change."""

    @property
    def size_bytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class BoundedCache(Generic[T]):
    """Keeps the most recently used values: at most `max_count`, of `max_bytes` together.

    The newest value is kept even if it is larger.
    """

    def __init__(self, max_bytes: int, max_count: int | None = None) -> None:
        self._max_bytes = max_bytes
        self._max_count = max_count
        self._values: OrderedDict[str, T] = OrderedDict()
        self._total_bytes = 0

    def get(self, key: str) -> T | None:
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def put(self, key: str, value: T) -> None:
        """Adds or replaces a value, and drops others if there are too many."""
        self.remove(key)
        self._values[key] = value
        self._total_bytes += value.size_bytes
        while self._is_full():
            self.remove(next(iter(self._values)))

    def remove(self, key: str) -> None:
        if key in self._values:
            self._total_bytes -= self._values.pop(key).size_bytes

    def _is_full(self) -> bool:
        count = len(self._values)
        too_many = self._max_count is not None and count > self._max_count
        return too_many or (self._total_bytes > self._max_bytes and count > 1)
