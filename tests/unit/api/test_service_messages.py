from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import constants, service_messages
from runcomfy_desktop.api.response import ApiResponse

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

TOKEN = 'rc_"secret"\\key/1'


def answer(body: bytes = b"", status: int = 500, content_type: str = "") -> ApiResponse:
    return ApiResponse(status, httpx.Headers({"Content-Type": content_type}), body, secret=TOKEN)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"error_message": "a", "message": "b"}, "a"),
        ({"message": "b", "error": "c"}, "b"),
        ({"error": "c", "detail": "d"}, "c"),
        ({"detail": "d"}, "d"),
        ({"error": {"type": "t", "message": "m"}}, "m"),
        ({"error": {"type": "t"}}, "t"),
        ({"error_message": "", "message": 5, "detail": "d"}, "d"),
        ("only words", "only words"),
        ({}, ""),
        ([], ""),
        (7, ""),
    ],
)
def test_the_message_is_found_under_every_key(value: Json, expected: str) -> None:
    assert service_messages.message(answer(), value) == expected


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (
            [{"loc": ["body", "overrides", "31", "inputs", "steps"], "msg": "too large"}],
            "Node #31, steps: too large",
        ),
        ([{"loc": ["body", "overrides", "38:42"], "msg": "no such node"}], "Node #38:42: no such"),
        ([{"loc": ["body", "webhook"], "msg": "no URL"}], "body.webhook: no URL"),
        ([{"msg": "plain"}], "plain"),
        (["words"], "words"),
        ([None, 5, {}], "outer"),
        ([{"loc": "odd", "msg": None}], "outer"),
    ],
)
def test_validation_names_node_and_input(detail: Json, expected: str) -> None:
    value: Json = {"error_message": "outer", "detail": detail}
    assert service_messages.message(answer(), value).startswith(expected)


def test_many_validation_lines_are_cut() -> None:
    value: Json = {"detail": [{"msg": f"line {n}"} for n in range(50)]}
    assert service_messages.message(answer(), value) == "line 0; line 1; line 2; …"


def test_plain_text_is_the_message_and_of_a_page_only_the_title() -> None:
    assert service_messages.message(answer(b"Unauthorized\n"), None) == "Unauthorized"
    page = b"<!DOCTYPE html><html><head><title>502\n Bad Gateway</title></head><body>x</body>"
    assert service_messages.message(answer(page), None) == "502 Bad Gateway"
    assert service_messages.message(answer(b"<p>hello", content_type="text/html"), None) == ""


def test_words_are_cut_and_cleaned() -> None:
    long = service_messages.clean("x" * 100_000)
    assert len(long) == constants.MAX_MESSAGE_CHARS
    assert long.endswith("…")
    assert service_messages.clean("a\x00\x1b[31m\r\n\tb\u202ec\ud800") == "a [31m b c?"


@pytest.mark.parametrize("spelling", [TOKEN, json.dumps(TOKEN), "rc_%22secret%22%5Ckey%2F1"])
def test_the_key_is_blotted_out_in_every_spelling(spelling: str) -> None:
    message = service_messages.clean(f"bad key {spelling}", TOKEN)
    assert "secret" not in message
    assert "[key]" in message


def test_a_key_for_partner_nodes_is_blotted_out_before_anybody_knows_which_it_is() -> None:
    message = service_messages.clean("Invalid API key: comfyui-0123456789abcdef0123 (401)")
    assert message == "Invalid API key: [key] (401)"
    assert service_messages.clean("comfyui-frontend is old") == "comfyui-frontend is old"


def test_the_key_is_blotted_out_before_the_words_are_cut() -> None:
    message = service_messages.clean("x" * (constants.MAX_MESSAGE_CHARS - 6) + TOKEN, TOKEN)
    assert "rc_" not in message


@pytest.mark.parametrize(
    "end", [constants.MAX_MESSAGE_CHARS * 8, constants.MAX_TECHNICAL_CHARS * 4]
)
def test_the_key_is_blotted_out_where_a_body_is_cut(end: int) -> None:
    """Spaces are removed from the shown text, so the end of the cut body may become visible."""
    for before in range(len(TOKEN)):
        said = answer(b" " * (end - before) + TOKEN.encode() + b"x" * 9_000)
        assert "rc_" not in service_messages.message(said, None)
        assert "rc_" not in service_messages.technical_text(said, None)
        value: Json = {"error": said.body.decode()}
        assert "rc_" not in service_messages.message(said, value) + service_messages.technical_text(
            said, value
        )


def test_technical_has_status_words_and_no_key() -> None:
    value: Json = {"error_code": 401001, "error_message": f"Bearer {TOKEN} is expired"}
    message = service_messages.technical_text(answer(status=401), value)
    assert message.startswith("HTTP 401 Unauthorized; ")
    assert "401001" in message
    assert "secret" not in message
    assert service_messages.technical_text(answer(status=799), None) == "HTTP 799"
    assert "secret" not in service_messages.technical_text(
        answer(f"<b>{TOKEN}</b>".encode()), None, "why"
    )


def test_what_is_said_of_single_fields_is_found_by_their_names() -> None:
    value: Json = {
        "detail": [
            {"loc": ["body", "max_instances"], "msg": "at most 60"},
            {"loc": ["body", "max_instances"], "msg": "said twice"},
            {"loc": ["body", "hardware", 0], "message": f"no such thing, {TOKEN}"},
            {"loc": ["queue_size"], "msg": "too \u202emany"},
            {"loc": ["query", "x"], "msg": "not of the body"},
            {"loc": "body", "msg": "no list"},
            {"loc": [], "msg": "nowhere"},
            {"loc": ["body", 3], "msg": 4},
            "words alone",
        ]
    }
    assert service_messages.field_errors(answer(), value) == {
        "max_instances": "at most 60",
        "hardware": "no such thing, [key]",
        "queue_size": "too many",
    }
    assert service_messages.field_errors(answer(), {"detail": "words"}) == {}
    assert service_messages.field_errors(answer(), None) == {}
