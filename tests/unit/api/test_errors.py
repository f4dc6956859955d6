from __future__ import annotations

import json
import ssl
from itertools import product
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api.connection_errors import (
    NoCertificates,
    ProxyConnectError,
    ProxyErrorReason,
)
from runcomfy_desktop.api.errors import (
    connection_error_texts,
    connection_problem,
    error_code,
    refusal_problem,
    response_texts,
    token_problem,
    unreadable_response_problem,
)
from runcomfy_desktop.api.operations import ApiOperation, consequence
from runcomfy_desktop.api.response import ApiResponse
from runcomfy_desktop.domain.base.problem import ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

K = ProblemKind
HTML_PAGE = b"<html><title>Sign in</title></html>"


def answer(status: int, value: Json = None, body: bytes = b"") -> ApiResponse:
    return ApiResponse(status, httpx.Headers(), body or json.dumps(value).encode())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"error_code": 401001}, 401001),
        ({"error_code": "10002"}, 10002),
        ({"error_code": "invalid_token"}, "invalid_token"),
        ({"error_code": 0}, None),
        ({"error_code": "0"}, None),
        ({"error_code": ""}, None),
        ({"error_code": None}, None),
        ({"error_code": False}, None),
        ({"error_code": []}, None),
        ({"error_code": float("nan")}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_an_error_code_is_one_wherever_it_stands(value: Json, expected: object) -> None:
    assert error_code(value) == expected


@pytest.mark.parametrize(
    ("status", "value", "kind"),
    [
        (401, {"error_code": 401001}, K.AUTH),
        (401, None, K.AUTH),
        (403, {"message": "Forbidden"}, K.AUTH),
        *[(status, {"error_code": 403003}, K.FOREIGN) for status in (200, 403, 404)],
        (402, None, K.FUNDS),
        (404, {"error_code": 404001}, K.NOT_FOUND),
        (410, None, K.NOT_FOUND),
        (408, None, K.BUSY),
        (429, None, K.BUSY),
        (422, {"error_code": 422001}, K.REJECTED),
        (405, None, K.REJECTED),
        (413, None, K.REJECTED),
        (500, {"error_code": 500001}, K.SERVER),
        (503, None, K.SERVER),
        (200, {"error_code": 500001}, K.SERVER),
        (302, None, K.UNREADABLE),
        # the error code decides, regardless of the HTTP status
        *[(status, {"error_code": 10001}, K.FUNDS) for status in (200, 400, 403, 500)],
        *[(status, {"error_code": 10002}, K.DISABLED) for status in (200, 403, 409)],
        *[(status, {"error_code": 10003}, K.NOT_FOUND) for status in (200, 403, 404)],
        (200, {"error_code": 11012}, K.NOT_FOUND),
        (200, {"error_code": 11008}, K.REJECTED),
        (200, {"error_code": 11007}, K.SERVER),
        (200, {"error_code": 987654321}, K.REJECTED),
        (200, {"error_code": "odd"}, K.REJECTED),
    ],
)
def test_every_no_has_its_kind(status: int, value: Json, kind: ProblemKind) -> None:
    for operation in (
        ApiOperation.READ,
        ApiOperation.POLL,
        ApiOperation.SUBMIT,
        ApiOperation.CANCEL,
    ):
        assert refusal_problem(answer(status, value), value, operation).kind is kind


def test_a_strange_page_does_not_end_a_job() -> None:
    assert (
        refusal_problem(answer(404, body=HTML_PAGE), None, ApiOperation.POLL).kind is K.UNREADABLE
    )
    assert refusal_problem(
        answer(404, {"message": "x"}), {"message": "x"}, ApiOperation.POLL
    ).kind is (K.NOT_FOUND)
    assert (
        refusal_problem(answer(403, body=HTML_PAGE), None, ApiOperation.POLL).kind is K.UNREADABLE
    )


def test_only_the_api_itself_can_say_that_a_job_is_gone() -> None:
    bare = answer(404, body=b"default backend - 404")
    assert refusal_problem(bare, None, ApiOperation.POLL).kind is K.SERVER
    assert refusal_problem(bare, None, ApiOperation.READ).kind is K.NOT_FOUND
    assert refusal_problem(answer(410), None, ApiOperation.POLL).kind is K.NOT_FOUND


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_file_that_is_gone_is_no_question_of_the_key(status: int) -> None:
    problem = refusal_problem(
        answer(status, body=b"<Error>AccessDenied</Error>"), None, ApiOperation.FILE
    )
    assert problem.kind is K.NOT_FOUND
    assert "7 days" in problem.advice


@pytest.mark.parametrize(
    ("status", "value", "uncertain"),
    [
        *[(status, None, False) for status in (400, 401, 402, 403, 404, 408, 413, 422, 429)],
        *[(status, None, True) for status in (500, 502, 503, 504)],
        (301, None, True),
        (303, None, True),
        *[(200, {"error_code": code}, False) for code in (10001, 10002, 10003, 401001, 422001)],
        (500, {"error_code": 10001}, False),
        (200, {"error_code": 500001}, True),
        (500, {"error_code": 500001}, True),
        (500, {"error_code": 77}, True),
        (200, {"error_code": 77}, False),
    ],
)
def test_what_a_no_says_about_a_submit(status: int, value: Json, uncertain: bool) -> None:
    problem = refusal_problem(answer(status, value), value, ApiOperation.SUBMIT)
    assert problem.is_uncertain is uncertain
    assert consequence(ApiOperation.SUBMIT, uncertain=uncertain) in problem.detail
    assert ("before you run it again" in problem.advice) is uncertain
    assert not refusal_problem(answer(status, value), value, ApiOperation.POLL).is_uncertain


def test_a_refused_input_is_named_to_the_person() -> None:
    value: Json = {
        "error_code": 422001,
        "error_message": "Validation error",
        "detail": [{"loc": ["body", "overrides", "31", "inputs", "steps"], "msg": "is odd"}],
    }
    problem = refusal_problem(answer(422, value), value, ApiOperation.SUBMIT)
    assert problem.detail.startswith("Node #31, steps: is odd")
    assert "422001" in problem.technical


def test_an_answer_that_is_none() -> None:
    problem = unreadable_response_problem(answer(200, body=HTML_PAGE), "no JSON", ApiOperation.POLL)
    assert problem.kind is K.UNREADABLE
    assert "web page" in problem.title
    assert not problem.is_uncertain
    assert unreadable_response_problem(
        answer(200, body=b"{"), "cut", ApiOperation.SUBMIT
    ).is_uncertain


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), K.OFFLINE),
        (httpx.ConnectTimeout("slow"), K.TIMEOUT),
        (httpx.PoolTimeout("full"), K.TIMEOUT),
        (httpx.ReadTimeout("slow"), K.TIMEOUT),
        (TimeoutError(), K.TIMEOUT),
        (httpx.ReadError("reset"), K.OFFLINE),
        (httpx.WriteError("reset"), K.OFFLINE),
        (httpx.RemoteProtocolError("odd"), K.OFFLINE),
        (httpx.ProxyError("407"), K.OFFLINE),
        (httpx.DecodingError("no gzip"), K.UNREADABLE),
    ],
)
def test_a_broken_connection_has_its_kind(error: Exception, kind: ProblemKind) -> None:
    problem = connection_problem(error, ApiOperation.SUBMIT, host="api.example", has_started=False)
    assert problem.kind is kind
    assert "api.example" in problem.title
    assert not problem.is_uncertain
    assert connection_problem(
        error, ApiOperation.SUBMIT, host="api.example", has_started=True
    ).is_uncertain
    assert not connection_problem(
        error, ApiOperation.POLL, host="api.example", has_started=True
    ).is_uncertain


