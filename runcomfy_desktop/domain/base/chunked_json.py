"""Reads large JSON in chunks and within limits, so that a window stays responsive.

`json.loads` holds the interpreter until it is done, on any thread: 0.3 s for 23 MB of nodes, 0.6 s
for 50 MB of numbers. Here it gets chunks of a quarter of a megabyte. If a value does not fit into
one chunk, its members are decoded separately.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

CHUNK_CHARS = 256 * 1024
# Most values are small: trying each at full chunk size would copy a quarter of a megabyte each
# time.
_FIRST_TRY_CHARS = 2 * 1024

MAX_DIGITS = sys.int_info.default_max_str_digits
"""Maximum number of digits of a number: Python reads no more, and ComfyUI is written in Python."""

_BLANKS = re.compile(r"[ \t\n\r]*")
_BLANK_OR_END = frozenset(("", " ", "\t", "\n", "\r"))
_DECODE = json.JSONDecoder().raw_decode


class TooDeep(ValueError):  # noqa: N818 - named after the JSON
    """Raised when values are nested more deeply than allowed."""


class TooMany(ValueError):  # noqa: N818 - named after the JSON
    """Raised when there are more values than allowed."""


class TooLong(ValueError):  # noqa: N818 - named after the JSON
    """Raised for a number of more than MAX_DIGITS digits."""


def read_json(text: str, *, max_depth: int, max_values: int) -> Json:
    """Parses JSON as `json.loads` does, with at most `max_depth` levels and `max_values` values.

    Raises TooDeep, TooMany, TooLong or json.JSONDecodeError.
    """
    reader = _ChunkedJsonReader(text, max_values)
    try:
        value, at = reader.read_value(skip_blanks(text, 0), max_depth)
    except RecursionError:
        raise TooDeep from None
    at = skip_blanks(text, at)
    if at != len(text):
        raise json.JSONDecodeError("Extra data", text, at)
    return value


def decode_value(text: str, at: int = 0) -> tuple[Json, int]:
    """Returns the value at position `at`, and its end. Raises TooLong or json.JSONDecodeError."""
    try:
        return _DECODE(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise TooLong from None


def count_values(value: Json, *, depth: int, max_values: int) -> int:
    """Returns the number of values within `value`, itself included. Raises TooDeep or TooMany.

    Counts level by level: a recursive count would use up the stack that the limit is meant to
    protect.
    """
    count, level = 1, [value]
    for _step in range(depth + 1):
        inner: list[Json] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        count += len(inner)
        if count > max_values:
            raise TooMany
        if not inner:
            return count
        level = inner
    raise TooDeep


class _ChunkedJsonReader:
    """Reader of one JSON string; counts the values read so far."""

    def __init__(self, text: str, max_values: int) -> None:
        self._text = text
        self._remaining = max_values

    def read_value(self, at: int, depth: int) -> tuple[Json, int]:
        """Returns the value at position `at`, and its end."""
        char = self._text[at : at + 1]
        if char not in ("{", "["):
            self._count(1)
            return decode_value(self._text, at)
        for chars in (_FIRST_TRY_CHARS, CHUNK_CHARS):
            chunk = self._text[at : at + chars]
            try:
                value, length = decode_value(chunk)
            except json.JSONDecodeError:
                # The value ends beyond the chunk, or it is invalid: reading its members decides.
                continue
            self._count(
                count_values(value, depth=depth, max_values=self._remaining) if value else 1
            )
            return value, at + length
        if depth < 1:
            raise TooDeep
        self._count(1)
        return self._read_object(at + 1, depth) if char == "{" else self._read_array(at + 1, depth)

    def _read_object(self, at: int, depth: int) -> tuple[Json, int]:
        members: dict[str, Json] = {}
        at = skip_blanks(self._text, at)
        if self._text[at : at + 1] == "}":
            return members, at + 1
        while True:
            if self._text[at : at + 1] != '"':
                raise self._error("Expecting property name enclosed in double quotes", at)
            name, at = decode_value(self._text, at)
            assert isinstance(name, str)
            at = skip_blanks(self._text, at)
            if self._text[at : at + 1] != ":":
                raise self._error("Expecting ':' delimiter", at)
            # If a name is repeated, its last value counts, as in json and in ComfyUI.
            members[name], at = self.read_value(skip_blanks(self._text, at + 1), depth - 1)
            at, is_last = self._next_item(at, "}")
            if is_last:
                return members, at

    def _read_array(self, at: int, depth: int) -> tuple[Json, int]:
        items: list[Json] = []
        at = skip_blanks(self._text, at)
        if self._text[at : at + 1] == "]":
            return items, at + 1
        while True:
            item, at = self.read_value(at, depth - 1)
            items.append(item)
            at, is_last = self._next_item(at, "]")
            if is_last:
                return items, at

    def _next_item(self, at: int, end: str) -> tuple[int, bool]:
        """Returns the position after the next comma or `end`, and True if it was `end`."""
        at = skip_blanks(self._text, at)
        char = self._text[at : at + 1]
        if char == end:
            return at + 1, True
        if char != ",":
            raise self._error("Expecting ',' delimiter", at)
        return skip_blanks(self._text, at + 1), False

    def _count(self, values: int) -> None:
        self._remaining -= values
        if self._remaining < 0:
            raise TooMany

    def _error(self, why: str, at: int) -> json.JSONDecodeError:
        return json.JSONDecodeError(why, self._text, at)


def skip_blanks(text: str, at: int) -> int:
    """Returns the position of the next character that is not blank."""
    if text[at : at + 1] not in _BLANK_OR_END:
        return at
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks is not None else at
