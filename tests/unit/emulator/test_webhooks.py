"""Webhooks over time: the reported states, their wording, and the effect of a refusal."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.webhooks import WebhookSender
from tests.support.webhook_receiver import WebhookReceiver
from tests.unit.emulator.emulator_harness import KONTEXT, EmulatorHarness, error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBMIT = f"/prod/v2/deployments/{KONTEXT}/inference"


class WebhookHarness(EmulatorHarness):
    """Emulator harness that delivers webhooks on demand and waits for every response."""

    def __init__(self, **options: Any) -> None:
        super().__init__(timing=EmulatorTiming(10, 5, 1), **options)
        self._sender = WebhookSender(self.backend.outbox, threading.Event())

    def submit_with_webhook(self, query: str, body: Any = None) -> Any:
        reply = self.request("POST", f"{SUBMIT}?{query}", {"overrides": {}, **(body or {})})
        assert reply.status in (200, 202), reply.body
        return json.loads(reply.body)

    def deliver_due(self, after_s: float = 0.0) -> None:
        self.clock.advance(after_s)
        self._sender.send_due(lambda work: work())

    def log(self) -> Any:
        return self.get("/__emulator__/webhooks")


@pytest.fixture
def harness() -> WebhookHarness:
    return WebhookHarness()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


def hook(receiver: WebhookReceiver, more: str = "") -> str:
    return f"webhook={quote(receiver.url + '/done?key=a%20b', safe='')}{more}"


def test_only_the_end_is_told_by_default(
    harness: WebhookHarness, receiver: WebhookReceiver
) -> None:
    accepted = harness.submit_with_webhook(hook(receiver))
    for pause in (0, 10, 4.9):
        harness.deliver_due(pause)
        assert receiver.requests == []
    harness.deliver_due(0.1)
    harness.deliver_due(1000)
    (call,) = receiver.requests
    assert (call.method, call.target) == ("POST", "/done?key=a%20b")
    assert call.headers["content-type"] == "application/json"
    assert "authorization" not in call.headers
    (letter,) = receiver.bodies()
    result = harness.get(accepted["result_url"])
    assert letter == {
        "request_id": accepted["request_id"],
        "deployment_id": KONTEXT,
        "status": "succeeded",
        "created_at": result["created_at"],
        "finished_at": result["finished_at"],
        "outputs": result["outputs"],
    }


def test_the_newest_words_have_output_in_the_singular(receiver: WebhookReceiver) -> None:
    test_harness = WebhookHarness(dialect=NEWEST)
    accepted = test_harness.submit_with_webhook(hook(receiver))
    test_harness.deliver_due(15)
    (letter,) = receiver.bodies()
    assert letter["output"] == test_harness.get(accepted["result_url"])["outputs"]
    assert "outputs" not in letter


def test_every_state_is_told_where_that_is_asked_for(
    harness: WebhookHarness, receiver: WebhookReceiver
) -> None:
    harness.submit_with_webhook(hook(receiver, "&webhook_intermediate_status=true"))
    for pause in (0, 5, 5, 4, 1, 1):
        harness.deliver_due(pause)
    assert [each["status"] for each in receiver.bodies()] == [
        "in_queue",
        "in_progress",
        "succeeded",
    ]
    assert set(receiver.bodies()[0]) == {"request_id", "deployment_id", "status", "created_at"}


def test_states_between_two_looks_are_told_all_the_same(
    harness: WebhookHarness, receiver: WebhookReceiver
) -> None:
    harness.submit_with_webhook(hook(receiver, "&webhook_intermediate_status=TRUE"))
    harness.deliver_due(100)
    assert [each["status"] for each in receiver.bodies()] == [
        "in_queue",
        "in_progress",
        "succeeded",
    ]


def test_the_body_may_name_it_as_older_documents_did(
    harness: WebhookHarness, receiver: WebhookReceiver
) -> None:
    harness.submit_with_webhook("", {"webhook": receiver.url, "webhook_intermediate_status": True})
    harness.deliver_due()
    harness.deliver_due(100)
    assert len(receiver.requests) == 3
    assert receiver.requests[0].target == "/"


def test_the_query_wins_over_the_body(harness: WebhookHarness, receiver: WebhookReceiver) -> None:
    harness.submit_with_webhook(hook(receiver), {"webhook": "https://elsewhere.example/"})
    harness.deliver_due(100)
    assert len(receiver.requests) == 1
    assert [each["answer"] for each in harness.log()] == [200]


def test_a_failure_comes_as_one_object(harness: WebhookHarness, receiver: WebhookReceiver) -> None:
    harness.submit_with_webhook(hook(receiver), {"overrides": {"6": {"inputs": {"text": "[oom]"}}}})
    harness.deliver_due(15)
    (letter,) = receiver.bodies()
    assert letter["status"] == "failed"
    assert letter["error"]["type"] == "OutOfMemoryError"
    assert "memory" in letter["error"]["message"]
    assert {"outputs", "output"}.isdisjoint(letter)


def test_a_cancelled_request_is_told_without_a_start(
    harness: WebhookHarness, receiver: WebhookReceiver
) -> None:
    accepted = harness.submit_with_webhook(hook(receiver, "&webhook_intermediate_status=true"))
    harness.deliver_due()
    harness.request("POST", accepted["cancel_url"])
    harness.deliver_due(100)
    assert [each["status"] for each in receiver.bodies()] == ["in_queue", "cancelled"]
    assert "finished_at" in receiver.bodies()[1]


def test_a_refused_delivery_is_brought_again_after_growing_pauses() -> None:
    test_harness = WebhookHarness()
    with WebhookReceiver(500, 302, 404, 204) as receiver:
        test_harness.submit_with_webhook(hook(receiver))
        test_harness.deliver_due(15)
        for pause, calls in ((0.9, 1), (0.1, 2), (1.9, 2), (0.1, 3), (3.9, 3), (0.1, 4), (1e5, 4)):
            test_harness.deliver_due(pause)
            assert len(receiver.requests) == calls
    assert [each["answer"] for each in test_harness.log()] == [500, 302, 404, 204]
    assert [each["try"] for each in test_harness.log()] == [1, 2, 3, 4]
    assert len({each.body for each in receiver.requests}) == 1


def test_a_letter_that_nobody_takes_is_given_up_after_a_day(harness: WebhookHarness) -> None:
    with WebhookReceiver() as closed:
        address = hook(closed)
    harness.submit_with_webhook(address)
    harness.deliver_due(15)
    for _hour in range(30):
        harness.deliver_due(3600)
    log = harness.log()
    assert {each["answer"] for each in log} == {0}
    assert 20 < len(log) < 30
    assert not harness.backend.outbox.has_work.is_set()
    assert log[-1]["at_s"] - log[0]["at_s"] <= 24 * 3600


@pytest.mark.parametrize(
    "address",
    ["https://files.example.org/hook", "https://192.0.2.7/hook", "https://[2001:db8::1]/"],
)
def test_nothing_ever_goes_to_another_computer(harness: WebhookHarness, address: str) -> None:
    harness.submit_with_webhook(f"webhook={quote(address, safe='')}")
    harness.deliver_due(15)
    (entry,) = harness.log()
    assert (entry["address"], entry["withheld"]) == (address, True)
    assert not harness.backend.outbox.has_work.is_set() or harness.backend.outbox.take_due() == []


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x",
        "hook",
        "",
        "http://files.example.org/hook",  # neither HTTPS nor on this computer
        "https://",
        "https://a b/",
        "https://a.example/\r\nX: y",
        "https://[",
        "https://a.example:99999/",
    ],
)
def test_an_address_that_cannot_be_is_refused(harness: WebhookHarness, address: str) -> None:
    by_query = harness.request("POST", f"{SUBMIT}?webhook={quote(address)}", {"overrides": {}})
    by_body = harness.request("POST", SUBMIT, {"overrides": {}, "webhook": address})
    assert error_of(by_query) == error_of(by_body) == (422, 422001)
    assert json.loads(by_query.body)["detail"][0]["loc"] == ["query", "webhook"]
    assert json.loads(by_body.body)["detail"][0]["loc"] == ["body", "webhook"]
    assert harness.backend.runs == {}


def test_a_flag_that_is_none_is_refused(harness: WebhookHarness) -> None:
    path = f"{SUBMIT}?webhook_intermediate_status=maybe"
    assert error_of(harness.request("POST", path, {"overrides": {}})) == (422, 422001)


def test_a_deleted_deployment_tells_nothing_more(
    harness: WebhookHarness, receiver: WebhookReceiver
) -> None:
    harness.submit_with_webhook(hook(receiver))
    harness.deliver_due()
    harness.request("DELETE", f"/prod/v2/deployments/{KONTEXT}")
    harness.deliver_due(100)
    assert receiver.requests == []
    assert not harness.backend.outbox.has_work.is_set()


def test_the_answer_of_the_submit_does_not_change(
    harness: WebhookHarness, receiver: WebhookReceiver
) -> None:
    assert harness.submit_with_webhook(hook(receiver)).keys() == harness.submit().keys()