def test_an_answer_that_broke_off_is_unreadable() -> None:
    error = httpx.RemoteProtocolError("incomplete")
    assert (
        connection_problem(error, ApiOperation.POLL, host="x", has_response=True).kind
        is K.UNREADABLE
    )


def test_a_wrong_certificate_is_called_so() -> None:
    error = httpx.ConnectError("tls")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    problem = connection_problem(error, ApiOperation.SUBMIT, host="api.example", has_started=False)
    assert "identity" in problem.title
    assert problem.kind is K.OFFLINE


@pytest.mark.parametrize("token", ["", "with space", "ünicode", "line\nbreak", "x" * 5000])
def test_what_can_be_no_key(token: str) -> None:
    problem = token_problem(token, ApiOperation.SUBMIT)
    assert problem is not None
    assert problem.kind is K.AUTH
    assert len(problem.sentence()) < 300
    assert "not accepted and costs nothing" in problem.detail


def test_without_a_key_a_job_that_was_sent_is_not_said_to_be_unsent() -> None:
    """Without a valid key, the problem shown at a job does not claim that nothing was sent."""
    for token in ("", "with space"):
        problem = token_problem(token, ApiOperation.POLL)
        assert problem is not None
        assert "goes on at the service" in problem.detail
        assert "nothing was sent" not in problem.sentence().lower()


def test_what_can_be_a_key() -> None:
    assert token_problem("rc_0b7e4c52-66aa-4c0f", ApiOperation.READ) is None


