"""Writes JSON with long texts in it piece by piece: in one go, json holds the interpreter for the
whole of a text, on whatever thread, and the window stood for 20 ms at each 5 MB."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

CHUNK_CHARS = 64 * 1024
"""Letters."""


def encode_json(stored: JsonObject) -> bytes:
    """The same bytes as `json.dumps(stored, indent=1).encode()`."""
    try:
        extracted = _extract_long_strings(stored)
    except RecursionError:
        # Nobody types that; json goes twice as deep, and what is kept must stay so.
        return json.dumps(stored, indent=1).encode()
    texts: list[str] = []
    # Chance, and so in no text that anybody wrote.
    placeholder = uuid.uuid4().hex

    def replace_string(value: object) -> str:
        assert isinstance(value, _LongJsonString)
        texts.append(value.text)
        return placeholder

    skeleton = json.dumps(extracted, indent=1, default=replace_string).split(f'"{placeholder}"')
    chunks = [skeleton[0].encode()]
    for text, rest in zip(texts, skeleton[1:], strict=True):
        chunks.append(b'"')
        for start in range(0, len(text), CHUNK_CHARS):
            chunks.append(json.dumps(text[start : start + CHUNK_CHARS])[1:-1].encode())
        chunks.append(f'"{rest}'.encode())
    return b"".join(chunks)


class _LongJsonString:
    """A text that is written for itself."""

    def __init__(self, text: str) -> None:
        self.text = text


def _extract_long_strings(value: Json) -> object:
    """With the long texts of objects, at any depth, taken out; few are right in lists."""
    if isinstance(value, dict):
        return {name: _extract_long_strings(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_extract_long_strings(each) if isinstance(each, dict) else each for each in value]
    return _LongJsonString(value) if isinstance(value, str) and len(value) > CHUNK_CHARS else value
