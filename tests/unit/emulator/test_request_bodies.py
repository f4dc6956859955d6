"""Bodies that are accepted as JSON, and malicious ones that are refused."""

from __future__ import annotations

import json

import pytest

from runcomfy_desktop.emulator.http_messages import ApiError, Json, json_reply
from runcomfy_desktop.emulator.request_bodies import is_depth_allowed, parse_json, parse_json_object


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xef\xbb\xbf{}",
        '{"text": "ä"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32-le"),
        b'"\xed\xa0\x80"',
        b"NaN",
        b"[Infinity]",
        b"[1e999]",
        b"[-1e999]",
        b"9" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 101 + b"]" * 101,
        b"{} {}",
        b"{'a': 1}",
    ],
)
def test_what_is_no_json_or_a_trap_is_refused(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        parse_json(body)
    assert (caught.value.status, caught.value.code) == (422, 422001)
    assert caught.value.detail


def test_wide_and_long_is_no_trap() -> None:
    value: Json = {str(number): {"inputs": {"text": "x" * 1000}} for number in range(2000)}
    assert parse_json(json.dumps(value).encode()) == value
    assert is_depth_allowed(value)


def test_only_an_object_is_one() -> None:
    assert parse_json_object(b'{"a": [1.5, null, "\xc3\xa4"]}') == {"a": [1.5, None, "ä"]}
    for body in (b"[]", b"null", b'"a"', b"1"):
        with pytest.raises(ApiError):
            parse_json_object(body)


def test_half_a_character_survives_the_way_back() -> None:
    value = parse_json(b'["\\ud83d", "\\ud83d\\ude00"]')
    assert json.loads(json_reply(value).body) == ["\ud83d", "😀"]
