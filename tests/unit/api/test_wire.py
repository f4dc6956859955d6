from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import wire
from runcomfy_desktop.domain.deployments.deployment import Balance, DeploymentPayload

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

RECORD: Json = {
    "id": "4dc6f4be-6a3b-4f0e-8f0c-0d4f0a9b7c11",
    "name": "kite-recolour",
    "workflow_id": "w-1",
    "workflow_version": "v3",
    "hardware": ["ADA_48_PLUS"],
    "min_instances": 1,
    "max_instances": 4,
    "queue_size": 2,
    "keep_warm_duration_in_seconds": 90,
    "status": "standby",
    "is_enabled": True,
    "created_at": "2026-01-10T09:00:00.123456+00:00",
    "updated_at": "2026-01-11T10:30:00.654321+00:00",
    "payload": {
        "workflow_api_json": {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a"}}},
        "overrides": {"6": {"inputs": {"text": "b"}}},
        "object_info_url": "https://files.runcomfy.net/object_info/1.json",
        "later": [1, 2],
    },
    "readme": "# Kite",
    "later": {"unknown": True},
}


def test_a_record_is_read_whole() -> None:
    found = wire.deployment(RECORD)
    assert found is not None
    assert found.deployment_id == "4dc6f4be-6a3b-4f0e-8f0c-0d4f0a9b7c11"
    assert (found.name, found.workflow_version, found.hardware) == (
        "kite-recolour",
        "v3",
        ("ADA_48_PLUS",),
    )
    assert (found.min_instances, found.max_instances, found.queue_size, found.keep_warm_s) == (
        (1, 4, 2, 90)
    )
    assert found.is_enabled
    assert found.updated_at == "2026-01-11T10:30:00.654321+00:00"
    assert found.readme == "# Kite"
    assert found.payload is not None
    assert found.payload.workflow == {
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a"}}
    }
    assert found.payload.overrides == {"6": {"inputs": {"text": "b"}}}
    assert found.payload.object_info_url.endswith("1.json")


@pytest.mark.parametrize(
    "value",
    [
        [RECORD],
        {"deployments": [RECORD]},
        {"data": [RECORD], "next": "page2"},
        {"items": [RECORD, None, 5, {"name": "without id"}]},
        [{"deployment": RECORD}],
    ],
)
def test_the_list_is_read_bare_and_wrapped(value: Json) -> None:
    found = wire.deployments(value)
    assert found is not None
    assert [each.name for each in found] == ["kite-recolour"]


@pytest.mark.parametrize("value", [None, {}, "x", 5, {"deployments": None}])
def test_what_is_no_list_is_none(value: Json) -> None:
    assert wire.deployments(value) is None


def test_the_empty_list_is_a_list() -> None:
    assert wire.deployments([]) == ()


@pytest.mark.parametrize(
    ("value", "more"),
    [
        ([], False),
        ({"deployments": []}, False),
        ({"deployments": [], "next": None}, False),
        ({"deployments": [], "next_cursor": "abc"}, True),
        ({"items": [], "has_more": True}, True),
    ],
)
def test_a_list_in_pages_would_be_noticed(value: Json, more: bool) -> None:
    assert wire.has_more_pages(value) is more


def test_missing_null_and_odd_fields_have_defaults() -> None:
    found = wire.deployment({"id": "d"})
    assert found is not None
    assert (found.name, found.hardware, found.max_instances, found.is_enabled) == (
        ("d", (), 1, True)
    )
    assert found.payload is None
    odd = wire.deployment(
        {
            "id": "d",
            "name": None,
            "hardware": "AMPERE_48",
            "min_instances": "2",
            "max_instances": None,
            "queue_size": [],
            "keep_warm_duration_in_seconds": 1e400,
            "is_enabled": None,
            "payload": "later",
            "readme": {"no": "text"},
            "status": 7,
        }
    )
    assert odd is not None
    assert (odd.name, odd.hardware, odd.min_instances, odd.max_instances, odd.keep_warm_s) == (
        ("d", ("AMPERE_48",), 2, 1, 0)
    )
    assert odd.is_enabled
    assert (odd.payload, odd.readme, odd.status) == (None, "", "")


def test_a_disabled_deployment_is_disabled() -> None:
    found = wire.deployment({"id": "d", "is_enabled": False})
    assert found is not None
    assert not found.is_enabled


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"workflow_api_json": None},
        {"workflow_api_json": {}},
        {"workflow_api_json": []},
        {"workflow_api_json": "later"},
        {"object_info_url": None},
        {"prompt": "a LoRA has flat inputs", "overrides": []},
    ],
)
def test_a_deployment_of_another_kind_has_no_workflow(payload: Json) -> None:
    assert wire.payload(payload) == DeploymentPayload(None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-02-03T04:05:06.789012+00:00", 1770091506.789012),
        ("2026-02-03T04:05:06+00:00", 1770091506.0),
        ("2026-02-03T04:05:06.7+00:00", 1770091506.7),
        ("2026-02-03T04:05:06.789Z", 1770091506.789),
        ("2026-02-03T04:05:06Z", 1770091506.0),
        ("2026-02-03T06:05:06.5+02:00", 1770091506.5),
        ("2026-02-03T04:05:06.5", 1770091506.5),
        (" 2026-02-03 04:05:06Z ", 1770091506.0),
        ("0001-01-01T00:00:00+14:00", 0.0),
        ("yesterday", 0.0),
        ("", 0.0),
        (None, 0.0),
        (1770091506, 0.0),
    ],
)
def test_times_are_read_in_every_form(text: Json, seconds: float) -> None:
    assert wire.timestamp_s(text) == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"balance_usd": 12.34, "balance_microdollars": 12340000, "currency": "USD"},
            Balance(12.34),
        ),
        ({"balance_usd": -0.5}, Balance(-0.5)),
        ({"balance_usd": 0}, Balance(0.0)),
        ({"balance_usd": "3.5", "currency": None}, Balance(3.5)),
        ({"balance_microdollars": 2500000, "currency": "EUR"}, Balance(2.5, "EUR")),
        ({"balance_usd": None}, None),
        ({"balance_usd": float("inf")}, None),
        ({"balance_usd": True}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_balance_is_read(value: Json, expected: Balance | None) -> None:
    assert wire.balance(value) == expected


def test_half_a_character_is_replaced() -> None:
    assert wire.text("a\ud800b") == "a?b"
    wire.text("\ud83d\ude00").encode()


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3), ("4", 4), (2.0, 2), (None, -1), (True, -1), (10**400, -1)]
)
def test_whole_numbers(value: Json, expected: int) -> None:
    assert wire.integer(value, -1) == expected


def test_names_and_words_are_one_line_of_bounded_length() -> None:
    assert wire.label_field({"status": " in\n_queue\x00 \u202e"}) == "in _queue"
    assert len(wire.label_field({"status": "x" * 10_000})) == 200
    found = wire.deployment({"id": "d", "name": "a\nb\tc"})
    assert found is not None
    assert found.name == "a b c"
