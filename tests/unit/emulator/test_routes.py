"""The API by its paths, without a socket and with a clock that the test controls."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from runcomfy_desktop.emulator import account_endpoints, control, inference
from runcomfy_desktop.emulator.dialect import NEWEST, SEED
from runcomfy_desktop.emulator.http_messages import Request
from runcomfy_desktop.emulator.journal import shorten_long_texts
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.support.emulators import TOKEN, make_backend
from tests.unit.emulator.emulator_harness import FLUX, KONTEXT, OLD, EmulatorHarness, error_of

_SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"


def test_a_run_from_queue_to_result() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(10, 5, 1))
    accepted = connection.submit()
    assert connection.get(accepted["status_url"])["queue_position"] == 1
    assert connection.get(accepted["result_url"])["status"] == "in_queue"
    connection.clock.advance(10)
    assert connection.status_text(accepted) == "in_progress"
    assert connection.get(accepted["result_url"])["status"] == "in_progress"
    connection.clock.advance(5)
    assert connection.status_text(accepted) == "completed"
    result = connection.get(accepted["result_url"])
    assert result["status"] == "succeeded"
    assert result["created_at"] == "2026-02-02T02:40:00.000000+00:00"
    assert result["finished_at"] == "2026-02-02T02:40:15.000000+00:00"


def test_positions_count_down_one_machine_after_the_other() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(10, 5, 1))
    jobs = [connection.submit() for _ in range(3)]

    def positions() -> list[Any]:
        return [connection.get(job["status_url"]).get("queue_position") for job in jobs]

    assert positions() == [1, 2, 3]
    connection.clock.advance(10)
    assert positions() == [None, 1, 2]
    connection.clock.advance(5)
    assert positions() == [None, None, 1]


def test_two_machines_run_two_requests_at_once() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(10, 5, 1))
    jobs = [connection.submit(deployment_id=FLUX) for _ in range(3)]
    connection.clock.advance(0)
    assert connection.status_text(jobs[0]) == "in_progress"  # one instance is always warm
    connection.clock.advance(10)
    assert [connection.status_text(job) for job in jobs] == [
        "completed",
        "completed",
        "in_progress",
    ]


def test_a_queued_request_is_cancelled_at_once() -> None:
    connection = EmulatorHarness()
    accepted = connection.submit()
    answer = json.loads(connection.request("POST", accepted["cancel_url"]).body)
    assert answer == {"request_id": accepted["request_id"], "status": "cancellation_requested"}
    assert connection.status_text(accepted) == "canceled"
    again = json.loads(connection.request("POST", accepted["cancel_url"]).body)
    assert again["status"] == "not_cancellable"


def test_a_running_request_is_cancelled_a_little_later() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 10, 2), dialect=NEWEST)
    accepted = connection.submit()
    reply = connection.request("POST", accepted["cancel_url"])
    assert reply.status == 202
    assert json.loads(reply.body)["outcome"] == "cancelled"
    assert connection.status_text(accepted) == "in_progress"
    connection.clock.advance(2)
    assert connection.status_text(accepted) == "cancelled"
    assert "outputs" not in connection.get(accepted["result_url"])


def test_a_finished_request_cannot_be_cancelled() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    accepted = connection.submit()
    assert (
        json.loads(connection.request("POST", accepted["cancel_url"]).body)["status"]
        == "not_cancellable"
    )
    assert connection.status_text(accepted) == "completed"


def test_an_instance_keeps_its_id_while_it_lives() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 1, 0), dialect=NEWEST)
    jobs = []
    for pause in (0, 30, 500):
        connection.clock.advance(pause)
        jobs.append(connection.submit())
    connection.clock.advance(10)
    names = [connection.get(job["status_url"])["instance_id"] for job in jobs]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    "token", ["", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer é"]
)
def test_without_the_token_nothing_is_answered(token: str) -> None:
    connection = EmulatorHarness()
    for method, path in (("GET", "/prod/v2/balance"), ("POST", _SUBMIT), ("GET", "/nowhere")):
        assert error_of(connection.request(method, path, {"overrides": {}}, token=token)) == (
            401,
            401001,
        )
    assert connection.backend.runs == {}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/prod/v3/deployments",
        "/prod/v1/deployments",
        "/prod/v2/deployments/",
        "/prod/v2/deployments/nobody",
        "/prod/v1/deployments/nobody/requests/x/status",
        f"/prod/v1/deployments/{KONTEXT}/requests/x/status",
        f"/prod/v1/deployments/{KONTEXT}/requests/x/other",
        "//[",
    ],
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert error_of(EmulatorHarness().request("GET", path)) == (404, 404001)


def test_a_request_belongs_to_its_deployment() -> None:
    connection = EmulatorHarness()
    accepted = connection.submit()
    assert error_of(connection.request("GET", accepted["status_url"].replace(KONTEXT, FLUX))) == (
        404,
        404001,
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", _SUBMIT),
        ("PUT", "/prod/v2/balance"),
        ("DELETE", f"{_SUBMIT[:-10]}/requests/x/cancel"),
    ],
)
def test_a_wrong_method_is_refused(method: str, path: str) -> None:
    reply = EmulatorHarness().request(method, path.replace("//", "/"))
    assert reply.status == 405
    assert reply.headers["Allow"] in ("POST", "GET")


@pytest.mark.parametrize(("dialect", "status"), [(SEED, 200), (NEWEST, 403)])
def test_a_disabled_deployment_refuses(dialect: Any, status: int) -> None:
    connection = EmulatorHarness(dialect=dialect)
    path = f"/prod/v2/deployments/{OLD}/inference"
    assert error_of(connection.request("POST", path, {"overrides": {}})) == (status, 10002)
    assert connection.backend.runs == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"overrides": NaN}',
        b"\xff\xfe",
        b'{"overrides":' + b'{"a":' * 200 + b"1" + b"}" * 201,
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    connection = EmulatorHarness()
    assert error_of(connection.request("POST", _SUBMIT, body)) == (422, 422001)
    assert connection.backend.runs == {}


def test_urls_follow_the_version_of_the_path() -> None:
    connection = EmulatorHarness()
    for version in ("v1", "v2"):
        path = f"/prod/{version}/deployments/{KONTEXT}/inference"
        accepted = json.loads(connection.request("POST", path, {"overrides": {}}).body)
        assert all(f"/prod/{version}/" in accepted[f"{call}_url"] for call in ("status", "result"))


def test_deployments_are_a_bare_list() -> None:
    listed = EmulatorHarness().get("/prod/v2/deployments")
    assert [each["name"] for each in listed][:2] == ["flux-kontext", "flux-dev"]
    assert all("payload" not in each and "readme" not in each for each in listed)


def test_ids_and_includes_may_be_repeated() -> None:
    connection = EmulatorHarness()
    query = f"ids={KONTEXT}&ids={OLD}&includes=payload&includes=readme"
    listed = connection.get(f"/prod/v2/deployments?{query}")
    assert [each["id"] for each in listed] == [KONTEXT, OLD]
    assert all(each["readme"] and each["payload"]["workflow_api_json"] for each in listed)
    one = connection.get(f"/prod/v2/deployments/{KONTEXT}?includes=payload")
    assert one["payload"] == listed[0]["payload"]
    assert "readme" not in one
    stranger = "/prod/v2/deployments?ids=00000000-0000-4000-8000-000000000000"
    assert connection.get(stranger) == []


@pytest.mark.parametrize("query", ["includes=all", "ids=12"])
def test_an_odd_query_is_refused(query: str) -> None:
    assert error_of(EmulatorHarness().request("GET", f"/prod/v2/deployments?{query}")) == (
        422,
        422001,
    )


def test_the_balance_is_the_same_in_both_units() -> None:
    balance = EmulatorHarness().get("/prod/v2/balance")
    assert balance["balance_usd"] * 1_000_000 == balance["balance_microdollars"]
    assert balance["currency"] == "USD"


@pytest.mark.parametrize(
    ("shape", "kind"), [("list", list), ("comfy", list), ("object", dict), ("string", str)]
)
def test_a_failed_result_comes_in_each_shape(shape: str, kind: type) -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults=f"error-shape:{shape}")
    accepted = connection.submit({"6": {"inputs": {"text": "[oom]"}}})
    assert connection.status_text(accepted) == "completed"
    result = connection.get(accepted["result_url"])
    assert result["status"] == "failed"
    assert isinstance(result["error"], kind)
    assert "memory" in json.dumps(result["error"])
    assert "outputs" not in result


def test_an_inline_workflow_with_an_unknown_class_is_accepted_and_fails() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    body = {"workflow_api_json": {"1": {"class_type": "Nobody", "inputs": {}}}}
    accepted = json.loads(connection.request("POST", _SUBMIT, body).body)
    assert connection.get(accepted["result_url"])["error"][0]["errorCode"] == 11008


def test_files_are_stored_apart_and_without_a_token() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    accepted = connection.submit({"5": {"inputs": {"width": 64, "height": 64}}}, FLUX)
    result = connection.get(accepted["result_url"])
    url = result["outputs"]["9"]["images"][0]["url"]
    assert f"/deployment_requests/{accepted['request_id']}/output/Light_00001_.png" in url
    reply = connection.download(url)
    assert (reply.status, reply.content_type) == (200, "image/png")
    assert connection.download(url).body == reply.body
    assert connection.download(url, agent="Python-urllib/3.13").status == 403
    assert connection.download(url, "POST").status == 405
    for wrong in (
        url + "x",
        url.replace("/output/", "/temp/"),
        connection.backend.storage_url + "/x",
    ):
        assert connection.download(wrong).status == 404


def test_a_file_is_there_only_when_the_run_is_over() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0))
    accepted = connection.submit()
    root = f"{connection.backend.storage_url}/deployment_requests/{accepted['request_id']}"
    assert connection.download(f"{root}/output/Blue_00001_.png").status == 404
    connection.clock.advance(5)
    assert connection.download(f"{root}/output/Blue_00001_.png").status == 200


def test_object_info_is_on_the_storage_host() -> None:
    connection = EmulatorHarness()
    record = connection.get(f"/prod/v2/deployments/{KONTEXT}?includes=payload")
    reply = connection.download(record["payload"]["object_info_url"])
    assert json.loads(reply.body)["KSampler"]["display_name"] == "KSampler"
    assert connection.download(f"{connection.backend.storage_url}/object_info/x.json").status == 404


def test_an_accepted_submit_can_lose_its_answer() -> None:
    connection = EmulatorHarness(faults="drop-answer:1")
    assert (
        connection.request("POST", _SUBMIT, {"overrides": []}).is_dropped is False
    )  # a refused submit has no acceptance to lose
    assert connection.request("POST", _SUBMIT, {"overrides": {}}).is_dropped is True
    assert len(connection.backend.runs) == 1
    assert connection.request("POST", _SUBMIT, {"overrides": {}}).is_dropped is False
    assert connection.backend.journal.counts()["accepted"] == 2


def test_an_accepted_submit_can_be_answered_late() -> None:
    connection = EmulatorHarness(faults="delay-answer:30")
    reply = connection.request("POST", _SUBMIT, {"overrides": {}})
    assert reply.delay_s == 30
    assert len(connection.backend.runs) == 1


@pytest.mark.parametrize(
    ("spec", "status"),
    [("status-500", 500), ("status-504", 504), ("rate-limit:1:9", 429), ("html", 502)],
)
def test_a_call_that_fails_early_has_no_effect(spec: str, status: int) -> None:
    connection = EmulatorHarness(faults=spec)
    reply = connection.request("POST", _SUBMIT, {"overrides": {}})
    assert reply.status == status
    assert connection.backend.runs == {}
    if status == 429:
        assert reply.headers["Retry-After"] == "9"
    if status == 502:
        assert reply.content_type == "text/html"
    assert connection.request("POST", _SUBMIT, {"overrides": {}}).status == 200


def test_answers_can_come_empty_or_cut() -> None:
    connection = EmulatorHarness(faults="empty@balance,truncated@list")
    assert connection.request("GET", "/prod/v2/balance").body == b""
    with pytest.raises(ValueError, match=r"."):
        json.loads(connection.request("GET", "/prod/v2/deployments").body)
    assert connection.get("/prod/v2/balance")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_has_to_say_that_it_is_json(kind: str) -> None:
    connection = EmulatorHarness()
    for method, path in (
        ("POST", f"/prod/v1/deployments/{KONTEXT}/inference"),
        ("PATCH", f"/prod/v2/deployments/{KONTEXT}"),
    ):
        body = {"overrides": {}, "name": "x"}
        assert error_of(connection.request(method, path, body, kind=kind)) == (422, 422001)
    assert connection.get("/__emulator__/counts")["accepted"] == 0
    path = f"/prod/v1/deployments/{KONTEXT}/inference"
    message = "Application/JSON; charset=UTF-8"
    assert connection.request("POST", path, {"overrides": {}}, kind=message).status == 200


@pytest.mark.parametrize(("form", "code"), [("json", 401001), ("foreign", 403003)])
def test_a_token_that_was_taken_back_can_be_refused_in_200(form: str, code: int) -> None:
    connection = EmulatorHarness(
        faults=f"unauthorized:{form}", switches=BehaviourSwitches(errors_in_200=True)
    )
    assert error_of(connection.request("GET", "/prod/v2/balance")) == (200, code)


def test_the_token_can_be_taken_back() -> None:
    connection = EmulatorHarness(faults="unauthorized:plain")
    reply = connection.request("GET", "/prod/v2/balance")
    assert (reply.status, reply.body) == (401, b"Unauthorized")
    connection.backend.faults.set("unauthorized")
    assert error_of(connection.request("GET", "/prod/v2/balance")) == (401, 401001)


def test_downloads_can_come_empty_at_first_or_cut() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults="empty-first-download")
    accepted = connection.submit({"5": {"inputs": {"width": 64, "height": 64}}}, FLUX)
    url = connection.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"]
    assert connection.download(url).body == b""
    whole = connection.download(url)
    assert len(whole.body) > 100
    connection.backend.faults.set("cut-download:1,status-503@download")
    assert connection.download(url).status == 503
    assert connection.download(url).max_sent_bytes == len(whole.body) // 2
    assert connection.download(url).max_sent_bytes is None


def test_the_log_masks_the_token_and_shortens_pictures() -> None:
    connection = EmulatorHarness()
    uri = "data:image/png;base64," + base64.b64encode(b"\x89PNG" * 1000).decode()
    connection.submit({"189": {"inputs": {"image": uri}}})
    reply = connection.request("GET", "/__emulator__/requests")
    assert TOKEN not in reply.body.decode()
    (entry,) = json.loads(reply.body)
    assert entry["headers"]["authorization"] == "Bearer ***"
    assert (entry["call"], entry["method"], entry["status"]) == ("submit", "POST", 200)
    assert entry["overrides"]["189"]["inputs"]["image"]["data_uri_characters"] == len(uri)
    assert entry["body_bytes"] > len(uri)
    assert shorten_long_texts(["data:x", 1]) != ["data:x", 1]


def test_the_control_paths_count_and_set_faults() -> None:
    connection = EmulatorHarness()
    connection.submit()
    counts = connection.get("/__emulator__/counts")
    assert counts["accepted"] == 1
    assert counts["accepted_by_deployment"] == {KONTEXT: 1}
    assert counts["received"] == {"submit": 1}
    path = f"{control.PREFIX}faults"
    assert connection.request("POST", path, b"html:2").status == 200
    assert connection.get(path) == {"faults": "html:2", "seed": 0, "struck": {}}
    assert connection.request("POST", path, b"nonsense").status == 400
    assert connection.request("GET", f"{control.PREFIX}nothing").status == 404


def test_the_handlers_are_the_ones_of_their_modules() -> None:
    backend = make_backend()
    names = {"deployment_id": KONTEXT, "version": "v1"}
    body = json.dumps({"overrides": {}}).encode()
    assert inference.submit(backend, Request("POST", "/", body=body), names).status == 200
    assert account_endpoints.balance(backend, Request("GET", "/"), {}).status == 200
