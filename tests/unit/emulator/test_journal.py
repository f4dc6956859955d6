"""The journal's content, and data that it must never contain."""

from __future__ import annotations

import json
from typing import Any

from runcomfy_desktop.emulator.http_messages import Request
from runcomfy_desktop.emulator.journal import body_summary, shorten_long_texts
from tests.support.emulators import TOKEN
from tests.unit.emulator.emulator_harness import KONTEXT, EmulatorHarness
from tests.unit.emulator.image_tools import data_uri, png

SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"


def facts(body: bytes) -> Any:
    return body_summary(Request("POST", SUBMIT, body=body))


def test_no_picture_no_token_and_no_key_is_kept() -> None:
    connection = EmulatorHarness()
    picture = data_uri(png(40, 30))
    node = {"class_type": "LoadImage", "inputs": {"image": picture}}
    body = {"workflow_api_json": {"1": node}, "extra_data": {"api_key_comfy_org": "very secret"}}
    reply = connection.request("POST", SUBMIT, body)
    (entry,) = connection.get("/__emulator__/requests")
    stored = json.dumps(entry)
    for secret in (TOKEN, "very secret", picture[40:80], "base64"):
        assert secret not in stored
    assert entry["status"] == reply.status
    assert entry["body_bytes"] == len(json.dumps(body))
    assert entry["body"]["extra_data"] == {"api_key_comfy_org": "***"}
    image = entry["body"]["workflow_api_json"]["1"]["inputs"]["image"]
    assert image["data_uri_characters"] == len(picture)


def test_counts_stay_exact_when_the_oldest_entries_are_forgotten() -> None:
    connection = EmulatorHarness()
    connection.submit()
    for _call in range(10_050):
        connection.request("GET", "/prod/v2/balance")
    connection.submit()
    counts = connection.get("/__emulator__/counts")
    assert counts["received"] == {"submit": 2, "balance": 10_050}
    assert counts["accepted"] == 2
    assert len(connection.get("/__emulator__/requests")) == 10_000


def test_a_refused_call_is_kept_too() -> None:
    connection = EmulatorHarness()
    connection.request(
        "POST", SUBMIT, b'{"overrides": {"31": {"inputs": {"steps": 0}}}}', token="Bearer x"
    )
    (entry,) = connection.get("/__emulator__/requests")
    assert entry["status"] == 401
    assert entry["overrides"] == {"31": {"inputs": {"steps": 0}}}
    assert entry["headers"]["authorization"] == "Bearer ***"


def test_of_what_is_no_object_only_the_size_is_kept() -> None:
    for body in (b"", b"no", b"[1]", b"\xff", b"[" * 100_000, b'{"a":' * 150 + b"1" + b"}" * 150):
        assert facts(body) == {}
    assert facts(b'{"extra_data": "key"}')["body"] == {"extra_data": "***"}


def test_long_texts_are_told_by_their_size() -> None:
    long = "x" * 30_000
    assert shorten_long_texts({"a": [long, "short"]}) == {
        "a": [{"characters": 30_000, "sha256": shorten_long_texts(long)["sha256"]}, "short"]  # type: ignore[index,call-overload]
    }