def test_every_problem_says_what_happened_what_it_means_and_what_to_do() -> None:
    statuses = (302, 400, 401, 402, 403, 404, 405, 408, 410, 413, 422, 429, 500, 503)
    codes = (None, 10001, 10002, 10003, 11004, 11007, 11008, 11011, 11012, 403003, 404001)
    problems = []
    for status, code, operation in product(statuses, codes, ApiOperation):
        value: Json = {"error_code": code, "error_message": "words of the service"}
        problems.append(refusal_problem(answer(status, value), value, operation))
    for operation in ApiOperation:
        problems.append(unreadable_response_problem(answer(200, body=b"{"), "cut", operation))
        problems.append(connection_problem(httpx.ReadError("reset"), operation, host="x"))
    for problem in problems:
        assert problem.title, problem.technical
        assert problem.detail, problem.technical
        assert problem.advice, problem.technical
        assert problem.technical


def test_a_refused_field_is_named_apart() -> None:
    value: Json = {
        "error_code": 422001,
        "detail": [{"loc": ["body", "max_instances"], "msg": "at most 60"}],
    }
    problem = refusal_problem(answer(422, value), value, ApiOperation.CHANGE)
    assert problem.field_errors == {"max_instances": "at most 60"}


def test_every_kind_has_title_and_advice_for_every_operation() -> None:
    for kind, code, operation in product(ProblemKind, (None, 10003, 403003, "odd"), ApiOperation):
        for status in (200, 403, 408, 413, 500):
            title, advice = response_texts(kind, code, status, operation)
            assert title.endswith(".")
            assert advice.endswith(".")
            assert not title.endswith("!")


def test_a_missing_job_and_a_missing_file_are_told_apart() -> None:
    texts = {
        response_texts(ProblemKind.NOT_FOUND, None, 404, operation)[0]
        for operation in (
            ApiOperation.POLL,
            ApiOperation.FILE,
            ApiOperation.SUBMIT,
            ApiOperation.READ,
        )
    }
    assert len(texts) == 4


def of_certificate(code: int) -> httpx.ConnectError:
    error = httpx.ConnectError("tls")
    cause = ssl.SSLCertVerificationError("not known")
    cause.verify_code = code
    error.__cause__ = cause
    return error


def test_a_connection_that_breaks_is_told_apart_by_how_far_it_got() -> None:
    error = httpx.RemoteProtocolError("cut")
    before, _advice, first = connection_error_texts(error, "api.example", has_response=False)
    after, _advice, second = connection_error_texts(error, "api.example", has_response=True)
    assert before != after
    assert (first, second) == (ProblemKind.OFFLINE, ProblemKind.UNREADABLE)


@pytest.mark.parametrize("why", list(ProxyErrorReason))
def test_all_that_a_proxy_does_has_a_sentence_and_an_advice(why: ProxyErrorReason) -> None:
    title, advice, kind = connection_error_texts(
        ProxyConnectError(why, "proxy.example:8080"), "api.example", has_response=False
    )
    assert title.endswith(".")
    assert advice.endswith(".")
    assert "%(" not in title + advice
    assert "proxy.example:8080" in title or why is ProxyErrorReason.UNKNOWN_HOST
    assert kind is (
        ProblemKind.TIMEOUT if why is ProxyErrorReason.NO_RESPONSE else ProblemKind.OFFLINE
    )


def test_each_of_them_has_its_own() -> None:
    titles = {
        connection_error_texts(ProxyConnectError(why, "proxy"), "api.example", has_response=False)[
            0
        ]
        for why in ProxyErrorReason
    }
    assert len(titles) == len(ProxyErrorReason)


@pytest.mark.parametrize("code", [0, 9, 10, 18, 19, 20, 62])
def test_certificates(code: int) -> None:
    title, advice, kind = connection_error_texts(
        of_certificate(code), "api.example", has_response=False
    )
    assert title.startswith("The identity of api.example cannot be confirmed")
    assert title.endswith(".")
    assert advice.endswith(".")
    assert kind is ProblemKind.OFFLINE


def test_a_computer_without_certificates() -> None:
    title, advice, _kind = connection_error_texts(
        NoCertificates("none"), "api.example", has_response=False
    )
    assert "no certificates" in title
    assert "ca-certificates" in advice


def test_what_it_means_for_a_job_that_was_to_be_sent() -> None:
    for error in (
        ProxyConnectError(ProxyErrorReason.WRONG_PASSWORD, "proxy"),
        of_certificate(10),
        NoCertificates("none"),
    ):
        problem = connection_problem(
            error, ApiOperation.SUBMIT, host="api.example", has_started=False
        )
        assert problem.detail == "The job was not accepted and costs nothing."
        assert not problem.is_uncertain
        polled = connection_problem(error, ApiOperation.POLL, host="api.example")
        assert "goes on at the service" in polled.detail
