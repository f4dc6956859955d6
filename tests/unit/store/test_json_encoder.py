"""Long strings are encoded exactly as by `json`, wherever they are split."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.json_encoder import CHUNK_CHARS, encode_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

_LONG = 'a word\n\t"quoted" \\ äöü \U0001f600 \ud83d\ude00 \x00 '


@pytest.mark.parametrize(
    "letters", [0, 1, CHUNK_CHARS - 1, CHUNK_CHARS, CHUNK_CHARS + 1, 3 * CHUNK_CHARS + 7]
)
@pytest.mark.parametrize("ahead", range(0, 24, 5))
def test_the_bytes_are_those_of_json(letters: int, ahead: int) -> None:
    text = ("x" * ahead + _LONG * (1 + letters // len(_LONG)))[:letters]
    stored: JsonObject = {
        "before": [1, None, True, text, {"a": text, "b": []}, [{"c": 1}]],
        "texts": {"1": {"text": text, "seed": 2**64}, "2": {"text": text[::-1]}},
        text or "name": 1.5,
        "none": {},
        "last": text,
    }
    assert encode_json(stored) == json.dumps(stored, indent=1).encode()


@pytest.mark.parametrize("levels", [100, 700])
def test_what_json_can_write_is_written_however_deep_it_is(levels: int) -> None:
    value: Json = "x" * (CHUNK_CHARS + 1)
    for _level in range(levels):
        value = {"in": value}
    stored: JsonObject = {"changes": value}
    assert encode_json(stored) == json.dumps(stored, indent=1).encode()
