"""A large JSON object as texts, one for each member: whoever asks for one has that one read.

An `object_info` of 30 MB makes a million Python values and takes seconds; a workflow asks for a few
dozen of its classes. And nothing here is done in one go: decoding the whole text alone would stop a
window in the same process for five frames.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.json_pieces import TooDeep, TooMany, decoded, measured, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.json_value import Json

_STEP_BYTES = 64 * 1024
# What is longer is not tried whole once more with every step.
_TRIED_CHARS = 256 * 1024
_MOST_CHARS = 8 * 1024 * 1024
"""Of one member: a class with all its choices."""
# Of one member that was checked when it came; what is more was put there by somebody else.
_MOST_DEPTH, _MOST_VALUES = 200, 4_000_000

_BLANKS = re.compile(r"[ \t\n\r]*")
# A text, the begin of one whose end is not here yet, or a bracket.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|"|[\[\]{}]', re.DOTALL)
_END = "\n"
_BETWEEN = "\t"


class Members(Mapping[str, "Json"]):
    """The members of an object by their names; each is read when it is first asked for."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._read: dict[str, Json] = {}

    def __getitem__(self, name: str) -> Json:
        if name not in self._read:
            self._read[name] = _read(self._texts[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def read_ahead(self, names: Iterable[str]) -> None:
        """Reads these now, on a worker thread, so that nobody has to wait for a large one."""
        for name in names:
            if name in self._texts and name not in self._read:
                self._read[name] = _read(self._texts[name])

    def pieces(self) -> Iterator[bytes]:
        """All of it for a file, a member at a time; equal objects give equal bytes."""
        for name in sorted(self._texts):
            line = f"{json.dumps(name)}{_BETWEEN}{self._texts[name]}{_END}"
            yield line.encode("utf-8", "surrogatepass")


def members_from_pieces(pieces: Iterable[bytes]) -> Members:
    """The opposite of `Members.pieces`, cut as it may be. Raises ValueError."""
    texts: dict[str, str] = {}
    begun: list[bytes] = []
    for piece in pieces:
        first, *more = piece.split(_END.encode())
        begun.append(first)
        for next_begun in more:
            name, between, text = _joined(begun).partition(_BETWEEN)
            known = _name_from(name)
            if not between or known is None:
                raise ValueError("a line that is no member")
            texts[known] = text
            begun = [next_begun]
    if any(begun):
        raise ValueError("the end is missing")
    return Members(texts)


def _name_from(text: str) -> str | None:
    """None for what no name was ever written as."""
    name = json.loads(text) if text.startswith('"') else None
    return name if isinstance(name, str) else None


def _joined(parts: list[bytes]) -> str:
    return b"".join(parts).decode("utf-8", "surrogatepass")


def read_members(data: bytes | bytearray, *, depth: int, values: int) -> Members | None:
    """The members of the JSON object that `data` spells; None for any other value.

    Raises TooDeep, TooMany, TooLong, or the JSONDecodeError of json.
    """
    return _Reader(data, depth, values).read()


def _read(text: str) -> Json:
    """None for what cannot be read, which somebody else has written then."""
    try:
        return read_json(text, depth=_MOST_DEPTH, values=_MOST_VALUES)
    except ValueError:
        return None


class _Reader:
    """One body, decoded a window at a time; knows how many values there were so far."""

    def __init__(self, data: bytes | bytearray, depth: int, values: int) -> None:
        self._data = memoryview(data)
        encoding = json.detect_encoding(bytes(self._data[:4]))
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._depth = depth
        self._left = values
        self._next = 0
        self._text = ""
        self._at = 0

    def read(self) -> Members | None:
        texts: dict[str, str] = {}
        if self._sign() != "{":
            return None
        self._at += 1
        is_last = self._sign() == "}"
        self._at += is_last
        while not is_last:
            name = self._name()
            if not isinstance(name, str):
                raise self._wrong("Expecting property name enclosed in double quotes")
            self._expect(":")
            texts[name] = self._member()
            is_last = self._expect(",}") == "}"
        if self._sign():
            raise self._wrong("Extra data")
        return Members(texts)

    def _name(self) -> Json:
        try:
            return self._small()
        except _Long:
            # Nobody calls a class by a quarter of a million letters.
            raise self._wrong("A name without an end") from None

    def _member(self) -> str:
        """One value, checked, in the spelling that equal values share."""
        self._sign()
        try:
            value = self._small()
        except _Long:
            # In pieces, for it may be all that there is.
            value = read_json(self._long(), depth=self._depth, values=self._left)
            self._count(value)
            encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
            return "".join(encoder.iterencode(value))
        self._count(value)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def _small(self) -> Json:
        """A value that is whole within the window, once that reaches far enough. Raises _Long."""
        value: Json
        while True:
            try:
                value, end = decoded(self._text, self._at)
            except RecursionError:
                raise TooDeep from None
            except json.JSONDecodeError:
                if len(self._text) - self._at > _TRIED_CHARS:
                    raise _Long from None
                if not self._more():
                    raise
                continue
            # A number at the edge may go on behind it.
            if end < len(self._text) or not self._more():
                self._at = end
                return value

    def _long(self) -> str:
        """The text of a value whose end is not in sight: where its brackets are level again."""
        parts: list[str] = []
        level, size = 0, 0
        is_whole = False
        while not is_whole:
            end, level, is_whole = self._balance(level)
            parts.append(self._text[self._at : end])
            size += end - self._at
            self._at = end
            if size > _MOST_CHARS:
                raise TooMany
            if not is_whole and not self._more():
                raise self._wrong("Unfinished value")
        return "".join(parts)

    def _balance(self, level: int) -> tuple[int, int, bool]:
        for token in _TOKEN.finditer(self._text, self._at):
            sign = token[0]
            if sign == '"':
                return token.start(), level, False
            if sign[0] != '"':
                level += 1 if sign in "[{" else -1
            if level <= 0:
                return token.end(), level, True
        return len(self._text), level, False

    def _sign(self) -> str:
        """The next letter that is no blank, "" at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks is not None else self._at
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def _expect(self, signs: str) -> str:
        sign = self._sign()
        if not sign or sign not in signs:
            raise self._wrong(f"Expecting one of {signs}")
        self._at += 1
        self._sign()
        return sign

    def _more(self) -> bool:
        """Moves the window on; False at the end."""
        if self._next >= len(self._data):
            return False
        piece = self._data[self._next : self._next + _STEP_BYTES]
        self._next += _STEP_BYTES
        decoded = self._decoder.decode(piece, final=self._next >= len(self._data))
        self._text = self._text[self._at :] + decoded
        self._at = 0
        return True

    def _count(self, value: Json) -> None:
        self._left -= measured(value, depth=self._depth, values=self._left)
        if self._left < 0:
            raise TooMany

    def _wrong(self, why: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(why, self._text[self._at : self._at + 40], 0)


class _Long(Exception):  # noqa: N818 - what the value is
    """A value that reaches beyond what is tried whole."""
