"""Cache of decoded pictures, bounded by their bytes; for thumbnails and for the viewer."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """A value that states how much memory it takes, which must not change."""

    @property
    def size_bytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class BoundedCache(Generic[T]):
    """Keeps the most recently used values, of at most `max_bytes` together.

    The newest value is kept even if it is larger.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
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
        while self._total_bytes > self._max_bytes and len(self._values) > 1:
            self.remove(next(iter(self._values)))

    def remove(self, key: str) -> None:
        if key in self._values:
            self._total_bytes -= self._values.pop(key).size_bytes
