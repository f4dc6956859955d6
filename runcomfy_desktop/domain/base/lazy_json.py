"""Large JSON object kept as one string per member; a member is parsed on first access.

An `object_info` of 30 MB makes a million Python values and takes seconds, but a workflow needs only
a few dozen of its classes. All work is done in small steps: merely decoding the whole text at once
would stop a window in the same process for five frames.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.chunked_json import (
    TooDeep,
    TooMany,
    count_values,
    decode_value,
    read_json,
    skip_blanks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.base.json_value import Json

_READ_BYTES = 64 * 1024
# Up to this length, a value is parsed from its start again after each window.
_MAX_TRY_CHARS = 256 * 1024
_MAX_MEMBER_CHARS = 8 * 1024 * 1024
"""Maximum length of one member: a class with all its choices."""
# Limits for a stored member. The object was checked on arrival, so a member beyond them was written
# by another program.
_MAX_DEPTH, _MAX_VALUES = 200, 4_000_000

# A string, the start of a string whose end is not read yet, or a bracket.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|"|[\[\]{}]', re.DOTALL)
_LINE_END = "\n"
_SEPARATOR = "\t"


class LazyJsonObject(Mapping[str, "Json"]):
    """Mapping of the members of a JSON object by name; each is parsed on first access."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._values: dict[str, Json] = {}

    def __getitem__(self, name: str) -> Json:
        if name not in self._values:
            self._values[name] = _parse_member(self._texts[name])
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def read_ahead(self, names: Iterable[str]) -> None:
        """Parses the named members now, on a worker thread, so that no window waits for them."""
        for name in names:
            if name in self._texts and name not in self._values:
                self._values[name] = _parse_member(self._texts[name])

    def chunks(self) -> Iterator[bytes]:
        """Yields the whole object for a file, member by member; equal objects yield equal bytes."""
        for name in sorted(self._texts):
            line = f"{json.dumps(name)}{_SEPARATOR}{self._texts[name]}{_LINE_END}"
            yield line.encode("utf-8", "surrogatepass")


def lazy_object_from_chunks(chunks: Iterable[bytes]) -> LazyJsonObject:
    """Restores an object from the bytes of `LazyJsonObject.chunks`, however they are split.

    Raises ValueError if a line is invalid or the end is missing.
    """
    texts: dict[str, str] = {}
    pending: list[bytes] = []
    for chunk in chunks:
        first, *more = chunk.split(_LINE_END.encode())
        pending.append(first)
        for next_pending in more:
            line = b"".join(pending).decode("utf-8", "surrogatepass")
            name, separator, text = line.partition(_SEPARATOR)
            member_name = json.loads(name) if separator and name.startswith('"') else None
            if not isinstance(member_name, str):
                raise ValueError("a line that is no member")
            texts[member_name] = text
            pending = [next_pending]
    if any(pending):
        raise ValueError("the end is missing")
    return LazyJsonObject(texts)


def read_lazy_object(
    data: bytes | bytearray, *, max_depth: int, max_values: int
) -> LazyJsonObject | None:
    """Returns the members of the JSON object in `data`, or None for any other value.

    Raises TooDeep, TooMany, TooLong or json.JSONDecodeError.
    """
    return _LazyJsonReader(data, max_depth, max_values).read()


def _parse_member(text: str) -> Json:
    """Returns the value, or None if it is unreadable because another program changed it."""
    try:
        return read_json(text, max_depth=_MAX_DEPTH, max_values=_MAX_VALUES)
    except ValueError:
        return None


