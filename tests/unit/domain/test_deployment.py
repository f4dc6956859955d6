"""Deployment: usable with no more than id and name, whatever the service leaves out."""

from __future__ import annotations

from runcomfy_desktop.domain.deployment import Balance, Deployment, Payload


def test_a_bare_record_is_enabled_and_has_no_payload() -> None:
    deployment = Deployment("0b7e", "bike")
    assert deployment.is_enabled
    assert deployment.payload is None
    assert deployment.hardware == ()


def test_equal_records_are_equal() -> None:
    payload = Payload({"1": {"class_type": "A"}}, {"1": {"inputs": {}}}, "https://x.example/a")
    same = Payload({"1": {"class_type": "A"}}, {"1": {"inputs": {}}}, "https://x.example/a")
    assert Deployment("a", "b", payload=payload) == Deployment("a", "b", payload=same)
    assert Payload(None).overrides == {}


def test_a_balance_may_be_negative() -> None:
    assert Balance(-0.5).usd < 0
    assert Balance(1.0).currency == "USD"
