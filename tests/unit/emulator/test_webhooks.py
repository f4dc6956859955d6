"""Webhooks by the clock: which states are told, in which words, and what a refusal leads to."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from runcomfy_desktop.emulator.courier import Courier
from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.support.receiver import Receiver
from tests.unit.emulator.asking import KONTEXT, Line, error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBMIT = f"/prod/v2/deployments/{KONTEXT}/inference"


class Bench(Line):
    """A line, and a courier who walks when told to and waits for every answer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(pace=Pace(10, 5, 1), **options)
        self._courier = Courier(self.world.mailbag, threading.Event())

    def order(self, query: str, body: Any = None) -> Any:
        reply = self.ask("POST", f"{SUBMIT}?{query}", {"overrides": {}, **(body or {})})
        assert reply.status in (200, 202), reply.body
        return json.loads(reply.body)

    def walk(self, after_s: float = 0.0) -> None:
        self.clock.advance(after_s)
        self._courier.look(lambda work: work())

    def log(self) -> Any:
        return self.get("/__emulator__/webhooks")


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def hook(receiver: Receiver, more: str = "") -> str:
    return f"webhook={quote(receiver.url + '/done?key=a%20b', safe='')}{more}"


def test_only_the_end_is_told_by_default(bench: Bench, receiver: Receiver) -> None:
    accepted = bench.order(hook(receiver))
    for pause in (0, 10, 4.9):
        bench.walk(pause)
        assert receiver.posted == []
    bench.walk(0.1)
    bench.walk(1000)
    (call,) = receiver.posted
    assert (call.method, call.target) == ("POST", "/done?key=a%20b")
    assert call.headers["content-type"] == "application/json"
    assert "authorization" not in call.headers
    (letter,) = receiver.letters()
    result = bench.get(accepted["result_url"])
    assert letter == {
        "request_id": accepted["request_id"],
        "deployment_id": KONTEXT,
        "status": "succeeded",
        "created_at": result["created_at"],
        "finished_at": result["finished_at"],
        "outputs": result["outputs"],
    }


def test_the_newest_words_have_output_in_the_singular(receiver: Receiver) -> None:
    bench = Bench(dialect=NEWEST)
    accepted = bench.order(hook(receiver))
    bench.walk(15)
    (letter,) = receiver.letters()
    assert letter["output"] == bench.get(accepted["result_url"])["outputs"]
    assert "outputs" not in letter


def test_every_state_is_told_where_that_is_asked_for(bench: Bench, receiver: Receiver) -> None:
    bench.order(hook(receiver, "&webhook_intermediate_status=true"))
    for pause in (0, 5, 5, 4, 1, 1):
        bench.walk(pause)
    assert [each["status"] for each in receiver.letters()] == [
        "in_queue",
        "in_progress",
        "succeeded",
    ]
    assert set(receiver.letters()[0]) == {"request_id", "deployment_id", "status", "created_at"}


def test_states_between_two_looks_are_told_all_the_same(bench: Bench, receiver: Receiver) -> None:
    bench.order(hook(receiver, "&webhook_intermediate_status=TRUE"))
    bench.walk(100)
    assert [each["status"] for each in receiver.letters()] == [
        "in_queue",
        "in_progress",
        "succeeded",
    ]


def test_the_body_may_name_it_as_older_documents_did(bench: Bench, receiver: Receiver) -> None:
    bench.order("", {"webhook": receiver.url, "webhook_intermediate_status": True})
    bench.walk()
    bench.walk(100)
    assert len(receiver.posted) == 3
    assert receiver.posted[0].target == "/"


def test_the_query_wins_over_the_body(bench: Bench, receiver: Receiver) -> None:
    bench.order(hook(receiver), {"webhook": "https://elsewhere.example/"})
    bench.walk(100)
    assert len(receiver.posted) == 1
    assert [each["answer"] for each in bench.log()] == [200]