class _LazyJsonReader:
    """Reader of one JSON document; decodes it window by window and counts its values."""

    def __init__(self, data: bytes | bytearray, max_depth: int, max_values: int) -> None:
        self._data = memoryview(data)
        encoding = json.detect_encoding(bytes(self._data[:4]))
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._max_depth = max_depth
        self._remaining = max_values
        self._next_byte = 0
        self._text = ""
        self._pos = 0

    def read(self) -> LazyJsonObject | None:
        texts: dict[str, str] = {}
        if self._next_char() != "{":
            return None
        self._pos += 1
        is_last = self._next_char() == "}"
        self._pos += is_last
        while not is_last:
            name = self._read_name()
            if not isinstance(name, str):
                raise self._error("Expecting property name enclosed in double quotes")
            self._expect(":")
            texts[name] = self._read_member()
            is_last = self._expect(",}") == "}"
        if self._next_char():
            raise self._error("Extra data")
        return LazyJsonObject(texts)

    def _read_name(self) -> Json:
        try:
            return self._read_small()
        except _LongValue:
            # No class name has a quarter of a million characters.
            raise self._error("A name without an end") from None

    def _read_member(self) -> str:
        """Returns one value as JSON, checked and normalized: equal values give equal strings."""
        self._next_char()
        try:
            value = self._read_small()
        except _LongValue:
            # In chunks, because this value may be most of the data.
            value = read_json(
                self._read_long(), max_depth=self._max_depth, max_values=self._remaining
            )
            self._count(value)
            encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
            return "".join(encoder.iterencode(value))
        self._count(value)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def _read_small(self) -> Json:
        """Returns a value that fits into the window, which grows as needed.

        Raises _LongValue if the value is too long for that.
        """
        value: Json
        while True:
            try:
                value, end = decode_value(self._text, self._pos)
            except RecursionError:
                raise TooDeep from None
            except json.JSONDecodeError:
                if len(self._text) - self._pos > _MAX_TRY_CHARS:
                    raise _LongValue from None
                if not self._read_more():
                    raise
                continue
            # A number that ends at the window's edge may continue beyond it.
            if end < len(self._text) or not self._read_more():
                self._pos = end
                return value

    def _read_long(self) -> str:
        """Returns the text of a long value: up to the bracket that closes it."""
        parts: list[str] = []
        level, size = 0, 0
        is_whole = False
        while not is_whole:
            end, level, is_whole = self._scan_brackets(level)
            parts.append(self._text[self._pos : end])
            size += end - self._pos
            self._pos = end
            if size > _MAX_MEMBER_CHARS:
                raise TooMany
            if not is_whole and not self._read_more():
                raise self._error("Unfinished value")
        return "".join(parts)

    def _scan_brackets(self, level: int) -> tuple[int, int, bool]:
        for token in _TOKEN.finditer(self._text, self._pos):
            char = token[0]
            if char == '"':
                return token.start(), level, False
            if char[0] != '"':
                level += 1 if char in "[{" else -1
            if level <= 0:
                return token.end(), level, True
        return len(self._text), level, False

    def _next_char(self) -> str:
        """Returns the next character that is not blank, or "" at the end."""
        while True:
            self._pos = skip_blanks(self._text, self._pos)
            if self._pos < len(self._text) or not self._read_more():
                return self._text[self._pos : self._pos + 1]

    def _expect(self, chars: str) -> str:
        char = self._next_char()
        if not char or char not in chars:
            raise self._error(f"Expecting one of {chars}")
        self._pos += 1
        self._next_char()
        return char

    def _read_more(self) -> bool:
        """Reads more data into the window; returns False at the end."""
        if self._next_byte >= len(self._data):
            return False
        chunk = self._data[self._next_byte : self._next_byte + _READ_BYTES]
        self._next_byte += _READ_BYTES
        text = self._decoder.decode(chunk, final=self._next_byte >= len(self._data))
        self._text = self._text[self._pos :] + text
        self._pos = 0
        return True

    def _count(self, value: Json) -> None:
        self._remaining -= count_values(value, depth=self._max_depth, max_values=self._remaining)
        if self._remaining < 0:
            raise TooMany

    def _error(self, why: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(why, self._text[self._pos : self._pos + 40], 0)


class _LongValue(Exception):  # noqa: N818 - named after the value
    """Raised for a value that is too long to be parsed in one piece."""
