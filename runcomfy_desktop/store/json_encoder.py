"""JSON encoder that encodes long strings in pieces.

`json` holds the interpreter's lock while it encodes a string, on any thread: the window froze for
20 ms per 5 MB.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

CHUNK_CHARS = 64 * 1024
"""Piece length in characters."""


def encode_json(stored: JsonObject) -> bytes:
    """Returns the same bytes as `json.dumps(stored, indent=1).encode()`."""
    try:
        extracted = _extract_long_strings(stored)
    except RecursionError:
        # No user creates data nested this deeply. `json` handles twice the depth, and stored data
        # must not be lost.
        return json.dumps(stored, indent=1).encode()
    texts: list[str] = []
    # Random, so it does not occur in any string.
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
    """Long string that is encoded separately."""

    def __init__(self, text: str) -> None:
        self.text = text


def _extract_long_strings(value: Json) -> object:
    """Wraps long strings that are members of objects; strings directly in lists are rarely long."""
    if isinstance(value, dict):
        return {name: _extract_long_strings(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_extract_long_strings(each) if isinstance(each, dict) else each for each in value]
    return _LongJsonString(value) if isinstance(value, str) and len(value) > CHUNK_CHARS else value