def test_a_failure_comes_as_one_object(bench: Bench, receiver: Receiver) -> None:
    bench.order(hook(receiver), {"overrides": {"6": {"inputs": {"text": "[oom]"}}}})
    bench.walk(15)
    (letter,) = receiver.letters()
    assert letter["status"] == "failed"
    assert letter["error"]["type"] == "OutOfMemoryError"
    assert "memory" in letter["error"]["message"]
    assert {"outputs", "output"}.isdisjoint(letter)


def test_a_cancelled_request_is_told_without_a_start(bench: Bench, receiver: Receiver) -> None:
    accepted = bench.order(hook(receiver, "&webhook_intermediate_status=true"))
    bench.walk()
    bench.ask("POST", accepted["cancel_url"])
    bench.walk(100)
    assert [each["status"] for each in receiver.letters()] == ["in_queue", "cancelled"]
    assert "finished_at" in receiver.letters()[1]


def test_a_refused_letter_is_brought_again_after_growing_pauses() -> None:
    bench = Bench()
    with Receiver(500, 302, 404, 204) as receiver:
        bench.order(hook(receiver))
        bench.walk(15)
        for pause, calls in ((0.9, 1), (0.1, 2), (1.9, 2), (0.1, 3), (3.9, 3), (0.1, 4), (1e5, 4)):
            bench.walk(pause)
            assert len(receiver.posted) == calls
    assert [each["answer"] for each in bench.log()] == [500, 302, 404, 204]
    assert [each["try"] for each in bench.log()] == [1, 2, 3, 4]
    assert len({each.body for each in receiver.posted}) == 1


def test_a_letter_that_nobody_takes_is_given_up_after_a_day(bench: Bench) -> None:
    with Receiver() as closed:
        address = hook(closed)
    bench.order(address)
    bench.walk(15)
    for _hour in range(30):
        bench.walk(3600)
    log = bench.log()
    assert {each["answer"] for each in log} == {0}
    assert 20 < len(log) < 30
    assert not bench.world.mailbag.busy.is_set()
    assert log[-1]["at_s"] - log[0]["at_s"] <= 24 * 3600


@pytest.mark.parametrize(
    "address",
    ["https://files.example.org/hook", "https://192.0.2.7/hook", "https://[2001:db8::1]/"],
)
def test_nothing_ever_goes_to_another_computer(bench: Bench, address: str) -> None:
    bench.order(f"webhook={quote(address, safe='')}")
    bench.walk(15)
    (entry,) = bench.log()
    assert (entry["address"], entry["withheld"]) == (address, True)
    assert not bench.world.mailbag.busy.is_set() or bench.world.mailbag.take_due() == []


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x",
        "hook",
        "",
        "http://files.example.org/hook",  # not HTTPS, and not on this computer
        "https://",
        "https://a b/",
        "https://a.example/\r\nX: y",
        "https://[",
        "https://a.example:99999/",
    ],
)
def test_an_address_that_cannot_be_is_refused(bench: Bench, address: str) -> None:
    by_query = bench.ask("POST", f"{SUBMIT}?webhook={quote(address)}", {"overrides": {}})
    by_body = bench.ask("POST", SUBMIT, {"overrides": {}, "webhook": address})
    assert error_of(by_query) == error_of(by_body) == (422, 422001)
    assert json.loads(by_query.body)["detail"][0]["loc"] == ["query", "webhook"]
    assert json.loads(by_body.body)["detail"][0]["loc"] == ["body", "webhook"]
    assert bench.world.runs == {}


def test_a_flag_that_is_none_is_refused(bench: Bench) -> None:
    path = f"{SUBMIT}?webhook_intermediate_status=maybe"
    assert error_of(bench.ask("POST", path, {"overrides": {}})) == (422, 422001)


def test_a_deleted_deployment_tells_nothing_more(bench: Bench, receiver: Receiver) -> None:
    bench.order(hook(receiver))
    bench.walk()
    bench.ask("DELETE", f"/prod/v2/deployments/{KONTEXT}")
    bench.walk(100)
    assert receiver.posted == []
    assert not bench.world.mailbag.busy.is_set()


def test_the_answer_of_the_submit_does_not_change(bench: Bench, receiver: Receiver) -> None:
    assert bench.order(hook(receiver)).keys() == bench.submit().keys()
