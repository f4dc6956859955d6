"""Writes JSON with long texts in it piece by piece: in one go, json holds the interpreter for the
whole of a text, on whatever thread, and the window stood for 20 ms at each 5 MB."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json, JsonObject

PIECE = 64 * 1024
"""Letters."""


def spelt(stored: JsonObject) -> bytes:
    """The same bytes as `json.dumps(stored, indent=1).encode()`."""
    try:
        parted = _parted(stored)
    except RecursionError:
        # Nobody types that; json goes twice as deep, and what is kept must stay so.
        return json.dumps(stored, indent=1).encode()
    texts: list[str] = []
    # Chance, and so in no text that anybody wrote.
    mark = uuid.uuid4().hex

    def stand_in(value: object) -> str:
        assert isinstance(value, _Long)
        texts.append(value.text)
        return mark

    frame = json.dumps(parted, indent=1, default=stand_in).split(f'"{mark}"')
    pieces = [frame[0].encode()]
    for text, rest in zip(texts, frame[1:], strict=True):
        pieces.append(b'"')
        for start in range(0, len(text), PIECE):
            pieces.append(json.dumps(text[start : start + PIECE])[1:-1].encode())
        pieces.append(f'"{rest}'.encode())
    return b"".join(pieces)


class _Long:
    """A text that is written for itself."""

    def __init__(self, text: str) -> None:
        self.text = text


def _parted(value: Json) -> object:
    """With the long texts of objects, at any depth, taken out; few are right in lists."""
    if isinstance(value, dict):
        return {name: _parted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_parted(each) if isinstance(each, dict) else each for each in value]
    return _Long(value) if isinstance(value, str) and len(value) > PIECE else value
